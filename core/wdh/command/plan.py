"""``wdh plan``: a plan that is to be approved, shown without a warehouse."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from wdh.command.failures import exit_with
from wdh.command.printing import Reporting, print_document, print_lines, print_text
from wdh.errors import NotApproved, SetupError, WdhError

if TYPE_CHECKING:
    from wdh.approval import Approval, Signature, SigningKey


@click.group()
def plan() -> None:
    """Look at plans that --plan-out wrote."""


@plan.command(cls=Reporting)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--sign-key", metavar="env:NAME|FILE", help="Check the signature by this key.")
@click.option("--output", type=click.Choice(["text", "json"]), default="text", show_default=True, help="Form.")
def show(file: Path, sign_key: str | None, output: str) -> None:
    """Show the plan in FILE, whether or not it can still be applied. Needs neither workbooks nor a warehouse."""
    from wdh.approval import check_signature, read_approval

    try:
        key = _read_key(sign_key)
        try:
            approval = read_approval(file)
        except NotApproved as error:
            _show_broken(file, error, output=output)
            sys.exit(error.exit_code)
    except WdhError as error:
        sys.exit(exit_with(error, debug=False))
    _show(approval, check_signature(approval, key), name=str(file), output=output)


def _read_key(source: str | None) -> SigningKey | None:
    from wdh.approval import read_key

    return None if source is None else read_key(source, os.environ)


def _show(approval: Approval, signature: Signature, *, name: str, output: str) -> None:
    if output == "json":
        print_document({"approval": approval.document, "signature": signature.name.lower(), "fault": None})
        return
    from wdh.report.approval import show_approval

    print_text(show_approval(approval, signature, name=name))


def _show_broken(file: Path, error: NotApproved, *, output: str) -> None:
    """Show what is in a file that no run would take, and why none would."""
    try:
        text = file.read_bytes().decode("utf-8", "backslashreplace")
    except OSError as gone:
        raise SetupError(f"{file} cannot be read: {gone.strerror}.") from gone
    if output == "json":
        document: dict[str, Any] = {"approval": None, "signature": None, "fault": error.message}
        print_document(document)
    else:
        print_lines([error.message, "What is in the file:", *text.split("\n")])
