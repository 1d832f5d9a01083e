"""Whether the warehouse takes every value of a plan exactly as it is, asked before the first write."""
