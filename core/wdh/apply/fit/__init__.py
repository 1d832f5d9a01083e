"""Checks before the first write that the warehouse takes every value of a plan exactly as it is."""
