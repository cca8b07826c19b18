"""What a request declares is read whole, or refused with everything that is wrong."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path

import pytest

from bot.checks import assertion, query
from bot.core.config import Kinds, NamedKind
from bot.core.declarations import Source, blocks, read
from bot.core.options import Options
from bot.domain import Declaration, Effect, RowUnit
from bot.errors import UsageError

KINDS = Kinds(
    checks=(),
    named=(
        NamedKind("query", "queries", query.Options),
        NamedKind("assertion", "assertions", assertion.Options),
        NamedKind("metric", "metrics", Options),
    ),
)


def _read(text: str, line: int = 1, name: str = "the description") -> Declaration:
    return read([Source(name, text, line)], KINDS)


def _words(*texts: str, line: int = 1) -> str:
    with pytest.raises(UsageError) as raised:
        read([Source(f"source {number}", text, line) for number, text in enumerate(texts, 1)], KINDS)
    assert raised.value.remedy
    return raised.value.message


def test_everything_that_can_be_declared_is_read() -> None:
    """A part of what the author declares would be lost, and told as not declared."""
    declaration = _read(
        """
orders:
  rows: -25%..-35%
  columns: {added: is_closed, removed: [x], changed: [status, amount], retyped: [amount]}
  where: "status = 'returned'"
  reason: returned orders are not orders any more (DATA-142)
customers: {columns: {changed: [lifetime_value]}}
payments: {rows: {added: 0..10, removed: 8906}}
old: removed
new: added
marts.*: unchanged
""",
        line=9,
    )
    orders, customers, payments, old, new, marts = declaration.expectations
    assert declaration.sources == ("the description",)
    assert (orders.models, orders.effect, orders.where) == ("orders", Effect.CHANGED, "the description:10")
    assert orders.rows is not None
    assert (orders.rows.low, orders.rows.high, orders.rows.unit) == (Decimal(-35), Decimal(-25), RowUnit.PERCENT)
    assert orders.columns_added == ("is_closed",)
    assert orders.columns_removed == ("x",)
    assert orders.columns_changed == ("status", "amount")
    assert orders.columns_retyped == ("amount",)
    assert orders.condition == "status = 'returned'"
    assert orders.reason == "returned orders are not orders any more (DATA-142)"
    assert customers.columns_changed == ("lifetime_value",)
    assert payments.added is not None
    assert payments.removed is not None
    assert payments.rows is None
    assert (payments.added.text, payments.removed.text) == ("0..10", "8906")
    assert [one.effect for one in (old, new, marts)] == [Effect.REMOVED, Effect.ADDED, Effect.UNCHANGED]


@pytest.mark.parametrize(
    ("written", "unit", "low"),
    [
        ("+5", RowUnit.DIFFERENCE, 5),
        ("+0", RowUnit.DIFFERENCE, 0),
        ("-8906", RowUnit.DIFFERENCE, -8906),
        ("8906", RowUnit.TOTAL, 8906),
        ("'+5'", RowUnit.DIFFERENCE, 5),
        ("&limit +5", RowUnit.DIFFERENCE, 5),
        ("!!int +5", RowUnit.DIFFERENCE, 5),
        ("+8_906 # so many", RowUnit.DIFFERENCE, 8906),
        ("010", RowUnit.TOTAL, 10),
        ("+3%", RowUnit.PERCENT, 3),
    ],
)
@pytest.mark.parametrize("entry", ["orders:\r\n  rows: {}\n", "\ufefforders: {{rows: {}\n  }}"])
def test_a_number_is_what_is_written_and_not_what_yaml_makes_of_it(
    written: str, unit: RowUnit, low: int, entry: str
) -> None:
    """`+8906` more rows would be read as 8,906 rows in all."""
    (orders,) = _read(entry.format(written)).expectations
    assert orders.rows is not None
    assert orders.rows.unit is unit
    assert orders.rows.low == low


def test_an_alias_is_read_where_it_was_defined() -> None:
    """Limits that several models share would lose their sign."""
    one, other = _read("a: {rows: &x +5}\nb: {rows: *x}").expectations
    assert one.rows == other.rows


def test_one_off_checks_are_read() -> None:
    """The proof that an author curates would not be shown."""
    declaration = _read(
        """queries:
  revenue:
    title: Revenue by status
    why: |
      It stays the same,
      whatever the status.
    sql: "select status, sum(amount) from {{ ref('orders') }} group by 1"
    key: status
assertions:
  none_left: {title: None left, why: It proves it., sql: "select 1"}
""",
        line=3,
    )
    revenue, none_left = declaration.named
    assert (revenue.check, revenue.name, revenue.where) == ("query", "revenue", "the description:4")
    assert (revenue.title, revenue.why) == ("Revenue by status", "It stays the same, whatever the status.")
    assert isinstance(revenue.options, query.Options)
    assert revenue.options.key == ("status",)
    assert (none_left.check, none_left.is_declared, revenue.is_declared) == ("assertion", True, True)


@pytest.mark.parametrize("text", ["", "# nothing\n", "{}", "---\n"])
def test_an_empty_block_declares_nothing(text: str) -> None:
    """A request with the empty block of a template would have to declare every change."""
    assert _read(text) == Declaration()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("orders: changed", "1:9: orders: `changed` alone says nothing: say what changes"),
        ("orders: unchangd", "did you mean `unchanged`?"),
        ("orders:", "expected `unchanged`, `removed`, `added`, or a mapping"),
        ("orders: {}", "it does not say what changes"),
        ("orders: {reason: because}", "it does not say what changes"),
        ("orders: {where: x > 1}", "it does not say what changes"),
        ("orders: {rowz: 5}", "1:10: orders.rowz: there is no such key; did you mean `rows`?"),
        ("orders: {zebra: 5}", "there are `rows`, `columns`, `where`, `reason`"),
        ("orders: {rows: many}", "expected a difference such as `-8906`"),
        ("orders: {rows: true}", "found true"),
        ("orders: {rows: [1]}", "found a list"),
        ("orders: {rows: 1.5}", "no parts of rows"),
        ("orders: {rows: {}}", "expected `added`, `removed` or both"),
        ("orders: {rows: {added: -5}}", "orders.rows.added: expected a number of rows without a sign"),
        ("orders: {rows: {chnaged: 5}}", "there are `added`, `removed`"),
        ("orders: {columns: [a]}", "say what becomes of them: `columns: {changed: [amount]}`"),
        ("orders: {columns: {}}", "say what becomes of them"),
        ("orders: {columns: {changd: a}}", "did you mean `changed`?"),
        ("orders: {columns: {changed: []}}", "found an empty list"),
        (
            "orders: {columns: {changed: [a, no]}}",
            "changed[1]: expected the name of a column; found false (put it in q",
        ),
        ("orders: {columns: {changed: {a: 1}}}", "expected the name of a column; found a mapping"),
        ("orders: {columns: {changed: ['']}}", "1 to 500 characters"),
        ("orders: {columns: {changed: [a, a]}}", "`a` is here 2 times"),
        ("orders: {columns: {added: a, changed: a}}", "`a` is added, so that nothing else can become of it"),
        ("orders: {rows: +0, where: ''}", "expected an SQL condition"),
        ("orders: {rows: +0, reason: 142}", "expected a text; found 142 (put it in quotes)"),
        (f"orders: {{rows: +0, reason: {'x' * 10_001}}}", "a text of more than 10,000 characters"),
        ("orders: removed\norders: added", "2:1: orders: it is here twice; the first is in line 1"),
        ("unchanged", 'was `"*": unchanged` meant?'),
        ("- orders", "expected a mapping, `model: what changes`; found a list"),
        ("*: unchanged", "put it in quotes"),
        ("*_daily: unchanged", "a text that starts with `*` needs quotes"),
        ("orders: [", "not valid YAML"),
        ("'': unchanged", "an empty name"),
        (f"{'x' * 501}: unchanged", "a name of more than 500 characters"),
        ("metrics: {revenue: {}}", "metrics are not declared: they are the project's, in `.proofbot.yml`"),
        ("queries: unchanged", "a model of this name is written with its package, `shop.queries`"),
        ("queries: [1]", "expected a mapping of names to checks; found a list"),
        ("queries: {a: select 1}", "expected a mapping of `title`, `why` and the options of a query"),
        ("queries: {a: {title: x, why: y}}", "expected either `sql` or `file`"),
        ("queries: {a: {why: y, sql: select 1}}", "queries.a.title: it is missing"),
        ("queries: {a: {title: x, sql: select 1}}", "queries.a.why: it is missing: a sentence on what it proves"),
        ("queries: {a: {title: 3, why: y, sql: select 1}}", "expected a title for the comment; found 3"),
        (f"queries: {{a: {{title: {'x' * 201}, why: y, sql: select 1}}}}", "more than 200 characters"),
        (
            "queries: {a: {titel: x, why: y, sql: select 1}}",
            "queries.a.titel: there is no such key; did you mean `title`",
        ),
        ("assertions: {a: {title: x, why: y, sql: select 1, max_row: 1}}", "did you mean `max_rows`"),
        ("assertions: {a: {title: x, why: y, sql: select 1, max_rows: -1}}", "at least 0"),
    ],
)
def test_what_is_wrong_is_told_with_its_place_and_a_remedy(text: str, words: str) -> None:
    """An author would see that a declaration is refused, and neither where nor why."""
    told = _words(text)
    assert words in told
    assert "source 1:" in told


def test_all_mistakes_are_told_at_once_at_the_lines_of_the_description() -> None:
    """An author would mend one mistake after the other, and look for them in wrong lines."""
    block = blocks("Text\r\n\r\n```yaml proofbot\r\norders: changed\r\nb:\r\n  rows: x\r\n```\r\n")[0]
    with pytest.raises(UsageError) as raised:
        read([Source("the description", block.text, block.line), Source("expect.yml", "c: {rows: y}")], KINDS)
    head, *lines = raised.value.message.splitlines()
    assert head == "the declaration has 3 mistakes:"
    assert [line.strip().split(": ")[0] for line in lines] == [
        "the description:4:9",
        "the description:6:9",
        "expect.yml:1:11",
    ]


def test_nothing_is_declared_in_two_places() -> None:
    """The second of two declarations would silently win over the first."""
    assert "source 2:1: orders: it is declared twice; the first is source 1:1" in _words(
        "orders: added", "orders: removed"
    )
    named = "queries: {a: {title: x, why: y, sql: select 1}}"
    assert "query a: it is declared twice" in _words(named, named)


def test_two_places_declare_together() -> None:
    """What the file declares would be lost where the description declares something, too."""
    sources = [Source("a", "x: removed"), Source("b", ""), Source("c", "y: removed"), Source("a", "z: removed", 9)]
    declaration = read(sources, KINDS)
    assert declaration.sources == ("a", "c")
    assert [one.where for one in declaration.expectations] == ["a:1", "c:1", "a:9"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("\n".join(f"m{number}: removed" for number in range(2_001)), "2,001 entries, where 2,000 are allowed"),
        ("\n".join(f"m{number}*: unchanged" for number in range(201)), "201 patterns, where 200 are allowed"),
        ("# " + "x" * 100_000, "100,002 bytes, where 100,000 are allowed"),
        (
            "queries:\n" + "".join(f"  a{n}: {{title: x, why: y, sql: select 1}}\n" for n in range(101)),
            "101 queries and assertions, where 100 are allowed",
        ),
        ("a: " + "[" * 5_000, "nested too deeply"),
    ],
)
def test_a_declaration_has_its_bounds(text: str, words: str) -> None:
    """Anybody who may open a request could keep the job busy."""
    assert words in _words(text)


def test_what_the_page_for_users_shows_can_be_declared() -> None:
    """An author would copy an example, and be refused."""
    page = (Path(__file__).parents[2] / "docs" / "declarations.md").read_text(encoding="utf-8")
    examples = re.findall(r"```yaml(?: proofbot)?\n(.*?)```", page, re.DOTALL)
    assert [len(_read(example).expectations) + len(_read(example).named) for example in examples] == [3, 2]
