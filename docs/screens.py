"""Terminals and pages of real runs as pictures in docs/images, for the scripts that draw them.

Needs pyte (the extra pictures), and for photograph() Chromium and the extra test_pages.
"""

from __future__ import annotations

import fcntl
import html
import io
import os
import pty
import re
import shutil
import signal
import struct
import sys
import termios
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import pyte
from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

IMAGES: Final = Path(__file__).parent / "images"
WIDTH, HEIGHT = 80, 24
CTRL_C: Final = b"\x03"
_MARGIN: Final = 4
"""Columns before the lines of a screen on which some are marked."""
_TEXT = re.compile(
    r'<text(?P<before>[^>]*?) x="(?P<x>[\d.]+)" y="(?P<y>[\d.]+)" textLength="(?P<length>[\d.]+)"(?P<after>[^>]*)>'
    r"(?P<text>[^<]+)</text>"
)

Form = tuple[str, str, int, int]
"""A language, a theme, and the width and height in pixels of a browser's window."""


class Screens:
    """A folder in which commands are run, each on a terminal of its own."""

    def __init__(self, folder: Path, *, language: str = "en") -> None:
        self._folder, self._language = folder, language

    def draw(
        self, name: str, command: Sequence[str], *, height: int = HEIGHT - 1, marks: Mapping[str, str] | None = None
    ) -> None:
        """Draw the last lines that a command shows, below the command itself.

        ``marks`` are signs by a regular expression: each stands before the first line that it matches, and is yellow.
        Raises SystemExit if there is no such line.
        """
        lines = self.run(command).rstrip("\n").split("\n")
        console = _make_console(WIDTH + (_MARGIN if marks else 0))
        console.print(f"[bold green]$[/] {' '.join(command)}", highlight=False, no_wrap=True, overflow="ellipsis")
        if len(lines) > height:
            console.print(f"[dim]… {len(lines) - height} lines above[/]", highlight=False)
        left = dict(marks or {})
        for text in map(Text.from_ansi, lines[-height:]):
            found = next((each for each in left if re.search(each, text.plain)), None)
            if found is not None:
                text.stylize("black on bright_yellow")
            sign = "" if found is None else left.pop(found)
            margin = f"{sign:<{_MARGIN}}" if marks else ""
            console.print(Text.assemble((margin, "bold bright_yellow"), text), highlight=False)
        if left:
            raise SystemExit(f"{name}: no line has {', '.join(left)}\n" + "\n".join(lines))
        _save(console, name)

    def interrupt(self, name: str, command: Sequence[str], *, during: str) -> str:
        """Press Ctrl-C once the terminal shows ``during``; draw it before and after. Give what it shows at the end.

        Raises SystemExit if the run ends without that.
        """
        screen = pyte.Screen(WIDTH, HEIGHT)
        stream = pyte.ByteStream(screen)
        before: list[Text] | None = None
        for line, piece in self._pieces(command):
            stream.feed(piece)
            if before is None and any(re.search(during, shown) for shown in screen.display):
                before = list(_lines(screen))
                os.write(line, CTRL_C)
        if before is None:
            raise SystemExit(f"{name}: {during} was never shown\n" + "\n".join(screen.display))
        console = _make_console()
        console.print(f"[bold green]$[/] {' '.join(command)}", highlight=False, no_wrap=True, overflow="ellipsis")
        for text in before:
            console.print(text, highlight=False)
        console.print("\n[bold]Ctrl-C[/] [dim]and the same terminal then:[/]\n", highlight=False)
        for text in _lines(screen):
            console.print(text, highlight=False)
        _save(console, name)
        return "\n".join(line.rstrip() for line in screen.display).rstrip()

    def run(self, command: Sequence[str]) -> str:
        """Run a command on a terminal without progress, and give what it shows."""
        read = b"".join(piece for _, piece in self._pieces(command, {"WDH_PROGRESS": "off"}))
        shown = read.decode("utf-8").replace("\r\n", "\n")
        return shown.replace(str(self._folder), "/home/analyst")

    def _pieces(self, command: Sequence[str], more: Mapping[str, str] | None = None) -> Iterator[tuple[int, bytes]]:
        """Run a command; give the terminal's other end and each piece that the command writes to it."""
        child, line = pty.fork()
        if not child:
            os.chdir(self._folder)
            signal.signal(signal.SIGINT, signal.SIG_DFL)  # which a shell's background job has ignored
            kept = {name: value for name, value in os.environ.items() if not name.startswith(("WDH_", "PG"))}
            own = {
                "WDH_EMBEDDED_DIR": str(self._folder / "warehouse"),
                "WDH_LANG": self._language,
                "TERM": "xterm-256color",
                "PATH": os.pathsep.join([str(Path(sys.executable).parent), kept["PATH"]]),
                **(more or {}),
            }
            os.execvpe(command[0], list(command), {**kept, **own})  # noqa: S606
        fcntl.ioctl(line, termios.TIOCSWINSZ, struct.pack("HHHH", HEIGHT, WIDTH, 0, 0))
        while True:
            try:
                piece = os.read(line, 1 << 16)
            except OSError:  # so Linux says that the other end is closed
                break
            if not piece:
                break
            yield line, piece
        os.close(line)
        os.waitpid(child, 0)


def photograph(page: Path, forms: Mapping[str, Form], *, marked: Sequence[str] = ()) -> None:
    """Photograph a page in each form, by the picture's name; what the selectors of ``marked`` find is framed."""
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        for name, (locale, theme, width, height) in forms.items():
            form: dict[str, Any] = {"locale": locale, "color_scheme": theme}
            context = browser.new_context(viewport={"width": width, "height": height}, **form)
            shown = context.new_page()
            shown.goto(page.as_uri())
            if marked:
                shown.locator(marked[0]).first.scroll_into_view_if_needed()
            shown.screenshot(path=IMAGES / f"{name}.png")
            context.close()
        browser.close()


def _make_console(width: int = WIDTH) -> Console:
    return Console(record=True, width=width, file=io.StringIO(), force_terminal=True)


def _save(console: Console, name: str) -> None:
    """Write what a console recorded as a picture, for which no font is fetched: a viewer's own serves."""
    svg = re.sub(r"@font-face \{.*?\}", "", console.export_svg(title=name), flags=re.DOTALL)
    svg = _TEXT.sub(_place, svg).replace("Fira Code", "ui-monospace")
    IMAGES.mkdir(exist_ok=True)
    (IMAGES / f"{name}.svg").write_text(svg, encoding="utf-8")


def _lines(screen: pyte.Screen) -> Iterator[Text]:
    """Give the lines of a terminal with their colours, without the blank ones at the end."""
    shown = [line.rstrip() for line in screen.display]
    while shown and not shown[-1]:
        shown.pop()
    for number in range(len(shown)):
        text = Text()
        for place in range(WIDTH):
            char = screen.buffer[number][place]
            colour = char.fg if char.fg == "default" or not re.fullmatch("[0-9a-f]{6}", char.fg) else f"#{char.fg}"
            style = ("bold " if char.bold else "") + {"brown": "yellow"}.get(colour, colour)
            text.append(char.data, style)
        text.rstrip()
        yield text


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
