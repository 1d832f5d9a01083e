"""A secret is masked in every form in which a log or a report writes text down."""

from __future__ import annotations

import base64
import json

import pytest
from support.secrecy import SECRET, traces

from wdh.words.redaction import redact

FORMS = {
    "Python": repr(SECRET),
    "Python, ASCII": ascii(SECRET),
    "JSON": json.dumps(SECRET, ensure_ascii=False),
    "JSON, ASCII": json.dumps(SECRET),
    "base64": base64.b64encode(SECRET.encode()).decode(),
    "base64 of URLs": base64.urlsafe_b64encode(SECRET.encode()).decode().rstrip("="),
}


@pytest.mark.parametrize("form", FORMS)
def test_a_secret_is_masked_however_it_is_written(form: str) -> None:
    text = f"server said <{FORMS[form]}> and left"
    assert traces(text.encode())
    shown = redact(text, [SECRET])
    assert traces(shown.encode()) == []
    assert shown.startswith("server said <")
