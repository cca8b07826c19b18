"""Which columns two relations share, and which key lines them up."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

import pytest

from bot.core.comparison import Comparison
from bot.core.pairing import contract, pair
from bot.core.sql import Dialect, DuckDb
from bot.core.sql_plain import Plain
from bot.core.sql_postgres import Postgres
from bot.core.sql_snowflake import Snowflake
from bot.core.types import means
from bot.domain import Column, DeclaredColumn, Grade, Key, KeySource, Misfit, Pair, RelationName, Table, Tolerance


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


# --- what the options of `values` make of it ----------------------------------------------------------------------

_COLUMNS = {
    "id": "INTEGER",
    "name": "VARCHAR",
    "note": "VARCHAR",
    "price": "DECIMAL(9,2)",
    "whole": "DECIMAL(9,0)",
    "score": "DOUBLE",
    "n": "INTEGER",
    "seen_at": "TIMESTAMP",
}


def _compared(how: Comparison, head: Mapping[str, str] | None = None, key: str | None = "id") -> Pair:
    keys = [Key((key,), KeySource.UNIQUE)] if key else []
    return pair("model.shop.t", _table(**_COLUMNS), _table(**(head or _COLUMNS)), keys, {}, how)


def _names(paired: Pair) -> set[str]:
    return {one.head.name for one in paired.shared} - set(paired.uncompared)


@pytest.mark.parametrize(
    ("how", "compared"),
    [
        (Comparison(), set(_COLUMNS)),
        (Comparison(include=("NAME", "pric?")), {"id", "name", "price"}),
        (Comparison(exclude=("n*",)), {"id", "price", "whole", "score", "seen_at"}),
        (Comparison(include=("n*",), exclude=("note",)), {"id", "name", "n"}),
        (Comparison(exclude=("*",)), {"id"}),
    ],
)
def test_columns_are_left_out_and_taken_in(how: Comparison, compared: set[str]) -> None:
    """What nobody wants compared would close the gate; or the key would get lost with it."""
    paired = _compared(how)
    assert _names(paired) == compared
    assert paired.key == Key(("id",), KeySource.UNIQUE)
    assert all("clude`" in reason for reason in paired.uncompared.values())
    assert paired.misfits == ()


def test_another_key_goes_before_one_that_is_excluded() -> None:
    """An id that each build makes anew would make every row an added and a removed one, although it was excluded."""
    keys = [Key(("id",), KeySource.UNIQUE), Key(("name",), KeySource.UNIQUE_KEY)]
    table = _table(**_COLUMNS)
    paired = pair("model.shop.t", table, table, keys, {}, Comparison(exclude=("id",)))
    assert paired.key == Key(("name",), KeySource.UNIQUE_KEY)
    assert (set(paired.uncompared), paired.misfits) == ({"id"}, ())


def test_an_excluded_key_is_a_fault_where_there_is_no_other() -> None:
    """The exclusion would have no effect, and nobody be told."""
    paired = _compared(Comparison(exclude=("ID",)))
    assert paired.key == Key(("id",), KeySource.UNIQUE)
    assert [(one.setting, one.name, one.grade) for one in paired.misfits] == [("values.exclude", "ID", Grade.ERROR)]


_CENT, _SECOND, _PERCENT = Tolerance(Decimal("0.01")), Tolerance(Decimal(1)), Tolerance(relative=Decimal("0.01"))


@pytest.mark.parametrize(
    ("how", "tolerances"),
    [
        (Comparison(tolerance=_CENT), dict.fromkeys(("price", "whole", "score", "n"), _CENT)),
        (Comparison(by_type={"float": _PERCENT}), {"score": _PERCENT}),
        (Comparison(by_type={"decimal": _CENT}), {"price": _CENT}),
        (Comparison(by_type={"integer": _SECOND}), {"n": _SECOND, "whole": _SECOND}),
        (Comparison(by_type={"timestamp": _SECOND}), {"seen_at": _SECOND}),
        (
            Comparison(tolerance=_CENT, by_type={"float": _PERCENT}, by_column={"s*": _SECOND, "seen_at": _CENT}),
            {"price": _CENT, "whole": _CENT, "n": _CENT, "score": _SECOND, "seen_at": _CENT},
        ),
    ],
)
def test_tolerances_go_to_the_columns_they_are_for(how: Comparison, tolerances: Mapping[str, Tolerance]) -> None:
    """A cent would be allowed where a change of a cent matters, or not where it does not; or in the key."""
    paired = _compared(how)
    assert {one.head.name: one.tolerance for one in paired.shared if one.tolerance} == tolerances


def test_a_float_on_one_side_makes_the_column_one() -> None:
    """A column that became a decimal would be compared to the last bit of the float it was."""
    paired = _compared(Comparison(by_type={"float": _CENT}), {**_COLUMNS, "score": "DECIMAL(9,2)", "name": "DOUBLE"})
    assert {one.head.name for one in paired.shared if one.tolerance} == {"score"}


@pytest.mark.parametrize("name", ["fold_case", "trim"])
@pytest.mark.parametrize(("wanted", "columns"), [(True, {"name", "note"}), (False, set()), (("Note",), {"note"})])
def test_texts_are_compared_as_wanted(name: str, wanted: bool | tuple[str, ...], columns: set[str]) -> None:  # noqa: FBT001
    """Numbers would be asked for their upper case, or texts that differ by it reported."""
    how = Comparison(fold_case=wanted) if name == "fold_case" else Comparison(trim=wanted)
    assert {one.head.name for one in _compared(how).shared if getattr(one, name)} == columns


def test_a_key_of_texts_is_compared_exactly() -> None:
    """Two rows would be lined up by keys that differ."""
    paired = _compared(Comparison(fold_case=True, trim=("name",)), key="name")
    key = next(one for one in paired.shared if one.head.name == "name")
    assert not key.fold_case
    assert not key.trim
    assert [one.setting for one in paired.misfits] == ["values.ignore_trailing_spaces"]


def test_exact_is_told() -> None:
    """Hashes would stand for rows although the user asked for rows."""
    assert _compared(Comparison(exact=True)).exact
    assert not _compared(Comparison()).exact


def test_a_renamed_column_is_one_column() -> None:
    """A column that only got another name would be compared with nothing."""
    head = {("title" if name == "name" else name): kind for name, kind in _COLUMNS.items()}
    paired = _compared(Comparison(rename={"NAME": "Title"}, exclude=("note",)), head)
    assert [(one.base.name, one.head.name) for one in paired.shared if one.renamed] == [("name", "title")]
    assert paired.misfits == ()
    swapped = _compared(Comparison(rename={"name": "note", "note": "name"}))
    assert {(one.base.name, one.head.name) for one in swapped.shared if one.renamed} == {
        ("name", "note"),
        ("note", "name"),
    }


def test_a_rename_also_goes_to_the_key() -> None:
    """A renamed key would leave the model without one."""
    head = {("order_id" if name == "id" else name): kind for name, kind in _COLUMNS.items()}
    assert _compared(Comparison(rename={"id": "order_id"}), head).key == Key(("order_id",), KeySource.UNIQUE)


@pytest.mark.parametrize(
    "rename",
    [
        {"former": "name"},  # carried out long ago
        {"name": "title"},  # still to come
    ],
)
def test_a_renaming_of_another_time_does_no_harm(rename: Mapping[str, str]) -> None:
    """Every request after the one that renamed a column would be warned of it."""
    paired = _compared(Comparison(rename=rename))
    assert (paired.misfits, len(paired.shared)) == ((), len(_COLUMNS))


MISFITS: list[tuple[Comparison, list[Misfit]]] = [
    (
        Comparison(include=("nmae", "id", "n")),
        [Misfit("values.include", "nmae", "neither side has it; did you mean name?")],
    ),
    (Comparison(include=("xyz", "x*")), [Misfit("values.include", "xyz", "neither side has it")]),
    (Comparison(exclude=("prices",)), [Misfit("values.exclude", "prices", "neither side has it; did you mean price?")]),
    (Comparison(exclude=("_loaded_at",)), [Misfit("values.exclude", "_loaded_at", "neither side has it", Grade.PASS)]),
    (
        Comparison(rename={"scoer": "title"}),
        [Misfit("values.rename", "scoer", "base does not have it; did you mean score?")],
    ),
    (
        Comparison(rename={"name": "a", "id": "n", "note": "n"}),
        [Misfit("values.rename", "note: n", "another renaming has one of these columns already")],
    ),
    (
        Comparison(by_column={"scroe": _CENT}),
        [Misfit("values.tolerance.columns", "scroe", "neither side has it; did you mean score?")],
    ),
    (
        Comparison(by_column={"id": _CENT}),
        [Misfit("values.tolerance.columns", "id", "it is part of the key, which is compared exactly")],
    ),
    (
        Comparison(by_column={"name": _CENT}),
        [Misfit("values.tolerance.columns", "name", "it does not hold numbers, or moments, on both sides")],
    ),
    (
        Comparison(by_column={"seen_at": _PERCENT}),
        [Misfit("values.tolerance.columns", "seen_at", "the tolerance of moments is absolute, in seconds")],
    ),
    (
        Comparison(fold_case=("nmae",), trim=("n",)),
        [
            Misfit("values.ignore_case", "nmae", "neither side has it; did you mean name?"),
            Misfit("values.ignore_trailing_spaces", "n", "it does not hold texts on both sides"),
        ],
    ),
]


@pytest.mark.parametrize(("how", "expected"), MISFITS)
def test_what_does_not_fit_is_told(how: Comparison, expected: list[Misfit]) -> None:
    """A slip in a name would leave a column compared in another way than the user believes."""
    assert list(_compared(how).misfits) == expected


def test_a_slip_in_a_key_is_told() -> None:
    """A model would be compared by a worse key, or none, than the one that somebody wrote down."""
    table = _table(order_id="A", v="A")
    paired = _pair(table, table, ("order_di",), ("order_id",))
    assert paired.key == Key(("order_id",), KeySource.META)
    assert paired.misfits == (Misfit("key", "order_di", "neither side has it; did you mean order_id?"),)


@pytest.mark.parametrize(
    ("dialect", "declared", "actual", "kept"),
    [
        (Snowflake(), "double", "FLOAT", True),
        (Snowflake(), "Double Precision", "FLOAT", True),
        (Snowflake(), "real", "FLOAT", True),
        (Snowflake(), "double", "NUMBER(38,2)", False),
        (Plain("tsql"), "double precision", "float", True),
        (Plain("tsql"), "double precision", "real", False),
        (Plain("databricks"), "double", "float", False),
        (DuckDb(), "double", "FLOAT", False),
        (Postgres(), "double precision", "real", False),
        (Postgres(), "float8", "double precision", True),
    ],
)
def test_a_contract_is_kept_where_the_catalog_has_another_word(
    dialect: Dialect,
    declared: str,
    actual: str,
    kept: bool,  # noqa: FBT001
) -> None:
    """Every contract with a float would close the gate on Snowflake, or half the digits be lost unseen elsewhere."""
    (found,) = contract([DeclaredColumn("V", declared)], _table(v=actual), dialect)
    assert found.name == "V"
    assert means(str(found.data_type), actual) is kept
    assert kept or found.data_type == declared


def test_a_contract_is_kept_as_declared_where_there_is_no_such_column() -> None:
    """What is missing would be told under another name than its author gave it."""
    declared = (DeclaredColumn("gone", "double"), DeclaredColumn("v"))
    assert contract(declared, _table(v="FLOAT"), Snowflake()) == declared
