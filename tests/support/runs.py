"""Plans for tests, made as a run makes them: facts of a made-up sheet, the references derived from them, all steps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from wdh.domain.own_answers import FactLoading
from wdh.facts import Facts
from wdh.facts.spool import Spool
from wdh.plan import Plan
from wdh.plan.planning import Wishes, make_plan
from wdh.references import Derivation
from wdh.settings import ColumnRule, Domain, Reference
from wdh.sql.identifiers import Target

PLANS = Reference(
    "plans",
    Target("public", "计划"),
    ("号",),
    (ColumnRule("号", "计划"), ColumnRule("名", "名称"), ColumnRule("机构", "机构", "max_by", by="额")),
    updatable=("名", "机构"),
)
FACTS = Target("public", "明细")
LETTERS = {"月": "A", "计划": "B", "名称": "C", "机构": "D", "额": "E"}
FILE = "24年11月.xlsx"


@contextmanager
def planned(
    rows: Sequence[Mapping[str, Any]],
    *,
    references: Sequence[Reference] = (PLANS,),
    wishes: Wishes | None = None,
    vetoes: Sequence[str] = (),
    lineage: Mapping[str, str] | None = None,
    run_id: str = "00000000-0000-4000-8000-000000000001",
) -> Iterator[Plan]:
    """Have the plan of a run over ``rows``, which stand in the sheet 明细 from row 2 on, in the columns of LETTERS."""
    wishes = wishes or Wishes()
    domain = Domain("d", "x", "明细", FACTS, ("月", "计划"), tuple(references), lineage=lineage or {})
    with Spool(domain.pk if wishes.load_mode == "delete_insert" else ()) as spool:
        columns = {name: [row.get(name) for row in rows] for name in LETTERS}
        facts = Facts(list(range(2, 2 + len(rows))), columns)
        spool.append(facts, file=FILE, sheet="明细", letters=LETTERS)
        derivations = [Derivation(reference) for reference in references]
        for derivation in derivations:
            derivation.absorb(facts, workbook=0)
        yield make_plan(
            domain,
            [derivation.candidates() for derivation in derivations],
            facts=spool.facts(),
            wishes=wishes,
            vetoes=vetoes,
            load_facts=lambda facts, target, steps: FactLoading().load_facts(facts, target, steps) and None,
            run_id=run_id,
        )


def cell(name: str, row: int) -> str:
    """Name the cell of a fact column in a row, as a message does."""
    return f"{FILE}, sheet 明细, {LETTERS[name]}{row}"


class Interrupted:
    """A connection whose user presses Ctrl-C while COMMIT is on its way."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    def commit(self) -> None:
        self._connection.commit()
        raise KeyboardInterrupt
