"""The report: what a run found, planned and did, as values; drawn for people, and written for programs."""

from wdh.report.report import Report

__all__ = ["Report"]
