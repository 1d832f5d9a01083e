"""The types of options: months, limits, names, sheets and times, as they are typed on the command line."""

from __future__ import annotations

import math
import re
from fractions import Fraction
from pathlib import Path
from typing import Any

import click

from wdh.discovery import DepotAddress, Months, read_address
from wdh.errors import SetupError
from wdh.process.cluster import SCHEME, check_address
from wdh.run import AUTO_WORKERS, RejectLimit
from wdh.words.language import say

_MILLISECONDS = {"ms": 1, "s": 1_000, "min": 60_000, "h": 3_600_000, "d": 86_400_000}
_LONGEST = 2**31 - 1
"""Milliseconds that a time limit of PostgreSQL can have."""

_MOST_WORKERS = 256
_YEAR = 365 * 24 * 60 * 60


class Period(click.ParamType):
    """A month as ``2024-11`` or ``202411``, or several as ``2024-01..2024-12`` or ``2024-01:2024-12``."""

    name = "MONTH[..MONTH]"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Months:
        if isinstance(value, Months):
            return value
        found = [re.fullmatch(r"(\d{4})-?(\d{1,2})", month) for month in re.split(r"\.\.|:", value.strip())]
        months = [(int(month[1]), int(month[2])) for month in found if month is not None]
        if len(months) < len(found) or len(found) > 2 or any(not 1 <= number <= 12 for _, number in months):
            self.fail(
                say("{value} is not a month like 2024-11, nor some like 2024-01..2024-12", value=repr(value)),
                param,
                ctx,
            )
        if months[0] > months[-1]:
            self.fail(say("{value} ends before it begins", value=repr(value)), param, ctx)
        return Months(months[0], months[-1])


class Place(click.Path):
    """A file or folder here, or the address of one elsewhere, such as ``s3://bucket/folder``."""

    name = "PATH|ADDRESS"

    def __init__(self) -> None:
        super().__init__(path_type=Path)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if isinstance(value, (Path, DepotAddress)):
            return value
        try:
            place = read_address(value)
        except SetupError as error:
            self.fail(error.message, param, ctx)
        return super().convert(value, param, ctx) if place == Path(value) else place


class Limit(click.ParamType):
    """A number of rows, or a share of them: ``20`` or ``0.5%``."""

    name = "N|N%"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> RejectLimit:
        if isinstance(value, RejectLimit):
            return value
        found = re.fullmatch(r"(\d+)|(\d+(?:\.\d+)?)%", value.strip())
        if found is None or float(found[2] or 0) > 100:
            said = say("{value} is neither a number of rows like 20 nor a share like 0.5%", value=repr(value))
            self.fail(said, param, ctx)
        return RejectLimit(int(found[1])) if found[1] else RejectLimit(share=Fraction(found[2]) / 100)


class Names(click.ParamType):
    """Names separated by commas or semicolons: ``月度,计划代码;company_id``."""

    name = "NAMES"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, ...]:
        if isinstance(value, tuple):
            return value
        names = tuple(name.strip() for name in re.split("[,;，；]", value) if name.strip())
        if not names:
            self.fail(say("at least one name is needed"), param, ctx)
        return names


class SheetName(click.ParamType):
    """A sheet by its name, or by its 0-based index among the visible worksheets."""

    name = "NAME|INDEX"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str | int:  # noqa: ARG002 - click's signature
        return int(value) if isinstance(value, str) and value.isdecimal() else value


class Duration(click.ParamType):
    """A time as PostgreSQL writes it: ``10s``, ``2min``, ``500ms``; 0 waits for ever."""

    name = "TIME"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        found = re.fullmatch(r"(0+|[0-9]+(?= ?[a-z])) ?(ms|s|min|h|d|)", value.strip())
        if found is None:
            self.fail(say("{value} is not a time like 10s, 2min or 0", value=repr(value)), param, ctx)
        digits, unit = found[1].lstrip("0") or "0", found[2] or "ms"  # to PostgreSQL, digits after a 0 are octal
        if len(digits) > len(str(_LONGEST)) or int(digits) * _MILLISECONDS[unit] > _LONGEST:
            said = say("{value} is longer than PostgreSQL can wait (24 days); 0 waits for ever", value=repr(value))
            self.fail(said, param, ctx)
        return f"{digits}{unit}"


class Workers(click.ParamType):
    """A number of processes, ``auto``, or the address of a Dask scheduler."""

    name = "auto|N|dask:tls://HOST:PORT"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int | str:
        if isinstance(value, int):
            return value
        if value == AUTO_WORKERS:
            return AUTO_WORKERS
        if value.startswith(SCHEME):
            try:
                check_address(value)
            except ValueError as error:
                self.fail(str(error), param, ctx)
            return str(value)
        if not value.strip().isdecimal() or not 1 <= int(value) <= _MOST_WORKERS:
            told = {"value": repr(value), "most": _MOST_WORKERS}
            self.fail(say("{value} is neither auto nor a number of processes, 1 to {most}", **told), param, ctx)
        return int(value)


class Seconds(click.FloatRange):
    """A number of seconds that a timer can count: neither ``nan`` nor for ever, for which there is 0."""

    def __init__(self) -> None:
        super().__init__(min=0, max=_YEAR)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        seconds: float = super().convert(value, param, ctx)
        if math.isnan(seconds):
            self.fail(say("{value} is not a number of seconds", value=repr(value)), param, ctx)
        return seconds
