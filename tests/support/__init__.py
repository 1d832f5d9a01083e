"""Things that several test areas build on."""
