"""A hybrid beside head and beside base: what is compared, and what that tells."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from bot.core import hybrid_pairs, pairing
from bot.core.comparison import Comparison
from bot.domain import Column, Explained, Key, KeySource, Noise, Pair, Proof, RelationName, Side, Table, Tolerance


def _table(name: str, *columns: tuple[str, str]) -> Table:
    return Table(RelationName("db", "main", name), name, tuple(Column(*column) for column in columns))


_RENAMING = Comparison(rename={"old": "new"})
_BASE = _table("base", ("ID", "INT"), ("old", "INT"), ("gone", "INT"), ("at", "DATE"))
_HEAD = _table("head", ("id", "INT"), ("new", "INT"), ("at", "DATE"), ("fresh", "INT"))
_HYBRID = replace(_BASE, expression="hybrid")


def _pair() -> Pair:
    found = pairing.pair("model.shop.a", _BASE, _HEAD, [Key(("id",), KeySource.META)], {"at": "excluded"}, _RENAMING)
    return replace(found, proven=frozenset(Side))


def test_what_it_tells() -> None:
    """A harmless edit would be called a change, or a change would be blamed on what it reads."""
    own, read = Explained(own=True, proof=Proof.HYBRID), Explained(own=False, proof=Proof.HYBRID)
    assert hybrid_pairs.tell(like_head=True, like_base=False) == replace(read, inherited=True)
    assert hybrid_pairs.tell(like_head=False, like_base=True) == replace(own, inherited=False)
    assert hybrid_pairs.tell(like_head=False, like_base=False) == replace(own, inherited=True)
    assert hybrid_pairs.tell(like_head=True, like_base=True) is None


def test_columns() -> None:
    """An edit that retypes, adds, drops or moves a column would count as harmless."""
    pair = hybrid_pairs.beside_base(_pair(), _HYBRID, _RENAMING)
    assert hybrid_pairs.has_same_columns(pair)
    for columns in (_BASE.columns[:-1], _BASE.columns[::-1], (Column("ID", "BIGINT"), *_BASE.columns[1:])):
        assert not hybrid_pairs.has_same_columns(replace(pair, head=replace(_HYBRID, columns=columns)))
    in_lower_case = (Column("id", "INT"), *_BASE.columns[1:])
    assert hybrid_pairs.has_same_columns(replace(pair, head=replace(_HYBRID, columns=in_lower_case)))


def test_beside_head() -> None:
    """A key would be taken for unique that no test of this run has looked at."""
    pair = hybrid_pairs.beside_head(_pair(), _HYBRID)
    assert (pair.base, pair.head, pair.proven) == (_HYBRID, _HEAD, frozenset({Side.HEAD}))
    assert pair.shared == _pair().shared


def test_beside_base() -> None:
    """Columns that head renamed or dropped would not be compared, or by names that base does not know."""
    pair = hybrid_pairs.beside_base(_pair(), _HYBRID, _RENAMING)
    assert [one.head.name for one in pair.shared] == ["ID", "old", "gone", "at"]
    assert pair.key == Key(("ID",), KeySource.META)
    assert (dict(pair.uncompared), pair.proven) == ({"at": "excluded"}, frozenset({Side.BASE}))


def test_without_noise() -> None:
    """A timestamp would make every hybrid differ from head, and every harmless edit a change."""
    pair = _pair()
    assert hybrid_pairs.without_noise(pair, None) is pair
    assert hybrid_pairs.without_noise(pair, Noise(rows=True)) is None
    assert hybrid_pairs.without_noise(pair, Noise(count=True)) is None
    found = hybrid_pairs.without_noise(pair, Noise({"old": ""}, tolerated={"at": 0.01}))
    assert found is not None
    assert set(found.uncompared) == {"new", "at"}
    assert found.key == pair.key
    assert {one.head.name: one.tolerance for one in found.shared}["at"] == Tolerance(relative=Decimal("0.01"))
    at_base = hybrid_pairs.beside_base(found, _HYBRID, _RENAMING)
    assert set(at_base.uncompared) == {"old", "at"}
    assert {one.head.name: one.tolerance for one in at_base.shared}["at"] == Tolerance(relative=Decimal("0.01"))


def test_key_that_varies() -> None:
    """Rows would be lined up by a key that is another in every build, so that all of them differed."""
    for noise in (Noise({"id": "uuid"}), Noise(key=True), Noise(became={"ID": ""})):
        found = hybrid_pairs.without_noise(_pair(), noise)
        assert found is not None
        assert found.key is None
