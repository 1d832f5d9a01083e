"""The file of a workbook: an honest zip of plain, bounded XML, its parts and what they say of each other."""
