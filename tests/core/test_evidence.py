"""Digests: the same for what is the same, another for all else."""

from __future__ import annotations

import datetime
from dataclasses import replace
from decimal import Decimal

import pytest

from bot.core import evidence
from bot.domain import Replayed, Row
from tests.core.manifests import generic_test, node, read

_STATEMENT = Replayed("model.shop.orders", "count", "select 1", 1, "ab", 0.1)


def test_a_report_has_one_digest_whatever_the_order_of_its_members_and_its_own_word() -> None:
    """A report that nobody touched would be told to be forged."""
    told = evidence.digest({"a": 1, "b": {"c": [1, 2], "d": "ä"}})
    assert evidence.digest({"b": {"d": "ä", "c": [1, 2]}, "a": 1, "digest": "anything"}) == told
    assert len(told) == 64
    assert evidence.digest({"a": 1, "b": {"c": [2, 1], "d": "ä"}}) != told
    assert evidence.digest({"a": 2, "b": {"c": [1, 2], "d": "ä"}}) != told


def test_the_digest_of_rows_does_not_know_their_order() -> None:
    """Warehouses give rows in any order: every replay would find other answers."""
    rows: list[Row] = [(1, "b", None), (2, 0.1, True), (1, "b", None)]
    assert evidence.of_rows(rows) == evidence.of_rows([rows[1], rows[0], rows[2]])
    assert evidence.of_rows(rows) != evidence.of_rows(rows[:2])


@pytest.mark.parametrize(
    ("row", "other"),
    [
        ((1,), (2,)),
        ((1,), ("1",)),
        ((None,), ("null",)),
        ((0.1,), (0.1 + 0.2 - 0.2,)),
        (("a", "b"), ("b", "a")),
        (('a","b',), ("a", "b")),
        ((1, None), (1,)),
        ((float("nan"),), (None,)),
        ((b"a",), (b"b",)),
        ((Decimal("1.0"),), (Decimal("1.1"),)),
        ((datetime.date(2026, 1, 1),), (datetime.date(2026, 1, 2),)),
        (([1, {"a": 1}],), ([1, {"a": 2}],)),
        (({(1, 2): 1},), ({(1, 2): 2},)),
        (("\ud800",), ("\ud801",)),
    ],
)
def test_rows_that_differ_have_other_digests(row: Row, other: Row) -> None:
    """An answer that is another one would pass for the same."""
    assert evidence.of_rows([row]) == evidence.of_rows([tuple(row)])
    assert evidence.of_rows([row]) != evidence.of_rows([other])


def test_statements_of_any_length_leave_a_report_that_can_be_read() -> None:
    """A project of thousand columns would write a report that nobody takes, or whose statements no replay knows."""
    long = replace(_STATEMENT, sql="x" * (evidence.MOST_CHARACTERS + 1))
    many = [replace(_STATEMENT, sql=f"{n}{'y' * 19_000}") for n in range(500)]
    found = evidence.shortened([_STATEMENT, long, *many, _STATEMENT])
    assert (found[0], found[-1]) == (_STATEMENT, _STATEMENT)
    assert found[1].sql == f"sha256:{evidence.of_text(long.sql)}"
    assert sum(len(one.sql) for one in found) < evidence.MOST_IN_ALL + 500 * 80
    assert [one.sql for one in found] == [one.sql for one in evidence.shortened(found)]


def test_the_digest_of_a_manifest_tells_its_tests_apart() -> None:
    """Two runs of which one asked less would say that they saw the same project."""
    orders = node("orders")
    before, after = read(orders, generic_test("unique", "orders", "id")), read(orders)
    assert evidence.of_project(before) == evidence.of_project(before)
    assert evidence.of_project(before) != evidence.of_project(after)
