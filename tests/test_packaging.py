"""What setup.cfg says is what is there."""

from __future__ import annotations

from configparser import ConfigParser
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_every_package_on_disk_is_listed() -> None:
    """A sub-package that is not listed is missing from the wheel, and only from the wheel."""
    setup = ConfigParser()
    setup.read(ROOT / "setup.cfg", encoding="utf-8")
    listed = set(setup["options"]["packages"].split())
    on_disk = {
        ".".join(path.parent.relative_to(ROOT / source).parts)
        for source in ("core", "plugins", "schemas")
        for path in (ROOT / source).rglob("__init__.py")
    }
    assert listed == on_disk
