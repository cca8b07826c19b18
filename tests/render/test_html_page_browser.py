"""Tests of report.html as a browser shows it: search, filters, graph, keys, hostile values, accessibility."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Dialog, Page, Request, expect

from bot.domain import Report
from bot.render.html_page import page
from bot.run.files import assets
from tests.render import rich
from tests.render.evidence import hostile_rows
from tests.render.reports import with_text
from tests.render.test_hostile import ELSEWHERE, VALUES

_GRAVE = ("serious", "critical")
# What would show if a text ran: a global, a dialog, an element that no page of ours has.
_ATTACKS = [
    "<script>window.ran = 1</script>",
    "</script><script>window.ran = 2</script>",
    "<img src=x onerror='window.ran = 3'>",
    "javascript:window.ran=4",
    "\"><svg onload='window.ran = 5'>",
    "{{ 7 * 7 }}${window.ran = 6}",
    "\u202egnirts\u202c",
]


class Shown:
    """A page, and what it did that it must not do."""

    def __init__(self, opened: Page) -> None:
        self.page = opened
        self.is_open = False
        self.faults: list[str] = []
        opened.on("console", self._said)
        opened.on("pageerror", lambda error: self.faults.append(f"error: {error}"))
        opened.on("dialog", self._asked)
        opened.on("request", self._requested)

    def _said(self, message: ConsoleMessage) -> None:
        self.faults.append(f"{message.type}: {message.text}")

    def _asked(self, dialog: Dialog) -> None:
        self.faults.append("a dialog")
        dialog.dismiss()

    def _requested(self, request: Request) -> None:
        if self.is_open:
            self.faults.append(request.url)

    def open(self, file: Path) -> Page:
        """Opens a file; from then on any request is a fault."""
        self.page.goto(file.as_uri())
        self.is_open = True
        return self.page


@pytest.fixture
def shown(browser: Browser) -> Iterator[Shown]:
    """A page that must not have done what it must not do."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    found = Shown(context.new_page())
    yield found
    context.close()
    assert found.faults == []


def _file(folder: Path, report: Report) -> Path:
    file = folder / "report.html"
    file.write_text(page(report, ELSEWHERE, assets()), encoding="utf-8")
    return file


def _names(opened: Page) -> list[str]:
    return opened.locator(".models .name").all_inner_texts()


def test_search_and_filters_find_models(shown: Shown, tmp_path: Path) -> None:
    """Of 2,000 models nobody would find the one."""
    opened = shown.open(_file(tmp_path, rich.many(900)))
    assert len(_names(opened)) == 200
    assert opened.locator("output").inner_text() == "900 models"
    opened.get_by_label("Search").fill("mart_0834")
    assert _names(opened) == ["mart_0834_of_department_1"]
    assert opened.locator("output").inner_text() == "1 of 900 models"
    opened.get_by_label("Search").fill("")
    opened.get_by_label("Outcome").select_option("changed")
    opened.get_by_label("Layer").select_option("staging")
    assert opened.locator("output").inner_text() == "33 of 900 models"
    opened.get_by_label("Outcome").select_option(label="all")
    opened.get_by_role("button", name="Show all").click()
    assert len(_names(opened)) == 300


def test_a_model_is_unfolded_by_keys(shown: Shown, tmp_path: Path) -> None:
    """Who uses no mouse would see the table, and nothing of what stands behind it."""
    opened = shown.open(_file(tmp_path, rich.rich()))
    first = opened.locator(".models .name").first
    assert first.get_attribute("aria-expanded") == "false"
    assert opened.locator("tr.detail").count() == 0
    first.focus()
    opened.keyboard.press("Enter")
    detail = opened.locator("tr.detail")
    assert first.get_attribute("aria-expanded") == "true"
    assert detail.locator("svg.chart").count() == 2
    assert detail.locator("td.changed del").first.inner_text() == "paid"
    assert "+ where p.amount < 250" in detail.locator("pre.code").inner_text()
    opened.keyboard.press("Enter")
    assert detail.count() == 0


def test_a_statement_is_copied(shown: Shown, tmp_path: Path) -> None:
    """A reviewer would type the statement from the screen."""
    shown.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    opened = shown.open(_file(tmp_path, rich.rich()))
    opened.locator(".models .name").first.click()
    opened.get_by_text("1 statement asked").click()
    opened.get_by_role("button", name="Copy the statement").click()
    expect(opened.get_by_role("button", name="Copy the statement")).to_have_text("Copied")
    assert opened.evaluate("navigator.clipboard.readText()").startswith("select count(*) as n\nfrom base.orders")


def test_the_graph_is_walked_and_opens_models(shown: Shown, tmp_path: Path) -> None:
    """The graph would be a picture, and for those who see none, nothing."""
    opened = shown.open(_file(tmp_path, rich.rich()))
    scene = opened.locator(".graph svg > g")
    opened.get_by_role("button", name="orders, modified, changed, reads 2, read by 3").focus()
    opened.keyboard.press("ArrowRight")
    opened.keyboard.press("ArrowLeft")
    assert str(opened.evaluate("document.activeElement.getAttribute('aria-label')")).startswith("orders, ")
    opened.keyboard.press("Enter")
    assert opened.locator("tr.detail").count() == 1
    assert opened.evaluate("document.activeElement.textContent") == "orders"
    before = scene.get_attribute("transform")
    opened.get_by_role("button", name="Zoom in").click()
    zoomed = scene.get_attribute("transform")
    frame = opened.locator(".graph svg")
    frame.hover(position={"x": 20, "y": 20})
    opened.mouse.down()
    frame.hover(position={"x": 90, "y": 60})
    opened.mouse.up()
    assert len({before, zoomed, scene.get_attribute("transform")}) == 3


def test_the_theme_can_be_switched(shown: Shown, tmp_path: Path) -> None:
    """Who reads in the dark would be dazzled, or the other way round."""
    opened = shown.open(_file(tmp_path, rich.rich()))
    colour = "getComputedStyle(document.body).backgroundColor"
    light = opened.evaluate(colour)
    opened.emulate_media(color_scheme="dark")
    dark = opened.evaluate(colour)
    opened.locator("#theme").click()
    assert [light, dark] == [opened.evaluate(colour), "rgb(13, 17, 23)"]
    opened.locator("#theme").click()
    opened.emulate_media(color_scheme="light")
    assert opened.evaluate(colour) == dark


@pytest.mark.parametrize("made", [lambda: with_text([*_ATTACKS, *VALUES[:60]]), hostile_rows], ids=["texts", "rows"])
def test_nothing_runs(shown: Shown, tmp_path: Path, made: object) -> None:
    """Whoever writes a value into a table would run a script before the one who reviews it."""
    assert callable(made)
    opened = shown.open(_file(tmp_path, made()))
    for name in opened.locator(".models .name").all():
        name.click()
    opened.evaluate("document.querySelectorAll('details').forEach((fold) => { fold.open = true; })")
    opened.wait_for_function("[...document.querySelectorAll('.check > div')].every((one) => one.hasChildNodes())")
    assert opened.evaluate("window.ran") is None
    assert opened.locator("img, iframe, object, embed, link, a, base, form").count() == 0
    assert opened.locator("script").count() == 2
    assert "\u202e" not in opened.locator("body").inner_text()


def test_a_script_from_elsewhere_would_be_refused(browser: Browser, tmp_path: Path) -> None:
    """The policy would be a line in the head that no browser follows."""
    opened = browser.new_page()
    opened.goto(_file(tmp_path, rich.rich()).as_uri())
    opened.evaluate(
        "const s = document.createElement('script'); document.body.append(s);"
        "try { s.textContent = 'window.ran = 1' } catch {}"
    )
    opened.evaluate("try { document.body.innerHTML = '<b>x</b>' } catch { window.refused = true }")
    assert opened.evaluate("[window.ran, window.refused]") == [None, True]
    opened.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_grave(shown: Shown, tmp_path: Path, scheme: str) -> None:
    """Who uses a screen reader, or sees little contrast, could not read the report."""
    shown.page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    opened = shown.open(_file(tmp_path, rich.rich()))
    opened.locator(".models .name").first.click()
    opened.evaluate("document.querySelectorAll('details').forEach((fold) => { fold.open = true; })")
    found = Axe().run(opened).response["violations"]
    assert [(one["id"], one["nodes"][0]["html"][:200]) for one in found if one["impact"] in _GRAVE] == []


def test_a_phone_needs_no_scrolling_aside(shown: Shown, tmp_path: Path) -> None:
    """On a phone the verdict of a model would be off the screen."""
    shown.page.set_viewport_size({"width": 390, "height": 800})
    opened = shown.open(_file(tmp_path, rich.rich()))
    opened.locator(".models .name").first.click()
    assert opened.evaluate("document.documentElement.scrollWidth") <= 390


def test_without_scripts_all_is_there_as_text(browser: Browser, tmp_path: Path) -> None:
    """Where a server's own policy forbids scripts, the page would be empty."""
    context = browser.new_context(java_script_enabled=False)
    opened = context.new_page()
    opened.goto(_file(tmp_path, rich.rich()).as_uri())
    assert "8,906 rows removed" in opened.locator(".text").inner_text()
    context.close()
