"""How addresses of depots are read: never shown with a password, and refused where they are ambiguous."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wdh.discovery import DepotAddress, Depots, read_address
from wdh.errors import SetupError


@pytest.mark.parametrize(
    ("text", "shown", "user", "password"),
    [
        ("s3://bucket", "s3://bucket", None, None),
        ("S3://bucket//a//b/", "s3://bucket/a/b", None, None),
        ("s3://AKIA:a%2Fb@bucket/x", "s3://bucket/x", "AKIA", "a/b"),
        ("sftp://me@host:22/年/a@b#c?d", "sftp://me@host:22/年/a@b#c?d", None, None),
        ("sftp://me:p%40ss@host/x", "sftp://me@host/x", "me", "p@ss"),
        ("sftp://[::1]:22/x", "sftp://[::1]:22/x", None, None),
        ("abfs://box@account.dfs.core.windows.net/x", "abfs://box@account.dfs.core.windows.net/x", None, None),
    ],
)
def test_an_address_is_read(text: str, shown: str, user: str | None, password: str | None) -> None:
    address = read_address(text)
    assert isinstance(address, DepotAddress)
    assert (str(address), address.user, address.password) == (shown, user, password)
    assert repr(address) == f"DepotAddress({shown!r})"


@pytest.mark.parametrize("text", ["/data", "data", "C:\\data", "a:b", "./s3:/x", "年/月"])
def test_what_has_no_protocol_is_a_path_here(text: str) -> None:
    assert read_address(text) == Path(text)


def test_a_file_address_is_a_path_here() -> None:
    assert read_address("file:///data/a%20b") == Path("/data/a b")


@pytest.mark.parametrize(
    "text",
    [
        "s3://AKIA:sec/ret@bucket/x",
        "sftp://me:pl@in/word@host/x",
        "sftp://me:secret@host/a@b",
        "s3://AKIA:secret",
        "simplecache::s3://bucket",
        "zip://a.xlsx::s3://bucket/secret.zip",
        "s3:///secret",
        "s3://bucket/../secret",
        "file://secret/x",
        "sftp://ho st/secret",
        "sftp://../secret",
    ],
)
def test_an_address_that_is_ambiguous_is_refused_without_a_word_of_it(text: str) -> None:
    """A part of it may be a password; a filesystem on top of another would keep old bytes."""
    with pytest.raises(SetupError) as error:
        read_address(text)
    assert "secret" not in error.value.message
    assert "sec/" not in error.value.message
    assert "Nothing was touched" in error.value.message


@given(st.text(min_size=1).filter(lambda text: "\0" not in text), st.sampled_from(["s3", "sftp"]))
def test_an_encoded_password_is_given_back_and_never_shown(password: str, protocol: str) -> None:
    encoded = quote(password.encode("utf-8", "surrogatepass"), safe="")
    try:
        encoded_back = password.encode("utf-8")
    except UnicodeEncodeError:
        return
    address = read_address(f"{protocol}://user:{encoded}@place/path")
    assert isinstance(address, DepotAddress)
    assert (address.password or "").encode("utf-8") == encoded_back
    assert str(address) in (f"{protocol}://place/path", f"{protocol}://user@place/path")


def test_the_path_here_tells_the_address_again() -> None:
    with Depots() as depots:
        for text in ("s3://bucket", "s3://bucket/a/b.xlsx", "sftp://me@host:22/a b/年.xlsx"):
            address = read_address(text)
            path = depots.resolve(address)
            assert depots.show(path) == text
            assert path.name in (text.rpartition("/")[2], "bucket")
        assert depots.show(Path("/data")) == "/data"


def test_an_address_of_a_sender_is_taken_only_below_the_data_directory() -> None:
    """A mark in a workbook names folders; it may not make wdh ask another server, or another bucket."""
    with Depots() as depots:
        root = depots.resolve(read_address("s3://bucket/in"))
        assert depots.resolve_text("s3://bucket/in/2024", below=root) == root / "2024"
        for text in ("s3://bucket/other", "s3://other/in", "http://10.0.0.1/in", "s3://bucket/in/../x", "sftp://h/x"):
            assert depots.resolve_text(text, below=root) is None
        assert depots.resolve_text("/data", below=root) == Path("/data")
        assert depots.resolve_text("s3://bucket/in", below=Path("/data")) == Path("s3://bucket/in")
