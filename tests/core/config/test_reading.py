"""What a `.proofbot.yml` says, and what its mistakes are told."""

from __future__ import annotations

import pytest

from bot.core import config
from bot.domain import Budget, ControlMode, Event, Grade, OriginOptions, Policy, Preset, Rule, WarehouseOptions
from bot.errors import UsageError
from tests.core.config.kinds import KINDS, Query

FILE = ".proofbot.yml"

# A text, and for each mistake in it: line and column, key, words.
MISTAKES = {
    "syntax: a bracket": ("models: [{select: a}", "1:21", "", "a bracket that is not closed"),
    "syntax: a tab": ("checks:\n\tvalues: true", "2:1", "", "a tab, where YAML takes only spaces"),
    "syntax: a colon": ("models:\n- select: tag: finance", "2:14", "", "a `:` where no key can be"),
    "syntax: an indentation": ("checks:\n    values: true\n  row_count: true", "3:3", "", "fits nothing above"),
    "syntax: a missing colon": ("samples: 10\nchecks\nmodels: []", "3:1", "", "a key without its `:`"),
    "syntax: a star": ("models:\n- select: *orders", "2:11", "", "a text that starts with `*` needs quotes"),
    "syntax: an at sign": ("models:\n- select: @orders", "2:11", "", "put it in quotes"),
    "syntax: an open quote": ("samples: 'a", "1:12", "", "a quote that is not closed"),
    "syntax: two documents": ("samples: 1\n---\nsamples: 2", "2:1", "", "a second document"),
    "syntax: a bad character": ("samples: 1\nchecks: \x07", "2:9", "", "a character that YAML does not allow"),
    "syntax: anything else": ("a: !!", "1:6", "", "not valid YAML"),
    "root: a list": ("- samples: 1", "1:1", "", "expected a mapping, `key: value`; found a list"),
    "root: a text": ("samples", "1:1", "", 'expected a mapping, `key: value`; found "samples"'),
    "a key twice": ("samples: 1\ninfer_keys: true\nsamples: 2", "3:1", "samples", "twice; the first is in line 1"),
    "a key of a list": ("? [a, b]\n: 1", "1:3", "", "a key must be a text"),
    "a tag": ("samples: !!python/name:os.system x", "1:10", "samples", "means nothing here"),
    "a tag that does not fit": ("samples: !!int x", "1:10", "samples", "means nothing here, or not with this value"),
    "an alias in itself": ("checks: &a {values: *a}", "1:9", "checks.values", "refers to what it is part of"),
    "a merge of no mapping": ("checks: {<<: 3}", "1:14", "checks", "`<<` takes another mapping"),
    "an unknown key": ("chekcs: {}", "1:1", "chekcs", "there is no such key; did you mean `checks`?"),
    "an unknown key, nothing near": ("zzz: 1", "1:1", "zzz", "there is no such key; there are `budget`, `checks`"),
    "a key of another place": ("select: a", "1:1", "select", "it belongs in an entry of `models`"),
    "an option outside its check": ("checks: {tolerance: 1}", "1:10", "checks.tolerance", "in the check `values`"),
    "a check outside of checks": ("row_count: true", "1:1", "row_count", "it belongs in `checks`"),
    "an unknown check": ("checks: {valeus: true}", "1:10", "checks.valeus", "no such check; did you mean `values`?"),
    "an unknown option": (
        "checks:\n  values:\n    tolerence: 1",
        "3:5",
        "checks.values.tolerence",
        "there is no such key; did you mean `tolerance`?",
    ),
    "an unknown option with a hyphen": ("checks: {row-count: {}}", "1:10", "checks.row-count", "`row_count`?"),
    "an unknown option, nothing near": ("checks: {row_count: {zzz: 1}}", "1:22", "checks.row_count.zzz", "there are"),
    "an unknown key of an entry": ("models: [{select: a, sampels: 1}]", "1:22", "models[0].sampels", "`samples`?"),
    "an unknown key of a query": ("queries: {q: {sqll: a, sql: b}}", "1:15", "queries.q.sqll", "`sql`?"),
    "an unsupported version": ("version: 2", "1:10", "version", "this proofbot reads version 1"),
    "a version that is yes": ("version: yes", "1:10", "version", "this proofbot reads version 1"),
    "a text for yes or no": ("infer_keys: 'yes'", "1:13", "infer_keys", 'expected `true` or `false`; found "yes"'),
    "a number for yes or no": ("infer_keys: 1", "1:13", "infer_keys", "expected `true` or `false`; found 1"),
    "an empty mapping for a list": ("models: {}", "1:9", "models", "expected a list; found an empty mapping"),
    "a check that is nothing": ("checks: {values: }", "1:17", "checks.values", "`true`, `false` or a mapping"),
    "a check that is a text": ("checks: {values: on top}", "1:18", "checks.values", 'found "on top"'),
    "checks that are a list": ("checks: [values]", "1:9", "checks", "expected a mapping; found a list"),
    "models that are a mapping": (
        "models: {select: a}",
        "1:9",
        "models",
        "expected a list; found a mapping of `select`",
    ),
    "an entry that is a text": ("models: [a]", "1:10", "models[0]", 'expected a mapping; found "a"'),
    "no selection": ("models:\n- key: id", "2:3", "models[0].select", "it is missing"),
    "a selection that is a number": ("models: [{select: 3}]", "1:19", "models[0].select", "a name, or a list of names"),
    "an empty selection": ("models: [{select: []}]", "1:19", "models[0].select", "expected at least one name"),
    "an empty name": ("models: [{select: ['']}]", "1:19", "models[0].select", "a name must not be empty"),
    "an unknown method": (
        "models:\n- select: 'tagg:finance'",
        "2:11",
        "models[0].select",
        "`tagg:` is no method of dbt's selection; did you mean `tag:finance`?",
    ),
    "a bad selection in a list": (
        "models: [{select: [a, 'b,']}]",
        "1:23",
        "models[0].select[1]",
        "a comma with nothing",
    ),
    "a bad exclusion": ("models: [{select: a, exclude: '+'}]", "1:31", "models[0].exclude", "names nothing"),
    "a key that is a number": ("models: [{select: a, key: [1]}]", "1:28", "models[0].key[0]", "put it in quotes"),
    "negative samples": ("samples: -1", "1:10", "samples", "expected a number of rows, or a mapping"),
    "samples that are yes": ("samples: true", "1:10", "samples", "expected a number of rows, or a mapping"),
    "an unknown way to show": (
        "samples: {columns: {email: maks}}",
        "1:28",
        "samples.columns.email",
        'expected `show`, `hash`, `mask`, `hide`; found "maks"; did you mean `mask`?',
    ),
    "a column twice": ("samples: {columns: {A: mask, a: show}}", "1:20", "samples.columns", "named twice"),
    "an unknown preset": ("policy: strickt", "1:9", "policy", 'found "strickt"; did you mean `strict`?'),
    "an unknown preset in a mapping": ("policy: {preset: on}", "1:18", "policy.preset", "found true"),
    "a policy that is a list": (
        "policy: [strict]",
        "1:9",
        "policy",
        "or a mapping of `preset` and `rules`; found a list",
    ),
    "an unknown key of the policy": ("policy: {rule: []}", "1:10", "policy.rule", "did you mean `rules`?"),
    "a preset outside of the policy": ("preset: strict", "1:1", "preset", "it belongs in `policy`"),
    "an event outside of a rule": ("policy: {changed: fail}", "1:10", "policy.changed", "in a rule of `policy`"),
    "rules that are a mapping": ("policy: {rules: {changed: fail}}", "1:17", "policy.rules", "expected a list"),
    "a rule that is a text": ("policy: {rules: [strict]}", "1:18", "policy.rules[0]", "expected a mapping"),
    "a rule without an event": (
        "policy:\n  rules:\n  - {select: a}",
        "3:5",
        "policy.rules[0]",
        "expected at least one event, such as `changed: fail`",
    ),
    "an event with a space": (
        "policy: {rules: [{failed before: fail}]}",
        "1:19",
        "policy.rules[0].failed before",
        "did you mean `failed_before`?",
    ),
    "an event that is an error": (
        "policy: {rules: [{changed: error}]}",
        "1:28",
        "policy.rules[0].changed",
        "expected `pass`, `warn`, `fail`",
    ),
    "an unknown check in a rule": (
        "policy: {rules: [{checks: [valeus], changed: fail}]}",
        "1:28",
        "policy.rules[0].checks[0]",
        "did you mean `values`?",
    ),
    "a bad selection in a rule": (
        "policy: {rules: [{select: 'tagg:a', changed: fail}]}",
        "1:27",
        "policy.rules[0].select",
        "`tagg:` is no method of dbt's selection; did you mean `tag:a`?",
    ),
    "an unknown control": ("control: alwys", "1:10", "control", 'found "alwys"; did you mean `always`?'),
    "a control that is no": ("control: no", "1:10", "control", "or a number of control builds; found false"),
    "no control build": ("control: 0", "1:10", "control", "expected a number that is at least 1; found 0"),
    "too many control builds": ("control: {builds: 4}", "1:19", "control.builds", "at most 3; found 4"),
    "a bad percentage": ("checks: {row_count: {fail: 5x}}", "1:28", "checks.row_count.fail", "a percentage such as 5%"),
    "a bad percentage below": (
        "checks: {row_count: {fail: {up: -5%}}}",
        "1:33",
        "checks.row_count.fail.up",
        "expected a number that is not negative, or a percentage such as 5%",
    ),
    "a bad tolerance": ("checks: {values: {tolerance: a}}", "1:30", "checks.values.tolerance", "a percentage such as"),
    "a bad tolerance by name": (
        "checks: {values: {tolerance: {relative: -1}}}",
        "1:41",
        "checks.values.tolerance.relative",
        "expected a number that is at least 0; found -1",
    ),
    "a bad origin": ("origin: staging", "1:9", "origin", "`merge base`, `production`"),
    "an origin's list": ("origin: [production]", "1:9", "origin", "expected `production`, `merge base`, or a mapping"),
    "a bad isolation": ("warehouse: {isolation: table}", "1:24", "warehouse.isolation", "`schema`, `database`"),
    "no compute": ("warehouse: {compute: ''}", "1:22", "warehouse.compute", "expected a text that is not empty"),
    "no time at all": ("warehouse: {statement_seconds: 0}", "1:32", "warehouse.statement_seconds", "above 0; found 0"),
    "a bad amount": ("budget: {rows: lots}", "1:16", "budget.rows", "such as 500k, 20m or 10gb"),
    "a budget of nothing": ("budget: {seconds: 0}", "1:19", "budget.seconds", "expected a number above 0; found 0"),
    "a text for a number": ("budget: {statements: '5'}", "1:22", "budget.statements", "expected a whole number"),
    "a fraction for a number": ("budget: {statements: 5.5}", "1:22", "budget.statements", "expected a whole number"),
    "a number that is too large": ("checks: {schema: {limit: 101}}", "1:26", "checks.schema.limit", "at most 100"),
    "a text for a fraction": ("checks: {values: {share: '1'}}", "1:26", "checks.values.share", "expected a number"),
    "too few of them": ("checks: {schema: {bins: [1]}}", "1:25", "checks.schema.bins", "expected at least 2 of them"),
    "too many of them": (
        "checks: {schema: {bins: [1, 2, 3, 4]}}",
        "1:25",
        "checks.schema.bins",
        "expected at most 3 of them",
    ),
    "no list": ("checks: {schema: {bins: 1}}", "1:25", "checks.schema.bins", "expected a list; found 1"),
    "no date": (
        "checks: {schema: {since: 2025-02-30}}",
        "1:26",
        "checks.schema.since",
        "expected a date such as 2025-01-31",
    ),
    "a time for a date": (
        "checks: {schema: {since: 2025-02-03 12:00}}",
        "1:26",
        "checks.schema.since",
        "expected a date",
    ),
    "a list for a date": ("checks: {schema: {since: []}}", "1:26", "checks.schema.since", "expected a date"),
    "a text of another form": ("checks: {schema: {code: A1}}", "1:25", "checks.schema.code", "of the form `^[a-z]+$`"),
    "a number that is not below": (
        "checks: {schema: {rate: 1}}",
        "1:25",
        "checks.schema.rate",
        "expected a number below 1",
    ),
    "no finite number": ("checks: {schema: {rate: .inf}}", "1:25", "checks.schema.rate", "a number that is finite"),
    "a text for a weight": (
        "checks: {schema: {weights: {a: x}}}",
        "1:32",
        "checks.schema.weights.a",
        "expected a number",
    ),
    "a list for a weight": (
        "checks: {schema: {weights: {a: []}}}",
        "1:32",
        "checks.schema.weights.a",
        "expected a number",
    ),
    "a list for weights": (
        "checks: {schema: {weights: []}}",
        "1:28",
        "checks.schema.weights",
        "expected a mapping; found an empty",
    ),
    "none of the choices": ("checks: {schema: {order: size}}", "1:26", "checks.schema.order", "`count`, `value`"),
    "a number for a text": (
        "checks: {values: {where: 3}}",
        "1:26",
        "checks.values.where",
        "found 3 (put it in quotes)",
    ),
    "an empty text": ("checks: {values: {where: ''}}", "1:26", "checks.values.where", "a text that is not empty"),
    "a list for a mapping": ("checks: {values: {rename: [a]}}", "1:27", "checks.values.rename", "expected a mapping"),
    "a key that is none of the choices": (
        "checks: {values: {notes: {decade: a}}}",
        "1:27",
        "checks.values.notes.decade",
        "there is no such key; there are `day`, `month`, `quarter`, `week`, `year`",
    ),
    "a key near one of the choices": (
        "checks: {values: {notes: {moth: a}}}",
        "1:27",
        "checks.values.notes.moth",
        "`month`?",
    ),
    "either of two forms": (
        "checks: {values: {loose: 3}}",
        "1:26",
        "checks.values.loose",
        "expected `true` or `false`, or a name",
    ),
    "either of two forms, below": (
        "checks: {values: {loose: [a, 3]}}",
        "1:30",
        "checks.values.loose[1]",
        "a text; found 3",
    ),
    "what does not fit together in a query": (
        "queries: {q: {sql: a, file: b}}",
        "1:14",
        "queries.q",
        "either `sql` or `file`",
    ),
    "a missing option of a query": ("queries:\n  q: {key: a}", "2:3", "queries.q.sql", "it is missing"),
    "too deep": ("a: " + "[" * 2000, "1:1", "", "nested too deeply"),
}


@pytest.mark.parametrize("case", MISTAKES)
def test_a_mistake_is_told_with_its_line_its_key_and_what_was_expected(case: str) -> None:
    """A user would look for a mistake in the whole file, and for the right word in the documentation."""
    text, place, key, words = MISTAKES[case]
    with pytest.raises(UsageError) as caught:
        config.read(text, FILE, KINDS)
    told = str(caught.value)
    assert told.startswith(f"{FILE}:{place}: {key}: " if key else f"{FILE}:{place}: "), told
    assert words in told
    assert "\n" not in told
    assert "docs/configuration.md" in caught.value.remedy


def test_all_mistakes_are_told_at_once_by_line() -> None:
    """A user would mend one mistake a run."""
    text = (
        "samples: 1\nchecks:\n  valeus: true\n  row_count: {fail: a, wher: b}\nmodels:\n- select: 'tga:x'\nsamples: 2"
    )
    with pytest.raises(UsageError) as caught:
        config.read(text, FILE, KINDS)
    first, *others = str(caught.value).splitlines()
    assert first == "the configuration has 5 mistakes:"
    assert [line.split(": ")[0].strip() for line in others] == [
        f"{FILE}:{place}" for place in ("3:3", "4:21", "4:24", "6:11", "7:1")
    ]


def test_of_many_mistakes_ten_are_told() -> None:
    """A user would get pages of messages, or not learn that there are more."""
    with pytest.raises(UsageError) as caught:
        config.read("\n".join(f"wrong{number}: 1" for number in range(13)), FILE, KINDS)
    lines = str(caught.value).splitlines()
    assert (len(lines), lines[-1]) == (12, "  and 3 more")


def test_what_a_terminal_would_act_on_is_told_as_text() -> None:
    """A user's terminal would obey the file of a request."""
    with pytest.raises(UsageError) as caught:
        config.read('"a\\e[31m": "x\\a"\nsamples: "\\e"', FILE, KINDS)
    assert "\x1b" not in str(caught.value)
    assert "\\x1b[31m" in str(caught.value)


def test_aliases_that_multiply_are_refused() -> None:
    """A file of a few lines would keep the machine busy for hours."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    with pytest.raises(UsageError, match="too much of it"):
        config.read("\n".join(lines), FILE, KINDS)


@pytest.mark.parametrize(
    "text", ["", "# nothing\n", "{}", "---\n", "version: 1", "checks:\nmodels:\n", "\ufeffversion: 1"]
)
def test_an_empty_file_says_nothing(text: str) -> None:
    """A user who comments everything out would get an error instead of the defaults."""
    read = config.read(text, FILE, KINDS)
    assert (read.entries, read.named, read.budget) == ((), (), Budget())
    assert not read.defaults.leaves
    assert not read.defaults.switches


def test_how_the_warehouse_is_used_is_read() -> None:
    """A user who wants databases of their own would get schemas, or wait for a statement longer than they allow."""
    read = config.read("warehouse:\n  isolation: database\n  statement_seconds: 60\n", FILE, KINDS)
    assert read.warehouse == WarehouseOptions("database", None, 60)
    assert config.warehouse_lines(read) == (
        config.Line("warehouse.isolation", "database", f"{FILE}:2"),
        config.Line("warehouse.statement_seconds", 60, f"{FILE}:3"),
    )
    assert config.read("", FILE, KINDS).warehouse == WarehouseOptions()


def test_the_origin_is_read_in_both_forms() -> None:
    """A user who wants production as the origin would wait for builds of the merge base."""
    short = config.read("origin: production\n", FILE, KINDS)
    assert short.origin == OriginOptions(is_production=True)
    assert config.origin_lines(short) == (config.Line("origin.from", "production", f"{FILE}:1"),)
    long = config.read("origin:\n  from: production\n  state: a\n  token_env: B\n", FILE, KINDS)
    assert long.origin == OriginOptions(is_production=True, state="a", token_env="B")
    assert config.origin_lines(long)[1:] == (
        config.Line("origin.state", "a", f"{FILE}:3"),
        config.Line("origin.token_env", "B", f"{FILE}:4"),
    )
    assert config.read("origin: {state: a}", FILE, KINDS).origin == OriginOptions(state="a")


def test_everything_that_can_be_said_is_read() -> None:
    """A user would write settings that have no effect."""
    text = """
version: 1
infer_keys: true
samples: {rows: 5, columns: {Email: mask, no: hash}, personal: [pii, gdpr]}
budget: {seconds: 600, statements: 500, rows: 2b, bytes: 100gb}
checks:
  values: {tolerance: 0.01}
  schema: true
  row_count: false
models:
  - select: "tag:finance"
    exclude: stg_*
    key: [order_id, line]
    samples: 0
    checks: {values: {exclude: [loaded_at], rename: {1: one}}}
queries:
  totals: {sql: select 1, key: id}
"""
    read = config.read(text, FILE, KINDS)
    assert read.budget == Budget(600, 500, 2_000_000_000, 100_000_000_000)
    assert read.origins == {f"budget.{name}": f"{FILE}:5" for name in ("seconds", "statements", "rows", "bytes")}
    assert {name: (said.value, said.origin) for name, said in read.defaults.switches.items()} == {
        "values": (True, f"{FILE}:7"),
        "schema": (True, f"{FILE}:8"),
        "row_count": (False, f"{FILE}:9"),
    }
    assert {".".join(leaf): said.value for leaf, said in read.defaults.leaves.items()} == {
        "infer_keys": True,
        "samples.rows": 5,
        "samples.columns.email": "mask",
        "samples.columns.no": "hash",
        "samples.personal": ["pii", "gdpr"],
        "checks.values.tolerance": 0.01,
    }
    (entry,) = read.entries
    assert (entry.select, entry.exclude, entry.where) == (("tag:finance",), ("stg_*",), f"{FILE}:11")
    assert {".".join(leaf): (said.value, said.origin) for leaf, said in entry.settings.leaves.items()} == {
        "key": (["order_id", "line"], f"{FILE}:13"),
        "samples.rows": (0, f"{FILE}:14"),
        "checks.values.exclude": (["loaded_at"], f"{FILE}:15"),
        "checks.values.rename.1": ("one", f"{FILE}:15"),
    }
    (named,) = read.named
    assert (named.check, named.name, named.where) == ("query", "totals", f"{FILE}:17")
    assert named.options == Query(sql="select 1", key=("id",))


def test_anchors_and_merge_keys_are_read_where_they_are_written() -> None:
    """A user who says a thing once would be refused, or pointed to the wrong line."""
    text = """models:
  - select: a
    checks: &strict
      values: &values {tolerance: 0.1, exact: true}
  - select: b
    checks: *strict
  - select: c
    checks:
      values: {<<: *values, exact: false}
"""
    read = config.read(text, FILE, KINDS)
    said = [{".".join(leaf): (one.value, one.origin) for leaf, one in e.settings.leaves.items()} for e in read.entries]
    inherited = {"checks.values.tolerance": (0.1, f"{FILE}:4")}
    assert said[0] == said[1] == {**inherited, "checks.values.exact": (True, f"{FILE}:4")}
    assert said[2] == {**inherited, "checks.values.exact": (False, f"{FILE}:9")}


def test_what_another_entry_may_complete_is_no_mistake_yet() -> None:
    """A user could not say a part of an option for all models and the rest for some."""
    read = config.read("checks: {values: {by: {period: week}, include: a}}\nmodels: [{select: a}]", FILE, KINDS)
    assert read.defaults.leaves["checks", "values", "by", "period"].value == "week"


def test_the_gate_is_read_with_its_places() -> None:
    """A team's policy would not be what it wrote, or nobody could find the line that decided."""
    text = """version: 1
policy:
  preset: strict
  rules:
    - vacuous: pass
    - select: [tag:finance, "orders+"]
      exclude: stg_*
      checks: [values, query]
      changed: fail
      failed_before: warn
      reason: finance closes on these
control: {builds: 3, mode: always}
"""
    read = config.read(text, FILE, KINDS)
    assert read.policy == Policy(Preset.STRICT, f"{FILE}:3", control=ControlMode.ALWAYS, controls=3)
    assert read.origins == {"control.builds": f"{FILE}:12", "control.mode": f"{FILE}:12"}
    first, second = read.rules
    assert first.rule == Rule({Event.VACUOUS: Grade.PASS}, f"{FILE}:5")
    assert (first.select, first.exclude) == ((), ())
    assert (second.select, second.exclude, second.where) == (("tag:finance", "orders+"), ("stg_*",), f"{FILE}:6")
    assert second.rule == Rule(
        {Event.CHANGED: Grade.FAIL, Event.FAILED_BEFORE: Grade.WARN},
        f"{FILE}:6",
        checks=("values", "query"),
        reason="finance closes on these",
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("policy: advisory", Policy(Preset.ADVISORY, f"{FILE}:1")),
        ("samples: 1\npolicy: standard", Policy(Preset.STANDARD, f"{FILE}:2")),
        ("", Policy(Preset.STANDARD, "default")),
        ("policy:", Policy(Preset.STANDARD, "default")),
        ("policy: {rules: [{changed: warn}]}", Policy(Preset.STANDARD, "default")),
        ("control: never", Policy(control=ControlMode.NEVER)),
        ("control: 3", Policy(control=ControlMode.AUTO, controls=3)),
    ],
)
def test_short_forms_of_the_gate(text: str, expected: Policy) -> None:
    """A file that says little would be refused, or a team with a file would have a gate that never closes."""
    assert config.read(text, FILE, KINDS).policy == expected


def test_without_a_file_nothing_that_is_found_closes_the_gate() -> None:
    """A team that tries proofbot would have its merges blocked before it chose that."""
    assert config.Config(KINDS).policy == Policy(Preset.ADVISORY, "default")
