"""Shell patterns of provisional values in SQL: ``*`` is any text, ``?`` one character."""

from __future__ import annotations

_LIKE = "OPERATOR(pg_catalog.~~)"
_MEANINGS = {"*": "%", "?": "_", "%": r"\%", "_": r"\_", "\\": r"\\"}


def matches(value: str, pattern: str) -> str:
    """Write the test whether an SQL expression, as text, matches a pattern. Raises ValueError for a NUL."""
    if "\0" in pattern:
        raise ValueError("a pattern has a NUL")
    like = "".join(_MEANINGS.get(character, character) for character in pattern)
    literal = like.replace("\\", "\\\\").replace("'", "''")
    return f"{value}::pg_catalog.text {_LIKE} E'{literal}'"


def gap(old: str, new: str, pattern: str | None) -> str:
    """Write the test whether a fill puts ``new`` in the place of ``old``: where that is NULL, or provisional only."""
    if pattern is None:
        return f"{old} IS NULL AND {new} IS NOT NULL"
    stands_in = f"{matches(old, pattern)} AND NOT {matches(new, pattern)}"
    return f"{new} IS NOT NULL AND ({old} IS NULL OR ({stands_in}))"
