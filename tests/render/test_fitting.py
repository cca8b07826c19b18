"""Whatever a request brings, the comment fits, and says of everything that fails that it does."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot import domain
from bot.domain import Acceptance, DiffTable, Grade, ModelReport, NamedReport, Outcome, Report, Whereabouts
from bot.render.escape import shown as cut
from bot.render.markdown import LIMIT, LIMIT_OF_SUMMARY, comment, summary
from tests.render import gfm, trust
from tests.render.evidence import PROFILE, finding, many_tables, shown
from tests.render.reports import equal, errored, many, shop, untouched

URL = "https://github.com/octo/shop/actions/runs/7/attempts/1"
ELSEWHERE = Whereabouts(URL, "proofbot-shop-7")
LONG = "mart_with_a_name_that_takes_the_whole_line_and_then_some_" * 3
CAPS = (100, 60, 40, 32, 24, 20, 16, 12)


def failing_tests(number: int) -> tuple[domain.TestReport, ...]:
    """Tests that newly fail."""
    return tuple(
        domain.TestReport(f"test.{n}", f"not_null_{LONG}{n:04}", "model.shop.orders", "pass", "fail", 0, 12, Grade.FAIL)
        for n in range(number)
    )


def failing_checks(number: int) -> tuple[NamedReport, ...]:
    """Metrics that fail."""
    one = finding("metric", "12 of 13 groups differ")
    return tuple(NamedReport("metric", f"revenue_by_{LONG}{n:04}", ("model.shop.orders",), one) for n in range(number))


def long(report: Report) -> Report:
    """The same models under longer names."""
    return replace(report, models=tuple(replace(one, name=f"{LONG}{n:04}") for n, one in enumerate(report.models)))


def silent(number: int) -> tuple[domain.TestReport, ...]:
    """Tests of which dbt did not say what became of them."""
    return tuple(
        domain.TestReport(f"test.{n}", f"unique_{n:04}", None, "pass", "skipped", 0, None, Grade.ERROR)
        for n in range(number)
    )


LARGE: Mapping[str, Callable[[], Report]] = {
    "2,000 models": many,
    "2,000 models with long names": lambda: long(many()),
    "2,000 models and 500 tests": lambda: replace(long(many()), tests=failing_tests(500)),
    "500 tests": lambda: replace(shop(), tests=failing_tests(500)),
    "800 checks": lambda: replace(shown(), named=failing_checks(800)),
    "everything": lambda: replace(
        long(many_tables(600)), tests=(*failing_tests(300), *silent(300)), named=failing_checks(100)
    ),
    "one bug and 2,000 models downstream": lambda: replace(
        trust.undeclared(),
        models=(trust.root(), *(trust.member(f"mart_{number:04}", "orders") for number in range(2_000))),
        proposal=trust.PROPOSAL * 2_000,
    ),
    "1,000 causes with a model each": lambda: replace(
        trust.declared(),
        models=tuple(
            model
            for n in range(1_000)
            for model in (trust.root(f"mart_{n:04}"), trust.member(f"report_{n:04}", f"mart_{n:04}"))
        ),
        unmet=trust.declared().unmet * 300,
    ),
    "models that fail to build": lambda: replace(
        errored(),
        models=tuple(
            replace(errored().models[1], name=f"broken_{n:04}", unique_id=f"model.shop.{n}", reason=f"{n} is no number")
            for n in range(1_500)
        ),
    ),
}


def failures(report: Report) -> list[str]:
    """The names of all that fails."""
    found = [one.name for one in report.models if one.grade in (Grade.FAIL, Grade.ERROR)]
    found += [one.name for one in report.tests if one.grade in (Grade.FAIL, Grade.ERROR)]
    return [*found, *(one.name for one in report.named if one.finding.grade in (Grade.FAIL, Grade.ERROR))]


def codes(text: str) -> set[str]:
    """What stands in code spans."""
    return set(re.findall(r"`([^`\n]+)`", text))


@pytest.mark.parametrize("name", LARGE)
def test_whatever_a_request_brings_the_comment_fits_and_names_every_failure(name: str) -> None:
    """A forge refuses what is too long, whole; and a failure that is only counted is one that nobody looks at."""
    report = LARGE[name]()
    text = comment(report, LIMIT, ELSEWHERE)
    assert len(text) <= LIMIT
    assert text.startswith("### ❌ ")
    assert not gfm.faults(text, gfm.read(text), frozenset({URL}))
    named = codes(text)
    assert not [one for one in failures(report) if named.isdisjoint(cut(one, cap) for cap in CAPS)]


@pytest.mark.parametrize("name", ["2,000 models", "500 tests", "800 checks", "everything"])
def test_the_summary_of_a_job_fits_in_bytes_and_has_a_row_for_everything(name: str) -> None:
    """GitHub refuses a summary above 1 MiB, whole; and what the comment leaves out must be somewhere."""
    report = LARGE[name]()
    text = summary(report, ELSEWHERE)
    assert len(text.encode()) <= LIMIT_OF_SUMMARY < 2**20
    page = gfm.read(text)
    assert not gfm.faults(text, page)
    assert sum(len(rows) - 1 for rows in page.tables if rows[0][1] == "Model") == len(report.models)
    assert sum(len(rows) - 1 for rows in page.tables if rows[0][1] == "Check") == len(report.named)
    named = codes(text)
    assert not [one for one in failures(report) if named.isdisjoint(cut(one, cap) for cap in CAPS[:2])]


def test_names_that_no_page_could_hold_are_counted() -> None:
    """A reader would take those that are named for all."""
    report = long(many(6_000))
    text = comment(report, LIMIT, ELSEWHERE)
    assert len(text) <= LIMIT
    spans = codes(text)
    named = [one for one in failures(report) if not spans.isdisjoint(cut(one, cap) for cap in CAPS)]
    (rest,) = re.findall(r" and ([\d,]+) more\n", text)
    assert len(named) + int(rest.replace(",", "")) == 6_000
    assert f"the names of {rest} that fail; the details of" in text


def test_what_is_left_out_and_where_it_is() -> None:
    """A reader would take the page for the whole, or look for the rest in vain."""
    text = comment(many(), LIMIT, ELSEWHERE)
    where = f"The [job summary]({URL}) has more, and `report.json` in the artifact `proofbot-shop-7` everything."
    assert re.search(rf"\*Left out here: the rows of [\d,]+ more models, .*\* {re.escape(where)}\n", text)
    assert f": the [job summary]({URL}) has them.*" in comment(many_tables(), LIMIT, ELSEWHERE)
    assert ".* `report.json` in the artifact `a` has everything.\n" in comment(many(), LIMIT, Whereabouts(artifact="a"))
    assert ".* `report.json` has everything.\n" in comment(many())
    assert "job summary" not in summary(many(), ELSEWHERE)


def test_what_fits_leaves_nothing_out() -> None:
    """A reader would look for what is not there."""
    for page in (comment(shown()), summary(shown()), comment(untouched())):
        assert "Left out" not in page


def test_a_few_failing_names_are_in_sight_and_many_are_folded() -> None:
    """Two thousand names would push what to do about them from the screen."""
    few = comment(replace(untouched(), models=(equal("orders", 3),), tests=silent(3)))
    assert "**3 dbt tests without a result:** `unique_0000`, `unique_0001`, `unique_0002`\n" in few
    many_of_them = comment(replace(untouched(), models=(equal("orders", 3),), tests=silent(300)))
    assert "<details><summary>❌ 300 dbt tests without a result</summary>\n\n`unique_0000`, " in many_of_them


def test_the_summary_has_what_the_comment_shortens() -> None:
    """There would be no page on which a reviewer sees all of it."""
    one = shown().models[0]
    rows = tuple((f"amount_{n}", "sum", n, n + 1, 1, None) for n in range(100))
    profile = finding("profile", "it differs", DiffTable("Profile", PROFILE.columns, rows))
    report = replace(shown(), models=(replace(one, findings=(profile,)), *(equal(f"e{n}", 1) for n in range(60))))
    short, whole = comment(report), summary(report)
    assert "`amount_29`" in short
    assert "`amount_30`" not in short
    assert "`amount_99`" in whole
    assert len(re.findall(r"`e\d+`<br>", whole)) == 60
    assert len(re.findall(r"`e\d+`<br>", short)) < 40


MODELS = st.builds(
    lambda name, outcome, grade, who: replace(
        equal(name, 3), outcome=outcome, grade=grade, accepted=Acceptance("all", who, who) if who else None
    ),
    st.text(max_size=60),
    st.sampled_from(Outcome),
    st.sampled_from(Grade),
    st.text(max_size=3),
)


@settings(max_examples=30, deadline=None)
@given(st.lists(MODELS, max_size=12), st.integers(1, 60), st.integers(0, 400), st.sampled_from([2_000, 9_000, LIMIT]))
def test_any_mixture_fits(models: list[ModelReport], times: int, tests: int, limit: int) -> None:
    """The forge would refuse the comment just where there is most to say."""
    report = replace(shop(), models=tuple(models) * times, tests=failing_tests(tests) + silent(tests))
    text = comment(report, limit, ELSEWHERE)
    assert len(text) <= limit
    assert text.startswith("### ❌ ")
    assert not gfm.faults(text, gfm.read(text), frozenset({URL}))
