"""The page: a run, an approval or the history as one HTML file that needs nothing beside itself."""

from wdh.page.approvals import render_approval
from wdh.page.histories import render_history
from wdh.page.runs import render_run

__all__ = ["render_approval", "render_history", "render_run"]
