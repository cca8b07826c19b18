"""How things are said where several checks say the same."""

from __future__ import annotations

import pytest

from bot.core.wording import all_equal, count, of_sample
from bot.domain import Key, KeySource, Pair, RelationName, Table

TABLE = Table(RelationName("db", "main", "a"), "a", ())


@pytest.mark.parametrize(
    ("number", "words"), [(0, "0 seconds"), (1, "1 second"), (0.5, "0.5 seconds"), (2_000, "2,000 seconds")]
)
def test_a_count_agrees_with_its_noun(number: float, words: str) -> None:
    """A reader would stumble over a budget of 1 statements."""
    assert count(number, "second") == words


def test_one_row_is_told_as_one() -> None:
    """A reader would stumble over all 1 rows."""
    assert all_equal(1) == "the only row is equal"
    assert all_equal(2_000) == "all 2,000 rows are equal"


def test_a_sample_is_of_keys_only_where_there_is_one() -> None:
    """A reader would look for a key that the model does not have."""
    key = Key(("id",), KeySource.UNIQUE)
    assert of_sample(Pair("model.shop.a", TABLE, TABLE, (), key, sampled=0.1)) == ", in a sample of 10% of the keys"
    assert of_sample(Pair("model.shop.a", TABLE, TABLE, (), None, sampled=0.1)) == ", in a sample of 10% of the rows"
    assert not of_sample(Pair("model.shop.a", TABLE, TABLE, (), None))
