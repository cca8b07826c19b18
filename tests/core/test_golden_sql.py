"""What each warehouse is asked, word by word: all statements of all inquiries, for a pair of tables of many types.

DuckDB's are executed here, those of the others are parsed by sqlglot in their own grammar. Whether a warehouse that
nobody here has takes them is not known: `docs/warehouses.md` says which.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
import sqlglot
from sqlglot import exp
from sqlglot.errors import ErrorLevel

from bot.core.sql import Dialect
from bot.core.sql_postgres import Postgres
from bot.core.sql_snowflake import Snowflake
from tests.core.golden_cases import CASES, DUCKDB_TYPES, Sides, asked, duckdb_asked

_GOLDEN = Path(__file__).parent / "golden_sql"
_ONLY_DUCKDB = re.compile(
    r"\btemp\.|//|hugeint|bignum|\btry\(|fsum|favg|quantile_cont\(.*\[|bitstring|\bepoch\(|epoch_us|histogram\("
    r"|::double\b(?! precision)|\bcontains\(|trunc\(.*::hugeint|stddev_samp\(.*::double\b(?! precision)|\browid\b",
    re.IGNORECASE,
)


def _types(*names: str) -> Mapping[str, str]:
    return dict(zip(DUCKDB_TYPES, names, strict=True))


_SNOWFLAKE = _types(
    *("NUMBER(38,0)", "NUMBER(9,0)", "NUMBER(12,2)", "NUMBER(38,0)", "FLOAT", "VARCHAR(16777216)", "DATE"),
    *("TIMESTAMP_NTZ(9)", "TIMESTAMP_TZ(9)", "TIME(9)", "BOOLEAN", "VARIANT", "BINARY(8388608)"),
)
_POSTGRES = _types(
    *("bigint", "integer", "numeric(12,2)", "numeric", "double precision", "text", "date"),
    *("timestamp without time zone", "timestamp with time zone", "time without time zone", "boolean", "json", "bytea"),
)


@dataclass(frozen=True)
class Spoken:
    """A dialect: its types in the order of `DUCKDB_TYPES`, its name in sqlglot, the functions of its that sqlglot does
    not know, how a statement of the engine is put right before it is asked, if it is, and which cases are led."""

    dialect: Dialect
    types: Mapping[str, str]
    sqlglot: str
    functions: frozenset[str] = frozenset()
    spell: Callable[[str], str] = str
    cases: Collection[str] = tuple(CASES)


_OF_POSTGRES = frozenset(
    {
        *("hashint4extended", "hashint8extended", "hashfloat8extended", "hashtextextended", "hash_numeric_extended"),
        *("timestamp_hash_extended", "isfinite"),
    }
)
_HASHED = ("a key", "no key", "a sample without a key")

# A new dialect is a line here, and its file is written by --regenerate.
DIALECTS: Mapping[str, Spoken] = {
    "snowflake": Spoken(Snowflake(), _SNOWFLAKE, "snowflake", frozenset({"hash"})),
    "snowflake_without_hash": Spoken(Snowflake(has_hash=False), _SNOWFLAKE, "snowflake", cases=_HASHED),
    "postgres": Spoken(Postgres(), _POSTGRES, "postgres", _OF_POSTGRES),
}


def _listed(cases: Iterator[tuple[str, Sequence[str]]]) -> str:
    """All statements once, each under the case that asks it first."""
    seen: set[str] = set()
    parts = []
    for case, statements in cases:
        fresh = [sql for sql in dict.fromkeys(statements) if sql not in seen]
        seen.update(fresh)
        parts.append("\n\n".join([f"-- {case}", *(f"{sql};" for sql in fresh)]))
    return "\n\n\n".join(parts) + "\n"


def test_duckdb(assert_golden: Callable[[Path, str], None]) -> None:
    """If this fails, what DuckDB is asked has changed, although it may be another warehouse that was worked on."""
    told = _listed((case, [statement.sql for statement, _ in duckdb_asked(case)]) for case in CASES)
    assert_golden(_GOLDEN / "duckdb.sql", told)


@pytest.mark.parametrize("name", DIALECTS)
def test_what_is_asked(name: str, assert_golden: Callable[[Path, str], None]) -> None:
    """If this fails, a warehouse is asked something else than before, or what it can't understand."""
    one = DIALECTS[name]
    sides = Sides(one.dialect, one.types)
    cases = {case: [one.spell(statement.sql) for statement in asked(case, sides)] for case in one.cases}
    for sql in dict.fromkeys(sql for statements in cases.values() for sql in statements):
        parsed = sqlglot.parse(sql, dialect=one.sqlglot, error_level=ErrorLevel.RAISE)
        assert not [part for part in parsed if part is None or isinstance(part, exp.Command)], sql
        unknown = {found.name.lower() for part in parsed if part for found in part.find_all(exp.Anonymous)}
        assert unknown <= one.functions, sql
        found = _ONLY_DUCKDB.search(sql)
        assert found is None, f"{found} in {sql}"
    assert_golden(_GOLDEN / f"{name}.sql", _listed(iter(cases.items())))
