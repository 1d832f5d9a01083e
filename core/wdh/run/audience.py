"""The plugins that are told how a run ended."""

from __future__ import annotations

from functools import partial

from msgspec import Struct

from wdh.context import RunContext
from wdh.errors import PluginError
from wdh.logs import Log
from wdh.registry.hooks import Blocks, Hooks
from wdh.report import Report
from wdh.report.document import error_document, report_document
from wdh.report.withholding import withhold_error

log = Log()


class Audience(Struct, frozen=True):
    """The plugins of a run with their settings, ``blocks``; they are told without values if ``withholds``."""

    hooks: Hooks
    context: RunContext
    blocks: Blocks
    withholds: bool

    def tell_finished(self, report: Report) -> tuple[PluginError, ...]:
        """Call the hook ``run_finished``; log and return what went wrong with it. Raises nothing."""
        document = partial(report_document, report)
        return self._log("run_finished", self.hooks.run_finished(self.context, document, blocks=self.blocks))

    def tell_failed(self, error: BaseException, *, exit_code: int) -> tuple[PluginError, ...]:
        """Call the hook ``run_failed``; otherwise as :meth:`tell_finished`.

        ``error`` is the one that ended the run, already without values where they are withheld.
        """
        document = partial(error_document, error, exit_code=exit_code)
        faults = self.hooks.run_failed(self.context, document, exit_code=exit_code, blocks=self.blocks)
        return self._log("run_failed", faults)

    def _log(self, hook: str, faults: tuple[PluginError, ...]) -> tuple[PluginError, ...]:
        for fault in faults:
            if self.withholds:
                withhold_error(fault)
            log.warning("plugin_failed", hook=hook, error=fault.message)
        return faults


def nobody_listens(audience: Audience) -> None:
    """Tell nobody: a program that calls a run knows by itself how it ended."""
