"""Tests of bot/render/markdown.py and what it is made of."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from bot.domain import (
    Bound,
    DiffTable,
    Finding,
    ForgeKind,
    FromTo,
    Grade,
    NamedReport,
    Outcome,
    Status,
    TableColumn,
    Whereabouts,
)
from bot.render.markdown import LIMIT, comment
from bot.render.markdown_evidence import evidence
from tests.render.evidence import GOLDEN, accepted, finding, many_tables, shown
from tests.render.reports import HOSTILE, RUN, equal, errored, many, no_key, shop, untouched, with_text
from tests.render.trust import undeclared

GOLDEN_FILES = Path(__file__).parent / "golden"
# As GitHub reads it: tables, strikethrough, HTML. Links are looked for in the text below, without linkify.
MARKDOWN = MarkdownIt("gfm-like", {"linkify": False, "html": True})
OUR_HTML_BLOCKS = re.compile(r"</details>|<details><summary>[^<]*(<code>[^<]*</code>[^<]*)*</summary>")
OUR_INLINE_HTML = {"<br>", "<sub>", "</sub>"}
OUR_FIGURES = re.compile(r"[−+]?[<>]\d[\d.]*%")
TEXT_THAT_FORGES_READ = re.compile(r"@|#\w|://|www\.|\bGH-\d|[<>\[\]|]")


def spaces(text: str) -> str:
    """The text with spaces that break."""
    return text.replace("\N{NO-BREAK SPACE}", " ")


def leaves(text: str) -> list[Token]:
    """Every token of this Markdown, those inside of lines too."""
    return [leaf for token in MARKDOWN.parse(text) for leaf in (token, *(token.children or ()))]


def structure(text: str) -> Counter[str]:
    """How many tables, rows, cells, lists, headings and folds this Markdown has."""
    found = leaves(text)
    folds = sum(token.content.count("<details>") for token in found if token.type == "html_block")
    kinds = ("table_open", "tr_open", "td_open", "heading_open", "bullet_list_open", "blockquote_open", "em_open", "br")
    counted = {kind: sum(1 for token in found if token.type == kind) for kind in kinds}
    # Our own word for the text of no characters stands in italics.
    counted["em_open"] -= sum(
        1 for one, other in pairwise(found) if one.type == "em_open" and other.content in ("null", "empty")
    )
    return Counter({**counted, "details": folds})


def assert_inert(text: str) -> None:
    """Nothing in this Markdown acts: no link, no image, no mention, no HTML but ours, no quick action, folds closed."""
    found = leaves(text)
    assert not {token.type for token in found} & {"link_open", "image", "s_open", "ordered_list_open", "hr"}
    for token in found:
        if token.type == "html_inline":
            assert token.content in OUR_INLINE_HTML
        elif token.type == "html_block":
            assert OUR_HTML_BLOCKS.fullmatch(token.content.strip()), token.content
        elif token.type == "text":
            assert not TEXT_THAT_FORGES_READ.search(OUR_FIGURES.sub("", token.content)), token
    blocks = [token.content for token in found if token.type == "html_block"]
    assert sum("<details>" in block for block in blocks) == sum("</details>" in block for block in blocks)
    assert not re.search(r"^/", text, re.MULTILINE)


@pytest.mark.parametrize("name", sorted(set(GOLDEN) - {"many", "many_tables"}))
def test_golden(name: str, assert_golden: Callable[[Path, str], None]) -> None:
    """A change of the comment that nobody looked at would reach every pull request."""
    assert_golden(GOLDEN_FILES / f"{name}.md", comment(GOLDEN[name](), whereabouts=Whereabouts(digest="0" * 64)))


@pytest.mark.parametrize("name", GOLDEN)
def test_every_comment_is_inert_and_fits(name: str) -> None:
    """A forge would refuse the comment, or ping people, in cases that nobody looked at."""
    text = comment(GOLDEN[name]())
    assert_inert(text)
    assert len(text) <= LIMIT


def test_the_verdict_is_the_first_line() -> None:
    """A tired reviewer reads one line."""
    icons = {
        name: comment(GOLDEN[name]()).split(" ")[1] for name in ("shop", "all_equal", "vacuous", "errored", "problem")
    }
    assert icons == {"shop": "❌", "all_equal": "✅", "vacuous": "⚠️", "errored": "❌", "problem": "❌"}


def test_a_refused_run_is_never_green_whatever_its_grades() -> None:
    """A run that fails without a failing model would look as if it had passed."""
    assert comment(replace(untouched(), status=Status.ERROR)).startswith("### ❌")


def test_failing_models_come_first_and_equal_ones_in_one_line() -> None:
    """The model that broke would hide among those that did not."""
    text = comment(shop())
    rows = [line for line in text.splitlines() if line.startswith("| ")]
    assert [re.findall(r"`(\w+)`<br>", row) for row in rows[1:4]] == [["orders"], ["daily_revenue"], ["customers"]]
    assert "- **Equal:** 3 models, 59,430 rows compared: `stg_payments`, `order_statuses`, `returns`\n" in text
    assert "- **Nothing shown:** 1 model without rows on either side: `vouchers`\n" in text


def test_what_could_not_be_compared_stands_above_the_table() -> None:
    """An error that is read last is taken for a pass."""
    text = comment(errored())
    assert text.index("Could not be compared") < text.index("Tests that fail since") < text.index("| Model |")
    assert "`customers`, `daily_revenue`: `orders`, which it reads, failed at head." in text


def test_a_test_that_fails_on_more_rows_than_before_is_new() -> None:
    """A failure that grows would pass for an old one."""
    old = next(test for test in errored().tests if test.base == "fail" == test.head)
    worse = replace(old, head_failures=9, grade=Grade.FAIL)
    text = comment(replace(errored(), tests=(old, worse)))
    assert "`not_null_returns_at` on `returns` fails with 9 failures (3 before)" in text
    assert "**Tests that still fail:** 1:" in text


def test_how_to_declare_a_key_is_said_once() -> None:
    """The same ten lines below each model would bury what differs."""
    text = comment(no_key())
    assert text.count("proofbot: {key: [your_key_column]}") == 1
    assert "2 models compared without a key" in text


def test_models_of_one_name_are_told_apart() -> None:
    """Two packages may each have an `orders`; a reviewer would look at the wrong one."""
    twin = replace(equal("orders", 7), unique_id="model.other.orders", package="other")
    text = comment(replace(shop(), models=(equal("orders", 5), twin)))
    assert "`shop.orders`" in text
    assert "`other.orders`" in text


def test_many_equal_models_make_a_short_page() -> None:
    """A refactoring of 500 models would be a page nobody scrolls."""
    models = tuple(equal(f"model_{index}", 10) for index in range(500))
    text = comment(replace(untouched(), models=models))
    assert len(text) < 8_000
    assert "*Left out here: the rows of 460 more models, none of them changed.* `report.json` has everything." in text
    assert "- **Equal:** 500 models, 5,000 rows compared:" in text
    assert "and 480 more" in text


def test_failing_models_push_out_passing_ones_and_details_stay() -> None:
    """With 2,000 changed models, the verdict, failures and some details must stay, and the rest be said missing."""
    text = comment(many())
    found = structure(text)
    assert found["details"] > 5
    assert found["tr_open"] > 50
    assert re.search(
        r"\*Left out here: the rows of [\d,]+ more models, [\d,]+ of them changed or not passing; the details of", text
    )


@pytest.mark.parametrize("limit", [1_500, 5_000, 20_000])
@pytest.mark.parametrize("name", ["hostile", "many", "errored", "problem"])
def test_a_smaller_limit_is_kept_with_the_verdict(name: str, limit: int) -> None:
    """A forge with less room would get a comment with a broken end, or none."""
    text = comment(GOLDEN[name](), limit)
    assert len(text) <= limit
    assert text.startswith("### ❌ ")
    assert_inert(text)


def test_a_model_that_is_only_new_needs_no_details() -> None:
    """Details that say nothing train readers to skip details."""
    assert "<code>funnels</code>" not in comment(no_key())


def test_a_small_page_when_no_model_is_touched() -> None:
    """A pull request of a README would get a wall of text."""
    text = comment(untouched())
    assert len(text.splitlines()) == 7
    assert "Nothing that this request changes has a say in what dbt builds" in text


def test_every_outcome_is_named() -> None:
    """A model that was seen and is nowhere on the page would count as checked."""
    models = tuple(replace(equal(f"seen_{outcome.value}", 3), outcome=outcome) for outcome in Outcome)
    text = comment(replace(untouched(), run=RUN, models=models))
    for outcome in Outcome:
        assert text.count(f"`seen_{outcome.value}`") >= (1 if outcome is Outcome.CHANGED else 2)


BENIGN = structure(comment(with_text(["name"]), limit=10**9))


@settings(max_examples=40, deadline=None)
@given(st.lists(st.one_of(st.sampled_from(HOSTILE), st.text(max_size=40)), min_size=1, max_size=12))
def test_no_text_changes_the_structure(texts: list[str]) -> None:
    """Whoever names a column could end a fold, ping a team or forge a green verdict."""
    text = comment(with_text(texts), limit=10**9)
    assert structure(text) == BENIGN
    assert_inert(text)


def test_a_python_model_that_fails_says_what_and_not_where_on_this_machine() -> None:
    """The line at the top would end at "Python model failed", and the cause hide in a fold below a stack of paths."""
    words = (
        "dbt at head: Runtime Error in model elo\n  Python model failed:\n  Traceback (most recent call last):\n"
        '    File "/opt/dbt/environments/__init__.py", line 286, in run_python_job\n  KeyError: no such team\n'
    )
    report = errored()
    failed = next(model for model in report.models if model.outcome is Outcome.ERRORED)
    text = comment(replace(report, models=(replace(failed, reason=words),)))
    top = next(line for line in text.splitlines() if "Runtime Error in model elo" in line)
    assert "KeyError: no such team" in top
    assert "/opt/dbt" not in top


def test_a_model_that_fails_by_its_tests_alone_says_so() -> None:
    """A reviewer would read that a model is unchanged and closes the gate, and find no reason."""
    model = replace(equal("orders", 12), grade=Grade.FAIL)
    report = replace(shop(), status=Status.FAILURE, models=(model,))
    assert "❌ unchanged,<br>test fails" in comment(report).replace("\xa0", " ")


# --- what checks show --------------------------------------------------------------------------------------------


def test_a_closed_gate_says_by_which_named_check() -> None:
    """A reader would look for the reason among the models, and find none."""
    text = comment(shown())
    assert text.index("| Model |") < text.index("**Queries, assertions and metrics**") < text.index("**What to do:**")
    assert "| ❌ changed | metric | `revenue` | revenue moved by −1.1% in 1 of 24 groups, and more" in spaces(text)
    assert "| ✅ changed | query | `slow` | Rows differ (within its threshold) |" in spaces(text)
    assert "<summary>❌ <code>assertion</code> <code>no orphans</code>: rows found</summary>" in text
    assert "<code>open orders</code>" not in text, "a check that passes and shows nothing needs no fold"


def test_a_check_that_has_nothing_more_to_say_is_told_once() -> None:
    """The same message below the table would train readers to skip what is folded."""
    failed = Finding("query", Outcome.ERRORED, "the SQL fails at base: no such column", Grade.ERROR)
    text = comment(replace(shown(), named=(NamedReport("query", "late", ("model.shop.orders",), failed),)))
    assert text.count("no such column") == 1


def test_a_profile_that_several_models_share_is_shown_once() -> None:
    """Downstream of a change the same numbers come again and again."""
    one = shown().models[0]
    text = comment(replace(shown(), models=(one, replace(one, unique_id="model.shop.copy", name="copy"))))
    assert len(re.findall(r"^\*\*Profile\*\*$", text, re.MULTILINE)) == 1
    assert text.count("**Profile:** the same as of `orders`.") == 1
    assert len(re.findall(r"^\*\*Example rows\*\*$", text, re.MULTILINE)) == 2


def test_what_was_accepted_is_told_with_who_and_why_and_pings_nobody() -> None:
    """A reader could not tell what passed from what somebody waved through."""
    text = spaces(comment(accepted()))
    assert "| ☑️ accepted | `orders`<br>modified |" in text
    assert "| ☑️ accepted | assertion | `no orphans` |" in text
    assert (
        "- `orders`, `at_least_60_000_rows` by `octocat`: the retired channel is gone, see `#12` and `@shop/data`"
        in text
    )
    one = replace(accepted(), tests=(), named=())
    assert "\n**Accepted for this commit:** `orders` by `octocat`: the retired" in comment(one)


def test_a_report_that_nobody_vouches_for_says_so_at_its_top() -> None:
    """A reviewer would gate a merge on numbers that its author made up."""
    lines = comment(accepted()).splitlines()
    assert lines[2].startswith("⚠️ **Not vouched for:** the fork's own job made this report")
    assert "vouched" not in comment(shown())


def test_a_failing_named_check_makes_the_verdict_red() -> None:
    """The comment would start with a green mark because all models are equal."""
    report = replace(untouched(), models=(equal("orders", 5),), named=shown().named, status=Status.SUCCESS)
    assert comment(report).startswith("### ❌")


def test_what_thresholds_allow_says_so() -> None:
    """A green mark beside a change would look like an error of ours, or hide what was allowed."""
    text = spaces(comment(shown()))
    assert "| ✅ changed,<br>within thresholds | `customers`<br>modified |" in text
    assert "- **Check `row_count`:** 3 rows more than at base (within its threshold)" in text


def test_a_model_that_is_equal_and_beyond_a_threshold_says_so() -> None:
    """A model that builds too slowly would be told to fail a dbt test."""
    slow = replace(finding("build", "took 3 s before and 90 s now"), outcome=Outcome.UNCHANGED, bound=Bound.FAIL)
    model = replace(equal("orders", 12), grade=Grade.FAIL, findings=(slow,))
    assert "❌ unchanged,<br>beyond thresholds" in spaces(comment(replace(untouched(), models=(model,))))


def test_numbers_of_a_sample_are_told_as_such() -> None:
    """A change that the sample missed would pass for none."""
    text = spaces(comment(shown()))
    assert "| 1,000,112<br>≈ 10% sample | 0 | 0 | 80 |" in text
    assert "columns: 1 changed; in a 10% sample</summary>" in text
    assert "- **Sampled:** the numbers are of a 10% sample of the keys, the same ones on both sides" in text
    assert "may not have been seen: `events` (10% sample), `clicks` (10% sample)" in text
    assert "≈" not in comment(shop())


def test_the_yaml_that_a_check_advises_is_a_block_to_copy() -> None:
    """A reader would have to type it, indentation and all."""
    assert "To add to the project (check `assertion`):\n\n```yaml\nqueries:\n  - name: x\n```" in comment(shown())


def test_tables_that_have_no_room_are_left_out_by_worth_and_said() -> None:
    """Histograms of the first model would push out which columns of the others changed."""
    text = comment(many_tables())
    titles = Counter(re.findall(r"^\*\*(Changed columns|Example rows|Profile|Rows by bin)\*\*$", text, re.MULTILINE))
    assert titles["Changed columns"] > titles["Example rows"] > titles["Profile"]
    assert titles["Rows by bin"] == 0
    assert re.search(r"\*No room here for \d tables: `report.json` has them\.\*", text)
    assert len(text) > LIMIT * 0.95


def test_where_there_is_room_no_table_is_left_out() -> None:
    """A reader would have to open a file for what fits."""
    assert "No room here" not in comment(shown())


CELLS = st.one_of(st.none(), st.text(max_size=80), st.sampled_from(HOSTILE), st.floats(), st.integers())


@st.composite
def diff_tables(draw: st.DrawFn) -> DiffTable:
    """Any table."""
    columns = draw(st.lists(st.builds(TableColumn, st.text(max_size=20), st.booleans(), st.booleans()), min_size=1))
    cells = st.one_of(CELLS, st.builds(FromTo, CELLS, CELLS))
    width = len(columns)
    rows = draw(st.lists(st.tuples(*([cells] * width)), max_size=5))
    return DiffTable(draw(st.text(max_size=20)), tuple(columns), tuple(rows) * draw(st.integers(1, 20)))


@settings(max_examples=30, deadline=None)
@given(
    st.lists(diff_tables(), max_size=4),
    st.sampled_from(["values", "profile", "histogram"]),
    st.integers(1, 30),
    st.sampled_from([1_500, 6_000, 20_000, LIMIT]),
)
def test_any_tables_keep_to_the_limit_and_stay_inert(
    tables: list[DiffTable], check: str, models: int, limit: int
) -> None:
    """The forge would refuse the comment just where there is most to say."""
    one = replace(shown().models[0], findings=(finding(check, "differs", *tables),))
    named = tuple(replace(one, finding=replace(one.finding, tables=tuple(tables))) for one in shown().named)
    text = comment(replace(shown(), models=(one,) * models, named=named), limit)
    assert len(text) <= limit
    assert text.startswith("### ❌ ")
    assert_inert(text)


@settings(max_examples=40, deadline=None)
@given(diff_tables())
def test_every_cell_stays_in_its_place(table: DiffTable) -> None:
    """A value with a pipe would move all that is right of it into other columns."""
    found = leaves(evidence(table)) if table.rows else []
    rows = sum(token.type == "tr_open" for token in found)
    titles = sum(token.type == "th_open" for token in found)
    cells = sum(token.type == "td_open" for token in found)
    assert cells == (rows - 1) * titles if table.rows else not cells
    assert titles >= min(len(table.columns), 3) or not table.rows
    assert not table.rows or rows > 1


def test_where_nobody_reads_descriptions_the_file_is_named() -> None:
    """Whoever uses another forge would be told to write where proofbot never looks."""
    report = replace(undeclared(), run=replace(RUN, slug="shop"))
    text = comment(report, whereabouts=Whereabouts(forge=ForgeKind.LOCAL))
    assert "Put this into `.proofbot/expect.yml` on this branch" in text
    assert not re.search("description|/proofbot accept|```proofbot", text)
    assert "description of the merge request" in comment(report, whereabouts=Whereabouts(forge=ForgeKind.GITLAB))
    assert "description of the pull request" in comment(report)
