"""In a column of any type of the server, and of what is made of it, a value arrives as it was sent or is refused."""

from __future__ import annotations

import sys
from functools import partial

import psycopg2
from borrowed import FORMS, LIMITED, base_types, try_type
from experiment import Finding, Place


def prove_types(place: Place) -> Finding:
    """Send hostile texts to a column of each base type by a plan, and to arrays, domains, rows and ranges of it."""
    connect = partial(psycopg2.connect, place.dsn)
    kinds = (*base_types(connect), *LIMITED)
    tried = [one for form in FORMS for kind in kinds if (one := try_type(connect, kind, form=form)) is not None]
    losses = [loss for one in tried for loss in one.losses]
    for loss in losses:
        print(loss, file=sys.stderr)
    arrived, refused = sum(one.arrived for one in tried), sum(one.refused for one in tried)
    return Finding(
        "6: what is sent is what arrives",
        "hostile texts in columns of every base type, and of what is made of it",
        arrived + refused,
        0,
        len(losses),
        f"{len(tried)} kinds of columns; {arrived:,} arrived, {refused:,} were refused",
    )
