"""The filesystem behind an address: which library it needs, with which options it is opened, and what is secret."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any, Final

from wdh.discovery.depot.address import OBJECT_STORES, DepotAddress
from wdh.errors import SetupError
from wdh.words.language import say
from wdh.words.redaction import redact

EXTRAS: Final[Mapping[str, str]] = {
    **dict.fromkeys(("s3", "s3a"), "s3"),
    **dict.fromkeys(("sftp", "ssh"), "sftp"),
    **dict.fromkeys(("az", "abfs", "abfss"), "az"),
    **dict.fromkeys(("gs", "gcs"), "gs"),
    "smb": "smb",
}
"""The extra of wdh that brings the library, by protocol."""
SHELLS: Final = frozenset(("sftp", "ssh"))

_SECRET: Final = re.compile("pass|secret|token|key|sas|credential|connection_string|auth", re.IGNORECASE)
_ELSEWHERE: Final = re.compile(
    "(AWS|AZURE|GOOGLE|GCS|FSSPEC)_.*(SECRET|TOKEN|PASS|KEY|SAS|CREDENTIAL|CONNECTION_STRING).*"
)
_SHORTEST: Final = 4
"""Characters of a text that is taken for a secret because of the name of its option or variable."""


def open_filesystem(address: DepotAddress, environment: Mapping[str, str]) -> Any:
    """Open the filesystem of an address, with nothing remembered of an earlier listing. Most connect on first use.

    Raises SetupError where a library is missing, and what the library raises.
    """
    kind = _find_class(address.protocol)
    import fsspec  # here, as it may be missing

    options = {**kind._get_kwargs_from_urls(f"{address.protocol}://{address.place}/"), **_defaults(address.protocol)}
    options.update(configured_options(address.protocol, environment))
    if address.password is not None:
        options.update(username=address.user, password=address.password)
    if address.protocol not in SHELLS:  # which keeps no listings, and would take it for an option of SSH
        options["use_listings_cache"] = False
    return fsspec.filesystem(address.protocol, skip_instance_cache=True, **options)


def close_filesystem(files: Any, address: DepotAddress) -> None:
    """End the connections of a filesystem that keeps some. May raise what the library raises."""
    if address.protocol in SHELLS:
        files._finalize(files.loop, files._pool, files._stack)
    elif address.protocol in OBJECT_STORES and files._s3 is not None:
        files.close_session(files.loop, files.s3)


def find_secrets(address: DepotAddress, environment: Mapping[str, str]) -> tuple[str, ...]:
    """Find what may be a password among options and variables, so that it can be taken out of any text."""
    found = [address.user, address.password] if address.protocol in OBJECT_STORES else [address.password]
    with suppress(ImportError):
        found += _secret_texts(configured_options(address.protocol, environment), is_secret=False)
    found += (value for name, value in environment.items() if _ELSEWHERE.fullmatch(name))
    return tuple(dict.fromkeys(text for text in found if text and len(text) >= _SHORTEST))


def hide_secrets(text: str, address: DepotAddress, environment: Mapping[str, str]) -> str:
    """Take out of a text of a library what may be a password."""
    return redact(text, find_secrets(address, environment))


def configured_options(protocol: str, environment: Mapping[str, str]) -> dict[str, Any]:
    """Give the options that are in fsspec's variables (``FSSPEC_S3_ENDPOINT_URL``) and its configuration files.

    A password that looks like a number is the text of its variable.
    """
    from fsspec.config import conf, set_conf_env

    options: dict[str, Any] = dict(conf.get(protocol, {}))
    own = {name: text for name, text in environment.items() if name.startswith(f"FSSPEC_{protocol.upper()}")}
    set_conf_env({protocol: options}, own)
    for name, value in options.items():
        written = environment.get(f"FSSPEC_{protocol.upper()}_{name.upper()}")
        if written is not None and _SECRET.search(name) and not isinstance(value, (str, Mapping, list)):
            options[name] = written
    return options


def _find_class(protocol: str) -> Any:
    extra = EXTRAS.get(protocol)
    try:
        from fsspec.registry import get_filesystem_class

        kind = get_filesystem_class(protocol)
    except ImportError as error:
        raise _missing(protocol, extra, str(error)) from error
    except ValueError as error:
        raise SetupError(
            say(
                "no installed library knows addresses that begin with {protocol}://. Correct the address, or install "
                "the filesystem of fsspec that does (docs/depots.md). Nothing was touched.",
                protocol=protocol,
            ),
            protocol=protocol,
        ) from error
    if protocol in SHELLS and kind.__module__.startswith("fsspec."):
        raise _missing(protocol, extra, say("that of fsspec itself accepts any server that says it is the right one"))
    return kind


def _missing(protocol: str, extra: str | None, why: str) -> SetupError:
    return SetupError(
        say(
            "reading from {protocol}:// needs a library that is not installed here ({why}). Install it: "
            "python -m pip install '{package}'. Nothing was touched.",
            protocol=protocol,
            why=why,
            package="fsspec" if extra is None else f"wdh[{extra}]",
        ),
        protocol=protocol,
        extra=extra,
    )


def _defaults(protocol: str) -> dict[str, Any]:
    """Give the options without which a library would keep whole parts in memory, try again unseen, or trust anyone."""
    if protocol in OBJECT_STORES:
        retries = {"retries": {"max_attempts": 0}, "connect_timeout": 10, "read_timeout": 30}
        return {"max_concurrency": 1, "config_kwargs": retries}
    if protocol in SHELLS:
        return {"known_hosts": (), "connect_timeout": 20, "login_timeout": 20, "keepalive_interval": 10}
    return {}


def _secret_texts(values: Any, *, is_secret: bool) -> Iterator[str]:
    if isinstance(values, Mapping):
        for name, value in values.items():
            yield from _secret_texts(value, is_secret=is_secret or _SECRET.search(str(name)) is not None)
    elif isinstance(values, (list, tuple)):
        for value in values:
            yield from _secret_texts(value, is_secret=is_secret)
    elif is_secret and isinstance(values, str):
        yield values
