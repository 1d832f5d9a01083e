"""No secret stays in a text, however it is written there."""

from __future__ import annotations

import re
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from psycopg2.extensions import make_dsn

from wdh.words.redaction import redact

SECRETS = st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\0"), min_size=3, max_size=20)


@given(st.text(), SECRETS, st.text())
def test_a_known_secret_is_gone_whatever_stands_around_it(before: str, secret: str, after: str) -> None:
    for written in (secret, quote(secret, safe=""), quote(secret), make_dsn(password=secret), repr(secret)):
        assert secret not in redact(f"{before}{written}{after}", [secret])


@given(SECRETS)
def test_a_percent_encoded_secret_is_gone_in_either_case(secret: str) -> None:
    encoded = quote(secret, safe="")
    for written in (encoded, re.sub("%..", lambda escape: escape.group().lower(), encoded)):
        assert redact(f"<{written}>", [secret]) in ("<***>", "(text withheld: it holds a secret)", "")


@given(st.text(), st.lists(SECRETS, min_size=2, max_size=4))
def test_several_secrets_that_contain_each_other_are_all_gone(text: str, secrets: list[str]) -> None:
    joined = "".join([*secrets, text, secrets[0] + secrets[-1]])
    shown = redact(joined, secrets)
    assert not [secret for secret in secrets if secret in shown]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("postgresql://etl:geheim@db.example:5432/wh failed", "postgresql://***@db.example:5432/wh failed"),
        ("postgresql://etl:ge@he/im@db.example/wh", "postgresql://***@db.example/wh"),
        ("host=h password=geheim dbname=wh", "host=h password=*** dbname=wh"),
        ("host=h password='ge h\\'eim' dbname=wh", "host=h password=*** dbname=wh"),
        ("password = 'never closed", "password = ***"),
        ("?sslmode=require&password=geheim&x=1", "?sslmode=require&password=***&x=1"),
        ('{"password": "ge\\"heim", "user": "etl"}', '{"password": ***, "user": "etl"}'),
        ("WDH_DATABASE__PASSWORD=geheim PGPASSWORD=geheim", "WDH_DATABASE__PASSWORD=*** PGPASSWORD=***"),
        ("sslpassword=geheim", "sslpassword=***"),
        (
            'FATAL:  password authentication failed for user "etl"',
            'FATAL:  password authentication failed for user "etl"',
        ),
    ],
)
def test_a_password_is_told_by_where_it_stands(text: str, shown: str) -> None:
    assert redact(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "The server wants a password: put it into ~/.pgpass, PGPASSWORD or WDH_DATABASE__PASSWORD.",
        "Check the user and the password: they must be the same on both servers.",
        "wrong password: see the log of the server",
        "an expired password: ask the administrator for another",
    ],
)
def test_a_sentence_that_goes_on_after_the_word_is_left_as_it_is(text: str) -> None:
    assert redact(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "password: {} was refused",
        "password:  {}",
        "password: {}, user: etl",
        "password:{} host=h",
        "password={} is what was given",
        "wrong password: '{}' is not it",
        "password: {}\nuser: etl",
    ],
)
@pytest.mark.parametrize("secret", ["geheim", "putter", "put-it", "Asks"])
def test_a_password_that_looks_like_a_word_is_masked_wherever_it_can_be_one(text: str, secret: str) -> None:
    assert secret not in redact(text.format(secret))


def test_a_secret_of_one_character_does_not_eat_the_text() -> None:
    """Masked inside words, it would be told by the words it is missing from."""
    assert redact("the server: e refused 'e'", ["e", ""]) == "the server: *** refused '***'"


def test_a_text_that_a_replacement_would_turn_into_a_secret_is_withheld() -> None:
    assert redact("a*wrong*b", ["wrong", "a*****b"]) == "(text withheld: it holds a secret)"
    assert redact("a*wrong*b text", ["wrong", "a*****b", "text"]) == ""
