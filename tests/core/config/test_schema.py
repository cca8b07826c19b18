"""The JSON Schema that editors are given says the same as what reads the file."""

from __future__ import annotations

import pytest
import yaml
from jsonschema import Draft202012Validator

from bot.core import config
from bot.core.config import CheckKind, Kinds
from bot.core.options import CheckOptions
from bot.errors import UsageError
from tests.core.config.kinds import KINDS
from tests.core.config.test_reading import MISTAKES

RIGHT = (
    "{}",
    "version: 1",
    "version:",
    "checks:",
    "models: []",
    "infer_keys: false",
    "samples: 0",
    "samples: {}",
    "samples: {rows: 3, columns: {a: show, b: hash, c: mask, d: hide}, personal: pii}",
    "samples: {personal: []}",
    "budget: {seconds: 0.5, statements: 1, rows: 2b, bytes: 1.5 TB}",
    "budget: {rows: 1000, bytes:}",
    "warehouse: {isolation: schema, compute: CHECKS, statement_seconds: 60}",
    "warehouse: {isolation:, compute:}",
    "origin: production",
    "origin: merge base",
    "origin: {from: production, state: https://example.org/manifest.json, token_env: TOKEN}",
    "origin: {state:, token_env:}",
    "checks: {row_count: true, values: false, schema: {}}",
    "checks: {row_count: {warn: 5, fail: {up: 1%, down: 0.5 %}, where: a > 1, budget: {rows: 1k}}}",
    "checks: {row_count: {warn: null, fail: {up: null}}}",
    "checks: {values: {tolerance: 0.01, tolerances: {a: 1%, b: {absolute: 1, relative: 0.5}}}}",
    "checks: {values: {tolerance: {relative: 0}, include: a, exclude: [b, c], rename: {a: b}, exact: true, share: 1}}",
    "checks: {values: {by: {period: week}}}",
    "checks: {values: {by: {column: at, period: day}}}",
    "checks: {values: {loose: true, notes: {day: a}}}",
    "checks: {values: {loose: [a]}}",
    "checks: {schema: {limit: 1, order: value, bins: [1, 2]}}",
    "models: [{select: a}]",
    "models: [{select: [a, 'tag:b,+c'], exclude: d, key: id, infer_keys: true, samples: 5, checks: {values: true}}]",
    "models: [{select: a, exclude: [], key: [a, b], samples: {columns: {a: mask}}}]",
    "policy: advisory",
    "policy:",
    "policy: {}",
    "policy: {preset: strict, rules: []}",
    "policy: {rules: [{changed: fail}]}",
    "policy: {rules: [{select: [a, 'tag:b'], exclude: c, checks: [values, query], failed_before: warn, reason: why}]}",
    "policy: {rules: [{checks: values, select:, vacuous: pass, noise:}]}",
    "control: never",
    "control: 3",
    "control:",
    "control: {mode: always, builds: 2}",
    "control: {}",
    "queries: {q: {sql: select 1}}",
    "queries: {q: {sql: select 1, key: [a, b], by: {column: a}}}",
)
# What only a reader of the text can see: YAML itself, and the syntax of texts.
_ONLY_READ = (
    *(case for case in MISTAKES if case.startswith("syntax")),
    *("a key twice", "a key of a list", "a tag", "a tag that does not fit", "an alias in itself", "too deep"),
    *("a merge of no mapping", "an unknown method", "a bad selection in a list", "a bad exclusion", "a column twice"),
    *("a bad selection in a rule", "a rule without an event"),
    *("what does not fit together in a query", "no date", "a time for a date", "a text for a weight"),
)
WRONG = {
    **{case: text for case, (text, *_) in MISTAKES.items() if case not in _ONLY_READ},
    "a limit as a mapping": "checks: {row_count: {fail: {amount: 5, percent: true}}}",
    "a query without what it requires below": "queries: {q: {sql: a, by: {period: day}}}",
    "a percentage of an amount": "budget: {rows: 5%}",
    "a mapping of names": "models: [{select: {a: b}}]",
    "nothing as an entry": "models: [null]",
    "nothing as a way to show": "samples: {columns: {a: null}}",
    "nothing as a query": "queries: {q: null}",
}
_VALIDATOR = Draft202012Validator(config.json_schema(KINDS))


def _reads(text: str) -> bool:
    try:
        config.read(text, ".proofbot.yml", KINDS)
    except UsageError:
        return False
    return True


def test_it_is_a_valid_schema() -> None:
    """A user's editor would refuse the schema, and help with nothing."""
    Draft202012Validator.check_schema(config.json_schema(KINDS))


@pytest.mark.parametrize("text", RIGHT)
def test_what_is_read_is_valid(text: str) -> None:
    """A user's editor would underline what is right."""
    assert _reads(text)
    assert list(_VALIDATOR.iter_errors(yaml.safe_load(text))) == []


@pytest.mark.parametrize("case", WRONG)
def test_what_is_refused_is_invalid(case: str) -> None:
    """A user's editor would be content with what CI refuses."""
    assert not _reads(WRONG[case])
    assert not _VALIDATOR.is_valid(yaml.safe_load(WRONG[case]))


def test_it_tells_what_keys_are_for() -> None:
    """A user's editor would show no word on a key."""
    schema = config.json_schema(KINDS)
    assert all("description" in part for part in schema["properties"].values())
    assert schema["$defs"]["Checks"]["properties"]["row_count"]["description"] == "How many rows?"


def test_options_of_the_same_name_are_kept_apart() -> None:
    """A user's editor would offer the options of one check at another."""

    def named(**fields: type) -> type[CheckOptions]:
        return type("Options", (CheckOptions,), {"__annotations__": fields, **dict.fromkeys(fields)})

    kinds = Kinds((CheckKind("one", named(a=int), default=True), CheckKind("two", named(b=int), default=True)))
    valid = Draft202012Validator(config.json_schema(kinds)).is_valid
    assert valid({"checks": {"one": {"a": 1}, "two": {"b": 1}}})
    assert not valid({"checks": {"one": {"b": 1}}})
    assert not valid({"checks": {"two": {"a": 1}}})
