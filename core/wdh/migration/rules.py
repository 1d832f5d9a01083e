"""The aggregations of a foreign key's columns as rules of a reference."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from wdh.configuration.faults import SHOWN, KeyPath, suggest
from wdh.migration.losses import Losses
from wdh.words.language import say
from wdh.words.phrases import clip

_FIELD: Final = re.compile(r"\{([^{}]+)\}")
_COLUMN: Final = re.compile(r"\[\s*[\"']([^\"']+)[\"']\s*\]")
_DATE: Final = re.compile(r"\.strftime\(\s*[\"']([^\"']+)[\"']\s*\)(?:\s*\+\s*[\"']([^\"']*)[\"'])?")
_CALL: Final = re.compile(r"lambda (\w+): ?\1\[[\"']([^\"']+)[\"']\]\.(nunique|sum|max|min)\(\)")
_PICKS: Final = {"nunique": "count_distinct", "sum": "sum", "max": "max", "min": "min"}
_CODE: Final = ("lambda", "jsonb_append")
_KNOWN: Final = ("first", "max_by", "concat_distinct", "template", "count_distinct", *_CODE)


def migrate_rule(column: Mapping[str, Any], path: KeyPath, losses: Losses) -> str | dict[str, Any] | None:
    """Write the rule for one of ``backfill_columns``; None, with a loss, where there is none."""
    source, written = column.get("source"), column.get("aggregation")
    how = written if isinstance(written, dict) else {}
    kind = how.get("type", "first")
    here = (*path, "aggregation")
    if kind in _CODE:
        losses.tell(here, _refuse_code(kind, str(how.get("code", ""))))
        return None
    if kind == "template":
        return _migrate_template(str(how.get("template", "")), here, losses)
    if not isinstance(source, str):
        losses.tell(path, say("has no source, so nothing is read; write the rule by hand"))
        return None
    match kind:
        case "first":
            return source
        case "max_by" if isinstance(how.get("order_column"), str):
            return {"from": source, "pick": "max_by", "by": how["order_column"]}
        case "max_by":
            losses.tell(here, say("has no order_column, so nothing says which fact decides; write the rule by hand"))
            return None
        case "count_distinct":
            return {"from": source, "pick": "count_distinct"}
        case "concat_distinct":
            if how.get("sort", True):
                losses.tell(
                    here, say("the values are joined in the order of the sheet; order: […] in the rule fixes one")
                )
            return {"from": source, "pick": "concat_distinct", "separator": how.get("separator", "+")}
        case _:
            losses.tell(
                here,
                say(
                    "the aggregation {kind!r} is not known; {advice}",
                    kind=clip(str(kind), SHOWN),
                    advice=suggest(str(kind), _KNOWN),
                ),
            )
            return None


def read_columns(rule: str | dict[str, Any]) -> tuple[str, ...]:
    """Give the fact columns that a rule reads."""
    if isinstance(rule, str):
        return (rule,)
    return tuple(rule[key] for key in ("from", "by") if key in rule)


def _migrate_template(template: str, path: KeyPath, losses: Losses) -> dict[str, Any] | None:
    fields = _FIELD.findall(template)
    if not fields:
        return {"pick": "constant", "value": template}
    if len(fields) > 1:
        losses.tell(
            path,
            say(
                "a template reads one column here, and {template!r} reads {count}",
                template=clip(template, SHOWN),
                count=len(fields),
            ),
        )
        return None
    return {"from": fields[0], "pick": "template", "format": _FIELD.sub("{}", template)}


def _refuse_code(kind: str, code: str) -> str:
    message = say("code is never carried over: {kind} {code!r}", kind=kind, code=clip(code, SHOWN))
    proposal = _propose(kind, code)
    if proposal is None:
        return say("{message}; write a rule by hand, or a statement under after:", message=message)
    return say(
        "{message}; its meaning seems to be {proposal}, to be written under columns:",
        message=message,
        proposal=proposal,
    )


def _propose(kind: str, code: str) -> str | None:
    called, column, date = _CALL.fullmatch(code), _COLUMN.search(code), _DATE.search(code)
    if called is not None and kind == "lambda":
        return f"{{from: {called[2]}, pick: {_PICKS[called[3]]}}}"
    if column is not None and date is not None:
        text = date[2] or ""
        if kind == "jsonb_append":
            return f"{{from: {column[1]}, pick: template, format: '[\"{{:{date[1]}}}{text}\"]'}} for new rows"
        return f"{{from: {column[1]}, pick: first, format: '{date[1]}{text}'}}"
    return None
