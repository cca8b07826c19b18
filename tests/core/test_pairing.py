"""Which columns two relations share, and which key lines them up."""

from __future__ import annotations

from bot.core.pairing import pair
from bot.domain import Column, Key, KeySource, Pair, RelationName, Table


def _table(**columns: str) -> Table:
    name = RelationName(None, "main", "t")
    return Table(name, '"t"', tuple(Column(column, kind) for column, kind in columns.items()))


def _pair(base: Table, head: Table, *keys: tuple[str, ...], **uncompared: str) -> Pair:
    return pair("model.shop.t", base, head, [Key(key, KeySource.META) for key in keys], uncompared)


def test_columns_match_whatever_their_case() -> None:
    """A column that only changed its case would be shown as removed and added, and its values not compared."""
    paired = _pair(_table(ID="INTEGER", v="INTEGER"), _table(v="BIGINT", id="INTEGER"))
    assert [(p.base.name, p.head.name, p.type_changed) for p in paired.shared] == [
        ("v", "v", True),
        ("ID", "id", False),
    ]


def test_an_exact_name_goes_first_and_an_ambiguous_one_matches_nothing() -> None:
    """On a warehouse where case matters, one column's values would be compared with another's."""
    paired = _pair(_table(Id="A", id="A", X="A"), _table(id="A", ID="A", x="A", x_="A"))
    assert [(p.base.name, p.head.name) for p in paired.shared] == [("id", "id"), ("Id", "ID"), ("X", "x")]
    ambiguous = _pair(_table(Id="A", iD="A"), _table(ID="A"))
    assert ambiguous.shared == ()


def test_the_first_key_that_both_sides_have_is_taken() -> None:
    """A key whose column the request adds would leave the model uncompared, or compared by a worse key."""
    base, head = _table(ID="A", b="A"), _table(id="A", b="A", new_key="A")
    paired = _pair(base, head, ("new_key",), (), ("Id", "B", "id"), ("b",))
    assert paired.key == Key(("id", "b"), KeySource.META)
    assert _pair(base, head, ("new_key",), ("gone",)).key is None


def test_a_column_left_out_is_named_as_at_head_and_is_no_key() -> None:
    """A key that differs in every run would make every row an added and a removed one."""
    paired = _pair(_table(ID="A", v="A"), _table(id="A", v="A"), ("id",), ("v",), Id="random", nowhere="gone")
    assert paired.uncompared == {"id": "random"}
    assert paired.key == Key(("v",), KeySource.META)


def test_what_has_no_equality_is_left_out_with_the_reason() -> None:
    """One exotic column would end the comparison of the whole model."""
    state = "AGGREGATE_STATE<sum(BIGINT)::HUGEINT>"
    paired = _pair(_table(id="A", s=state), _table(id="A", s=state), ("s",), ("id",))
    assert not paired.shared[1].comparable
    assert paired.uncompared == {"s": f"values of type {state} have no equality"}
    assert paired.key == Key(("id",), KeySource.META)


def test_relations_may_share_nothing() -> None:
    """A model whose every column was renamed would crash the run."""
    paired = _pair(_table(a="A"), _table(b="A"), ("a",))
    assert (paired.shared, paired.key, dict(paired.uncompared)) == ((), None, {})
