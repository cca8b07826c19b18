"""What Snowflake's catalog tells of relations and their columns."""

# Names are quoted, and texts are made literals.
# ruff: noqa: S608

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from bot.domain import Column, RelationName
from bot.world.warehouses.snowflake.session import Session, quote, text

_MOST_TEXT = 16_777_216
_MOST_BYTES = 8_388_608
_TIMED = frozenset({"TIME", "TIMESTAMP_NTZ", "TIMESTAMP_LTZ", "TIMESTAMP_TZ"})
_NANOSECONDS = 9
_FEW = 500


@dataclass(frozen=True)
class Relation:
    """A relation of the catalog. `kind` is its word: `BASE TABLE`, `VIEW` ... `rows` and `bytes` are of what is stored,
    None where that is not told."""

    schema: str
    name: str
    kind: str
    columns: tuple[Column, ...]
    rows: int | None = None
    bytes: int | None = None

    @property
    def is_table(self) -> bool:
        """Whether it is a table as it is stored, and can be cloned."""
        return self.kind == "BASE TABLE"


def relations(session: Session, database: str, schemas: Collection[str], names: Collection[str] = ()) -> list[Relation]:
    """The relations of some schemas of a database, in one statement, with their columns in order.

    Args:
        schemas: regardless of case.
        names: if there are few, only those are asked for, regardless of case.

    Raises:
        QueryFailed: the database can't be read.
        Interrupted: the run was stopped.
    """
    if not schemas:
        return []
    condition = f"upper(c.table_schema) in ({_texts(schemas)})"
    if 0 < len(names) <= _FEW:
        condition += f" and upper(c.table_name) in ({_texts(names)})"
    catalog = f"{quote(database)}.information_schema"
    found = session.records(
        f"select c.*, t.table_type, t.row_count, t.bytes from {catalog}.columns c left join {catalog}.tables t "
        "on t.table_schema = c.table_schema and t.table_name = c.table_name "
        f"where {condition} order by c.table_schema, c.table_name, c.ordinal_position"
    )
    grouped: dict[tuple[str, str], list[dict[str, object]]] = {}
    for record in found:
        grouped.setdefault((str(record["table_schema"]), str(record["table_name"])), []).append(record)
    return [_relation(schema, name, records) for (schema, name), records in grouped.items()]


def schemas(session: Session, database: str) -> list[str]:
    """The schemas of a database. Raises as `relations`."""
    return [str(row["name"]) for row in session.records(f"show schemas in database {quote(database)}")]


def find(wanted: RelationName, among: Mapping[tuple[str, str], Relation]) -> Relation | None:
    """The relation that a name means: verbatim, where dbt quotes it, or else in upper case."""
    spelt = [
        (schema, name)
        for schema in (wanted.schema, wanted.schema.upper())
        for name in (wanted.identifier, wanted.identifier.upper())
    ]
    return next((among[parts] for parts in spelt if parts in among), None)


def by_name(found: Iterable[Relation]) -> dict[tuple[str, str], Relation]:
    """Relations by their schema and name."""
    return {(relation.schema, relation.name): relation for relation in found}


def type_of(record: Mapping[str, object]) -> str:
    """The type of a column as `DESCRIBE TABLE` spells it: NUMBER(38,0), VARCHAR(16777216), TIMESTAMP_NTZ(9)."""
    kind = str(record["data_type"]).upper()
    if kind == "NUMBER":
        return f"NUMBER({_number(record, 'numeric_precision', 38)},{_number(record, 'numeric_scale', 0)})"
    if kind in ("TEXT", "VARCHAR"):
        collation = record.get("collation_name")
        collated = f" COLLATE {text(str(collation))}" if collation else ""
        return f"VARCHAR({_number(record, 'character_maximum_length', _MOST_TEXT)}){collated}"
    if kind == "BINARY":
        return f"BINARY({_number(record, 'character_octet_length', _MOST_BYTES)})"
    if kind in _TIMED:
        return f"{kind}({_number(record, 'datetime_precision', _NANOSECONDS)})"
    return kind


def _relation(schema: str, name: str, records: Sequence[Mapping[str, object]]) -> Relation:
    columns = tuple(Column(str(record["column_name"]), type_of(record)) for record in records)
    first = records[0]
    # What is in no list of tables is a view.
    kind = str(first["table_type"] or "VIEW")
    rows, size = (_whole(first[word]) if kind == "BASE TABLE" else None for word in ("row_count", "bytes"))
    return Relation(schema, name, kind, columns, rows, size)


def _number(record: Mapping[str, object], name: str, otherwise: int) -> int:
    told = _whole(record.get(name))
    return otherwise if told is None else told


def _whole(value: object) -> int | None:
    return None if value is None else int(str(value))


def _texts(names: Collection[str]) -> str:
    return ", ".join(text(name) for name in sorted({name.upper() for name in names}))
