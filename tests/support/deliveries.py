"""Folders of deliveries, as the business leaves them: empty files with telling names, since discovery opens none."""

from __future__ import annotations

import datetime
import os
from pathlib import Path

from wdh.discovery import Findings, find_workbooks
from wdh.settings import Discovery, Domain, Selection, Validation
from wdh.sql.identifiers import Target

PATTERN = r"(?P<year>\d{2}|\d{4})年(?P<month>\d{1,2})月.*终稿数据"
"""A pattern with year and month, as a configuration has it."""


def domain(
    pattern: str | None = PATTERN,
    *,
    select: Selection = "latest_by_year_month",
    max_file_age_days: float | None = None,
    path_pattern: str | None = None,
    exclude: tuple[str, ...] = (),
) -> Domain:
    """A domain that has what discovery looks at."""
    return Domain(
        name="annuity",
        pattern=pattern,
        sheet="规模明细",
        facts=Target(None, "规模明细"),
        pk=("月度",),
        select=select,
        validation=Validation(max_file_age_days=max_file_age_days),
        path_pattern=path_pattern,
        exclude=exclude,
    )


def plant(root: Path, *names: str, changed: str | None = None) -> list[Path]:
    """Make empty files at these paths below ``root``; ``changed`` is an ISO time in UTC."""
    paths = [root / name for name in names]
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
        if changed is not None:
            moment = datetime.datetime.fromisoformat(changed).replace(tzinfo=datetime.timezone.utc).timestamp()
            os.utime(path, (moment, moment))
    return paths


def find(root: Path, wanted: Domain | None = None, **arguments: object) -> Findings:
    """Search ``root`` for ``wanted`` (default: the domain above), with default settings where nothing is said."""
    given = {"discovery": Discovery(), **arguments}
    return find_workbooks(root, domain=wanted or domain(), **given)  # type: ignore[arg-type]


def names(findings: Findings, root: Path) -> list[str]:
    """The workbooks taken, as paths below ``root``."""
    return [path.path.relative_to(root).as_posix() for path in findings.taken]


def reasons(findings: Findings, root: Path) -> dict[str, str]:
    """What became of each path considered, by its place below ``root``."""
    return {item.path.relative_to(root).as_posix(): item.reason for item in findings.considered}
