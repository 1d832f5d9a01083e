"""The rows of a sheet, read by one of two libraries, as column batches below their header."""
