"""The configuration that Dagster runs: its domains, and the places of workbooks and reports."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from msgspec import Struct

from wdh.configuration import locate_configuration, written_domains
from wdh.domain.loading import load_hooks, read_configuration
from wdh.errors import SetupError
from wdh.integrations.dagster.keys import write_name
from wdh.integrations.job import check_flags
from wdh.settings import Domain
from wdh.sql.identifiers import Target
from wdh.words.language import say
from wdh.words.spelling import did_you_mean

_DATA_DIR: Final = "WDH_DATA_BASE_DIR"
_REPORT_DIR: Final = "WDH_REPORT_DIR"
_POOL: Final = "wdh_"


class Deployment(Struct, frozen=True):
    """A configuration with the places that belong to it. ``report_dir`` None: no report is written as a file.

    ``flags`` are words of ``wdh-run`` that hold for each run, such as ``("--max-rejects", "5")``.
    """

    config: Path
    data_dir: Path
    report_dir: Path | None = None
    flags: tuple[str, ...] = ()

    def words(self, domain: str, *, period: str | None = None) -> list[str]:
        """Give the words of a run of ``domain``: the flags, then what no flag changes."""
        words = [*self.flags, "--domain", domain, "--config", str(self.config), "--data-dir", str(self.data_dir)]
        words += [] if period is None else ["--period", period]
        report_dir = self.find_report_dir(domain, period=period)
        return words if report_dir is None else [*words, "--report-dir", str(report_dir)]

    def find_report_dir(self, domain: str, *, period: str | None = None) -> Path | None:
        """Name the folder of a run's report: each domain has one, and each of its months; None: there is none."""
        if self.report_dir is None:
            return None
        folder = self.report_dir / write_name(domain)
        return folder if period is None else folder / period


def find_deployment(
    config: str | Path | None,
    *,
    data_dir: str | Path | None = None,
    report_dir: str | Path | None = None,
    flags: Sequence[str] = (),
) -> Deployment:
    """Find the configuration as ``wdh-run`` does, and make all places absolute.

    Without ``data_dir`` workbooks are searched in WDH_DATA_BASE_DIR, or else beside the configuration; without
    ``report_dir`` reports are written to WDH_REPORT_DIR, or else nowhere. Raises SetupError for a configuration that is
    not there and for flags that are not for each run.
    """
    path = locate_configuration(None if config is None else Path(config), os.environ, cwd=Path.cwd()).absolute()
    data = data_dir or os.environ.get(_DATA_DIR) or path.parent
    reports = report_dir or os.environ.get(_REPORT_DIR)
    place = None if reports is None or not str(reports) else Path(reports).absolute()
    return Deployment(path, Path(data).absolute(), place, check_flags(flags))


def read_domains(deployment: Deployment, names: Sequence[str] | None = None) -> Mapping[str, Domain]:
    """Read the domains of the configuration, or those of ``names``, completed by their packages.

    Raises SetupError for a name that the file does not have, and what a run raises whose domain is wrong.
    """
    written = tuple(written_domains(deployment.config))
    for name in names or ():
        if name not in written:
            raise SetupError(
                say(
                    "the domain {domain!r} is not in {path}{near}",
                    domain=name,
                    path=deployment.config,
                    near=did_you_mean(name, written),
                ),
                domain=name,
                file=str(deployment.config),
            )
    return {
        name: read_configuration(deployment.config, load_hooks(name, deployment.config)).domain
        for name in (written if names is None else dict.fromkeys(names))
    }


def name_pools(domains: Mapping[str, Domain]) -> Mapping[str, str]:
    """Name the pool of each domain. Domains that write to one table have one pool, and so do those that share another
    table with one of them: a run is one transaction, which locks all its tables.

    Tables of one name count as one whatever their schema, as the search_path may make them so. A pool is named after
    the first of its tables.
    """
    pools: list[tuple[set[str], set[str]]] = []
    for name, domain in domains.items():
        names, tables = {name}, {target.table for target in _targets(domain)}
        for other in [pool for pool in pools if pool[1] & tables]:
            pools.remove(other)
            names |= other[0]
            tables |= other[1]
        pools.append((names, tables))
    return {name: _POOL + write_name(min(tables)) for names, tables in pools for name in names}


def _targets(domain: Domain) -> Iterator[Target]:
    yield domain.facts
    yield from (reference.target for reference in domain.refs)
    yield from (after.target for after in domain.after)
