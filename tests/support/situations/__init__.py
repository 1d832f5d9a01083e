"""Situations of real servers: what is set up, what a run must say, and that nothing is lost, doubled or changed."""

from support.situations.situation import KINDS, Situation, all_situations
from support.situations.trial import try_situation

__all__ = ["KINDS", "Situation", "all_situations", "try_situation"]
