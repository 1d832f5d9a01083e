"""What the server refused, in words: which table, which cells of the workbook, and what to do next."""
