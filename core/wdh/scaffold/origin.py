"""Finds where wdh was installed from, for an installer that must install it again."""

from __future__ import annotations

import json
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname


def find_origin() -> Path | None:
    """Find the wheel or the checkout that wdh was installed from, as installers write it down (PEP 610).

    None: it came from an index, or is not there any more.
    """
    try:
        written = distribution("wdh").read_text("direct_url.json")
    except PackageNotFoundError:
        return None
    url = urlsplit(json.loads(written)["url"] if written else "")
    path = Path(url2pathname(url.path))
    return path if url.scheme == "file" and path.exists() else None
