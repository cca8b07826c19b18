"""What `.proofbot.yml` says is done: one project that uses all of it, and one whose budget is too small."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import duckdb
import pytest

from tests.stories import configured, repositories
from tests.stories.configured import SQL
from tests.stories.repositories import Ran

pytestmark = [pytest.mark.story, pytest.mark.once]


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """The run over a project whose configuration says much."""
    folder = tmp_path_factory.mktemp("configured")
    shop = repositories.start(folder / "shop", configured.BASE)
    repositories.request(shop, configured.REQUEST)
    return repositories.prove(shop, "-v", out=folder / "out")


def _named(ran: Ran, name: str) -> dict[str, Any]:
    found = {one["name"]: one for one in ran.report["named"]}
    told: dict[str, Any] = found[name]
    return told


def _finding(ran: Ran, model: str, check: str) -> dict[str, Any]:
    told: dict[str, Any] = ran.model(model)["findings"][check]
    return told


def _expect(name: str, columns: Sequence[str], where: str = "true") -> dict[str, int]:
    """How the rows of a model compare, as plain DuckDB says: by `id`, in these columns (`base column: head column`)."""
    base, head = SQL[name]
    pairs = [column.partition(":") for column in columns]
    differs = " or ".join(f'b."{one}" is distinct from h."{other or one}"' for one, _, other in pairs) or "false"
    query = f"""
        select count(*) filter (b.id is null) as added, count(*) filter (h.id is null) as removed,
            count(*) filter (b.id = h.id and ({differs})) as changed,
            count(*) filter (b.id = h.id and not ({differs})) as unchanged
        from (select * from ({base}) where {where}) b full join (select * from ({head}) where {where}) h on b.id = h.id
    """
    with duckdb.connect() as connection:
        row = connection.execute(query).fetchone()
    assert row is not None
    return dict(zip(("added", "removed", "changed", "unchanged"), row, strict=True))


# --- models ------------------------------------------------------------------------------------------------------


def test_the_run_asks_everything_and_closes_the_gate(ran: Ran) -> None:
    """A user with a configuration of some length would get a crash, or a gate that one broken query opens."""
    assert ran.code == 1, ran.log
    assert {model["name"] for model in ran.report["models"]} == set(SQL)
    assert "Traceback" not in ran.log


@pytest.mark.parametrize(
    ("name", "columns", "where"),
    [
        ("grows", [], "true"),
        ("bursts", [], "true"),
        ("renamed", ["old_name:new_name"], "true"),
        ("filtered", ["amount"], "id < 10"),
        ("windowed", ["amount"], "day >= date '2026-02-01'"),
        ("periods", ["amount"], "true"),
        ("people", ["email", "phone", "city"], "true"),
        ("measured", ["amount", "status"], "true"),
    ],
)
def test_rows_are_those_of_plain_sql(ran: Ran, name: str, columns: list[str], where: str) -> None:
    """A user who limits or maps what is compared would read a wrong number."""
    told = _finding(ran, name, "values")["measures"]
    expected = _expect(name, columns, where)
    assert {kind: told[kind] for kind in expected} == expected


def test_thresholds_open_the_gate_and_close_it(ran: Ran) -> None:
    """A team would have every growing table close the gate, or none."""
    assert (ran.model("grows")["outcome"], ran.model("grows")["grade"]) == ("changed", "pass")
    assert "within" in ran.comment
    assert (ran.model("bursts")["grade"], _finding(ran, "bursts", "row_count")["grade"]) == ("fail", "fail")
    assert _finding(ran, "bursts", "values")["grade"] == "pass"


def test_a_renamed_column_is_compared_under_both_names(ran: Ran) -> None:
    """A request that renames a column would be told that it removed one and added another."""
    model = ran.model("renamed")
    assert model["columns"]["changed"] == {"new_name": 1}
    assert (model["columns"]["added"], model["columns"]["removed"]) == ([], [])
    assert _finding(ran, "renamed", "schema")["measures"]["renamed"] == {"new_name": "old_name"}


def test_tolerance_texts_and_left_out_columns(ran: Ran) -> None:
    """A reviewer would read of rounding, of spaces and of the time of a load in every comment."""
    told = _finding(ran, "tolerant", "values")["measures"]
    assert (told["changed"], told["unchanged"], told["tolerated"]) == (1, 9, 4)
    assert {name: one["changed"] for name, one in told["columns"].items()} == {"id": 0, "ratio": 1, "word": 0}
    assert list(told["uncompared"]) == ["_loaded_by"]
    assert "`_loaded_by`" in ran.comment


@pytest.mark.parametrize(
    ("name", "words"), [("filtered", "of the rows where id < 10"), ("windowed", "of the rows with day from 2026-02-01")]
)
def test_that_only_some_rows_were_looked_at_is_said(ran: Ran, name: str, words: str) -> None:
    """A reviewer would take what was seen of some rows for what became of all."""
    assert _finding(ran, name, "values")["message"].startswith(words)
    assert _finding(ran, "filtered", "row_count")["measures"]["head"] == 20, "a condition is that of one check"


def test_when_the_changes_are_is_told(ran: Ran) -> None:
    """A reviewer could not see that a change reaches into closed months."""
    tables = {table["title"]: table["rows"] for table in _finding(ran, "periods", "values")["tables"]}
    told = {month[: len("2026-01")]: counts for month, *counts in tables["Changes by month"]}
    assert told == {"2026-01": [0, 0, 2], "2026-02": [0, 1, 1], "2026-03": [1, 0, 0]}, "added, removed, changed"


def test_a_key_found_in_the_data_is_used_only_if_that_is_wished(ran: Ran) -> None:
    """A user would not know by what rows were compared, or have to find out the key of every model alone."""
    guesses, proposals = ran.model("guesses"), ran.model("proposals")
    assert (guesses["key"]["columns"], guesses["key"]["source"]) == (["guess_id"], "inferred from the data")
    assert (guesses["rows"]["changed"], guesses["rows"]["added"]) == (1, 0)
    assert proposals["key"] is None
    assert (proposals["rows"]["added"], proposals["rows"]["removed"]) == (1, 1)
    assert proposals["proposed_keys"] == [["proposal_id"]]
    assert "meta: {proofbot: {key: [proposal_id]}}" in ran.comment
    assert "inferred from the data" in ran.comment


def test_distributions_are_told_where_they_are_wished(ran: Ran) -> None:
    """A team that wishes for profiles would get none, or thresholds on them would not close the gate."""
    profile = _finding(ran, "measured", "profile")
    assert profile["measures"]["columns"]["amount"]["sum"]["difference"] == 300
    assert profile["grade"] == "fail", "the mean went beyond 1 percent"
    values = _finding(ran, "measured", "top_k")
    assert (values["measures"]["columns"]["status"]["appeared"], values["grade"]) == (1, "warn")
    histogram = _finding(ran, "measured", "histogram")["measures"]["columns"]
    assert histogram["amount"]["base"] == [18, 12, 0, 0]
    assert histogram["amount"]["head"] == [15, 12, 0, 3]
    assert histogram["day"]["psi"] == 0
    assert "histogram" not in ran.model("periods")["findings"]


@pytest.mark.parametrize(
    ("name", "words"),
    [("switched_off", "every check is switched off"), ("half_off", "values were not compared")],
)
def test_what_is_switched_off_is_not_called_unchanged(ran: Ran, name: str, words: str) -> None:
    """A model that nobody looked at would get a green tick."""
    model = ran.model(name)
    assert model["outcome"] == "skipped"
    skipped = next(line for line in ran.comment.splitlines() if line.startswith("- **Skipped:**"))
    assert f"`{name}`" in skipped
    assert words in skipped


def test_what_the_request_configures_has_no_effect_and_is_said(ran: Ran) -> None:
    """A request would grade itself."""
    assert "values" in ran.model("bursts")["findings"]
    tables = {table["title"]: table["rows"] for table in _finding(ran, "filtered", "values")["tables"]}
    assert len(tables["Example rows"]) == 1
    changed, *others = ran.report["notices"]
    words = (
        "`.proofbot.yml` changed: the change takes effect after the merge, and this request is judged by the old one"
    )
    assert changed.startswith(f"{words}: samples.rows: 3 -> 9; ")
    assert changed.endswith(" more")
    assert all(notice.startswith("not asked, because") for notice in others), others
    assert "the change takes effect after the merge" in ran.comment


# --- queries, assertions, metrics --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "outcome", "grade", "measures"),
    [
        ("changed_query", "changed", "fail", {"changed": 3, "unchanged": 7}),
        ("same_query", "unchanged", "pass", {"added": 0, "unchanged": 30}),
        ("beside_the_untouched", "changed", "fail", {"changed": 10, "unchanged": 20}),
        ("bad_query", "errored", "error", {}),
        ("of_a_file", "unchanged", "pass", {"base": 30, "head": 30}),
        ("nobody_leaves", "changed", "fail", {"rows": 1}),
        ("no_negative_amount", "unchanged", "pass", {"rows": 0}),
        ("bad_assertion", "errored", "error", {}),
        ("changed_metric", "changed", "fail", {"added": 1, "removed": 1, "changed": 2}),
        ("same_metric", "unchanged", "pass", {"changed": 0}),
        ("small_metric", "changed", "pass", {"changed": 1}),
        ("bad_metric", "errored", "error", {}),
    ],
)
def test_each_query_assertion_and_metric(
    ran: Ran, name: str, outcome: str, grade: str, measures: dict[str, object]
) -> None:
    """A team's own question would get a wrong answer, or none and a green tick."""
    finding = _named(ran, name)["finding"]
    assert (finding["outcome"], finding["grade"]) == (outcome, grade), finding
    assert {key: finding["measures"][key] for key in measures} == measures
    assert f"`{name}`" in ran.comment
    if outcome == "errored":
        assert "nonsense" in finding["message"]


def test_a_model_that_is_not_affected_is_built_for_a_query(ran: Ran) -> None:
    """A query over a changed and an unchanged model would fail for want of the other one."""
    assert _named(ran, "beside_the_untouched")["models"] == ["model.shop.untouched", "model.shop.measured"]
    assert "untouched" in ran.log


def test_what_the_request_cannot_change_is_not_asked(ran: Ran) -> None:
    """A team would pay for all its queries in every request."""
    assert "only_untouched" not in {one["name"] for one in ran.report["named"]}


# --- personal data -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("part", configured.PERSONAL)
def test_no_personal_value_is_told_anywhere(ran: Ran, part: str) -> None:
    """A comment of a bot would publish a customer's address, through one of the many ways there are."""
    everything = {"comment": ran.comment, "page": ran.page, "log": ran.log, "report": json.dumps(ran.report)}
    assert [place for place, text in everything.items() if part in text] == []


@pytest.mark.parametrize("name", ["people_by_number", "people_where"])
def test_what_fails_says_why_without_the_value(ran: Ran, name: str) -> None:
    """A user would have to guess why a model or a condition fails."""
    model = ran.model(name)
    assert model["outcome"] == "errored"
    assert "Could not convert string … to" in model["reason"]


def test_what_may_be_seen_is_seen(ran: Ran) -> None:
    """Samples that hide everything would explain nothing."""
    tables = {table["title"]: table for table in _finding(ran, "people", "values")["tables"]}
    examples = tables["Example rows"]
    titles = [column["title"] for column in examples["columns"]]
    assert {"id", "nickname", "phone", "city"} <= set(titles)
    assert not {"email", "born"} & set(titles)
    rows = [dict(zip(titles, row, strict=True)) for row in examples["rows"]]
    assert {row["nickname"] for row in rows} == {"nick0", "nick12", "nick4", "nick5"}
    removed, added = (next(row for row in rows if row["id"] == one) for one in ("0", "12"))
    assert removed["city"] == added["city"], "equal values look equal"
    assert removed["phone"] == added["phone"] == "•••"


def _shown(ran: Ran, name: str) -> set[str]:
    """The columns of the examples of a named check."""
    tables = [one for one in _named(ran, name)["finding"]["tables"] if one["title"] != "Changed columns"]
    return {column["title"].lower() for table in tables for column in table["columns"]}


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("people_by_name", {"row", "id", "phone"}),
        ("people_by_another_name", set()),
        ("people_by_both", set()),
        ("people_as_rows", set()),
        ("people_twice", {"row", "id", "nickname", "phone", "city", "id_1", "phone_1", "city_1"}),
        ("people_by_city", {"city", "value", "difference"}),
        ("people_by_mail", set()),
    ],
)
def test_a_query_shows_no_more_than_the_model_does(ran: Ran, name: str, shown: set[str]) -> None:
    """A personal column would be shown under another name, or a query show nothing at all."""
    assert _shown(ran, name) == shown


# --- a budget ----------------------------------------------------------------------------------------------------

_TABLE = "select i as id, i % 7 as kind, i {} as amount from (select range as i from range({}))"
_CHANGED = "+ (i % 10 = 0)::integer"
_SMALL_BUDGET = """
budget: {rows: 20000}
checks: {values: {fail: {changed: 50%}}}
models: [{select: large same small, key: id}]
"""


@pytest.fixture(scope="module")
def poor(tmp_path_factory: pytest.TempPathFactory) -> tuple[Ran, Ran, Ran]:
    """Two runs with a budget of few rows, and one with a budget of one statement."""
    folder = tmp_path_factory.mktemp("poor")
    sizes = {"large": 40_000, "same": 40_000, "small": 100}
    base = {f"models/{name}.sql": _TABLE.format("", rows) for name, rows in sizes.items()}
    head: dict[str, str | None] = {
        f"models/{name}.sql": _TABLE.format("+ 1 - 1" if name == "same" else _CHANGED, rows)
        for name, rows in sizes.items()
    }
    shop = repositories.start(folder / "shop", {**base, ".proofbot.yml": _SMALL_BUDGET})
    repositories.request(shop, head)
    one = folder / "one.yml"
    one.write_text("budget: {statements: 1}\nmetrics: {total: {model: small, value: sum(amount)}}\n")
    first, again = (repositories.prove(shop, out=folder / name) for name in ("first", "again"))
    return first, again, repositories.prove(shop, "--config", str(one), out=folder / "one")


def test_beyond_the_budget_a_sample_is_looked_at(poor: tuple[Ran, Ran, Ran]) -> None:
    """A user would pay for more than allowed, or not learn that only a part was looked at."""
    ran = poor[0]
    told = _finding(ran, "large", "values")["measures"]
    assert told["sampled"] < 1
    looked_at = told["changed"] + told["unchanged"]
    assert 0.8 * told["sampled"] * 40_000 < looked_at < 1.2 * told["sampled"] * 40_000
    low, high = told["differing_percent"]
    assert low < 10 < high, "the truth is 10 percent"
    assert "sampled because of the run's budget of 20,000 rows" in _finding(ran, "large", "values")["message"]
    assert "sampled because of the run's budget of 20,000 rows" in ran.comment
    assert _finding(ran, "large", "row_count")["measures"]["head"] == 40_000, "known without reading them"
    assert "sampled" not in _finding(ran, "small", "values")["measures"]
    assert ran.model("small")["rows"]["changed"] == 10


def test_within_its_thresholds_the_gate_is_open_but_a_sample_is_a_warning(poor: tuple[Ran, Ran, Ran]) -> None:
    """A gate would stay closed by what a team allows, or a sample without differences pass for a proof."""
    ran = poor[0]
    assert ran.code == 0, ran.comment
    assert (ran.model("small")["outcome"], ran.model("small")["grade"]) == ("changed", "pass")
    assert ran.model("same")["grade"] == "warn"


def test_the_same_run_gives_the_same_numbers(poor: tuple[Ran, Ran, Ran]) -> None:
    """A reviewer who runs it again would read other numbers, and trust neither."""
    first, again, _ = poor
    for name in ("large", "same", "small"):
        ours, theirs = (dict(run.model(name)["findings"]) for run in (first, again))
        assert {k: v for k, v in ours.items() if k != "build"} == {k: v for k, v in theirs.items() if k != "build"}


def test_a_budget_that_is_used_up_is_never_silence(poor: tuple[Ran, Ran, Ran]) -> None:
    """What was not looked at would get a green tick."""
    ran = poor[2]
    assert ran.code == 1
    assert {model["outcome"] for model in ran.report["models"]} == {"errored"}
    assert {model["grade"] for model in ran.report["models"]} == {"error"}
    assert _named(ran, "total")["finding"]["outcome"] == "errored"
    assert "used up" in ran.comment
    assert ran.report["run"]["statements"] <= 1
