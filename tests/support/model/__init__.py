"""The model test: a small domain on a real warehouse, and plain Python that says what its tables must hold."""
