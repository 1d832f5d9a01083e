"""A page in a browser: opened from a file, on small and large screens, in both languages, light and dark, on paper."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import pytest
from support.pages import HOSTILE, MADE_AT, approval, failed_document, history, run_document

from wdh.apply.forecast import ChangeList, Listed
from wdh.approval import Signature
from wdh.page import render_approval, render_history, render_run

pytestmark = pytest.mark.once

MANY: Final = {"sheets": 40, "rejected": 300, "periods": 36}
_HISTORY: Final = history(8)

PAGES: Final[dict[str, Callable[[], bytes]]] = {
    "run": lambda: render_run(run_document(), history=_HISTORY, made_at=MADE_AT),
    "hostile": lambda: render_run(run_document(text=HOSTILE[1]), history=history(name=HOSTILE[0]), made_at=MADE_AT),
    "failed": lambda: render_run(failed_document(), made_at=MADE_AT),
    "approval": lambda: render_approval(approval(), Signature.NONE, name="plan.json", made_at=MADE_AT),
    "history": lambda: render_history(_HISTORY, ledger='"wdh_runs"', made_at=MADE_AT)["index.html"],
}
FORMS: Final = (("en-US", "light", 1440), ("zh-CN", "dark", 360), ("en-US", "dark", 1440), ("zh-CN", "light", 360))


@contextmanager
def opened(
    browser: Any, path: Path, *, locale: str = "en-US", theme: str = "light", width: int = 1440
) -> Iterator[Any]:
    """Open a page of a file; it may not complain, nor ask for anything but itself."""
    context = browser.new_context(
        locale=locale, color_scheme=theme, viewport={"width": width, "height": 900}, offline=True
    )
    page, complaints, asked = context.new_page(), [], []
    page.on("console", lambda said: complaints.append(said.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(path.as_uri())
    yield page
    assert complaints == []
    assert asked == [path.as_uri()]
    context.close()


def write(folder: Path, content: bytes) -> Path:
    path = folder / "report.html"
    path.write_bytes(content)
    return path


@pytest.fixture
def report(tmp_path: Path) -> Path:
    return write(tmp_path, PAGES["run"]())


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_fit_for_everybody_in_every_form(browser: Any, tmp_path: Path, name: str) -> None:
    """axe finds nothing that keeps people out, and no form is wider than its screen."""
    from axe_playwright_python.sync_playwright import Axe

    path = write(tmp_path, PAGES[name]())
    for locale, theme, width in FORMS if name == "run" else FORMS[:2]:
        with opened(browser, path, locale=locale, theme=theme, width=width) as page:
            found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
            serious = [
                (each["id"], each["nodes"][0]["html"]) for each in found if each["impact"] in ("serious", "critical")
            ]
            assert serious == []
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
            assert "taken over" not in page.title()


def test_the_language_is_the_browsers_and_a_switch_changes_it(browser: Any, report: Path) -> None:
    with opened(browser, report, locale="zh-CN") as page:
        assert page.get_by_role("heading", name="拒收明细").is_visible()
        assert page.get_by_role("heading", name="Rejects").count() == 0
        assert (page.evaluate("document.documentElement.lang"), page.title()[:3]) == ("zh", "已提交")
        page.get_by_role("button", name="English").click()
        assert page.get_by_role("heading", name="Rejects").is_visible()
        assert (page.evaluate("document.documentElement.lang"), page.title()[:9]) == ("en", "committed")


def test_the_colours_are_the_systems_and_a_switch_changes_them(browser: Any, report: Path) -> None:
    with opened(browser, report, theme="dark") as page:
        dark = page.evaluate("getComputedStyle(document.body).backgroundColor")
        page.get_by_role("button", name="Light").click()
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") != dark


def test_a_search_leaves_the_rows_that_have_all_its_words(browser: Any, tmp_path: Path) -> None:
    path = write(tmp_path, render_run(run_document(rejected=50), made_at=MADE_AT))
    with opened(browser, path) as page:
        rows = page.locator("#rejects-3 tbody tr")
        assert rows.count() == 50
        page.locator("#rejects-3-q").fill("C15 SCRIPT")
        assert page.locator("#rejects-3 tbody tr:visible").count() == 1
        assert page.locator("output[for=rejects-3-q]").inner_text() == "1 / 50"
        page.keyboard.press("Escape")
        assert page.locator("#rejects-3 tbody tr:visible").count() == 50


def test_changes_are_searched_by_kind(browser: Any, tmp_path: Path) -> None:
    document = run_document()
    (plans,) = document["forecast"]["references"] = document["forecast"]["references"][:1]
    plans |= {"inserted": 1_001, "filled": {}, "differing": {"客户名称": 1_000}}
    with ChangeList() as changes:
        changes.begin()
        changes.add(Listed("new", "plans", (f"P{number:04}",)) for number in range(1_001))
        changes.add(
            Listed("differing", "plans", (f"P{number:04}",), "客户名称", "旧", HOSTILE[0]) for number in range(1_000)
        )
        path = write(tmp_path, render_run(document, changes=changes, made_at=MADE_AT))
    with opened(browser, path) as page:
        for number, caption in ((1, "New rows"), (2, "Values that differ, and stay as they are")):
            table = page.locator(f"#changes-{number}")
            assert table.locator("caption [lang=en]").text_content() == caption
            rows = table.locator("tbody tr")
            assert rows.count() == 1_000
            page.locator(f"#changes-{number}-q").fill("plans P0999")
            assert table.locator("tbody tr:visible").count() == 1
            assert page.locator(f"output[for=changes-{number}-q]").inner_text() == "1 / 1,000"
        (rest,) = page.locator("#changes p.rest").all()
        assert rest.inner_text().startswith("The first 1,000 of 1,001 are here.")
        assert str(page.locator("#changes-2 tbody tr:visible").text_content()).endswith(HOSTILE[0])
        page.locator("#changes-1-q").fill("P1000")
        assert page.locator("#changes-1 tbody tr:visible").count() == 0


def test_sql_is_copied_as_it_stands(browser: Any, report: Path) -> None:
    with opened(browser, report) as page:
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        code = page.locator("#sql details").first
        code.get_by_role("button", name="Copy").click()
        code.get_by_text("Copied").first.wait_for()
        copied = page.evaluate("navigator.clipboard.readText()")
        assert copied == page.locator("#sql pre").first.text_content()
        assert copied.startswith("LOCK TABLE")


def test_a_keyboard_reaches_all_of_it(browser: Any, report: Path) -> None:
    with opened(browser, report) as page:
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip"
        page.keyboard.press("Enter")
        assert page.evaluate("location.hash") == "#main"
        page.keyboard.press("/")
        assert page.evaluate("document.activeElement.type") == "search"
        reached = set()
        for _ in range(30):
            page.keyboard.press("Tab")
            reached.add(page.evaluate("document.activeElement.tagName"))
        assert {"DIV", "INPUT", "SUMMARY", "BUTTON", "PRE"} <= reached


def test_any_run_prints_on_two_pages(browser: Any, tmp_path: Path) -> None:
    """The tables are cut to some rows each, with a word on how many more the screen has."""
    path = write(tmp_path, render_run(run_document(**MANY), history=history(48), made_at=MADE_AT))
    for locale in ("en-US", "zh-CN"):
        with opened(browser, path, locale=locale) as page:
            assert page.pdf(prefer_css_page_size=True).count(b"/Type /Page\n") == 2


def test_a_page_without_scripts_still_shows_everything_in_the_language_of_the_run(browser: Any, report: Path) -> None:
    context = browser.new_context(java_script_enabled=False, locale="zh-CN")
    page = context.new_page()
    page.goto(report.as_uri())
    assert page.get_by_role("heading", name="Rejects").is_visible()
    assert not page.get_by_role("button").first.is_visible()
    context.close()
