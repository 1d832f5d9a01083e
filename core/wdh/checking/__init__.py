"""Checks over whole sheets that a configuration declares: each finds the facts that break it."""
