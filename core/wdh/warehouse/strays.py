"""Variables and files of other programs and earlier deployments, which wdh does not read: refused, not ignored."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from wdh.errors import SetupError
from wdh.words.language import later, say

ENV_FILE: Final = ".env"
ENV_FILE_VARIABLE: Final = "WDH_ENV_FILE"
_MOST_BYTES: Final = 1 << 20
_ASSIGNMENT: Final = re.compile(r"^[ \t]*(?:export[ \t]+)?([A-Za-z_]\w*)[ \t]*=", re.MULTILINE)
_PLACE: Final = re.compile(r"DATABASE_URL|WDH_DATABASE_(?P<part>URI|HOST|PORT|USER|PASSWORD|DB)")
_LOAD: Final = later("Set them in the environment, as with `set -a; . ./.env; set +a`, or remove them there")


def refuse_env_file(environment: Mapping[str, str], folder: Path) -> None:
    """Raise SetupError where a .env of ``folder`` sets variables of wdh that the environment lacks.

    A variable that is empty in the environment is there. No value is repeated: it may be a password.
    """
    if environment.get(ENV_FILE_VARIABLE, "").strip():
        raise SetupError(
            say(
                "{env_file_variable} is set, and wdh reads no file of variables. Set those of the file in "
                "the environment, as with `set -a; . FILE; set +a`, and unset {env_file_variable}. Nothing "
                "was touched.",
                env_file_variable=ENV_FILE_VARIABLE,
            )
        )
    names = [name for name in _read_names(folder / ENV_FILE) if name.startswith("WDH_") and name not in environment]
    if names:
        raise SetupError(
            say(
                "{folder} sets {names}, and wdh reads no such file. {load}. Nothing was touched.",
                folder=folder / ENV_FILE,
                names=", ".join(names),
                load=say(_LOAD),
            ),
            file=str(folder / ENV_FILE),
        )


def refuse_strays(environment: Mapping[str, str], folder: Path) -> None:
    """Raise SetupError where only names that wdh does not read say where the warehouse is.

    They are DATABASE_URL, in the environment or in a .env of ``folder``, and wdh's own names with one underscore.
    """
    for name, value in environment.items():
        found = _PLACE.fullmatch(name)
        if found is not None and value.strip():
            ours = f"WDH_DATABASE__{found['part'] or 'URI'}"
            raise SetupError(
                say(
                    "{name} is set, which wdh does not read, and nothing that it reads says where the warehouse "
                    "is. Write {ours} for it, with two underscores, or give --dsn; unset {name} for another "
                    "place. Nothing was touched.",
                    name=name,
                    ours=ours,
                ),
                source=name,
            )
    if "DATABASE_URL" not in environment and "DATABASE_URL" in _read_names(folder / ENV_FILE):
        raise SetupError(
            say(
                "{folder} sets DATABASE_URL, which wdh does not read, and nothing that it reads says where "
                "the warehouse is. Set WDH_DATABASE__URI in the environment, or give --dsn; set DATABASE_URL "
                "empty there for another place. Nothing was touched.",
                folder=folder / ENV_FILE,
            ),
            file=str(folder / ENV_FILE),
        )


def _read_names(path: Path) -> tuple[str, ...]:
    try:
        if not path.is_file():
            return ()
        with path.open("rb") as file:
            text = file.read(_MOST_BYTES).decode("utf-8", "replace")
    except OSError:
        return ()
    return tuple(dict.fromkeys(_ASSIGNMENT.findall(text.replace("\r", "\n"))))
