"""Charts of months as SVG, without a script or a style of their own: the page's colours are theirs."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any, Final

from wdh.words.printable import show_controls

_WIDTH, _HEIGHT = 600, 190
_DROPPED: Final = frozenset(("defs", "desc", "title"))
_OVERLAYS: Final = frozenset(("plot overlay", "plot text-overlay", "plot tooltip-overlay", "titles"))


def draw_months(months: Sequence[str], values: Sequence[float], *, marked: Sequence[bool]) -> str:
    """Draw one bar for each month; those that are ``marked`` stand out. Their names are text, whatever is in them."""
    pygal = _import_pygal()
    chart = pygal.StackedBar(
        width=_WIDTH,
        height=_HEIGHT,
        style=pygal.style.Style(label_font_size=11, major_label_font_size=11),
        js=[],
        show_legend=False,
        margin=8,
        spacing=6,
        y_labels_major_count=4,
        show_minor_y_labels=False,
        x_label_rotation=0 if len(months) <= _FLAT else 40,
        x_labels_major_every=-(-len(months) // _NAMED),
        show_minor_x_labels=False,
        value_formatter=_write,
        disable_xml_declaration=True,
    )
    months = list(map(show_controls, months))
    chart.x_labels = months
    chart.add("", [None if is_marked else value for value, is_marked in zip(values, marked, strict=True)])
    chart.add("", [value if is_marked else None for value, is_marked in zip(values, marked, strict=True)])
    root = chart.render_tree()
    _strip(root)
    for name in ("id", "class"):
        root.attrib.pop(name, None)
    _name_bars(root, months, values, marked)
    return _as_text(root)


def _import_pygal() -> Any:
    """Import the library without the finder of plugins that it installs: every later import would warn of that."""
    import pygal
    import pygal.style

    sys.meta_path[:] = [finder for finder in sys.meta_path if type(finder).__module__ != "pygal"]
    return pygal


_FLAT: Final = 10
"""How many names of months have room beside each other."""

_NAMED: Final = 12
"""How many names a chart has at most."""


def _write(number: float) -> str:
    return f"{number:,.0f}" if abs(number) >= _WHOLE or number == int(number) else f"{number:,.2f}"


_WHOLE: Final = 100


def _strip(element: Any) -> None:
    """Take out scripts, styles, comments, and what only the library's own script would use."""
    for child in list(element):
        tag = child.tag if isinstance(child.tag, str) else ""
        if not tag or tag in _DROPPED or child.get("class") in _OVERLAYS:
            element.remove(child)
        else:
            child.attrib.pop("style", None)
            _strip(child)


def _name_bars(root: Any, months: Sequence[str], values: Sequence[float], marked: Sequence[bool]) -> None:
    """Give each bar its month and value, which browsers show beside the pointer."""
    from xml.etree.ElementTree import SubElement

    for is_marked, group in enumerate(each for each in root.iter("g") if each.get("class") == "bars"):
        for place, bar in enumerate(list(group)):
            if marked[place] is bool(is_marked):
                SubElement(bar, "title").text = f"{months[place]}: {_write(values[place])}"
            else:
                group.remove(bar)  # the other series has this month


def _as_text(root: Any) -> str:
    from xml.etree.ElementTree import tostring

    root.attrib.pop("xmlns", None)
    return tostring(root, encoding="unicode")
