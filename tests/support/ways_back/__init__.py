"""Ways back on a real server: random histories of loads, and the commands by which each of them is undone."""

from support.ways_back.histories import Tally, play_history

__all__ = ["Tally", "play_history"]
