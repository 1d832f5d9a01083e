"""A disk that is full: a real one where this machine lets us make one, else a trigger that says so."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from experiment import Place
from warehouse import FACTS

SIZE = "1m"
REAL, TOLD = "a real full disk", "a full disk told by a trigger"


@contextmanager
def full_disk(place: Place) -> Iterator[str]:
    """Have no room for the facts, and say how: a tablespace on a file system without room, or a trigger."""
    with tempfile.TemporaryDirectory(prefix="wdh-disk-") as folder:
        if _mount(folder):
            try:
                with _tablespace(place, Path(folder)):
                    yield REAL
            finally:
                subprocess.run(["umount", folder], check=True)  # noqa: S603, S607 - what _mount() mounted
        else:
            with _trigger(place):
                yield TOLD


def _mount(folder: str) -> bool:
    mount = ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", folder]
    return bool(shutil.which("mount")) and subprocess.run(mount, capture_output=True).returncode == 0  # noqa: S603


@contextmanager
def _tablespace(place: Place, folder: Path) -> Iterator[None]:
    home = Path(place.rows("SHOW data_directory")[0][0])
    room = folder / "room"
    room.mkdir()
    folder.chmod(0o755)
    shutil.chown(room, home.stat().st_uid, home.stat().st_gid)
    place.execute(f"CREATE TABLESPACE wdh_full LOCATION '{room}'")
    place.execute(f"ALTER TABLE {FACTS.sql} SET TABLESPACE wdh_full")
    room_left = folder / "filler"
    try:
        _fill(room_left)
        yield
    finally:
        room_left.unlink(missing_ok=True)
        place.execute(f"ALTER TABLE {FACTS.sql} SET TABLESPACE pg_default")
        place.execute("DROP TABLESPACE wdh_full")


def _fill(path: Path) -> None:
    with path.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError:
            pass


@contextmanager
def _trigger(place: Place) -> Iterator[None]:
    place.execute(
        "CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = '53100'; END $$"
    )
    place.execute(f"CREATE TRIGGER no_room AFTER INSERT ON {FACTS.sql} EXECUTE FUNCTION no_room()")
    try:
        yield
    finally:
        place.execute("DROP FUNCTION no_room() CASCADE")
