"""The settings of every model, and where each of them comes from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from bot.core import config
from bot.domain import Event, Grade, ModelSettings, Samples, Settings, Showing
from bot.errors import UsageError
from tests.core.config.kinds import KINDS, By, Rows, Values
from tests.core.manifests import Entry, node
from tests.core.manifests import read as project_of

FILE = ".proofbot.yml"


def _meta(name: str, said: object, tags: Sequence[str] = (), alias: str | None = None) -> Entry:
    return node(name, meta={"proofbot": said}, tags=list(tags), alias=alias or name)


def _settle(text: str, base: list[Entry], head: list[Entry] | None = None) -> tuple[Settings, tuple[str, ...]]:
    read = config.read(text, FILE, KINDS)
    return config.settle(read, project_of(*base), project_of(*(base if head is None else head)))


def _one(text: str, entry: Entry | None = None) -> ModelSettings:
    """The settings of the only model."""
    settings, notices = _settle(text, [entry or node("orders")])
    assert notices == ()
    (model,) = settings.models.values()
    return model


def _set(model: ModelSettings) -> Mapping[str, str]:
    return {path: origin for path, origin in model.origins.items() if origin != "default"}


def test_without_a_file_every_model_of_both_sides_has_the_defaults() -> None:
    """A user without a configuration would have no checks, or none of the models of one side."""
    settings, notices = _settle("", [node("a"), node("b")], [node("b"), node("seed.c")])
    assert set(settings.models) == {"model.shop.a", "model.shop.b", "seed.shop.c"}
    assert notices == ()
    for model in settings.models.values():
        assert model == ModelSettings(checks={"row_count": Rows(), "values": Values()}, origins=model.origins)
        assert _set(model) == {}
        assert model.origins["checks.schema"] == "default"


def test_each_value_tells_where_it_was_said() -> None:
    """A user would search several files for what set a value."""
    text = """samples: {rows: 5, columns: {email: mask}}
checks:
  values: {tolerance: 0.01}
  row_count:
    fail: {down: 1%}
models:
  - select: orders
    key: id
    infer_keys: true
    checks:
      row_count: {fail: {up: 2%}, where: x > 1}
      schema: true
"""
    model = _one(text)
    assert _set(model) == {
        "samples.rows": f"{FILE}:1",
        "samples.columns.email": f"{FILE}:1",
        "checks.values": f"{FILE}:3",
        "checks.values.tolerance": f"{FILE}:3",
        "checks.row_count.fail.down": f"{FILE}:5",
        "key": f"{FILE}:8",
        "infer_keys": f"{FILE}:9",
        "checks.row_count": f"{FILE}:11",
        "checks.row_count.fail.up": f"{FILE}:11",
        "checks.row_count.where": f"{FILE}:11",
        "checks.schema": f"{FILE}:12",
    }
    assert model.key == ("id",)
    assert model.infer_keys
    assert model.samples == Samples(5, {"email": Showing.MASK})
    rows = model.checks["row_count"]
    assert isinstance(rows, Rows)
    assert rows.fail is not None
    assert (str(rows.fail.up), str(rows.fail.down), rows.where) == ("2%", "1%", "x > 1")
    assert model.origins["checks.values.exclude"] == model.origins["samples.personal"] == "default"


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("values: {rename: {a: b}}", "values: {rename: {c: d}}", Values(rename={"a": "b", "c": "d"})),
        ("values: {exclude: [a, b]}", "values: {exclude: [c]}", Values(exclude=("c",))),
        ("values: {exclude: [a]}", "values: true", Values(exclude=("a",))),
        ("values: {exclude: [a]}", "values: {}", Values(exclude=("a",))),
        ("values: false", "values: {exclude: [a]}", Values(exclude=("a",))),
        ("values: {tolerance: 1}", "values: {tolerance: {relative: 2}}", Values(tolerance={"relative": 2})),
        ("values: {tolerance: {relative: 2}}", "values: {tolerance: 1}", Values(tolerance=1)),
        ("values: {tolerance: 1}", "values: {tolerance: null}", Values()),
        ("values: {by: {column: a}}", "values: {by: {period: week}}", Values(by=By(column="a", period="week"))),
        ("values: {include: a}", "values: {include: null, exclude: b}", Values(exclude=("b",))),
        (
            "values: {by: {column: a, first: b, last: c}}",
            "values: {by: {first: null}}",
            Values(by=By(column="a", last="c")),
        ),
        ("values: true", "values: false", None),
    ],
)
def test_later_entries_win_key_by_key(first: str, second: str, expected: Values | None) -> None:
    """A user would lose, or keep, other options than the documentation says."""
    text = f"checks: {{{first}}}\nmodels:\n- select: orders\n  checks: {{{second}}}"
    between = f"models:\n- select: '*'\n  checks: {{{first}}}\n- select: orders\n  checks: {{{second}}}"
    for one in (_one(text), _one(between)):
        assert one.checks.get("values") == expected


def test_another_number_of_samples_keeps_what_is_masked() -> None:
    """A user who asks for more rows of one model would show what the project masks."""
    text = "samples: {rows: 3, columns: {Email: mask, name: hash}, personal: gdpr}\nmodels:\n- {select: a, samples: 20}"
    settings, _ = _settle(text, [node("a"), node("b")])
    rules = {"email": Showing.MASK, "name": Showing.HASH}
    assert settings.models["model.shop.a"].samples == Samples(20, rules, ("gdpr",))
    assert settings.models["model.shop.b"].samples == Samples(3, rules, ("gdpr",))


def test_a_rule_for_a_column_replaces_that_in_other_letters() -> None:
    """A user's later rule for the same column would stand beside the former one."""
    text = "samples: {columns: {Email: mask}}\nmodels:\n- {select: orders, samples: {columns: {EMAIL: hide}}}"
    assert _one(text).samples.columns == {"email": Showing.HIDE}


def test_meta_wins_over_the_file() -> None:
    """A user who says something at the model would have it overruled from afar."""
    said = {"key": "code", "samples": 1, "checks": {"values": {"exclude": "b"}, "row_count": False}}
    text = "samples: 5\nmodels:\n- {select: orders, key: id, checks: {values: {exclude: a, exact: true}}}"
    model = _one(text, _meta("orders", said))
    assert (model.key, model.samples.rows, set(model.checks)) == (("code",), 1, {"values"})
    assert model.checks["values"] == Values(exclude=("b",), exact=True)
    origin = "meta.proofbot of orders"
    assert _set(model) == {
        "key": origin,
        "samples.rows": origin,
        "checks.values": origin,
        "checks.values.exclude": origin,
        "checks.values.exact": f"{FILE}:3",
        "checks.row_count": origin,
    }


def test_a_request_cannot_loosen_the_policy_of_a_model_that_base_has() -> None:
    """A maintainer would find a gate opened by the very request that it is to stop."""
    strict = "{select: tag:strict, checks: {row_count: {fail: 1%}}}"
    text = f"models:\n- {strict}\n- {{select: tag:lenient, checks: {{row_count: false}}}}"
    base = [node("orders", tags=["strict"])]
    head = [_meta("orders", {"checks": {"row_count": False}, "samples": 100}, tags=["lenient"])]
    settings, notices = _settle(text, base, head)
    model = settings.models["model.shop.orders"]
    assert model.checks["row_count"] == Rows(fail="1%")
    assert model.samples.rows == 0
    assert notices == (f"{FILE}:3: `select: tag:lenient` has no models; it will have some after the merge",)


def test_a_renamed_model_keeps_its_settings() -> None:
    """A request could rename a model to be judged by other thresholds."""
    text = "models:\n- {select: orders, key: id, checks: {row_count: {fail: 1%}}}"
    head = [_meta("bestellungen", {"checks": {"row_count": False}, "samples": 9}, alias="orders")]
    settings, notices = _settle(text, [node("orders")], head)
    models = settings.models
    assert models["model.shop.bestellungen"] is models["model.shop.orders"]
    assert models["model.shop.orders"].checks["row_count"] == Rows(fail="1%")
    assert notices == ()


def test_head_says_what_a_new_model_is_and_base_what_may_be_seen_of_it() -> None:
    """A user's new model would have no settings, or a request would decide which data it shows."""
    text = "samples: 2\nmodels:\n- {select: tag:finance, checks: {schema: true}}"
    head = [node("old"), _meta("new", {"key": "id", "samples": 100}, tags=["finance"])]
    settings, notices = _settle(text, [node("old")], head)
    new = settings.models["model.shop.new"]
    assert (new.key, new.samples.rows, "schema" in new.checks) == (("id",), 2, True)
    assert notices == ("samples in meta.proofbot of new take effect after the merge",)


def test_base_says_what_a_removed_model_is() -> None:
    """A user's settings of a model would be gone in the request that removes it."""
    text = "models:\n- {select: tag:finance, key: id}"
    settings, notices = _settle(text, [node("old", tags=["finance"])], [])
    assert settings.models["model.shop.old"].key == ("id",)
    assert notices == ()


@pytest.mark.parametrize(
    ("selection", "remark"),
    [
        ("select: ordres", "; did you mean `orders`?"),
        ("select: '+ordres+'", "; did you mean `orders`?"),
        ("select: tag:finanec", "; did you mean `finance`?"),
        ("select: zzz", ""),
        ("select: path:nowhere", ""),
        ("select: orders\n  exclude: '*'", ""),
    ],
)
def test_an_entry_without_models_is_said(selection: str, remark: str) -> None:
    """A user would believe that a misspelt selection is in force."""
    text = f"samples: 1\nmodels:\n- {selection}\n  key: id"
    settings, notices = _settle(text, [node("orders", tags=["finance"])])
    assert settings.models["model.shop.orders"].key is None
    told = selection.split("\n")[0].replace("'", "")
    assert notices == (f"{FILE}:3: `{told}` has no models{remark}",)


@pytest.mark.parametrize(
    ("said", "key", "words"),
    [
        (3, "", "expected a mapping; found 3"),
        ({"keey": "id"}, ".keey", "there is no such key; did you mean `key`?"),
        ({"select": "a"}, ".select", "there is no such key; there are `checks`, `infer_keys`, `key`, `samples`"),
        ({"checks": {"valeus": True}}, ".checks.valeus", "there is no such check; did you mean `values`?"),
        ({"checks": {"values": {"tolerence": 1}}}, ".checks.values.tolerence", "did you mean `tolerance`?"),
        ({"key": []}, ".key", "expected at least one name; found an empty list"),
        ({"samples": -1}, ".samples", "expected a number of rows"),
    ],
)
def test_a_mistake_in_meta_names_the_model_and_its_file(said: object, key: str, words: str) -> None:
    """A user would search every properties file for the mistake."""
    with pytest.raises(UsageError) as caught:
        _settle("", [_meta("orders", said)])
    told = str(caught.value)
    assert told.startswith(f"models/orders.sql: meta.proofbot{key} of orders: ")
    assert words in told


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "checks: {values: {include: a}}\nmodels:\n- select: orders\n  checks: {values: {exclude: b}}",
            f"{FILE}:4: checks.values: `include` and `exclude` exclude each other",
        ),
        (
            "models:\n- select: orders\n  checks:\n    values:\n      by: {period: week}",
            f"{FILE}:5: checks.values.by.column: it is missing",
        ),
        (
            "checks: {values: {by: {column: a, first: b}}}\nmodels: [{select: '*', checks: {values: {by: {last: c}}}}]",
            f"{FILE}:2: checks.values.by: expected either `first` or `last`",
        ),
    ],
)
def test_what_does_not_fit_together_is_told_at_the_last_place(text: str, told: str) -> None:
    """A user would get a stack trace, or a check that quietly does something else."""
    with pytest.raises(UsageError) as caught:
        _settle(text, [node("orders"), node("orders_2", tags=["b"])])
    assert str(caught.value) == told


def test_mistakes_of_several_models_are_told_once_and_together() -> None:
    """A user would mend one model a run, or read the same mistake for each model."""
    text = "checks: {values: {include: a, exclude: b}}"
    with pytest.raises(UsageError) as caught:
        _settle(text, [node("a"), node("b"), _meta("c", 3)])
    assert str(caught.value).splitlines()[0] == "the configuration has 2 mistakes:"


def test_a_check_that_is_off_is_not_asked_whether_its_options_fit() -> None:
    """A user could not switch off a check whose options are unfinished."""
    assert (
        "values"
        not in _one(
            "checks: {values: {include: a, exclude: b}}\nmodels: [{select: '*', checks: {values: false}}]"
        ).checks
    )


def test_models_of_the_same_settings_share_them() -> None:
    """A user with thousands of models would wait for each to be worked out anew."""
    settings, _ = _settle("checks: {values: {exact: true}}", [node("a"), node("b")])
    assert settings.models["model.shop.a"] is settings.models["model.shop.b"]


def test_every_setting_is_a_line_with_its_origin() -> None:
    """A user of `proofbot config` would miss values, or see them without their place."""
    text = "samples: {columns: {email: mask}}\nchecks: {row_count: {warn: 5, fail: {down: 1%, up: 1%}}, values: false}"
    lines = {line.path: (line.value, line.origin) for line in config.lines(_one(text), KINDS)}
    assert lines == {
        "key": (None, "default"),
        "infer_keys": (False, "default"),
        "samples.rows": (0, "default"),
        "samples.columns.email": ("mask", f"{FILE}:1"),
        "samples.personal": (["pii"], "default"),
        "checks.row_count": (True, f"{FILE}:2"),
        "checks.row_count.where": (None, "default"),
        "checks.row_count.budget": (None, "default"),
        "checks.row_count.warn": (5, f"{FILE}:2"),
        "checks.row_count.fail.up": ("1%", f"{FILE}:2"),
        "checks.row_count.fail.down": ("1%", f"{FILE}:2"),
        "checks.values": (False, f"{FILE}:2"),
        "checks.schema": (False, "default"),
    }


def _rules(text: str, base: list[Entry], head: list[Entry]) -> tuple[list[frozenset[str] | None], tuple[str, ...]]:
    settings, notices = _settle(text, base, head)
    return [rule.models for rule in settings.policy.rules], notices


def test_base_decides_which_models_a_rule_is_about() -> None:
    """A request would slip out of the rule that closes the gate, by taking a tag away or a new name."""
    text = """policy:
  rules:
    - {select: "tag:finance", changed: fail}
    - {exclude: "tag:finance", changed: warn}
    - {vacuous: pass}
"""
    base = [node("kept", tags=["finance"]), node("old", tags=["finance"], alias="it"), node("free")]
    head = [node("kept"), node("new", alias="it"), node("free", tags=["finance"]), node("fresh", tags=["finance"])]
    (finance, others, everything), notices = _rules(text, base, head)
    assert finance == frozenset({"model.shop.kept", "model.shop.old", "model.shop.new", "model.shop.fresh"})
    assert others == frozenset({"model.shop.free"})
    assert everything is None
    assert notices == ()


def test_a_rule_about_no_model_is_said_and_is_about_none() -> None:
    """A rule with a slip of the pen would hold for every model, or for none and nobody knew."""
    text = "policy: {rules: [{select: 'tag:finanse', changed: fail}]}"
    (models,), notices = _rules(text, [node("a", tags=["finance"])], [node("a", tags=["finance"])])
    assert models == frozenset()
    (notice,) = notices
    assert notice == f"{FILE}:1: `select: tag:finanse` has no models; did you mean `finance`?"


def test_the_policy_tells_each_part_with_its_place() -> None:
    """A user could not find the line that closes the gate."""
    text = """policy:
  preset: strict
  rules:
    - {select: a, checks: values, changed: warn, failed_before: pass, reason: for now}
control: 3
"""
    read = config.read(text, FILE, KINDS)
    settings, _ = config.settle(read, project_of(node("a")), project_of(node("a")))
    assert settings.policy.rules[0].grades == {Event.CHANGED: Grade.WARN, Event.FAILED_BEFORE: Grade.PASS}
    rule = {"changed": "warn", "failed_before": "pass", "checks": ["values"], "models": ["model.shop.a"]}
    assert [(line.path, line.value, line.origin) for line in config.policy_lines(settings.policy, read)] == [
        ("policy", "strict", f"{FILE}:2"),
        ("policy.rules[0]", {**rule, "reason": "for now"}, f"{FILE}:4"),
        ("control.mode", "auto", "default"),
        ("control.builds", 3, f"{FILE}:5"),
        ("gitlab.thread", False, "default"),
    ]
    read = config.read("gitlab: {thread: true}", FILE, KINDS)
    assert config.policy_lines(settings.policy, read)[-1] == config.Line(
        "gitlab.thread", value=True, origin=f"{FILE}:1"
    )
