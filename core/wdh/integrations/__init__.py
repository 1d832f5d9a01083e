"""wdh inside of other programs that decide when something runs. Importing this imports none of them."""
