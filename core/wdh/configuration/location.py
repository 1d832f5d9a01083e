"""Where the configuration is."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from wdh.errors import SetupError

FILE_NAME = "data_sources.yml"
VARIABLE = "WDH_DATA_SOURCES_CONFIG"


def locate_configuration(flag: Path | None, environment: Mapping[str, str], *, cwd: Path) -> Path:
    """Find the configuration: ``flag`` (--config), else WDH_DATA_SOURCES_CONFIG, else data_sources.yml in ``cwd``.

    A relative path counts from ``cwd``; an empty variable counts as unset. Raises SetupError where no file is there.
    """
    variable = environment.get(VARIABLE, "").strip()
    if flag is not None:
        path, origin = cwd / flag, "--config"
    elif variable:
        path, origin = cwd / variable, VARIABLE
    else:
        path, origin = cwd / FILE_NAME, f"no --config and no {VARIABLE} is set"
    if path.is_file():
        return path
    what = "is no file" if path.exists() else "does not exist"
    raise SetupError(
        f"the configuration {path} {what} ({origin}); name one with --config or {VARIABLE}; wdh demo writes an example",
        file=str(path),
    )
