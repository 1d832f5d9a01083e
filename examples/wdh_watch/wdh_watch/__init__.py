"""Two plugins of wdh for every domain: closed cost centres, and a message at the end of each run."""
