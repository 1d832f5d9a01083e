"""The code that decides a run: the packages that are asked, wdh itself, and what they are installed beside."""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from importlib.metadata import PackageNotFoundError, distribution, version
from pathlib import Path
from typing import Final

from msgspec import Struct

from wdh.process import observation
from wdh.registry.hooks import Hooks
from wdh.registry.implementations import Plugin
from wdh.run.readings import COMPILED, hash_tree, never
from wdh.workbook.package.guard import hash_file

_OWN: Final = ("wdh", "wdh_schemas")
_SITES: Final = ("site-packages", "dist-packages")
_STANDARD: Final = os.path.dirname(os.__file__)  # noqa: PTH120 - as Python spells it
_METADATA: Final = (".dist-info", ".egg-info", ".egg-link", ".pth")
_NO_FILES: Final = ("/proc/", "/sys/", "/dev/")
_SHARED_MEMORY: Final = "/dev/shm/"  # noqa: S108 - a place of files, unlike the rest of /dev


class Installation(Struct, frozen=True):
    """The code of a run: the files and folders that were hashed as a whole, and the hash over all there is."""

    roots: tuple[str, ...] = ()
    sha256: str = ""

    def covers(self, path: str, *, is_code: bool) -> bool:
        """Say whether a change of a file or folder would change the hash, or could not change a run.

        The names of what is installed stand for its code: pip gives another version another name, and another hash.
        """
        absolute = os.path.abspath(path)  # noqa: PTH100 - as Python spells it, with its symbolic links
        if any(_is_in(absolute, root) for root in self.roots) or absolute in _places():
            return True
        if absolute.startswith(_NO_FILES) and not absolute.startswith(_SHARED_MEMORY):
            return True
        if any(part.endswith(_METADATA) for part in Path(absolute).parts):
            return True
        return is_code if _is_site(absolute) else _is_standard(absolute)


def read_installation(hooks: Hooks) -> Installation:
    """Find and hash the code behind the ``hooks``: whole folders of packages, with the data files that lie in them.

    For everything else that is installed, its name, version and list of files stands.
    """
    plugins = [plugin for plugin in (hooks.plugin, *hooks.plugins) if plugin.group]
    roots = tuple(sorted({str(root) for root in _find_roots(hooks, plugins)}))
    digest = hashlib.sha256(sys.version.encode())
    for text in (*_list_installed(), *(hash_tree(root) for root in roots)):
        digest.update(f"\n{text}".encode("utf-8", "surrogateescape"))
    if any(_is_unfound(plugin) or _changed_since(plugin) for plugin in plugins):
        digest.update(never().encode())
    return Installation(roots, digest.hexdigest())


def hash_packages(hooks: Hooks) -> Mapping[str, Mapping[str, str]]:
    """Give version and hash of the code of wdh, and of each distribution that is asked, the same on every machine.

    What a package uses beside its own code is not in it: the plan that comes of it is compared as a whole.
    """
    found = {"wdh": (version("wdh"), set(_OWN))}
    plugins = [plugin for plugin in (hooks.plugin, *hooks.plugins) if plugin.group]
    for plugin in plugins:
        functions = [each for every in hooks.implementations.values() for each in every if each.plugin == plugin]
        _, modules = found.setdefault(plugin.distribution, (plugin.version, set()))
        modules.update((_module_of(plugin), *(str(each.function.__module__) for each in functions)))
    unsure = {plugin.distribution for plugin in plugins if _changed_since(plugin)}
    return {
        name: {"version": number, "code": never() if name in unsure else _hash_modules(modules)}
        for name, (number, modules) in found.items()
    }


def _hash_modules(modules: Iterable[str]) -> str:
    roots = {root for module in modules for root in _root_of_module(module)}
    hashes = sorted(hash_tree(str(root), start=str(root.parent)) for root in roots)
    return hashlib.sha256("\n".join(hashes).encode()).hexdigest() if roots else never()


def _find_roots(hooks: Hooks, plugins: Iterable[Plugin]) -> Iterator[Path]:
    functions = [each for found in hooks.implementations.values() for each in found if each.plugin.group]
    names = {*_OWN, *map(_module_of, plugins), *(str(each.function.__module__) for each in functions)}
    for name in names:
        yield from _root_of_module(name)
    for name in {plugin.distribution for plugin in plugins}:
        yield from _installed_files(name)
    for plugin in plugins:
        sources = map(Path, _imported_sources(plugin))
        yield from (find_root(source) for source in sources if not _is_site(str(source)))


def _imported_sources(plugin: Plugin) -> Mapping[str, observation.Signature]:
    """Give what was opened to import a plugin, but for Python itself, and how it was then."""
    seen = observation.seen_in_imports(plugin.entry)
    return {path: each.signature for path, each in seen.items() if each.kind == "code" and not _is_standard(path)}


def _changed_since(plugin: Plugin) -> bool:
    return any(observation.sign(path) != signature for path, signature in _imported_sources(plugin).items())


def _module_of(plugin: Plugin) -> str:
    return plugin.value.split(":")[0].strip()


def _is_unfound(plugin: Plugin) -> bool:
    return not any(True for _ in _root_of_module(_module_of(plugin)))


def _root_of_module(name: str) -> Iterator[Path]:
    """Find the folders of the outermost package that a module is in, but for packages that several share."""
    parts = name.split(".")
    for count in range(1, len(parts) + 1):
        module = sys.modules.get(".".join(parts[:count]))
        file = getattr(module, "__file__", None)
        if file is not None:
            yield from (map(_existing, map(Path, getattr(module, "__path__", None) or [file])))
            return


def _existing(path: Path) -> Path:
    """Name the file itself, or the archive that it is in."""
    return next((each for each in (path, *path.parents) if each.exists()), path)


def find_root(source: Path) -> Path:
    """Find the folder of the outermost package that a source is in; a module by itself is a file."""
    root = source
    while (root.parent / "__init__.py").is_file():
        root = root.parent
    return _existing(root)


def _installed_files(name: str) -> Iterator[Path]:
    try:
        found = distribution(name)
    except PackageNotFoundError:
        return
    if found.read_text("RECORD") is None:
        return
    for first in {file.parts[0] for file in found.files or ()}:
        if first not in ("..", "/", COMPILED) and not first.endswith(_METADATA):
            path = Path(str(found.locate_file(first)))
            if path.exists():
                yield path


def _list_installed() -> Iterator[str]:
    """Name everything that is installed, each with the hash of its list of files, which has those of the files."""
    for place in sorted(_places()):
        try:
            names = sorted(os.listdir(place))  # noqa: PTH208
        except OSError:
            continue
        for name in names:
            if name.endswith(_METADATA):
                yield f"{name} {_hash_list(Path(place, name))}"


def _hash_list(path: Path) -> str:
    for each in (path / "RECORD", path):
        if each.is_file():
            return hash_file(each)
    return ""


def _places() -> frozenset[str]:
    return frozenset(entry for entry in sys.path if entry)


def _is_standard(path: str) -> bool:
    return _is_in(path, _STANDARD) and not _is_site(path)


def _is_site(path: str) -> bool:
    return any(f"{os.sep}{name}{os.sep}" in path for name in _SITES)


def _is_in(path: str, root: str) -> bool:
    return path == root or path.startswith(root.rstrip(os.sep) + os.sep)
