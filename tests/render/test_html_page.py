"""Tests of bot/render/html_page.py and page_data.py, without a browser: test_html_page_browser.py has one."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import replace
from typing import Any

import pytest

from bot.domain import DiffTable, Finding, Outcome, Report, TableColumn, Whereabouts
from bot.render import html_page, page_data
from bot.render.page_charts import Charts
from bot.render.page_models import finding
from bot.run.files import assets
from tests.render import rich
from tests.render.evidence import GOLDEN
from tests.render.reports import problem, shop, with_text
from tests.render.test_hostile import ELSEWHERE, VALUES


def page(report: Report, whereabouts: Whereabouts = ELSEWHERE) -> str:
    """The page as a run writes it."""
    return html_page.page(report, whereabouts, assets())


def _data(text: str) -> dict[str, Any]:
    [found] = re.findall(r'<script type="application/json" id="data">(.*?)</script>', text, re.DOTALL)
    told: dict[str, Any] = json.loads(found)
    return told


def test_the_policy_knows_style_and_script_and_nothing_else() -> None:
    """A report that somebody opens from an artifact could phone home, or run what a model's name says."""
    text = page(shop())
    [policy] = re.findall(r'Content-Security-Policy" content="([^"]+)"', text)
    rules = dict(rule.split(" ", 1) for rule in policy.replace("&#39;", "'").split("; "))
    for tag, rule in (("style", "style-src"), ("script", "script-src")):
        [inside] = re.findall(rf"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
        assert rules[rule] == f"'sha256-{base64.b64encode(hashlib.sha256(inside.encode()).digest()).decode()}'"
    assert rules["default-src"] == rules["base-uri"] == rules["form-action"] == "'none'"
    assert rules["require-trusted-types-for"] == "'script'"
    assert "unsafe" not in policy


def test_the_page_asks_for_nothing() -> None:
    """The page would look broken without a network, and tell others who reads it."""
    text = page(rich.rich())
    assert not re.search(r"\b(?:href|src|action|style|on\w+)=", text.split('id="data"')[0])
    for source in (assets().style, assets().script):
        assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)|url\(|@import|\bfetch\(|XMLHttp|import\(", source)


def test_the_script_makes_no_markup_of_texts() -> None:
    """One convenient line, and the name of a column is a script."""
    words = (
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|Function\(|DOMParser|srcdoc|createContextual"
    )
    assert not re.search(words, assets().script)


def test_the_verdict_is_title_and_heading() -> None:
    """Of twenty tabs nobody would find the one that matters."""
    text = page(shop())
    assert "<title>Gate closed: 3 of 7 affected models changed" in text
    assert text.count("<h1>") == 1
    assert "<h1>❌ Gate closed: 3 of 7" in text


def test_what_did_not_run_says_why() -> None:
    """The page of a head that does not parse would be empty."""
    text = page(problem())
    assert "unexpected &#39;}&#39;" in text
    assert _data(text)["models"] == []


@pytest.mark.parametrize("name", [name for name in GOLDEN if name != "many"])
def test_every_report_becomes_a_page(name: str) -> None:
    """A model that nobody had thought of would cost the whole page."""
    report = GOLDEN[name]()
    data = _data(page(report))
    assert len(data["models"]) == len(report.models)
    assert len(data["named"]) == len(report.named)


def test_hostile_texts_stay_inside_of_the_json() -> None:
    """Whoever names a branch, a column or a model could end the block of JSON and begin a script."""
    for start in range(0, len(VALUES), 1_450):
        text = page(with_text([*VALUES[start : start + 725], "</script><script>alert(1)//", "\u2028\u202e\x00]]>"]))
        assert text.count("<script") == text.count("</script") == 2
        [inside] = re.findall(r'id="data">(.*?)</script>', text, re.DOTALL)
        assert not re.search("[<>&\u2028\u202e\x00]", inside)


def test_each_model_has_all_there_is() -> None:
    """A reader would look for the profile, the months or the code of a model, and find nothing."""
    [orders] = [one for one in _data(page(rich.rich()))["models"] if one["name"] == "orders"]
    checks = {one["check"]: one for one in orders["checks"]}
    assert orders["rows"] == ["61,948 → 53,042", "−8,906 (−14.4%)"]
    assert orders["layer"] == "marts"
    assert ["status", 311, 53_042, ""] in orders["columns"]
    assert ["amount", 12, 53_042, "DECIMAL(10,2) → DOUBLE"] in orders["columns"]
    assert checks["profile"]["profile"][0][1][0] == ["nulls", 0, 12, 12, True, "none"]
    assert checks["top_k"]["top"][0][1][1] == ["paid", 20_000, 17_689, -3.73]
    assert [one["title"] for one in checks["histogram"]["charts"]] == ["Rows by amount"]
    assert [one["title"] for one in checks["values"]["charts"]] == ["Changes by month"]
    assert [one["title"] for one in checks["values"]["tables"]] == ["Example rows"]
    assert checks["values"]["tables"][0]["rows"][0][2:4] == [["paid", "PAID"], "12.50"]
    assert [line for line in orders["code"] if line[0] in "+-"] == [
        ["-", "left join {{ ref('stg_payments') }} as p using (order_id)"],
        ["+", "join {{ ref('stg_payments') }} as p using (order_id)"],
        ["+", "where p.amount < 250"],
    ]
    assert orders["tests"] == [["at_least_60_000_rows", "pass", "fail (1)", "fail", "Got 1 result"]]


def test_what_may_not_be_shown_is_not_in_the_page() -> None:
    """A mail address would stand in the page's JSON, where the comment says that it is hidden."""
    [orders] = [one for one in _data(page(rich.rich()))["models"] if one["name"] == "orders"]
    [profile] = [one["profile"] for one in orders["checks"] if one["check"] == "profile"]
    assert ["min", "hidden", "hidden", None, False, "none"] in profile[1][1]


def test_a_chart_is_shapes_and_numbers() -> None:
    """A drawing could carry a style, a script or a link of the library that made it."""
    [chart] = finding(rich.changed().findings[-1], Charts())["charts"]
    tags, names = set[str](), set[str]()

    def walk(shape: list[Any]) -> None:
        tags.add(shape[0])
        names.update(shape[1])
        for part in shape[2] if isinstance(shape[2], list) else ():
            walk(part)

    walk(chart["svg"])
    assert tags == {"svg", "g", "rect", "path", "text", "title"}
    assert names <= {"x", "y", "width", "height", "d", "transform", "viewBox", "class"}
    assert "75 to 100" not in json.dumps(chart["svg"])
    assert "75, head: 13,011" in json.dumps(chart["svg"])


def test_there_are_only_so_many_charts() -> None:
    """A macro that everything uses would make a page of a gigabyte."""
    charts = Charts(most=1)
    drawn = [finding(rich.changed().findings[-1], charts)["charts"] for _ in range(2)]
    assert list(map(len, drawn)) == [1, 0]


def test_names_that_only_look_like_moments_are_no_time() -> None:
    """A chart would connect customers with a line."""
    columns = (TableColumn("customer", data=True), TableColumn("Changed", numeric=True))
    table = DiffTable("Groups that differ", columns, tuple((f"2026-0{n}-xx", n) for n in range(5)))
    found = finding(Finding("metric", Outcome.CHANGED, "x", tables=(table,)), Charts())
    assert found["charts"] == []
    assert len(found["tables"]) == 1


def test_numbers_that_a_browser_would_round_are_texts() -> None:
    """A key of nineteen digits would stand in the page with another end."""
    table = DiffTable("x", (TableColumn("n", numeric=True),), ((2**62,), (float("nan"),), (7,)))
    found = finding(Finding("values", Outcome.CHANGED, "x", tables=(table,)), Charts())
    assert found["tables"][0]["rows"] == [["4,611,686,018,427,387,904"], ["nan"], [7]]


def test_secrets_are_masked_in_what_is_said_only() -> None:
    """A token named like a word of the script would break the page; one in a model's SQL would stand in it."""
    report = rich.rich()
    [asked] = report.evidence.statements if report.evidence else ()
    hidden = replace(asked, sql='select "const" /* function </script> */')
    assert report.evidence is not None
    report = replace(report, evidence=replace(report.evidence, statements=(hidden,)))
    text = html_page.page(
        report, ELSEWHERE, assets(), lambda said: said.replace("function", "***").replace("const", "?")
    )
    assert _data(text)["statements"][0][2] == 'select "?" /* *** </script> */'
    assert assets().script in text


def test_boxes_stand_right_of_what_they_read() -> None:
    """A graph whose arrows go back and forth tells nobody what lies downstream."""
    graph = _data(page(rich.rich()))["graph"]
    nodes = graph["nodes"]
    assert all(nodes[above][2] < nodes[below][2] for above, below in graph["edges"])
    assert len({(column, row) for _, _, column, row, _ in nodes}) == len(nodes)
    assert {name for name, *_, model in nodes if model < 0} == {"raw.payments", "raw.orders", "stg_orders", "weekly"}


def test_two_thousand_models_are_a_few_megabytes() -> None:
    """A page of a large project would not open."""
    report = rich.many()
    text = page_data.text(page_data.document(report), str)
    assert len(text) < 6_000_000
    assert len(json.loads(text)["models"]) == 2_000
