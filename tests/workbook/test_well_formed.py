"""XML that is not well-formed, or has its elements where none belong, is refused or read the same by both readers."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.helpers import near_helper
from support.readings import Reading, read_whole
from support.workbooks import sheet_xml, write_package

from wdh.errors import DataError
from wdh.facts.cells import DamagedValue
from wdh.workbook.package.well_formed import STRINGS as IN_STRINGS
from wdh.workbook.package.well_formed import WellFormed

DATA = (
    '<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c></row>'
    '<row r="2"><c r="A2"><v>1</v></c><c r="B2" t="inlineStr"><is><t>乙</t></is></c></row>'
    '<row r="3"><c r="A3"><v>2</v></c><c r="B3" t="str"><v>丙</v></c></row>'
)
SOUND = sheet_xml(DATA)


def write(folder: Path, xml: str | bytes, strings: tuple[str, ...] = ("<t>甲</t>", "<t>数</t>")) -> Path:
    path = write_package(folder / "一.xlsx", SOUND, shared=list(strings))
    return write_package(path, SOUND, shared=list(strings), members={"xl/worksheets/sheet1.xml": xml})


def read(folder: Path, xml: str, reader: str, strings: tuple[str, ...] = ("<t>甲</t>", "<t>数</t>")) -> Reading:
    return read_whole(write(folder, xml, strings), reader=reader)


BROKEN = {
    "a cell without an end": ("<v>1</v></c>", "<v>1</v>"),
    "a row without an end": ('</row><row r="3">', '<row r="3">'),
    "a row that ends twice": ('</row><row r="3">', '</row></row><row r="3">'),
    "tags that cross": ("<v>1</v></c>", "<v>1</c></v>"),
    "two cells that cross": ('</c><c r="B2"', '<c r="B2"'),
    "an attribute twice": ('<c r="A2">', '<c r="A2" r="B2">'),
    "an attribute of a row twice": ('<row r="2">', '<row r="2" spans="1:2" spans="1:2">'),
    "an unknown prefix": ('<row r="2">', '<row r="2" x14ac:dyDescent="1">'),
    "an unknown prefix of an element": ("<v>1</v>", "<v>1</v><x:f/>"),
    "an unknown entity": ("乙", "&none;"),
    "a bare ampersand": ("乙", "a & b"),
    "an ampersand in a row": ('<row r="2">', '<row r="2" spans="1&2">'),
    "the end of a CDATA": ("乙", "a]]>b"),
    "a control character": ("乙", "a\x01b"),
    "a character that is none": ("乙", "a\ufffeb"),
    "a character that is none by number": ("乙", "&#0;"),
    "an attribute without quotes": ('<row r="2">', '<row r="2" spans=1>'),
    "a second root": ("</worksheet>", "</worksheet><worksheet/>"),
    "text behind the root": ("</worksheet>", "</worksheet>x"),
    "no end": ("</worksheet>", ""),
    "an element without an end behind the rows": ("</sheetData>", "</sheetData><pageSetup>"),
    "a declaration in the middle": ("</sheetData>", '</sheetData><?xml version="1.0"?>'),
}


@pytest.mark.parametrize(("old", "new"), BROKEN.values(), ids=BROKEN)
def test_a_sheet_that_is_not_well_formed_is_refused(tmp_path: Path, reader: str, old: str, new: str) -> None:
    assert old in SOUND
    with pytest.raises(DataError, match="damaged"):
        read(tmp_path, SOUND.replace(old, new, 1), reader)


@pytest.mark.parametrize("content", [b"\xff", b"\xc3", b"\xed\xa0\x80", b"\xf5\x80\x80\x80", b"\xc0\xaf"])
def test_a_sheet_that_is_no_utf_8_is_refused(tmp_path: Path, reader: str, content: bytes) -> None:
    path = write(tmp_path, SOUND.encode().replace("乙".encode(), content))
    with pytest.raises(DataError, match="damaged"):
        read_whole(path, reader=reader)


STRINGS = {
    "without an end": "<t>甲",
    "an attribute twice": '<t a="1" a="2">甲</t>',
    "an unknown prefix": "<t x:a='1'>甲</t>",
    "an unknown entity": "<t>&none;</t>",
    "a control character": "<t>a\x01</t>",
    "the end of a CDATA": "<t>a]]>b</t>",
    "a second root": "<t>甲</t></si></sst><sst><si><t>数</t>",
}


@pytest.mark.parametrize("string", STRINGS.values(), ids=STRINGS)
def test_strings_that_are_not_well_formed_are_refused(tmp_path: Path, reader: str, string: str) -> None:
    with pytest.raises(DataError, match="damaged"):
        read(tmp_path, SOUND, reader, (string, "<t>数</t>"))


@pytest.mark.parametrize(
    ("string", "text"),
    [
        ("<t>甲<row/>乙</t>", "甲乙"),
        ("<t><b>甲</b>乙</t>", "甲乙"),
        ("<b><t>甲</t></b>", "甲"),
        ("<t>甲</t><extLst><t>乙</t></extLst>", "甲乙"),
        ("<r><b><t>甲</t></b></r>", "甲"),
    ],
)
def test_a_string_with_elements_where_none_belong_is_a_damaged_value(
    tmp_path: Path, reader: str, string: str, text: str
) -> None:
    """Readers take some of its text, each another."""
    xml = SOUND.replace('<c r="A3"><v>2</v>', '<c r="A3" t="s"><v>2</v>')
    found = read(tmp_path, xml, reader, ("<t>甲</t>", "<t>数</t>", string))
    assert found.column("甲") == [1, DamagedValue(text)]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('<row r="3">', '<x><row r="3">'),
        ('<c r="A3"><v>2</v></c>', '<x><c r="A3"><v>2</v></c></x>'),
        ("<sheetData>", '<row r="1"/><sheetData>'),
        ("</sheetData>", '</sheetData><x><row r="9"/></x>'),
        ("</sheetData>", '</sheetData><sheetData><row r="9"><c r="A9"><v>7</v></c></row></sheetData>'),
    ],
)
def test_a_row_or_cell_where_none_belongs_is_refused(tmp_path: Path, reader: str, old: str, new: str) -> None:
    """It would be a fact for one reader, and nothing for the other."""
    xml = SOUND.replace(old, new, 1)
    xml = xml.replace("</row></sheetData>", "</row></x></sheetData>") if new.startswith("<x><row") else xml
    with pytest.raises(DataError, match="where none belongs"):
        read(tmp_path, xml, reader)


@pytest.mark.parametrize("name", ["B7", "B1", "B3", "B22", "B"])
@pytest.mark.parametrize("before", ['<c r="A2"><v>1</v></c>', '<c t="n" r="A2"><v>1</v></c>'])
def test_a_cell_that_is_named_as_one_of_another_row_is_refused(
    tmp_path: Path, reader: str, name: str, before: str
) -> None:
    xml = SOUND.replace('<c r="B2"', f'<c r="{name}"').replace('<c r="A2"><v>1</v></c>', before)
    with pytest.raises(DataError, match="2"):
        read(tmp_path, xml, reader)


@pytest.mark.parametrize("cells", ['<c r="A2"><v>7</v></c><c r="A2"/>', '<c r="A2"/><c r="A2"><v>7</v></c>'])
def test_an_empty_cell_takes_nothing_from_one_of_its_name(tmp_path: Path, reader: str, cells: str) -> None:
    found = read(tmp_path, SOUND.replace('<c r="A2"><v>1</v></c>', cells), reader)
    assert found.column("甲") == [7, 2]


def test_an_ordinary_sheet_is_proved_without_the_slow_reader(tmp_path: Path) -> None:
    text = "&lt;x&gt; &amp; 'y' [z]"
    xml = SOUND.replace("乙", text).replace('<row r="2">', '<row r="2" spans="1:2" ht="15" customHeight="1">')
    found = read(tmp_path, xml, "fast")
    assert (found.reader, found.column("数")) == ("fast", ["<x> & 'y' [z]", "丙"])


def test_empty_rows_do_not_send_a_sheet_to_the_slow_reader(tmp_path: Path) -> None:
    rows = '<row r="1" spans="1:2"/><row r="2"><c r="A2" t="str"><v>码</v></c></row><row r="3" ht="15" />'
    rows += '<row r="4"><c r="A4"><v>1</v></c></row><row r="6"><c r="A6"><v>2</v></c></row><row r="7"/>'
    found = read(tmp_path, sheet_xml(rows), "fast")
    assert (found.fallback, found.column("码")) == (None, [1, 2])


def test_harm_in_any_row_of_a_large_sheet_is_found(tmp_path: Path) -> None:
    """Also where two processes look over a part of it each, and where cells are left out of the look."""
    rows = [f'<row r="{row}"><c r="A{row}" t="str"><v>{row}</v></c></row>' for row in range(1, 61)]
    with near_helper(piece=200):
        assert read_whole(write(tmp_path, sheet_xml("".join(rows))), reader="fast").reader == "fast"
        for place in range(1, 60, 3):
            for old, new in (("</v></c>", "</v>"), ("<v>", "<v>\x02"), ("</row>", ""), ("<row ", '<row r="1" ')):
                harmed = "".join((*rows[:place], rows[place].replace(old, new), *rows[place + 1 :]))
                with pytest.raises(DataError):
                    read_whole(write(tmp_path, sheet_xml(harmed)), reader="fast")


def test_elements_within_each_other_without_end_take_no_memory() -> None:
    form = WellFormed()
    form.check(b"<a>" * 1_000)
    assert form.fault is not None


HEAD = b'<?xml version="1.0" encoding="UTF-8"?><sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
FORMS = [
    "<si><t>{}</t></si>",
    '<si><t xml:space="preserve">{}</t></si>',
    '<si><t>{}</t><phoneticPr fontId="1" type="noConversion"/></si>',
    '<si><t>{}</t><phoneticPr fontId="1" fontId="2"/></si>',
    "<si><r><t>{}</t></r></si>",
    "<si><t>{}</t></si><si><t>",
    "<si>{}</si>",
    "<si><t>{}</si></t>",
    "</t></si><si><t>{}",
    "<si><t>{}</b></c>",
    "<a><b>{}</t></si>",
    "<a></b>{}<c></d>",
]
TEXTS = [
    *(
        "",
        "甲",
        "a b",
        "&amp;",
        "&lt;&gt;",
        "&#10;",
        "&none;",
        "&",
        "&amp",
        "a;b",
        "]]>",
        "]]",
        ">",
        "\n",
        "\x01",
        "\ufffe",
        "\uffff",
    ),
    *(
        "<t>",
        "</t>",
        "<b/>",
        "</t></si><si><t>",
        '<t xml:space="preserve">',
        "<!--x-->",
        "<![CDATA[x]]>",
        "\ufeff",
        "𠮷",
    ),
]
HARM = [b"", b"\xff", b"\xc3", b"\xed\xa0\x80", b"\xf5\x80\x80\x80", b"\xc0\xaf"]


def write_string(form: str, text: str, harm: bytes = b"") -> bytes:
    return form.encode().replace(b"{}", text.encode() + harm)


STRING = st.builds(write_string, st.sampled_from(FORMS), st.sampled_from(TEXTS), st.sampled_from([b"", b"", *HARM]))


def find_fault(pieces: list[bytes], *, by_strings: bool) -> str | None:
    form = WellFormed(IN_STRINGS, leaf="t")
    for piece in (*pieces, b"</sst>"):
        if by_strings:
            form.check_strings(piece)
        else:
            form.check(piece)
    form.end()
    return form.fault


@given(st.lists(st.lists(STRING, min_size=1, max_size=4), min_size=1, max_size=3), st.sampled_from([HEAD, b"", b"<a>"]))
def test_strings_that_are_left_out_are_well_formed(pieces: list[list[bytes]], head: bytes) -> None:
    cut = [b"".join(piece) for piece in pieces]
    cut[0] = head + cut[0]
    assert find_fault(cut, by_strings=True) == find_fault(cut, by_strings=False)


def test_no_harm_hides_between_usual_strings() -> None:
    """Each form with each text, between two strings that are left out, and without any."""
    usual = write_string(FORMS[0], "甲")
    for string in (write_string(*each) for each in product(FORMS, TEXTS, HARM)):
        for pieces in ([HEAD, string], [HEAD + usual + string + usual]):
            assert find_fault(pieces, by_strings=True) == find_fault(pieces, by_strings=False), string


def test_usual_strings_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """What Excel writes: marked blanks, entities, and how a text is read aloud; the parser sees one empty text."""
    parsed: list[bytes] = []
    form = WellFormed(IN_STRINGS, leaf="t")
    monkeypatch.setattr(form, "_parse", parsed.append)
    usual = "".join(form.format(text) for form in FORMS[:3] for text in ("甲", "&lt;&amp;", "a\nb", ">", "]]"))
    form.check_strings(HEAD + usual.encode())
    form.check_strings(usual.encode())
    assert parsed == [HEAD + b"<si><t></t></si>", b"<si><t></t></si>"]
