"""The part of the site that is not a page of docs/: hooks of MkDocs, named in mkdocs.yml.

Documents from elsewhere in the checkout (README.md, CHANGELOG.md …) become pages below ``project/``. A link to code, or
to the folder of an example, leads to a page that shows it. Pages in docs/zh are listed in a part of their own.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from mkdocs.structure.files import File, Files

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
DOCUMENTS = (
    *("README.md", "README.zh.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "VALIDATION.md"),
    *("tests/README.md", "bench/RESULTS.md", "bench/DECISIONS.md"),
)
"""The documents outside of docs/, where they are there."""

LINK = re.compile(r"(\[[^\]]*\]\()(?![a-z]+:|#)([^)#\s]+)")
FENCED = re.compile(r"(?ms)^(`{3,})[^`]*?^\1\s*?$")
SHOWN = (".cfg", ".csv", ".ini", ".lock", ".md", ".py", ".pyi", ".sql", ".toml", ".yml", "")
"""The endings of files that a page about code shows."""


def on_config(config: Any) -> Any:
    """List the Chinese pages, and offer both languages on every page."""
    chinese = sorted(DOCS.glob("zh/**/*.md"), key=lambda path: (path.name != "README.md", path))
    pages = [path.relative_to(DOCS).as_posix() for path in chinese]
    pages += ["project/README.zh.md"] if (ROOT / "README.zh.md").exists() else []
    if pages:
        config.nav.append({"中文": pages})
        first = File(pages[0], config.docs_dir, config.site_dir, config.use_directory_urls)
        config.extra["alternate"] = [
            {"name": "English", "link": "index.html", "lang": "en"},
            {"name": "中文", "link": first.dest_uri, "lang": "zh"},
        ]
    return config


def on_files(files: Files, config: Any) -> Files:
    """Add the documents from elsewhere, and a page for all code that some document leads to."""
    outside = [ROOT / name for name in DOCUMENTS if (ROOT / name).exists()]
    for path in outside:
        files.append(File.generated(config, page_of(path), content=path.read_text(encoding="utf-8")))
    found = {target for page in (*DOCS.rglob("*.md"), *outside) for target in targets(page)}
    for path in sorted(found - set(outside)):
        if not path.is_relative_to(DOCS):
            files.append(File.generated(config, page_of(path), content=show_code(path)))
    return files


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Turn the links of a document into those of the site."""
    uri = PurePosixPath(page.file.src_uri)
    source = ROOT / uri.relative_to("project") if uri.parts[0] == "project" else DOCS / uri

    def turn(link: re.Match[str]) -> str:
        target = Path(os.path.normpath(source.parent / link[2]))
        return link[1] + (os.path.relpath(page_of(target), uri.parent) if target.exists() else link[2])

    pieces, last = [], 0
    for fence in (*FENCED.finditer(markdown), None):
        end = len(markdown) if fence is None else fence.start()
        pieces.append(LINK.sub(turn, markdown[last:end]))
        if fence is not None:
            pieces.append(fence[0])
            last = fence.end()
    return "".join(pieces)


def targets(page: Path) -> Iterator[Path]:
    """Give the files and folders of the checkout to which a document has links."""
    for _, link in LINK.findall(FENCED.sub("", page.read_text(encoding="utf-8"))):
        target = Path(os.path.normpath(page.parent / link))
        if target.exists():
            yield target


def page_of(path: Path) -> str:
    """Give the place in the site of a file or folder of the checkout: its page, or the file itself in docs/."""
    if path.is_relative_to(DOCS):
        return path.relative_to(DOCS).as_posix()
    place = path.relative_to(ROOT).as_posix()
    # MkDocs leaves out whatever begins with a dot
    return f"project/{place}" if place in DOCUMENTS else f"project/{place.removeprefix('.')}.md"


def show_code(path: Path) -> str:
    """Write the page of a file, or of all files of a folder that are text."""
    named = path.relative_to(ROOT).as_posix()
    if path.is_file():
        return f"# {named}\n\n{_fence(path)}"
    shown = (file for file in sorted(path.rglob("*")) if file.is_file() and file.suffix in SHOWN)
    kept = (file for file in shown if "__pycache__" not in file.parts and not file.name.startswith("."))
    return f"# {named}\n\n" + "\n".join(f"## {file.relative_to(path).as_posix()}\n\n{_fence(file)}" for file in kept)


def _fence(path: Path) -> str:
    kind = {".py": "python", ".pyi": "python", ".yml": "yaml", ".sql": "sql", ".toml": "toml"}.get(path.suffix, "text")
    return f"``````{kind}\n{path.read_text(encoding='utf-8').rstrip()}\n``````\n"
