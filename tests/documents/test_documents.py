"""Every command block of the documents is run as it stands, and its quoted output compared.

In the quoted output a line with only ``…`` stands for any lines, ``…`` inside a line for any text, and the last lines
may be left out only by a closing ``…``. Blanks at the end of a line do not count. A block's commands run in order, in
one folder per document.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import venv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

pytestmark = pytest.mark.whole

ROOT = Path(__file__).parents[2]
DOCUMENTS = {
    "README.md": None,
    "VALIDATION.md": None,
    "docs/tutorial.md": "examples/sales",
    "docs/forecast.md": "examples/sales",
    "docs/report.md": "examples/sales",
    "docs/testing.md": "examples/sales",
    "docs/plugins.md": None,
    "docs/migrating.md": None,
    "docs/campaigns.md": None,
    "README.zh.md": None,
    "docs/zh/tutorial.md": "examples/sales",
}
"""Each document, and the folder of the checkout in which its commands are typed; None: an empty folder."""

BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)

THIS_VERY_RUN = "tox"
"""The README's test command runs these tests; .ci/run proves it by running it."""


@dataclass(frozen=True, slots=True)
class Quoted:
    """A command of a document, its line there, and the output quoted below it."""

    line: int
    command: str
    output: tuple[str, ...]


def quoted_commands(text: str) -> Iterator[Quoted]:
    for block in BLOCK.finditer(text):
        first = text[: block.start(1)].count("\n") + 1
        lines = block[1].splitlines()
        starts = [place for place, line in enumerate(lines) if line.startswith("$ ")]
        for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
            yield Quoted(first + start, lines[start].removeprefix("$ "), tuple(lines[start + 1 : end]))


class Shell:
    """A shell that keeps its folder, variables and last exit code, as the reader's does."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self._folder = folder
        self._environment = environment
        self._before = ":"

    def run(self, command: str) -> list[str]:
        done = subprocess.run(
            ["bash", "-c", f"{self._before}\n{command}"],
            cwd=self._folder,
            env=self._environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            check=False,
        )
        exports = [command] if command.startswith("export ") else []
        kept = [line for line in self._before.splitlines() if line.startswith("export ")] + exports
        self._before = "\n".join([*kept, f"(exit {done.returncode})"])
        return [line.rstrip() for line in done.stdout.rstrip().splitlines()]


def matches(quoted: tuple[str, ...], found: list[str]) -> bool:
    parts = [r"(?:.*\n)*" if line.strip() == "…" else _pattern(line) + r"\n" for line in quoted]
    return re.fullmatch("".join(parts), "".join(line + "\n" for line in found)) is not None


def _pattern(line: str) -> str:
    return ".*".join(map(re.escape, line.rstrip().split("…")))


@pytest.fixture
def shell(tmp_path: Path, short_directory: Path) -> Shell:
    """The installed commands on an embedded server of their own, in an empty folder."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith(("WDH_", "PG"))}
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    environment = ours | {"PATH": path, "WDH_EMBEDDED_DIR": str(short_directory / "warehouse"), "LC_ALL": "C.UTF-8"}
    return Shell(tmp_path, environment)


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_command_does_what_the_document_says(document: str, shell: Shell, tmp_path: Path) -> None:
    """The README's first command installs wdh; here it is installed already, so only its second half is run."""
    if DOCUMENTS[document] is not None:
        shutil.copytree(ROOT / DOCUMENTS[document], tmp_path, dirs_exist_ok=True)
    commands = list(quoted_commands((ROOT / document).read_text(encoding="utf-8")))
    assert len(commands) > 5
    for quoted in commands:
        command = re.sub(r"^python -m pip install .*? && ", "", quoted.command)
        if command == THIS_VERY_RUN:
            continue
        found = shell.run(command)
        if not matches(quoted.output, found):
            both = ("--- quoted", *quoted.output, "--- found", *found)
            pytest.fail(f"{document}:{quoted.line} $ {command}\n" + "\n".join(both), pytrace=False)


def test_the_first_line_of_the_readme_works_in_a_fresh_environment_and_twice(
    tmp_path: Path, short_directory: Path
) -> None:
    """Fresh virtual environment, outside the checkout but for what is installed; the second run changes nothing."""
    home = tmp_path / "venv"
    venv.create(home, with_pip=True)
    (first, *_) = quoted_commands((ROOT / "README.md").read_text(encoding="utf-8"))
    assert first.command.endswith("&& wdh demo")
    checkout = tmp_path / "checkout"
    ignored = shutil.ignore_patterns(".git", ".tox", "*.egg-info", "build", "__pycache__", "wdh-demo")
    shutil.copytree(ROOT, checkout, ignore=ignored)
    clean = {name: os.environ[name] for name in os.environ if not name.startswith(("WDH_", "PG", "PYTHON", "COV"))}
    environment = clean | {
        "PATH": os.pathsep.join([str(home / "bin"), os.environ["PATH"]]),
        "VIRTUAL_ENV": str(home),
        "WDH_EMBEDDED_DIR": str(short_directory / "warehouse"),
    }
    shell = Shell(checkout, environment)
    said = shell.run(first.command)
    found = said[next((place for place, line in enumerate(said) if line.startswith("wdh ")), 0) :]  # pip may say things
    assert matches(first.output, found), "\n".join(said)
    again = shell.run("wdh demo")
    assert "  References: 0 inserted, 0 filled. Facts: 9,000 deleted, 9,000 inserted." in again


@pytest.mark.parametrize("readme", ["README.md", "README.zh.md"])
def test_the_domain_in_the_readme_is_the_example(readme: str) -> None:
    """The Python block of the README is the module of examples/wdh_shops, but for its docstrings."""
    (block,) = re.findall(r"^```python\n(.*?)^```$", (ROOT / readme).read_text(encoding="utf-8"), re.M | re.S)
    module = (ROOT / "examples/wdh_shops/wdh_shops.py").read_text(encoding="utf-8")
    strip = re.compile(r'^\s*""".*?"""\n|\s+', re.MULTILINE | re.DOTALL)
    assert strip.sub("", block) == strip.sub("", module)


@pytest.mark.parametrize("tutorial", ["docs/tutorial.md", "docs/zh/tutorial.md"])
def test_the_configuration_in_the_tutorial_is_the_example_and_short(tutorial: str) -> None:
    (block,) = re.findall(r"^```yaml\n(.*?)^```$", (ROOT / tutorial).read_text(encoding="utf-8"), re.M | re.S)
    assert block == (ROOT / "examples/sales/data_sources.yml").read_text(encoding="utf-8")
    assert len(block.splitlines()) <= 30


def test_the_files_in_the_document_on_testing_are_those_of_the_example() -> None:
    text = (ROOT / "docs/testing.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^`tests/(\S+)`[^`]*\n\n?```(?:python|yaml)\n(.*?)^```$", text, re.M | re.S)
    assert [name for name, _ in blocks] == ["test_conformance.py", "cases/november.yml"]
    for name, block in blocks:
        assert block == (ROOT / "examples/sales/tests" / name).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("english", "chinese"), [("README.md", "README.zh.md"), ("docs/tutorial.md", "docs/zh/tutorial.md")]
)
def test_a_chinese_document_has_the_sections_links_and_commands_of_the_english_one(english: str, chinese: str) -> None:
    """Beside how to choose the language, and its own link to the other language."""
    texts = [(ROOT / document).read_text(encoding="utf-8") for document in (english, chinese)]
    headings = [re.findall(r"^#+(?= )", text, re.MULTILINE) for text in texts]
    assert headings[0] == headings[1]
    commands = [[quoted.command for quoted in quoted_commands(text)] for text in texts]
    own = {
        "export WDH_LANG=zh",
        *(command for command in commands[1] if "--tuples-only" in command or "退出码" in command),
    }
    english_own = {command for command in commands[0] if "exit code" in command}
    assert [c for c in commands[0] if c not in english_own] == [c for c in commands[1] if c not in own]


def test_quoted_output_is_compared_line_by_line() -> None:
    """The comparison itself can fail."""
    assert matches(("a", "…", "b … d"), ["a", "x", "y", "b c d"])
    assert not matches(("a",), ["a", "b"])
    assert not matches(("a", "…"), ["b"])
    assert not matches((), ["a"])


@pytest.mark.parametrize("readme", ["README.md", "README.zh.md"])
def test_the_readme_has_every_hook_with_its_arguments(readme: str) -> None:
    from wdh.registry.implementations import hook_arguments

    text = (ROOT / readme).read_text(encoding="utf-8")
    listed = re.findall(r"^\| `(\w+\(.*\))` \|", text, re.MULTILINE)
    assert listed == [f"{hook}({', '.join(arguments)})" for hook, arguments in hook_arguments().items()]


def test_documents_name_hooks_and_flags_that_exist() -> None:
    from wdh import hookspecs
    from wdh.command.main import main

    options = [option for command in main.commands.values() for option in command.params]
    flags = {name for option in options for name in (*option.opts, *option.secondary_opts)}
    text = "".join((ROOT / document).read_text(encoding="utf-8") for document in DOCUMENTS)
    prose = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    assert set(re.findall(r"--[a-z][a-z-]+", prose)) <= flags | {"--help", "--wdh-update"}
    assert all(hasattr(hookspecs, name) for name in re.findall(r"@hookimpl\ndef (\w+)\(", text))
