"""Hypothesis strategies for the XML of cells and sheets, in all the ways programs write them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hypothesis import strategies as st

from support.workbooks import merge_xml, sheet_xml, text_xml
from wdh.facts.cells import column_letter

FORMATS = (
    14,
    "yyyy-mm-dd",
    "[h]:mm:ss",
    "h:mm",
    22,
    57,
    31,
    'yyyy"年"m"月"',
    "0000",
    "#,##0.00",
    '"C"0000',
    10,
    "@",
    1,
)
ERRORS = ("#N/A", "#REF!", "#DIV/0!", "#VALUE!", "#NAME?", "#NUM!", "#NULL!")
STRINGS = (
    "<t>甲公司</t>",
    "<t>0012</t>",
    "<t></t>",
    text_xml("  两边 "),
    text_xml("一\n二"),
    "<r><t>富</t></r><r><rPr><b/></rPr><t>文本</t></r>",
    '<t>東京</t><rPh sb="0" eb="2"><t>トウキョウ</t></rPh>',
    "<t>1,234.50</t>",
    "<t>a&amp;b&lt;c</t>",
    "<t>行_x000D_\n末</t>",
)

plain_text = st.text(st.characters(blacklist_categories=("Cs", "Cc", "Cn")), max_size=8)
numbers = st.one_of(
    st.integers(-(10**6), 10**6).map(str),
    st.integers(-(2**64), 2**64).map(str),
    st.floats(allow_nan=False, allow_infinity=False).map(lambda value: format(value, ".17g")),
    st.floats(-1e12, 1e12).map(repr),
    st.sampled_from(("1E-10", "1E15", "1E400", "-1E400", "10936191575.209999", "1.0", "-0", "0.1", "1E+5", "5e-324")),
)
serials = st.one_of(
    st.integers(0, 2_958_465).map(str),
    st.floats(0, 60_000).map(repr),
    st.sampled_from(("-1", "0", "0.5", "59", "60", "61", "2958466", "0.999999999", "45601.999999999", "1E+9")),
)


@dataclass(frozen=True)
class Cell:
    """One cell to be: its type, style, and inner XML."""

    kind: str
    style: int
    inner: str

    def xml(self, name: str | None) -> str:
        """Write the cell; without its name when that is None."""
        place = "" if name is None else f' r="{name}"'
        style = f' s="{self.style}"' if self.style else ""
        kind = f' t="{self.kind}"' if self.kind else ""
        return f"<c{place}{style}{kind}>{self.inner}</c>"


def _value(text: str) -> str:
    return f"<v>{text}</v>"


styles = st.one_of(st.just(0), st.integers(0, len(FORMATS)))
ordinary = st.one_of(
    st.builds(Cell, st.sampled_from(("", "n")), styles, st.integers(-(10**9), 10**9).map(str).map(_value)),
    st.builds(Cell, st.just(""), st.just(0), st.floats(-1e12, 1e12).map(repr).map(_value)),
    st.builds(Cell, st.just(""), st.integers(1, 8), st.integers(0, 60_000).map(str).map(_value)),
    st.builds(Cell, st.just("s"), styles, st.integers(0, len(STRINGS) - 1).map(str).map(_value)),
    st.builds(Cell, st.just("b"), styles, st.sampled_from("01").map(_value)),
    st.builds(Cell, st.just("e"), styles, st.sampled_from(ERRORS).map(_value)),
    st.builds(Cell, st.just(""), styles, st.just("")),
    st.builds(Cell, st.just("inlineStr"), styles, plain_text.map(lambda text: f"<is>{text_xml(text)}</is>")),
    st.builds(Cell, st.just(""), styles, st.integers(0, 99).map(lambda n: f"<f>1+{n}</f><v>{n}</v>")),
    st.builds(Cell, st.just("str"), styles, st.sampled_from("abc").map(lambda t: f"<f>A1</f><v>{t}</v>")),
)
"""Cells as Excel and the usual libraries write them; negative dates among them, which are none."""

unusual = st.one_of(
    ordinary,
    st.builds(Cell, st.sampled_from(("", "n")), styles, numbers.map(_value)),
    st.builds(Cell, st.just(""), st.integers(1, 8), serials.map(_value)),
    st.builds(Cell, st.just("str"), styles, plain_text.map(lambda t: _value(text_xml(t)[26:-4]))),
    st.builds(Cell, st.just("e"), styles, st.sampled_from(("#SPILL!", "#CALC!", "#FIELD!")).map(_value)),
    st.builds(Cell, st.just("d"), st.just(1), st.sampled_from(("2024-11-05", "2024-11-05T10:20:30.5")).map(_value)),
    st.builds(
        Cell,
        st.sampled_from(("", "str")),
        styles,
        st.sampled_from(
            (
                "<f>1</f>",
                "<f>1</f><v/>",
                '<f t="shared" si="0"/>',
                '<f t="shared" si="0"/><v>5</v>',
                "<f>1</f><v></v>",
                '<f t="array" ref="A2">1</f><v>7</v>',
            )
        ),
    ),
    st.builds(
        Cell,
        st.just("inlineStr"),
        styles,
        st.sampled_from(("<is/>", "<is><t> x </t></is>", "<is><t>a_x000D_b</t></is>", "<is><t><![CDATA[<]]></t></is>")),
    ),
)


@st.composite
def row_xml(draw: st.DrawFn, cells: st.SearchStrategy[Cell], number: int, *, width: int) -> str:
    """Write one row: some cells missing, perhaps without their names, perhaps hidden."""
    kept = draw(st.lists(st.one_of(st.none(), cells), min_size=width, max_size=width))
    is_named = None in kept or draw(st.booleans())
    names = [f"{column_letter(index)}{number}" if is_named else None for index in range(width)]
    inner = "".join(cell.xml(name) for cell, name in zip(kept, names, strict=True) if cell is not None)
    hidden = draw(st.sampled_from(("", "", "", ' hidden="1"', ' hidden="0"')))
    return f'<row r="{number}" spans="1:{width}"{hidden}>{inner}</row>'


@st.composite
def sheets(draw: st.DrawFn, cells: st.SearchStrategy[Cell], *, width: int = 4) -> str:
    """Write a sheet: a header in row 1, rows with gaps between, merged ranges, a right, wrong or missing dimension."""
    header = "".join(
        f'<c r="{column_letter(index)}1" t="inlineStr"><is><t>列{index}</t></is></c>' for index in range(width)
    )
    steps = draw(st.lists(st.sampled_from((1, 1, 1, 2, 5)), min_size=1, max_size=8))
    last, rows = 1, [f'<row r="1">{header}</row>']
    for step in steps:
        last += step
        rows.append(draw(row_xml(cells, last, width=draw(st.integers(1, width + 1)))))
    rows.append(f'<row r="{last + 1}"><c r="A{last + 1}"><v>1</v></c></row>')
    tail = draw(merges(last, width=width))
    size = draw(st.sampled_from((None, "A1", f"A1:{column_letter(width)}{last + 1}", "B2:C3", "A1:Z99")))
    return sheet_xml("".join(rows), tail=tail, dimension=size)


@st.composite
def merges(draw: st.DrawFn, last: int, *, width: int) -> str:
    """Write merged ranges that do not overlap: one column each."""
    areas: list[str] = []
    columns: Sequence[int] = draw(st.lists(st.integers(0, width - 1), unique=True, max_size=2))
    for column in columns:
        top = draw(st.integers(2, last))
        bottom = draw(st.integers(top + 1, last + 2))
        areas.append(f"{column_letter(column)}{top}:{column_letter(column)}{bottom}")
    return merge_xml(*areas) if areas else ""
