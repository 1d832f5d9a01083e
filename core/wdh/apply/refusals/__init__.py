"""Explains refusals of the server: the table, the cells of the workbook, and what to do next."""
