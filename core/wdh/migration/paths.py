"""Folders with placeholders and shell patterns of files, as a regular expression over paths."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import takewhile
from pathlib import PurePosixPath
from typing import Final

from wdh.words.language import say

Parts = tuple[str, ...]

_GROUPS: Final = {"YYYY": ("year", r"\d{4}"), "MM": ("month", r"\d{2}")}
_PLACEHOLDER: Final = re.compile(r"\{([^{}]*)\}")
_SPECIAL: Final = re.compile(r"([.^$*+?{}\[\]\\|()])")
_GLOB: Final = re.compile(r"(?P<any>\*+)|(?P<one>\?)|\[(?P<set>!?\]?[^\]]+)\]|(?P<text>[^*?\[]+|\[)")
_VERSION: Final = r"(?:[Vv]\d+/)?"


def split_folders(base: str) -> Parts:
    """Give the folders of a path, with either separator; an absolute one begins with ``/``."""
    return PurePosixPath(base.replace("\\", "/")).parts


def common_folder(bases: Iterable[Parts]) -> Parts:
    """Give the folders without a placeholder that all of ``bases`` begin with."""
    fixed = [tuple(takewhile(lambda part: "{" not in part, base)) for base in bases]
    return tuple(parts[0] for parts in takewhile(lambda parts: len(set(parts)) == 1, zip(*fixed, strict=False)))


def write_pattern(folders: Parts, files: Sequence[str]) -> str:
    """Write the expression for files of these shell patterns in ``folders``, or in a version folder there.

    Raises ValueError for a placeholder that is none of {YYYYMM}, {YYYY} and {MM}.
    """
    pieces = _PLACEHOLDER.split("".join(f"{folder}/" for folder in folders if folder != "/"))
    seen: set[str] = set()
    path = "".join(_write_placeholder(piece, seen) if odd % 2 else _escape(piece) for odd, piece in enumerate(pieces))
    return f"^{path}{_VERSION}(?:{'|'.join(map(_write_glob, files))})$"


def _write_placeholder(name: str, seen: set[str]) -> str:
    words = ["YYYY", "MM"] if name == "YYYYMM" else [name]
    if any(word not in _GROUPS for word in words):
        raise ValueError(say("the placeholder {{{name}}} is none of {{YYYYMM}}, {{YYYY}} and {{MM}}", name=name))
    written = ""
    for group, digits in (_GROUPS[word] for word in words):
        written += f"(?P={group})" if group in seen else f"(?P<{group}>{digits})"
        seen.add(group)
    return written


def _write_glob(pattern: str) -> str:
    *folders, name = pattern.replace("\\", "/").split("/")
    written = ("(?:[^/]+/)*" if folder == "**" else f"{_write_name(folder)}/" for folder in folders)
    return "".join(written) + _write_name(name)


def _write_name(pattern: str) -> str:
    return "".join(map(_write_token, _GLOB.finditer(pattern)))


def _write_token(token: re.Match[str]) -> str:
    if token["any"] or token["one"]:
        return "[^/]*" if token["any"] else "[^/]"
    if token["set"]:
        inside = token["set"].replace("\\", r"\\")
        return f"[^{inside[1:]}]" if inside.startswith("!") else f"[{inside}]"
    return _escape(token["text"])


def _escape(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", text)
