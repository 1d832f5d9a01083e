"""How the facts that a run replaced come back: by loading the deliveries again that brought them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from msgspec import Struct

from wdh.apply.history import RecordedRun
from wdh.words.language import say

Scopes = frozenset[str]
"""Scopes of one run, each as the hash that the ledger keeps."""


class WayBack(Struct, frozen=True):
    """``runs`` brought the facts that were replaced, the oldest first.

    Loading their deliveries again, in this order, gives the facts as they were before. ``why_not`` says why it would
    not; None: it does. ``new`` scopes were brought by no earlier run of the ledger, and keep the facts of this one.
    """

    runs: tuple[RecordedRun, ...] = ()
    why_not: str | None = None
    new: int = 0


def find_way_back(run: RecordedRun, loads: Sequence[RecordedRun]) -> WayBack:
    """Find the way back from ``run``. ``loads`` are all runs that loaded into its table, the oldest first."""
    scopes = _scopes(run)
    if scopes is None:
        return WayBack(why_not=_unknown(run))
    if not any(int(count["rows"]) for count in run.counts if count["operation"] == "DELETE"):
        return WayBack(why_not=say("it replaced no facts: there were none of these scopes before"))
    place = [load.run_id for load in loads].index(run.run_id)
    before, since = loads[:place], loads[place + 1 :]
    for later in since:
        if _may_share(later, run, _scopes(later, like=run), scopes):
            return WayBack(
                why_not=say("{later} changed these facts since; go back from that run first", later=_name(later))
            )
    owners: dict[str, RecordedRun] = {}
    for earlier in reversed(before):
        left = scopes - owners.keys()
        own = _scopes(earlier, like=run)
        if own is not None:
            owners.update(dict.fromkeys(left & own, earlier))
        elif left and _may_share(earlier, run, None, left):
            return WayBack(
                why_not=say(
                    "{earlier} had a part in these facts, and {unknown}",
                    earlier=_name(earlier),
                    unknown=_why_unknown(earlier),
                )
            )
    if not owners:
        return WayBack(why_not=say("no earlier run in the ledger brought the facts that were replaced"))
    runs = tuple(earlier for earlier in before if earlier in owners.values())
    new = len(scopes - owners.keys())
    return WayBack(runs, _find_harm(run, runs, loads) or _find_sweep(run, runs, loads, new=new), new)


def _unknown(run: RecordedRun) -> str:
    if run.facts_table is None:
        return say("the ledger has no facts that it loaded")
    if run.mode == "append":
        return say("it appended its facts and replaced none; what it added can only be deleted")
    return say("{run} cannot be undone by loading, as {unknown}", run=_name(run), unknown=_why_unknown(run))


def _why_unknown(run: RecordedRun) -> str:
    if any(count.get("updated") for count in run.counts):
        return say("it changed facts where they stood (upsert), and the ledger does not keep what they were")
    if any(count["operation"] == "UPSERT" for count in run.counts):
        return say("it added facts by their key (upsert), so that no scope tells them apart")
    if run.periods is None and any(count["operation"] == "STATEMENT" for count in run.counts):
        return say("statements of the domain's own loaded its facts")
    if run.mode == "append":
        return say("it appended, so that no scope tells its facts apart")
    if run.periods is None:
        return say("the ledger does not say which facts it loaded (it was recorded by an earlier wdh)")
    if any(_swept(run)):
        return say("it replaced provisional facts as well, which no scope tells apart")
    if run.periods.get("scopes") is not None:
        return say("it replaced facts by other columns, {scope}", scope=", ".join(run.periods["scope"]))
    return say("the ledger does not say which scopes it replaced")


def _find_harm(run: RecordedRun, runs: Sequence[RecordedRun], loads: Sequence[RecordedRun]) -> str | None:
    """Say what else the deliveries would change: facts that another run brought after them."""
    scopes = _scopes(run) or frozenset()
    others = [load for load in loads if load.run_id != run.run_id]
    owner = {scope: load for load in others for scope in _scopes(load, like=run) or ()}
    for again in runs:
        beside = (_scopes(again, like=run) or frozenset()) - scopes
        for later in others[others.index(again) + 1 :]:
            own = _scopes(later, like=run)
            if own is None and _may_share(later, again, None, beside):
                return say(
                    "{later} had a part in facts of the same delivery, and {unknown}",
                    later=_name(later),
                    unknown=_why_unknown(later),
                )
        for scope in sorted(beside):
            if owner[scope] not in runs[runs.index(again) :]:
                return say(
                    "the delivery of {again} has other facts, too, which {owner} brought anew since; loading it "
                    "would take these back as well",
                    again=_name(again),
                    owner=_name(owner[scope]),
                )
    return None


def _find_sweep(run: RecordedRun, runs: Sequence[RecordedRun], loads: Sequence[RecordedRun], *, new: int) -> str | None:
    """Say which facts may go as provisional ones, where a delivery is loaded again that replaces such."""
    for again in runs:
        later = loads[loads.index(again) + 1 :] if _swept(again) else ()
        for other in later:
            if other not in runs and (new or other != run) and _may_share(other, again, None, _scopes(again) or ()):
                return say(
                    "the delivery of {again} replaces provisional facts, and {other} brought facts of the same "
                    "period since; loading it may take these back as well",
                    again=_name(again),
                    other=_name(other),
                )
    return None


def _swept(run: RecordedRun) -> Sequence[int]:
    """Give how many provisional facts each step deleted that looks for such, besides the facts of the scopes."""
    found = [count for count in run.counts if (count["operation"], count["table"]) == ("DELETE", run.facts_table)]
    return [int(count["rows"]) for count in found[1:]]


def _scopes(run: RecordedRun, like: RecordedRun | None = None) -> Scopes | None:
    """Give the scopes that a run replaced; None: unknown, not all, or by other columns than those of ``like``."""
    periods = run.periods or {}
    known = periods.get("scopes")
    if known is None or any(_swept(run)):
        return None
    if like is not None and periods["scope"] != (like.periods or {}).get("scope"):
        return None
    return frozenset(known)


def _may_share(run: RecordedRun, other: RecordedRun, own: Scopes | None, scopes: Iterable[str]) -> bool:
    """Say whether a run may have loaded facts of some scopes of another: by its ``own``, or else by their periods."""
    if own is not None:
        return not own.isdisjoint(scopes)
    if not (_keeps_to_periods(run) and _keeps_to_periods(other)):
        return any(scopes)
    mine, theirs = _periods(run.periods), _periods(other.periods)
    return any(scopes) and not (mine and theirs and mine.isdisjoint(theirs))


def _keeps_to_periods(run: RecordedRun) -> bool:
    """Say whether a run changed facts of its own periods only: it appended, or the period is part of its scopes."""
    periods = run.periods or {}
    if any(count["operation"] == "STATEMENT" for count in run.counts):
        return False
    return run.mode == "append" or periods.get("column") in (periods.get("scope") or ())


def _periods(periods: Mapping[str, object] | None) -> frozenset[tuple[str, str]]:
    """Give the periods of a run with the column that tells them apart; empty: unknown."""
    if periods is None or periods["column"] is None:
        return frozenset()
    listed: Any = periods["periods"]  # a list, as record_run() writes it
    return frozenset((str(periods["column"]), str(each["period"])) for each in listed)


def _name(run: RecordedRun) -> str:
    return say("run {run_id}", run_id=run.run_id)
