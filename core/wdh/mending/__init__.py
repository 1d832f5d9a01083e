"""The way of a workbook to its sender and back: the hidden mark by which a mended workbook is known again."""
