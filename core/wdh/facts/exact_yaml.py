"""YAML in which a value is just what it looks like: 0012 is a text, 1234.50 a Decimal, 2024-11-01 a date.

One form is written for one value, so that a file changes only where a value did. ruamel.yaml does the work.
"""

from __future__ import annotations

import datetime
import io
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.constructor import SafeConstructor
from ruamel.yaml.error import YAMLError
from ruamel.yaml.nodes import ScalarNode
from ruamel.yaml.representer import RoundTripRepresenter

from wdh.errors import SetupError
from wdh.words.language import say

_TAG = "tag:yaml.org,2002:"
_PLAIN_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_NO_FOLDING = 1 << 30
EXPECTATION_HEAD = "# What {} comes to. Rewritten by: pytest --wdh-update\n"
"""The first line of the file with what is expected of a case."""


def is_plain_number(text: str) -> bool:
    """Say whether a text is a number and nothing else: no leading zeros, no exponent, no plus, no separators."""
    return _PLAIN_NUMBER.fullmatch(text) is not None


def read_number(text: str) -> int | Decimal:
    """Read a plain number, exactly."""
    return Decimal(text) if "." in text else int(text)


class _Reader(SafeConstructor):
    """Takes a scalar for a number only where it is plainly one: a code keeps its zeros."""

    def construct_number(self, node: ScalarNode) -> int | Decimal | str:
        """Read 12 and 1234.50 as numbers, and 0012, 0x1F and 12e4 as the texts they are."""
        text: str = node.value
        return read_number(text) if is_plain_number(text) else text


_Reader.add_constructor(f"{_TAG}int", _Reader.construct_number)
_Reader.add_constructor(f"{_TAG}float", _Reader.construct_number)


class _Writer(RoundTripRepresenter):
    """Writes numbers with all their digits, NULL in a word, and a value again where it comes again."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 - ruamel hands it over
        """Write no anchors."""
        return True

    def represent_decimal(self, value: Decimal) -> Any:
        """Write a Decimal as it would be sent."""
        text = format(value, "f")
        return self.represent_scalar(f"{_TAG}float" if "." in text else f"{_TAG}int", text)

    def represent_none(self, value: None) -> Any:  # noqa: ARG002 - ruamel hands it over
        """Write None."""
        return self.represent_scalar(f"{_TAG}null", "null")


_Writer.add_representer(Decimal, _Writer.represent_decimal)
_Writer.add_representer(type(None), _Writer.represent_none)


def read_yaml(path: Path) -> Any:
    """Read a file. Raises SetupError, with the place, where it is no YAML."""
    yaml = YAML(typ="safe", pure=True)
    yaml.Constructor = _Reader
    try:
        return yaml.load(path.read_text("utf-8"))
    except (YAMLError, UnicodeDecodeError, ValueError) as error:
        raise SetupError(say("{path} cannot be read: {error}", path=path, error=error), file=str(path)) from error


def write_yaml(value: Any) -> str:
    """Write plain values (mappings, lists, texts, numbers, days, moments, None) as YAML."""
    yaml = YAML()
    yaml.Representer = _Writer
    yaml.width = _NO_FOLDING
    yaml.default_flow_style = False
    yaml.indent(mapping=2, sequence=4, offset=2)
    text = io.StringIO()
    yaml.dump(value, text)
    return text.getvalue()


def canonical(value: Any) -> Any:
    """Give equal numbers one form, for a comparison: 1234.50 and 1234.5 are the same amount."""
    if isinstance(value, dict):
        return {str(key): canonical(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [canonical(each) for each in value]
    if isinstance(value, float):
        return canonical(Decimal(repr(value)))
    if isinstance(value, Decimal):
        return Decimal(format(value.normalize(), "f")) if value else Decimal(0)
    if isinstance(value, datetime.datetime):
        return value.isoformat(sep=" ")
    return value
