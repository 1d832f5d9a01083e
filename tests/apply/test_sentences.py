"""Words of a server that are closed with a full stop stand in our sentences with one, not two."""

from __future__ import annotations

import pytest
from support.runs import planned

from wdh.apply import apply_plan
from wdh.errors import DatabaseError
from wdh.testing.database import Database
from wdh.words.printable import join_lines, sentence

TABLES = (
    'CREATE TABLE "计划" ("号" text UNIQUE, "名" text, "机构" text);'
    'CREATE TABLE "明细" ("月" date, "计划" text, "名称" text, "机构" text, "额" numeric);'
    "CREATE FUNCTION closed() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN RAISE EXCEPTION 'The books are closed: we will be back.'; END $$;"
    'CREATE TRIGGER closed BEFORE INSERT ON "明细" FOR EACH STATEMENT EXECUTE FUNCTION closed()'
)
ROW = {"月": "2024-11-01", "计划": "A", "额": 1}


def test_a_refusal_in_a_triggers_own_words(database: Database) -> None:
    database.execute(TABLES)
    with planned([ROW]) as plan, pytest.raises(DatabaseError) as caught:
        apply_plan(plan, database.connect())
    assert "we will be back" in caught.value.message
    assert ".." not in caught.value.message


@pytest.mark.parametrize(
    ("said", "closed"),
    [("back.", "back."), ("back..", "back."), ("ready?", "ready?"), (" so. ", " so."), ("v1.5 is", "v1.5 is.")],
)
def test_a_sentence_is_closed_once_and_a_question_keeps_its_mark(said: str, closed: str) -> None:
    assert sentence(said) == closed


@pytest.mark.parametrize(
    ("said", "joined"),
    [
        ("failed: Connection refused\n\tIs it running?\n", "failed: Connection refused. Is it running?"),
        ("no.\nYes:\n  it is\n\n", "no. Yes: it is"),
        ("one", "one"),
        ("", ""),
    ],
)
def test_lines_that_are_joined_are_sentences(said: str, joined: str) -> None:
    """As libpq's own, which it breaks and indents."""
    assert join_lines(said) == joined
