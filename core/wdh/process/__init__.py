"""What wdh asks of its own process: a helper beside it, Ctrl-C while libpq waits, what packages read."""
