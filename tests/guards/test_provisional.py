"""Values that stand in until the real ones are known: company ids that come later, in facts and in references."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pytest

HEADER = ("month", "plan", "customer", "company_id", "amount")
COMPANIES = {"alpha": "600001", "beta": "600002", "gamma": None}
CONFIGURATION = """
domains:
  pay:
    pattern: pay
    sheet: pay
    table: pay
    pk: [month, plan, company_id]
    guards: {shrink: "off"}
    columns:
      month: {kind: month, required: true}
      plan: {kind: code, required: true}
      customer: text
      company_id: {kind: code, required: true, provisional: "IN_*"}
      amount: {kind: amount, scale: 2}
    refs:
      customers:
        table: customers
        key: [customer]
        mode: insert_and_fill
        updatable: [company_id]
        columns: {customer: customer, company_id: company_id}
"""
FACTS = "SELECT company_id, count(*), sum(amount) FROM pay GROUP BY 1 ORDER BY 1"
CUSTOMERS = "SELECT customer, company_id FROM customers ORDER BY 1"


@pytest.fixture
def companies(payroll: Any) -> Any:
    payroll.workspace.database.execute("DROP TABLE pay")
    payroll.workspace.config.write_text(CONFIGURATION, encoding="utf-8")
    payroll.create()
    return payroll


def rows_of(ids: dict[str, str | None], *, amount: float = 1, customers: Sequence[str] = tuple(COMPANIES)) -> Any:
    def rows() -> Iterator[list[Any]]:
        for plan in ("P1", "P2"):
            for customer in customers:
                for more in range(3):
                    yield ["2024-11", plan, customer, ids[customer] or f"IN_{customer}", amount + more]

    return [*rows()]


def test_facts_with_the_real_id_replace_those_with_a_provisional_one(companies: Any) -> None:
    assert companies.load(rows_of(dict.fromkeys(COMPANIES)), header=HEADER).code == 0
    assert companies.ask(FACTS) == [("IN_alpha", 6, 12), ("IN_beta", 6, 12), ("IN_gamma", 6, 12)]
    report = companies.workspace.report
    companies.write(rows_of(COMPANIES), header=HEADER)
    steps = report("pay", "--execute")["steps"]
    deleted = [step["rows"] for step in steps if step["operation"] == "DELETE"]
    assert deleted == [6, 12]
    assert companies.ask(FACTS) == [("600001", 6, 12), ("600002", 6, 12), ("IN_gamma", 6, 12)]
    assert companies.ask(CUSTOMERS) == [("alpha", "600001"), ("beta", "600002"), ("gamma", "IN_gamma")]


def test_a_corrected_amount_is_still_the_same_fact_and_without_provisional_the_month_doubles(companies: Any) -> None:
    assert companies.load(rows_of(dict.fromkeys(COMPANIES)), header=HEADER).code == 0
    assert companies.load(rows_of(COMPANIES, amount=100), header=HEADER).code == 0
    assert companies.ask("SELECT count(*) FROM pay") == [(18,)]
    text = CONFIGURATION.replace(', provisional: "IN_*"', "")
    companies.workspace.config.write_text(text, encoding="utf-8")
    companies.workspace.database.execute("TRUNCATE pay")
    assert companies.load(rows_of(dict.fromkeys(COMPANIES)), header=HEADER).code == 0
    ended = companies.load(rows_of(COMPANIES), header=HEADER)
    assert companies.ask("SELECT count(*) FROM pay") == [(30,)]
    assert "left_behind (told): 12 facts" in ended.out


def test_nothing_goes_that_the_delivery_does_not_bring_again(companies: Any) -> None:
    assert companies.load(rows_of(dict.fromkeys(COMPANIES)), header=HEADER).code == 0
    ended = companies.load(rows_of(COMPANIES, customers=["alpha"]), header=HEADER)
    assert ended.code == 0, ended.err
    assert companies.ask(FACTS) == [("600001", 6, 12), ("IN_beta", 6, 12), ("IN_gamma", 6, 12)]
    assert "left_behind (told): 12 facts" in ended.out


def test_a_real_value_is_never_changed_and_a_provisional_one_never_takes_its_place(companies: Any) -> None:
    assert companies.load(rows_of(COMPANIES), header=HEADER).code == 0
    others = {"alpha": "999", "beta": None, "gamma": None}
    assert companies.load(rows_of(others), header=HEADER).code == 0
    assert companies.ask(CUSTOMERS) == [("alpha", "600001"), ("beta", "600002"), ("gamma", "IN_gamma")]
    companies.workspace.database.execute("UPDATE customers SET company_id = 'IN_old' WHERE customer = 'gamma'")
    ended = companies.load(rows_of(others), header=HEADER)
    assert companies.ask("SELECT company_id FROM customers WHERE customer = 'gamma'") == [("IN_old",)]
    assert "References: 0 inserted, 0 filled." in ended.out


def test_customers_without_a_name_are_the_same_fact_too(companies: Any) -> None:
    rows = [["2024-11", "P1", None, "IN_x", 5], ["2024-11", "P1", "b", "IN_b", 5]]
    assert companies.load(rows, header=HEADER).code == 0
    rows = [["2024-11", "P1", None, "600", 5], ["2024-11", "P1", "b", "601", 5]]
    assert companies.load(rows, header=HEADER).code == 0
    assert companies.ask("SELECT company_id FROM pay ORDER BY 1") == [("600",), ("601",)]


def test_what_stands_in_is_forecast_as_it_goes(companies: Any) -> None:
    assert companies.load(rows_of(dict.fromkeys(COMPANIES)), header=HEADER).code == 0
    companies.write(rows_of(COMPANIES, customers=["alpha", "gamma"]), header=HEADER)
    shown = companies.workspace.report("pay", "--forecast")["forecast"]
    report = companies.workspace.report("pay", "--execute")
    assert shown == report["forecast"]
    (period,) = shown["facts"]["periods"]
    assert (period["before"], period["deleted"], period["inserted"], period["left_behind"]) == (18, 12, 12, 6)
    deleted = sum(step["rows"] for step in report["steps"] if step["operation"] == "DELETE")
    assert deleted == period["deleted"]
    (customers,) = shown["references"]
    assert (customers["rows_filled"], customers["untouched"], customers["differing"]) == (1, 1, {})
    assert not any("were forecast" in remark for remark in report["remarks"])


def test_a_fact_with_another_real_id_stands_in_for_none(companies: Any) -> None:
    rows = [["2024-11", "P1", "alpha", value, 5] for value in ("600", "IN_a", "IN")]
    assert companies.load(rows, header=HEADER).code == 0
    assert companies.load([["2024-11", "P1", "alpha", "700", 5]], header=HEADER).code == 0
    assert companies.ask("SELECT company_id FROM pay ORDER BY 1") == [("600",), ("700",), ("IN",)]
