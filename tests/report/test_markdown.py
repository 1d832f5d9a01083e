"""``--output markdown`` shows all that the text shows, and a CommonMark parser reads every value as text alone."""

from __future__ import annotations

import json
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token
from support.workbooks import write_rows

from wdh.command.main import main as tool
from wdh.report.blocks import Block, Code, Line, Result, Section, Table, Title
from wdh.report.reporters import REPORTERS
from wdh.words.printable import show_controls

CONFIGURATION = """
domains:
  shops:
    pattern: '(?P<year>[0-9]{4})年(?P<month>[0-9]{1,2})月'
    sheet: 数据
    table: shops
    pk: [名称]
    columns:
      名称: {kind: text, required: true}
      金额: amount
"""
FIERCE = (
    "a|b",
    "\\|\\",
    "| --- |",
    "</td></table><script>x</script>",
    "**a** _b_ ~~c~~ `d` $e$",
    "[a](http://x) ![](http://x/y.png)",
    "<http://x>",
    "&lt;&#124;",
    "```\n# b",
    "1. c",
    "- [ ] d",
    "    e",
    "two  blanks ",
    "===",
    "@all #12",
    "f ##",
)
STRUCTURE = {"heading_open", "bullet_list_open", "list_item_open", "table_open", "tr_open", "td_open", "th_open"}
STRUCTURE |= {"fence", "code_block", "hr", "html_block", "blockquote_open", "ordered_list_open"}


def parse(text: str) -> list[Token]:
    return MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(text)


def render(token: Token) -> str:
    """Give the text of an inline token, which must hold no markup but the line breaks of a cell."""
    shown = []
    for child in token.children or ():
        is_break = child.type == "html_inline" and child.content == "<br>"
        assert is_break or child.type in ("text", "text_special"), (child.type, child.content, token.content)
        shown.append("\n" if is_break else child.content)
    return "".join(shown).replace("\xa0", " ").replace("\u2060", "")


def texts(tokens: list[Token]) -> list[str]:
    return [render(token) for token in tokens if token.type == "inline"]


def write(page: list[Block], failure: str | None = None) -> list[Token]:
    return parse("\n".join(REPORTERS["markdown"](Result(None, page, failure), None)))


values = st.text(st.characters(exclude_characters="\xa0\u2060", exclude_categories=["Cs"]), max_size=12) | st.text(
    "|\\`*_~<>&#[]()!-+=.:/$@ 1aw", max_size=12
)


def all_of(values: tuple[str, ...]) -> Any:
    def decorated(test: Any) -> Any:
        for value in values:
            test = example(value)(test)
        return test

    return decorated


@given(values)
@all_of(FIERCE)
def test_a_value_is_text_wherever_it_stands(value: str) -> None:
    """It neither ends its cell, its line or its code, nor is any of it read as markup."""
    shown = show_controls(value)
    cells = [("x", value, "y"), (value, (value, "z"), value)]
    page: list[Block] = [
        Title(value),
        Section(f"h {value}", [Line(f"l {value}"), Line(value, level=1), Table(("a", value, "b"), cells, ("b",))]),
        Code("sql", [f"s {shown}", shown]),
    ]
    tokens = write(page)
    assert [token.type for token in tokens if token.type in STRUCTURE] == [
        "heading_open",
        "heading_open",
        *["bullet_list_open", "list_item_open"] * 2,
        "table_open",
        *["tr_open", *["th_open"] * 3],
        *["tr_open", *["td_open"] * 3] * 2,
        "fence",
    ]
    title, heading, line, below, *rest = texts(tokens)
    ends = [text.rstrip() for text in (title, heading, line)]
    assert ends == [text.rstrip() for text in (f"wdh {version('wdh')} · {shown}", f"h {shown}", f"l {shown}")]
    assert below == (shown or " ")
    assert rest == ["a", shown, "b", "x", shown, "y", shown, f"{shown}\nz", shown]
    assert next(token.content for token in tokens if token.type == "fence").rstrip(
        "\n"
    ) == f"s {shown}\n{shown}".rstrip("\n")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A workbook in which every amount is a value that cannot be read."""
    (tmp_path / "data_sources.yml").write_text(CONFIGURATION, encoding="utf-8")
    rows = [["名称", "金额"], *([f"店{number}", value] for number, value in enumerate(FIERCE)), ["店", 1]]
    write_rows(tmp_path / "2024年11月.xlsx", rows, sheet="数据")
    return tmp_path


def run(folder: Path, *arguments: str) -> Any:
    places = ["--domain", "shops", "--config", str(folder / "data_sources.yml"), "--data-dir", str(folder)]
    return CliRunner().invoke(tool, ["run", *places, *arguments])


def cells(tokens: list[Token]) -> list[str]:
    inside = [tokens[index + 1] for index, token in enumerate(tokens) if token.type == "td_open"]
    return [render(token) for token in inside]


@pytest.mark.parametrize("limit", ["100%", "0"])
def test_a_run_shows_every_value_that_it_refused_in_its_cell(folder: Path, limit: str) -> None:
    """Planned or failed: the failed one begins with what went wrong, as its sentence would be on stderr alone."""
    ended = run(folder, "--max-rejects", limit, "--output", "markdown", "--verbose")
    assert ended.exit_code == (3 if limit == "0" else 0), ended.stderr
    tokens = parse(ended.stdout)
    rejects = json.loads(run(folder, "--max-rejects", limit, "--output", "json").stdout)["rejects"]
    shown = cells(tokens)
    for reject in rejects:
        at = shown.index(reject["cell"])
        assert shown[at + 2] == show_controls(reject["value"])
        assert shown[at + 4] == show_controls(reject["sentence"])
    assert (" · failed" in ended.stdout) == (limit == "0")
    if limit == "0":
        assert ended.stderr.splitlines()[0].removeprefix("Data: ") in texts(tokens)


def test_it_shows_all_that_the_text_shows(folder: Path) -> None:
    """Word by word, but for how long the run took, and the colons behind labels."""
    text = run(folder, "--max-rejects", "100%").stdout
    tokens = parse(run(folder, "--max-rejects", "100%", "--output", "markdown").stdout)
    shown = " ".join(token.content if token.type == "fence" else "" for token in tokens) + " ".join(texts(tokens))
    missing = set(text.split()) - {word.rstrip(":") for word in shown.split()} - set(shown.split())
    assert all(word.replace(".", "").isdigit() for word in missing), missing


def test_every_command_with_a_form_has_it(folder: Path) -> None:
    """An inspection and the list of domains are tables; the YAML to go on with is code."""
    workbook = str(folder / "2024年11月.xlsx")
    looked = parse(CliRunner().invoke(tool, ["inspect", workbook, "--output", "markdown"]).stdout)
    assert "a|b" in " ".join(cells(looked))
    assert [token.info for token in looked if token.type == "fence"] == ["yaml"]
    config = ["--config", str(folder / "data_sources.yml")]
    listed = parse(CliRunner().invoke(tool, ["domains", *config, "--output", "markdown"]).stdout)
    assert {"declared", "shops"} <= set(cells(listed))


def test_nobody_is_called_and_no_pull_request_is_named() -> None:
    """These work in rendered text, so that no character reference hinders them."""
    (shown,) = [token.content for token in write([Line("@all, #12, a@b.c, #REF!")]) if token.type == "inline"]
    assert shown == "&#64;&#8288;all, &#35;&#8288;12, a@b.c, #REF!"
