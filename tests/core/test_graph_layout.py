"""Tests of bot/core/graph_layout.py."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.core.graph_layout import lay_out


def test_readers_stand_right_of_what_they_read() -> None:
    """A reader of the graph would look for what lies downstream on the wrong side."""
    spots = lay_out(("a", "b", "c", "d"), (("a", "b"), ("b", "c"), ("a", "c"), ("d", "c")))
    columns = {node: column for node, (column, _) in spots.items()}
    assert columns == {"a": 0, "b": 1, "d": 1, "c": 2}


def test_neighbours_stand_side_by_side() -> None:
    """Lines would cross where they need not."""
    nodes = ("a", "b", "c", "of_c", "of_a", "of_b")
    spots = lay_out(nodes, (("a", "of_a"), ("b", "of_b"), ("c", "of_c")))
    assert all(spots[node][1] == spots[f"of_{node}"][1] for node in "abc")


def test_a_tall_column_is_broken() -> None:
    """A macro that 2,000 models use would make a graph of one column, which no screen can show."""
    spots = lay_out([str(number) for number in range(2_000)], ())
    assert max(row for _, row in spots.values()) < 40
    assert len(set(spots.values())) == 2_000


@given(st.sets(st.tuples(st.integers(0, 12), st.integers(0, 12)), max_size=30))
def test_every_graph_has_a_layout(edges: set[tuple[int, int]]) -> None:
    """A project that renamed a model could have a circle over both sides, and would have no report."""
    told = [(str(above), str(below)) for above, below in edges if above != below]
    spots = lay_out([str(number) for number in range(13)], told)
    assert len(set(spots.values())) == 13
