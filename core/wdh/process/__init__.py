"""The process of a run: a second one that helps it, Ctrl-C while libpq waits, the files that packages read."""
