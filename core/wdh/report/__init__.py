"""The report: what a run found, planned and did, as values; drawn for people, and written for programs."""

from wdh.report.report import Intake, Report, WorkbookTally, merge_notes, ranges_of, rejected_rows

__all__ = ["Intake", "Report", "WorkbookTally", "merge_notes", "ranges_of", "rejected_rows"]
