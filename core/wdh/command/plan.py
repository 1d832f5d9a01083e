"""``wdh plan``: a plan that is to be approved, shown without a warehouse."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from wdh.command.failures import exit_with
from wdh.command.options import OUTPUT, DiscreetGroup
from wdh.command.printing import Reporting, print_result, tell
from wdh.errors import NotApproved, SetupError, WdhError
from wdh.report.blocks import Block, Code, Line, Result
from wdh.words.language import say
from wdh.words.printable import show_lines

if TYPE_CHECKING:
    from wdh.approval import Approval, Signature


@click.group(cls=DiscreetGroup)
def plan() -> None:
    """Look at plans that --plan-out wrote."""


@plan.command(cls=Reporting)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--sign-key", metavar="env:NAME|FILE", help="Check the signature by this key.")
@click.option("--html", type=click.Path(path_type=Path, dir_okay=False), help="Also write the plan as a page here.")
@OUTPUT
def show(file: Path, sign_key: str | None, html: Path | None, output: str) -> None:
    """Show the plan in FILE, whether or not it can still be applied. Needs neither workbooks nor a warehouse."""
    from wdh.approval import check_signature, read_approval, read_key
    from wdh.report.files import prepare_file

    try:
        if html is not None:
            prepare_file(html)
        key = None if sign_key is None else read_key(sign_key, os.environ)
        try:
            approval = read_approval(file)
        except NotApproved as error:
            _show_broken(file, error, output=output)
            sys.exit(error.exit_code)
        signature = check_signature(approval, key)
        if html is not None:
            _write_page(html, approval, signature, name=str(file))
    except WdhError as error:
        sys.exit(exit_with(error, debug=False))
    _show(approval, signature, name=str(file), output=output)


def _write_page(path: Path, approval: Approval, signature: Signature, *, name: str) -> None:
    from wdh.command.report_files import tell_time
    from wdh.page import render_approval
    from wdh.report.files import write_file

    write_file(path, render_approval(approval, signature, name=name, made_at=tell_time()))
    tell(f"written: {path}")


def _show(approval: Approval, signature: Signature, *, name: str, output: str) -> None:
    from wdh.report.approval import show_approval

    document = {"approval": approval.document, "signature": signature.name.lower(), "fault": None}
    print_result(Result(document, show_approval(approval, signature, name=name)), output)


def _show_broken(file: Path, error: NotApproved, *, output: str) -> None:
    """Show what is in a file that no run would take, and why none would."""
    try:
        text = file.read_bytes().decode("utf-8", "backslashreplace")
    except OSError as gone:
        raise SetupError(say("{file} cannot be read: {why}.", file=file, why=gone.strerror)) from gone
    document = {"approval": None, "signature": None, "fault": error.message}
    page: list[Block] = [Line(error.message), Line(say("What is in the file:")), Code("json", [show_lines(text)])]
    print_result(Result(document, page), output)
