"""The sentence of an error for an author of a package, with the traceback of the code that raised it."""

from __future__ import annotations

import traceback
from pathlib import Path

from wdh.errors import PluginError, WdhError
from wdh.words.redaction import redact

_OURS = str(Path(__file__).parents[1])


def show_error(error: WdhError) -> str:
    """Show the sentence of an error; where a package raised something else first, with that and where it came from.

    The lines of wdh that only called the package are left out.
    """
    cause = error.__cause__
    if not isinstance(error, PluginError) or cause is None or isinstance(cause, WdhError):
        return error.message
    trace = cause.__traceback__
    while trace is not None and trace.tb_frame.f_code.co_filename.startswith(_OURS):
        trace = trace.tb_next
    frames = traceback.format_exception(type(cause), cause, trace)
    return f"{error.message}\n\n{redact(''.join(frames)).rstrip()}"
