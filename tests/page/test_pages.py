"""A page shows every value as text, asks nothing of a network, says all in both languages, and stays small."""

from __future__ import annotations

import base64
import hashlib
import re
from collections import Counter
from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any, Final

import pytest
from support.pages import (
    HOSTILE,
    MADE_AT,
    approval,
    failed_document,
    history,
    plan_document,
    run_document,
)
from support.reports import find_faults

from wdh.apply.forecast import ChangeKind, ChangeList, Listed
from wdh.approval import Signature
from wdh.checking.reasons import CheckReason
from wdh.columns.reasons import Reason
from wdh.page import render_approval, render_history, render_run
from wdh.page.labels import GUARDS, KINDS, OPERATIONS, STAGES
from wdh.words.language import catalogue
from wdh_schemas import REPORT, read_contract

MEGABYTE: Final = 1_000_000
KINDS_OF_CHANGES: Final[tuple[ChangeKind, ...]] = ("filled", "differing")


def _show_history(text: str) -> bytes:
    pages = render_history(history(text=text, name=text), ledger=text, made_at=MADE_AT)
    return b"".join(pages.values())


PAGES: Final[dict[str, Callable[[str], bytes]]] = {
    "run": lambda text: render_run(run_document(text=text), history=history(text=text, name=text), made_at=MADE_AT),
    "plan": lambda text: render_run(plan_document(text=text), made_at=MADE_AT),
    "failed": lambda text: render_run(failed_document(text=text), made_at=MADE_AT),
    "approval": lambda text: render_approval(approval(text), Signature.NONE, name=text, made_at=MADE_AT),
    "history": _show_history,
}
every_page = pytest.mark.parametrize("make", PAGES.values(), ids=PAGES)


class Elements(HTMLParser):
    """Collects the elements of a page with their attributes, and the text outside script and style."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self._inside = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        self._inside = tag

    def handle_endtag(self, tag: str) -> None:
        del tag
        self._inside = ""

    def handle_data(self, data: str) -> None:
        if self._inside not in ("script", "style"):
            self.text += data


def elements(page: bytes) -> Counter[tuple[str, tuple[str, ...]]]:
    return Counter((tag, tuple(sorted(attributes))) for tag, attributes in Elements(page.decode()).found)


@pytest.mark.parametrize("document", [run_document(), plan_document(), failed_document()])
def test_the_documents_of_these_tests_keep_the_contract(document: dict[str, Any]) -> None:
    assert find_faults(document) == []


@every_page
@pytest.mark.parametrize("value", HOSTILE, ids=range(len(HOSTILE)))
def test_a_value_is_text_wherever_it_stands(make: Callable[[str], bytes], value: str) -> None:
    """The page has the very elements and attributes that it has with a harmless value, and shows this one."""
    page = make(value)
    assert elements(page) == elements(make("客户"))
    shown = value.encode("utf-8", "backslashreplace").decode().replace("\u202e", "\\u202e").replace("\x1b", "\\x1b")
    assert shown in Elements(page.decode()).text


@every_page
def test_a_page_has_one_script_and_one_style_which_its_policy_knows_by_hash(make: Callable[[str], bytes]) -> None:
    for page in re.findall(r"(?s)<!DOCTYPE html>.*?</html>", make("客户").decode()):
        policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page)
        assert policy is not None
        for name in ("script", "style"):
            (inside,) = re.findall(rf"(?s)<{name}>(.*?)</{name}>", page)
            digest = base64.b64encode(hashlib.sha256(inside.encode()).digest()).decode()
            assert f"{name}-src &#39;sha256-{digest}&#39;" in policy[1]
        assert "default-src &#39;none&#39;" in policy[1]


@every_page
def test_nothing_in_a_page_leads_out_of_it(make: Callable[[str], bytes]) -> None:
    for _, attributes in Elements(make("客户").decode()).found:
        for name in ("src", "href", "action", "xlink:href"):
            assert re.fullmatch(r"#[\w-]+|data:,|index\.html|[0-9a-f-]{36}\.html", attributes.get(name) or "#a")
        assert not [name for name in attributes if name.startswith("on") or name == "style"]


@every_page
def test_every_text_has_its_two_languages(make: Callable[[str], bytes]) -> None:
    page = make("客户").decode()
    english = re.findall(r'<span lang="en">(.*?)</span>', page)
    chinese = re.findall(r'<span lang="zh">(.*?)</span>', page)
    assert len(english) == len(chinese) > 50
    assert [text for text in chinese if not re.search("[一-鿿]", text)] == []


@pytest.mark.parametrize("words", [KINDS, GUARDS, STAGES, OPERATIONS])
def test_every_word_for_a_code_is_translated(words: dict[str, str]) -> None:
    chinese = catalogue("zh")
    assert [text for text in words.values() if chinese.gettext(text) == text] == []


def test_every_code_has_a_word() -> None:
    contract = read_contract(REPORT)["$defs"]
    assert {reason.value for kind in (Reason, CheckReason) for reason in kind} <= KINDS.keys()
    assert {*contract["guard"]["properties"]["name"]["enum"]} == GUARDS.keys()
    assert {*contract["stage"]["properties"]["name"]["enum"]} == STAGES.keys()
    assert {*contract["step"]["properties"]["operation"]["enum"]} <= OPERATIONS.keys()


def test_the_page_of_a_hundred_thousand_rejects_is_small_and_says_where_the_others_are() -> None:
    page = render_run(run_document(rejected=100_000), history=history(200), made_at=MADE_AT)
    assert len(page) < 3 * MEGABYTE
    text = Elements(page.decode()).text
    assert "The first 1,000 of 100,000 are here. All of them are in rejects.xlsx, beside this page." in text
    assert page.count(b"<td") > 5_000


def test_the_page_of_a_hundred_thousand_changes_is_small_and_says_where_the_others_are() -> None:
    document = run_document()
    (plans,) = document["forecast"]["references"] = document["forecast"]["references"][:1]
    plans |= {"inserted": 40_000, "filled": {"客户名称": 30_000}, "differing": {"客户名称": 30_000}}
    with ChangeList() as changes:
        long = "长" * 300
        changes.begin()
        changes.add(Listed("new", "plans", (f"P{number}", long)) for number in range(40_000))
        for kind in KINDS_OF_CHANGES:
            changes.add(Listed(kind, "plans", (f"P{number}",), "客户名称", None, long) for number in range(30_000))
        page = render_run(document, history=history(200), changes=changes, made_at=MADE_AT)
    assert len(page) < 3 * MEGABYTE
    text = Elements(page.decode()).text
    for count in ("40,000", "30,000"):
        assert f"The first 1,000 of {count} are here. All of them are in changes.xlsx, beside this page." in text
    assert text.count("P999 ") == 1
    assert text.count("P999") == 3
    assert "P1000" not in text


def test_a_page_begins_with_what_was_done() -> None:
    text = " ".join(Elements(render_run(run_document(), made_at=MADE_AT).decode()).text.split())
    assert "1,990 facts of 2 workbooks are in the warehouse." in text
    assert "3 rows are missing: a cell of each could not be understood." in text
    assert "They replaced 2,000 facts." in text


def test_a_plan_says_that_nothing_was_written_and_a_failed_run_that_nothing_is_there() -> None:
    assert "Nothing was written." in Elements(render_run(plan_document(), made_at=MADE_AT).decode()).text
    failed = Elements(render_run(failed_document(), made_at=MADE_AT).decode()).text
    assert "The run failed. Nothing of it is in the warehouse." in failed
    unknown = render_run(failed_document() | {"executed": None}, made_at=MADE_AT)
    assert "nobody knows yet whether the run is in the warehouse" in Elements(unknown.decode()).text
