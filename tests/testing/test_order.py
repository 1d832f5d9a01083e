"""What may hang on the order of the rows, and what may not: exactly the picks by place, and ties."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.picks import RULES
from support.thoroughness import examples

from wdh.facts import Facts, FactValue
from wdh.references import Derivation
from wdh.settings import ColumnRule, Reference
from wdh.sql.identifiers import Target
from wdh.testing.order import is_stable

ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "v": st.sampled_from(["a", "b", "c", None]),
            "n": st.sampled_from([1, 1.0, 2, Decimal("2.0"), None]),
        }
    ),
    min_size=1,
    max_size=4,
)


def pick(rule: ColumnRule, rows: Sequence[Mapping[str, FactValue]]) -> FactValue:
    """What the engine makes of these facts of one key, in this order."""
    reference = Reference("r", Target(None, "t"), ("k",), (ColumnRule("k", "k"), rule))
    columns = {"k": ["x"] * len(rows), **{name: [row[name] for row in rows] for name in ("v", "n")}}
    derivation = Derivation(reference)
    derivation.absorb(Facts(list(range(len(rows))), columns), workbook=0)
    return derivation.candidates().rows[0][1]


@pytest.mark.parametrize("name", RULES)
@given(rows=ROWS)
@settings(max_examples=examples(60))
def test_what_is_settled_is_the_same_in_every_order_and_what_is_not_is_not(
    name: str, rows: list[dict[str, FactValue]]
) -> None:
    """Precise both ways: nothing that must hold is left out, and nothing is asked that the engine does not promise."""
    found = {pick(RULES[name], order) for order in itertools.permutations(rows)}
    assert is_stable(RULES[name], rows) == (len(found) == 1)
