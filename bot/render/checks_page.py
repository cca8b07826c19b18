"""The page of the checks: what each one sees and which options it has, from its own words and types."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from inspect import cleandoc
from typing import Any

from pydantic import BaseModel

_Schema = Mapping[str, Any]
# What the page explains once, and is called by a word in the tables.
_EXPLAINED = {
    "Limit": "limit",
    "Bounds": "threshold",
    "ToleranceOptions": "tolerance",
    "BudgetOptions": "budget",
}
_SIMPLE = {"string": "text", "integer": "whole number", "number": "number", "boolean": "true or false"}
_MANY = {"text": "texts", "number from 0 to 1": "numbers from 0 to 1"}
_PERCENTAGE = r"%$"
_HEADER = ("| Option | Type | Default | What it says |", "|---|---|---|---|")


@dataclass(frozen=True)
class Entry:
    """A check: its name, its docstring, the type of its options, whether it is on by default. `section` is where the
    configuration gives it a name; None for a check of models."""

    name: str
    about: str
    options: type[BaseModel]
    default: bool = False
    section: str | None = None


def text(entries: Sequence[Entry], common: type[BaseModel]) -> str:
    """The page, as Markdown.

    Args:
        entries: the checks, in the order in which they are told.
        common: the options that every check of a model's data takes; they are told once.
    """
    of_models = [entry for entry in entries if entry.section is None]
    named = [entry for entry in entries if entry.section is not None]
    parts = [
        _intro(of_models),
        "## Options of every check of data\n\n" + _table(common, ()),
        *(_section(entry, tuple(common.model_fields)) for entry in of_models),
        _NAMED,
        *(_section(entry, ()) for entry in named),
    ]
    return "\n\n".join(parts) + "\n"


def _intro(of_models: Sequence[Entry]) -> str:
    default = ", ".join(f"`{entry.name}`" for entry in of_models if entry.default)
    others = ", ".join(f"`{entry.name}`" for entry in of_models if not entry.default)
    return _INTRO.format(default=default, others=others)


def _section(entry: Entry, known: Sequence[str]) -> str:
    first, *others = cleandoc(entry.about).split("\n\n")
    said = [paragraph.replace("Measures:", "**Measures**:", 1) for paragraph in others]
    where = f"In the section `{entry.section}`." if entry.section else f"{'On' if entry.default else 'Off'} by default."
    # Where there are measures, they come last.
    return "\n\n".join([f"## {entry.name}", first, where, *said, _table(entry.options, known)])


def _table(options: type[BaseModel], known: Sequence[str]) -> str:
    rows = list(_Words(options).rows(known))
    return "\n".join([*_HEADER, *rows]) if rows else "It has no options of its own."


class _Words:
    """The words for the options of one check."""

    def __init__(self, options: type[BaseModel]) -> None:
        self._schema: _Schema = options.model_json_schema()
        self._defs: Mapping[str, _Schema] = self._schema.get("$defs", {})
        self._told: dict[str, str] = {}

    def rows(self, known: Sequence[str]) -> Iterator[str]:
        """A row for each option, and for each option inside of one."""
        yield from self._rows(self._schema, "", known)

    def _rows(self, schema: _Schema, prefix: str, known: Sequence[str] = ()) -> Iterator[str]:
        required = schema.get("required", ())
        for name, field in schema.get("properties", {}).items():
            if name in known and not prefix:
                continue
            path = f"{prefix}{name}"
            inner, below = self._inside(field)
            again = self._told.get(inner, "") if inner else ""
            says = f"{field.get('description', '')}{f'; as `{again}`' if again else ''}"
            default = "required" if name in required else self._default(field)
            yield f"| `{path}` | {_cell(self._type(field))} | {_cell(default)} | {_cell(says)} |"
            if inner and not again:
                self._told[inner] = path
                yield from self._rows(self._fields(inner), f"{path}{below}.")

    def _inside(self, field: _Schema) -> tuple[str, str]:
        """The mapping that a field holds, if it has options of its own, and how its path goes on."""
        for one in (field, *field.get("anyOf", ())):
            name = one.get("$ref", "").rpartition("/")[2]
            if name and name not in _EXPLAINED and self._fields(name):
                return name, ""
            values = one.get("additionalProperties")
            if isinstance(values, dict):
                inner, below = self._inside(values)
                if inner:
                    return inner, f".<name>{below}"
        return "", ""

    def _fields(self, name: str) -> _Schema:
        """The part of a definition that has fields; empty where none has."""
        schema = self._defs[name]
        return next((one for one in (schema, *schema.get("anyOf", ())) if one.get("properties")), {})

    def _type(self, field: _Schema) -> str:
        if "$ref" in field:
            name = field["$ref"].rpartition("/")[2]
            return _EXPLAINED.get(name) or self._type(self._defs[name])
        if "anyOf" in field:
            words = [self._type(one) for one in field["anyOf"] if one.get("type") != "null"]
            return " or ".join(dict.fromkeys(words))
        if "enum" in field:
            return ", ".join(f"`{value}`" for value in field["enum"])
        kind = field.get("type", "")
        if kind == "array":
            inner = self._type(field["items"])
            return f"list of {_MANY.get(inner, inner)}"
        if kind == "object":
            values = field.get("additionalProperties")
            return f"mapping from name to {self._type(values)}" if isinstance(values, dict) and values else "mapping"
        if kind == "string" and str(field.get("pattern", "")).endswith(_PERCENTAGE):
            return "percentage"
        return f"{_SIMPLE.get(kind, kind)}{_range(field)}"

    def _default(self, field: _Schema) -> str:
        value = field.get("default")
        nothing = value is None or value == [] or (isinstance(value, dict) and not any(value.values()))
        words = value if isinstance(value, str) else json.dumps(value)
        return "" if nothing else f"`{words}`"


def _range(field: _Schema) -> str:
    least, most = field.get("minimum"), field.get("maximum")
    if least is not None and most is not None:
        return f" from {least:g} to {most:g}"
    return f", at least {least:g}" if least else ""


def _cell(words: str) -> str:
    return words.replace("|", "\\|").replace("\n", " ")


_INTRO = """\
# The checks

This page is made from the checks themselves. How they are configured is told in [configuration.md](configuration.md).

- On by default: {default}.
- Off until they are configured: {others}.
- Queries, assertions and metrics are worded by the project, and have names of its own.

## What a check says, and what that means

A check says what it saw: `unchanged`, `changed`, `vacuous` (no rows on either side, so nothing was shown), `skipped`
with the reason, or `errored`. The policy makes a grade of it:

| Grade | Meaning |
|---|---|
| pass | nothing to look at, or only information |
| warn | worth a look; the gate stays open |
| fail | the gate closes |
| error | it could not be checked; the gate closes |

Without thresholds the policy is this: a change of data that exists on both sides closes the gate (`values`,
`row_count`, `schema` but for added columns, `keys` that got worse, queries and metrics). `profile`, `top_k` and
`histogram` inform. With thresholds, what keeps to them passes; what is beyond `warn` is a warning, and what is beyond
`fail` closes the gate.

## How thresholds are written

- A *limit* is an amount, `10`, or a percentage of base, `5%`. From 0 nothing grows by less than any percentage.
- A *threshold* is a limit for both directions, or one for each: `{{up: 5%, down: 1%}}`. A direction that is left out
  has no limit. A number that one side only has is beyond every threshold.
- A *tolerance* is a number, `0.01`, a percentage of the greater of both values, `1%`, or both:
  `{{absolute: 0.01, relative: 0.001}}`. What lies within it counts as equal.
- A *budget* is a mapping with `seconds`, `statements`, `rows` and `bytes`, each of them optional.
- Names of columns mean columns regardless of case; where names may have wildcards, `*_at` means all that end so."""

_NAMED = """\
# Checks with a name of their own

They are written in the sections `queries`, `assertions` and `metrics` of the configuration, each with a name:

```yaml
assertions:
  no_lost_orders:
    sql: select * from {{ base_ref('orders') }} where id not in (select id from {{ ref('orders') }})
metrics:
  revenue:
    model: orders
    value: sum(amount)
    by: {month: "date_trunc('month', ordered_at)"}
    fail: 1%
```

SQL knows `ref`, `source`, `base_ref` and `base_source`, and nothing else of dbt's Jinja. It is one query; what writes
is refused."""
