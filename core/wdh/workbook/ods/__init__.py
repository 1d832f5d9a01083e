"""Spreadsheets in OpenDocument (.ods), as LibreOffice and Excel write them."""
