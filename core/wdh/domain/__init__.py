"""A domain as its package and its entry in data_sources.yml make it together."""
