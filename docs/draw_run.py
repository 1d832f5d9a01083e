"""Draws docs/run.svg: the report of a real run of `wdh demo`'s workbooks, as a terminal shows it.

Usage: ``python docs/draw_run.py WORKSPACE``, where WORKSPACE is what ``wdh demo`` wrote.
"""

from __future__ import annotations

import html
import io
import re
import sys
from pathlib import Path

from msgspec.structs import replace
from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from wdh.command.run import warehouse_at
from wdh.report.blocks import Result, Section
from wdh.report.summary import summarise
from wdh.report.terminal import report_text
from wdh.run import RunRequest, run
from wdh.warehouse import embedded_address
from wdh.warehouse.embedded.home import server_version

WIDTH = 126
LEFT_OUT = ("Totals", "Notes", "As it happened: amounts", "New keys")
"""Sections for which a picture at the head of a page has no room."""


def main() -> None:
    """Run the job with --execute and record what the terminal would show."""
    folder = Path(sys.argv[1])
    request = RunRequest("annuity_performance", folder / "data_sources.yml", folder, execute=True, max_files=3)
    report = run(request, open_warehouse=lambda: warehouse_at(embedded_address({})))
    report = replace(report, database=f"embedded PostgreSQL {server_version()} in ~/.local/share/wdh/postgres-18")
    console = Console(record=True, width=WIDTH, file=io.StringIO(), force_terminal=True)
    console.print("[bold green]$[/] wdh-run --domain annuity_performance --max-files 3 --execute", highlight=False)
    page = (block for block in summarise(report) if not isinstance(block, Section) or block.heading not in LEFT_OUT)
    lines = report_text(Result(None, page), WIDTH)
    console.print(Text.from_ansi("\n".join(lines)), highlight=False)
    svg = console.export_svg(title="wdh-run")
    # No font is fetched from anywhere: a viewer's own monospaced font serves.
    svg = re.sub(r"@font-face \{.*?\}", "", svg, flags=re.DOTALL)
    svg = re.sub(r'textLength="([\d.]+)"([^>]*)>([^<]*)<', _widen, svg)
    (Path(__file__).parent / "run.svg").write_text(svg.replace("Fira Code", "ui-monospace"), encoding="utf-8")


def _widen(found: re.Match[str]) -> str:
    """Give wide characters their two cells: the export counts every character as one."""
    text = html.unescape(found[3])
    width = float(found[1]) / len(text) * cell_len(text)
    return f'textLength="{width:.1f}"{found[2]}>{found[3]}<'


if __name__ == "__main__":
    main()
