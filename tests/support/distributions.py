"""Distributions for tests: written as pip leaves them (modules beside a dist-info folder), or built and installed."""

from __future__ import annotations

import base64
import hashlib
import os
import shutil
import subprocess
import sys
import sysconfig
import venv
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from textwrap import dedent

GroupLines = Mapping[str, Mapping[str, str]]
Installer = Callable[..., Path]

PLAIN = """
    from wdh.facts import Facts
    from wdh.hookspecs import hookimpl

    @hookimpl
    def transform(batch):
        return Facts.from_rows(row.fact({"a": row["a"]}) for row in batch.rows())
"""
"""The least a domain can be."""


def write_distribution(
    site: Path,
    name: str,
    *,
    version: str = "1.2.0",
    entry_points: GroupLines | str,
    modules: Mapping[str, str],
) -> Path:
    """Install a distribution into the folder ``site`` and return its dist-info folder.

    ``entry_points`` maps group to name to value, or is the file's text as it is. ``modules`` maps module names
    (dotted for those inside a package, whose parents are made) to source text.
    """
    written = [_write_module(site, module, source) for module, source in modules.items()]
    metadata = site / f"{name.replace('-', '_')}-{version}.dist-info"
    metadata.mkdir(parents=True)
    texts = {
        "METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        "WHEEL": "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        "entry_points.txt": entry_points if isinstance(entry_points, str) else _show_groups(entry_points),
    }
    written += [_write_text(metadata / file, text) for file, text in texts.items()]
    _write_text(metadata / "RECORD", "".join(_record_line(site, file) for file in written))
    return metadata


def _show_groups(groups: GroupLines) -> str:
    lines = [
        f"[{group}]\n" + "".join(f"{name} = {value}\n" for name, value in each.items())
        for group, each in groups.items()
    ]
    return "\n".join(lines)


def _write_module(site: Path, module: str, source: str) -> Path:
    *parents, last = module.split(".")
    folder = site
    for parent in parents:
        folder = folder / parent
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "__init__.py").touch()
    return _write_text(folder / f"{last}.py", dedent(source))


def _write_text(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def _record_line(site: Path, file: Path) -> str:
    content = file.read_bytes()
    digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode("ascii")
    return f"{file.relative_to(site).as_posix()},sha256={digest},{len(content)}\n"


def build_wheel(source: Path, wheels: Path) -> Path:
    """Build the distribution whose project folder is ``source`` into ``wheels``, from a copy: a build leaves traces.

    The build needs an index only where this environment has no setuptools that builds wheels by itself (70.1).
    """
    copy = wheels.parent / f"build-{source.name}"
    shutil.copytree(source, copy, ignore=shutil.ignore_patterns(".*", "build", "dist", "*.egg-info", "__pycache__"))
    wheels.mkdir(exist_ok=True)
    before = set(wheels.iterdir())
    options = ["--no-build-isolation"] if _builds_wheels() else []
    _run_pip("wheel", "--no-deps", *options, "--wheel-dir", str(wheels), str(copy))
    (built,) = set(wheels.iterdir()) - before
    return built


def make_environment(folder: Path, wheels: Sequence[Path]) -> Path:
    """Make a virtual environment with these wheels installed, without an index, and return its folder of scripts.

    What the wheels depend on comes from the environment of this process, which stands behind the new one: a module
    installed here hides one of the same name there.
    """
    venv.create(folder, with_pip=False, symlinks=os.name != "nt")
    scripts = folder / ("Scripts" if os.name == "nt" else "bin")
    options = ["install", "--no-deps", "--no-index", "--disable-pip-version-check"]
    _run_pip("--python", str(scripts / "python"), *options, *map(str, wheels))
    ask = "import sysconfig; print(sysconfig.get_path('purelib'))"
    done = subprocess.run([scripts / "python", "-I", "-c", ask], capture_output=True, text=True, check=True, timeout=60)
    behind = dict.fromkeys(sysconfig.get_path(name) for name in ("purelib", "platlib"))
    (Path(done.stdout.strip()) / "behind.pth").write_text("\n".join(behind) + "\n", encoding="utf-8")
    return scripts


def _builds_wheels() -> bool:
    try:
        major, minor = version("setuptools").split(".")[:2]
    except PackageNotFoundError:
        return False
    return (int(major), int(minor)) >= (70, 1)


def _run_pip(*arguments: str) -> None:
    done = subprocess.run([sys.executable, "-m", "pip", *arguments], capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stdout + done.stderr
