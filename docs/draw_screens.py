"""Draws docs/images/*.svg: what a terminal of 80 columns shows of real commands.

Usage: ``python docs/draw_screens.py``. It takes a workspace and an embedded server of its own, in a temporary folder,
so that every run of it draws the same but for ids and times.
"""

from __future__ import annotations

import fcntl
import html
import io
import os
import pty
import re
import struct
import sys
import tempfile
import termios
from collections.abc import Sequence
from pathlib import Path

from openpyxl import load_workbook
from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

IMAGES = Path(__file__).parent / "images"
WIDTH, HEIGHT = 80, 24
BOOK = "demo/数据采集/202411/2024年11月年金终稿数据.xlsx"
JOB = ["wdh-run", "--domain", "annuity_performance", "--config", "demo/data_sources.yml", "--data-dir", "demo"]
CHANGE = (
    'UPDATE "年金计划" SET "客户名称" = NULL WHERE "年金计划号" < \'0030\'; '
    'DELETE FROM "组合计划" WHERE "组合代码" < \'0002\''
)
_TEXT = re.compile(
    r'<text(?P<before>[^>]*?) x="(?P<x>[\d.]+)" y="(?P<y>[\d.]+)" textLength="(?P<length>[\d.]+)"(?P<after>[^>]*)>'
    r"(?P<text>[^<]+)</text>"
)
FAULTS = ("三百", "#REF!", "1..5", "￥", "12 万", "n/a", "1e999", "2024-13", "一月", "=A1")


def main() -> None:
    """Run every command in one workspace, one after the other, and draw what it shows."""
    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="wdh-") as folder:
        place = Path(folder)
        screens = Screens(place)
        screens.draw("demo", ["wdh", "demo", "--directory", "demo"])
        screens.draw("plan", JOB)
        screens.run(["wdh", "psql", "-c", CHANGE])
        screens.draw("forecast", [*JOB, "--forecast"])
        screens.draw("executed", [*JOB, "--execute"])
        screens.draw("history", ["wdh", "history"])
        screens.draw("domains", ["wdh", "domains", "--config", "demo/data_sources.yml"])
        spoil(place / BOOK)
        screens.draw("rejects", JOB, height=60)
        config = place / "demo" / "data_sources.yml"
        config.write_text(
            config.read_text("utf-8").replace("        updatable:", "        updatabel:", 1), encoding="utf-8"
        )
        screens.draw("error", JOB)


def spoil(path: Path) -> None:
    """Put forty faults into a workbook, in ten of its columns."""
    book = load_workbook(path)
    sheet = book["规模明细"]
    columns = [cell.column for cell in sheet[3] if cell.value in ("年", "月", "业务类型", "计划类型")]
    columns += list(range(11, 18))
    for number in range(40):
        cell = sheet.cell(20 + number, columns[number % len(columns)])
        cell.value = FAULTS[number % len(FAULTS)]
        cell.data_type = "s"
    book.save(path)


class Screens:
    """A folder in which commands are run, each on a terminal of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def draw(self, name: str, command: Sequence[str], *, height: int = HEIGHT - 1) -> None:
        """Draw the last lines that a command shows, below the command itself."""
        shown = self.run(command)
        lines = shown.replace(str(self._folder), "/home/analyst").rstrip("\n").split("\n")
        console = Console(record=True, width=WIDTH, file=io.StringIO(), force_terminal=True)
        console.print(f"[bold green]$[/] {' '.join(command)}", highlight=False, no_wrap=True, overflow="ellipsis")
        if len(lines) > height:
            console.print(f"[dim]… {len(lines) - height} lines above[/]", highlight=False)
        console.print(Text.from_ansi("\n".join(lines[-height:])), highlight=False)
        svg = re.sub(r"@font-face \{.*?\}", "", console.export_svg(title=name), flags=re.DOTALL)
        # No font is fetched from anywhere: a viewer's own monospaced font serves.
        svg = _TEXT.sub(_place, svg).replace("Fira Code", "ui-monospace")
        (IMAGES / f"{name}.svg").write_text(svg, encoding="utf-8")

    def run(self, command: Sequence[str]) -> str:
        """Run a command on a terminal, and give what it shows."""
        child, line = pty.fork()
        if not child:
            os.chdir(self._folder)
            kept = {name: value for name, value in os.environ.items() if not name.startswith(("WDH_", "PG"))}
            home = {"WDH_EMBEDDED_DIR": str(self._folder / "warehouse"), "TERM": "xterm-256color"}
            path = os.pathsep.join([str(Path(sys.executable).parent), kept["PATH"]])
            os.execvpe(command[0], list(command), {**kept, **home, "PATH": path, "WDH_PROGRESS": "off"})  # noqa: S606
        fcntl.ioctl(line, termios.TIOCSWINSZ, struct.pack("HHHH", HEIGHT, WIDTH, 0, 0))
        read = b""
        while True:
            try:
                piece = os.read(line, 1 << 16)
            except OSError:  # so Linux says that the other end is closed
                break
            if not piece:
                break
            read += piece
        os.close(line)
        os.waitpid(child, 0)
        return read.decode("utf-8").replace("\r\n", "\n")


def _place(found: re.Match[str]) -> str:
    """Give wide characters their two cells, each run of them a place of its own: the export counts all as one cell."""
    text, x = html.unescape(found["text"]), float(found["x"])
    cell = float(found["length"]) / len(text)
    drawn = ""
    for run in re.findall(r"[\x00-\u10ff\u2000-\u2bff]+|[^\x00-\u10ff\u2000-\u2bff]+", text):
        length = cell * cell_len(run)
        attributes = f'{found["before"]} x="{x:.1f}" y="{found["y"]}" textLength="{length:.1f}"{found["after"]}'
        drawn += f"<text{attributes}>{html.escape(run)}</text>"
        x += length
    return drawn


if __name__ == "__main__":
    main()
