"""What one delivery after the other does to the table, on a real PostgreSQL."""

ALL = "SELECT shop, article, quantity FROM stock ORDER BY 1, 2"


def counts(report):
    (step,) = report["steps"]
    return step["operation"], step["inserted"], step["updated"]


def test_a_later_count_updates_what_changed_adds_what_is_new_and_leaves_the_rest(wdh_load, wdh_database):
    assert counts(wdh_load("tests/cases/november.yml")) == ("UPSERT", 3, 0)
    assert counts(wdh_load("tests/cases/december.yml")) == ("UPSERT", 1, 1)
    assert wdh_database.rows(ALL) == [
        ("0001", "000310", 12),
        ("0001", "000311", 1150),
        ("0002", "000310", 3),
        ("0002", "000311", 40),
    ]


def test_with_the_mode_append_no_count_is_changed(wdh_load, wdh_database):
    wdh_load("tests/cases/november.yml")
    assert counts(wdh_load("tests/cases/december.yml", mode="append")) == ("UPSERT", 1, 0)
    assert ("0001", "000311", 1200) in wdh_database.rows(ALL)
