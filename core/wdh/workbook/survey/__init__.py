"""Scans the XML of a sheet before it is read: what it needs, and which reader reads it exactly."""
