"""The report: what a run found, planned and did, as values; drawn for people, and written for programs."""

from wdh.report.report import Report, StageTime

__all__ = ["Report", "StageTime"]
