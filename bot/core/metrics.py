"""How a metric is written, and the query that gives it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, GetJsonSchemaHandler, WithJsonSchema
from pydantic.json_schema import JsonSchemaValue

from bot.core.options import Bounds
from bot.domain import Tolerance

OURS = "proofbot_"
"""How the names of our own columns of the result start."""
EVERY = "*"
"""Stands for all measures."""
NOISE = Tolerance(relative=Decimal("1e-12"))
"""By how much two sums of the same floating-point numbers may differ: they depend on the order of the rows."""

Text = Annotated[str, Field(min_length=1)]
_NAME: JsonSchemaValue = {"type": "string", "minLength": 1}
_VERSION = re.compile(r"v\d+")


def _read_dimensions(value: object) -> object:
    if isinstance(value, Mapping):
        return value
    names = [value] if isinstance(value, str) else value
    if not isinstance(names, list | tuple) or not all(isinstance(name, str) for name in names):
        raise ValueError("expected a column, a list of columns, or a mapping from name to SQL")
    return {name: name for name in names}


Dimensions = Annotated[
    Mapping[Text, Text],
    BeforeValidator(_read_dimensions),
    WithJsonSchema(
        {
            "anyOf": [
                _NAME,
                {"type": "array", "items": _NAME},
                {"type": "object", "additionalProperties": _NAME},
            ]
        }
    ),
]


def _read_thresholds(value: object) -> object:
    by_measure = isinstance(value, Mapping) and not {"up", "down"} & set(value)
    return value if by_measure else {EVERY: value}


class _OneOrByMeasure:
    """What the JSON Schema says of thresholds: those of all measures, or a mapping from measure."""

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: Any, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        by_measure = handler(schema)
        return {"anyOf": [by_measure["additionalProperties"], by_measure]}


ByMeasure = Annotated[Mapping[str, Bounds], BeforeValidator(_read_thresholds), _OneOrByMeasure()]


def key(dimensions: Iterable[str]) -> tuple[str, ...]:
    """The columns of the result that line up its groups: one for each dimension, and one where there is none."""
    return tuple(f"{OURS}key_{number}" for number, _ in enumerate(dimensions, start=1)) or (f"{OURS}key_1",)


def state_of(measure: str) -> str:
    """The column of the result that says whether a measure is null or NaN."""
    return f"{OURS}state_of_{measure}"


def to_sql(model: str, dimensions: Mapping[str, str], aggregates: Mapping[str, str], where: str | None) -> str:
    """The query that gives a metric's result, with its Jinja.

    A group's key is the text of its dimensions, because a null has to be lined up with a null. Of each measure there is
    a column that says whether it is null or NaN: a step from there has no extent.

    Args:
        model: as the configuration names it: `orders`, `package.orders`, `orders.v2`.
        dimensions, aggregates: name to SQL.
        where: a condition.
    """
    expressions = {**dimensions, **aggregates}
    # Names of our own, because what is grouped by must not be taken for a column of the same name.
    inner = {name: f"{OURS}{number}" for number, name in enumerate(expressions, start=1)}
    keys = [_key(inner[name]) for name in dimensions] or ["'+'"]
    outer = [f"{_quoted(inner[name])} as {_quoted(name)}" for name in expressions]
    outer += [f"{value} as {_quoted(name)}" for value, name in zip(keys, key(dimensions), strict=True)]
    outer += [f"{_state(inner[name])} as {_quoted(state_of(name))}" for name in aggregates]
    # A bracket on a line of its own, because an expression may end in a comment.
    measured = ",\n".join(f"(\n{expression}\n) as {_quoted(inner[name])}" for name, expression in expressions.items())
    condition = f"\nwhere (\n{where}\n)" if where else ""
    # One group of all rows is said, too, so that a measure which is no aggregate fails.
    places = ", ".join(str(place) for place in range(1, len(dimensions) + 1)) or "()"
    rows = f"select\n{measured}\nfrom {_relation(model)}{condition}\ngroup by {places}"
    listed = ",\n".join(outer)
    return f"select {listed}\nfrom (\n{rows}\n) as measured"


def _relation(model: str) -> str:
    *packages, name = model.split(".")
    version = f", v={name[1:]}" if packages and _VERSION.fullmatch(name) else ""
    if version:
        name = packages.pop()
    return "{{ ref(" + ", ".join(repr(part) for part in (*packages, name)) + version + ") }}"


def _key(dimension: str) -> str:
    name = _quoted(dimension)
    return f"case when {name} is null then '-' else '+' || cast({name} as varchar) end"


def _state(measure: str) -> str:
    name = _quoted(measure)
    return f"case when {name} is null then 'null' when lower(cast({name} as varchar)) = 'nan' then 'nan' else '' end"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
