"""The file of a workbook: a zip of plain, bounded XML, its parts, and their relations."""
