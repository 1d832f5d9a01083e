"""A key that protects nothing is refused, and no message repeats one."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from support.approvals import KEY, Booth

from wdh.approval import read_key, without_key
from wdh.errors import SetupError


def write(path: Path, content: bytes, *, mode: int = 0o600) -> Path:
    path.write_bytes(content)
    path.chmod(mode)
    return path


def test_a_line_break_at_the_end_is_no_part_of_a_key(tmp_path: Path) -> None:
    file = write(tmp_path / "key", KEY.encode() + b"\n")
    assert read_key(str(file), {}) == read_key("env:SIGN", {"SIGN": KEY}) == read_key("env:SIGN", {"SIGN": KEY + "\n"})


REFUSED: dict[str, tuple[Callable[[Path], str], str]] = {
    "a variable that is not set": (lambda _: "env:NOT_THERE", "variable NOT_THERE of --sign-key is empty or not set"),
    "a variable that is empty": (lambda _: "env:EMPTY", "variable EMPTY of --sign-key is empty or not set"),
    "a variable without a name": (lambda _: "env:", "empty or not set"),
    "a short variable": (lambda _: "env:SHORT", "31 bytes; 32 are needed"),
    "a short file": (lambda folder: str(write(folder / "key", b"k" * 31 + b"\n")), "31 bytes; 32 are needed"),
    "an empty file": (lambda folder: str(write(folder / "key", b"")), "0 bytes; 32 are needed"),
    "a long file": (lambda folder: str(write(folder / "key", b"k" * 5000)), "more than 4096 bytes"),
    "a file for the group": (lambda folder: str(write(folder / "key", b"k" * 40, mode=0o640)), "chmod 600"),
    "a file for all": (lambda folder: str(write(folder / "key", b"k" * 40, mode=0o604)), "chmod 600"),
    "a file that others may write": (lambda folder: str(write(folder / "key", b"k" * 40, mode=0o602)), "chmod 600"),
    "a folder": (str, "is no file"),
    "no file": (lambda folder: str(folder / "none"), "No such file"),
    "no path": (lambda _: "k\0k", "it is no path"),
}


@pytest.mark.parametrize("case", REFUSED.values(), ids=REFUSED)
def test_a_key_that_protects_nothing_is_refused(case: tuple[Callable[[Path], str], str], tmp_path: Path) -> None:
    make, says = case
    with pytest.raises(SetupError, match=says) as caught:
        read_key(make(tmp_path), {"EMPTY": " ", "SHORT": "k" * 31})
    assert "kkk" not in str(caught.value)


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "key", 0o600)
    with pytest.raises(SetupError, match="is no file"):
        read_key(str(tmp_path / "key"), {})


def test_a_key_given_in_the_place_of_its_file_is_not_repeated() -> None:
    with pytest.raises(SetupError) as caught:
        read_key(KEY, {})
    assert KEY not in str(caught.value)
    assert caught.value.__cause__ is None


def test_nothing_shows_a_key() -> None:
    assert KEY not in repr(read_key("env:SIGN", {"SIGN": KEY}))


def test_packages_do_not_get_the_variable_of_the_key() -> None:
    assert without_key({"WDH_KEY": KEY, "WDH_OTHER": "x"}, "env:WDH_KEY") == {"WDH_OTHER": "x"}
    assert without_key({"WDH_KEY": KEY}, None) == {"WDH_KEY": KEY}


def test_no_file_of_a_run_has_the_key(booth: Booth) -> None:
    booth.write_plan("--sign-key", "env:SIGN", "--report-dir", str(booth.folder / "out"))
    ended = booth.apply("--sign-key", "env:SIGN", "--log-level", "DEBUG", "--debug")
    assert ended.code == 0, ended.err
    written = [path.read_bytes() for path in booth.folder.parent.rglob("*") if path.is_file()]
    assert not any(KEY.encode() in content for content in written)
    assert KEY not in ended.out + ended.err + str(booth.contents())
