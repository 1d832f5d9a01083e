"""Approvals on a real server: what may become of a plan between the day it is approved and the day it is applied."""

from support.approvals.booth import KEY, Booth, open_booth
from support.approvals.cases import CASES, Case
from support.approvals.trial import try_case

__all__ = ["CASES", "KEY", "Booth", "Case", "open_booth", "try_case"]
