"""Makes the wheel of the wdh that is installed here again, for a new package whose tox finds wdh in no index."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import zipfile
from collections.abc import Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path, PurePosixPath
from typing import Final
from urllib.parse import urlsplit
from urllib.request import url2pathname

from msgspec import Struct

WHEELS: Final = PurePosixPath(".wheels")
"""The folder of a package in which its tox looks for wdh."""

_INSTALLERS: Final = frozenset(("INSTALLER", "RECORD", "REQUESTED", "direct_url.json"))
"""Files that an installer adds to those of the wheel."""


class OwnWheel(Struct, frozen=True):
    """The wheel of wdh: its file name, and what is in the file."""

    name: str
    content: bytes


def make_own_wheel() -> OwnWheel | None:
    """Make the wheel of what is installed, of the files that the installer wrote down.

    None: it is installed from a checkout that can be edited (:func:`find_checkout`), or not at all.
    """
    try:
        installed = distribution("wdh")
    except PackageNotFoundError:
        return None
    files = {} if find_checkout() is not None else dict(_list_files(installed))
    described = next((path for path in files if path.name == "WHEEL"), None)
    if described is None:
        return None
    tag = next(line[5:] for line in files[described].decode("utf-8").splitlines() if line.startswith("Tag: "))
    record = described.with_name("RECORD")
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as wheel:
        for path, content in files.items():
            wheel.writestr(str(path), content)
        lines = [*(f"{path},{_hash(content)},{len(content)}" for path, content in files.items()), f"{record},,"]
        wheel.writestr(str(record), "\n".join(lines) + "\n")
    return OwnWheel(f"wdh-{installed.version}-{tag}.whl", target.getvalue())


def find_checkout() -> Path | None:
    """Find the checkout that wdh is installed from as one that can be edited, as installers write it down (PEP 610).

    None: it is not installed so, or the checkout is not there any more.
    """
    try:
        written = distribution("wdh").read_text("direct_url.json")
    except PackageNotFoundError:
        return None
    origin = json.loads(written) if written else {}
    if not origin.get("dir_info", {}).get("editable", False):
        return None
    path = Path(url2pathname(urlsplit(origin["url"]).path))
    return path if path.is_dir() else None


def _list_files(installed: Distribution) -> Iterator[tuple[PurePosixPath, bytes]]:
    """Give the files of a distribution that its wheel had: no scripts, no bytecode, nothing of the installer's."""
    for file in installed.files or ():
        is_information = file.parts[0].endswith(".dist-info")
        if file.parts[0] == ".." or file.suffix == ".pyc" or (is_information and file.name in _INSTALLERS):
            continue
        yield PurePosixPath(file), Path(str(file.locate())).read_bytes()


def _hash(content: bytes) -> str:
    digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode("ascii")
    return f"sha256={digest}"
