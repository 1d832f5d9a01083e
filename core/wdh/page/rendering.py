"""Writes a page as one HTML file: its script and its style are inside, and a policy keeps all others out."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from wdh.page.labels import FRAME
from wdh.page.parts import Cell, Flow, Page
from wdh.page.words import Both, Text, both, both_count, pick
from wdh.words.language import spoken
from wdh.words.printable import show_lines

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup


def render(page: Page, *, made_at: str) -> bytes:
    """Write a page in UTF-8. ``made_at`` is the time that its foot says."""
    style, script = _read("page.css") + _heights(page), _read("page.js")
    policy = "; ".join(
        (
            "default-src 'none'",
            f"style-src 'sha256-{_hash(style)}'",
            f"script-src 'sha256-{_hash(script)}'",
            "img-src data:",
            "base-uri 'none'",
            "form-action 'none'",
        )
    )
    template = _environment().get_template("page.html")
    written = template.render(
        page=page,
        policy=policy,
        style=_trusted(style),
        script=_trusted(script),
        language=spoken(),
        version=version("wdh"),
        foot=both("Made by wdh {version} at {time}. This file needs no network.", version=version("wdh"), time=made_at),
        frame={name: both(text) for name, text in FRAME.items()},
    )
    return written.encode("utf-8")


def _heights(page: Page) -> str:
    """Write the heights of boxes: a policy that knows every style by its hash allows none at an element."""
    flows = [part for section in page.sections for part in section.parts if isinstance(part, Flow)]
    talls = {node.height for flow in flows for column in flow.columns for node in column}
    talls |= {flow.height for flow in flows}
    return "".join(f".{name_height(tall)}{{height:{tall}rem}}" for tall in sorted(talls))


def name_height(tall: float) -> str:
    """Name the class of what is so tall."""
    return f"h{round(tall * 100)}"


def _hash(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")


@cache
def _read(name: str) -> str:
    return (files("wdh.page") / "templates" / name).read_text(encoding="utf-8")


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FunctionLoader

    made = Environment(
        loader=FunctionLoader(_read), autoescape=True, trim_blocks=True, lstrip_blocks=True, finalize=_finalize
    )
    made.filters |= {"words": _words, "svg": _trusted, "height": name_height, "kind": lambda part: type(part).__name__}
    made.globals |= {"count_unprinted": _count_unprinted, "as_cell": _as_cell, "pick": pick}
    return made


def _finalize(value: Any) -> Any:
    """Let no value turn a line around or hide a character; text is escaped behind this."""
    return show_lines(value) if type(value) is str else value


def _words(text: Text | int) -> Markup | str:
    """Write a text, in both languages where it has two; the page shows one of them."""
    from markupsafe import Markup

    if isinstance(text, Both) and text.en != text.zh:
        said = (show_lines(each) for each in (text.en, text.zh))
        return Markup('<span lang="en">{}</span><span lang="zh">{}</span>').format(*said)
    return pick(text, "en")


def _count_unprinted(rows: int) -> Text:
    return both_count("… and {count} more row on the screen.", "… and {count} more rows on the screen.", rows)


def _trusted(text: str) -> Markup:
    """Take a text as markup: it is wdh's own, or was escaped by what wrote it."""
    from markupsafe import Markup

    return Markup(text)  # noqa: S704 - see above


def _as_cell(value: Cell | Text | int | None) -> Cell:
    if isinstance(value, Cell):
        return value
    return Cell("" if value is None else value)
