"""What the options of all checks are made of. The options of a check are a class in its own file, made of these.

Options are read from YAML: they are what is documented, what the JSON Schema says, and what a wrong value is told.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    SerializerFunctionWrapHandler,
    WithJsonSchema,
    model_serializer,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from bot.domain import Budget, Tolerance

_PERCENT = re.compile(r"(\d+(?:\.\d+)?)\s*%")
_AMOUNT = re.compile(r"(\d+(?:\.\d+)?)\s*([kmbgt]?)b?", re.IGNORECASE)
_UNITS = {"": 1, "k": 10**3, "m": 10**6, "b": 10**9, "g": 10**9, "t": 10**12}


def _be_strict(schema: Any) -> None:
    if isinstance(schema, dict):
        if schema.get("type") in ("int", "float", "bool"):
            schema["strict"] = True
        schema = list(schema.values())
    if isinstance(schema, list | tuple):
        for part in schema:
            _be_strict(part)


def _number(value: float) -> float:
    return int(value) if value.is_integer() else value


class Options(BaseModel):
    """A mapping of the configuration: its keys are the fields, and no others."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """No text stands for a number, and no number for yes or no: as the JSON Schema has it."""
        schema = handler(source)
        _be_strict(schema)
        return schema


class Limit(Options):
    """How much something may change: an amount of its own unit, or a percentage of base."""

    amount: float
    percent: bool = False

    @model_validator(mode="before")
    @classmethod
    def _read(cls, value: object) -> object:
        """`10` is an amount, `5%` a percentage."""
        if isinstance(value, Limit):
            return value
        if isinstance(value, int | float) and not isinstance(value, bool) and value >= 0:
            return {"amount": float(value)}
        match = _PERCENT.fullmatch(value.strip()) if isinstance(value, str) else None
        if match is None:
            raise ValueError("expected a number that is not negative, or a percentage such as 5%")
        return {"amount": float(match[1]), "percent": True}

    @classmethod
    def __get_pydantic_json_schema__(cls, _core: Any, _handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """A number, or a text with a percentage."""
        return {
            "anyOf": [{"type": "number", "minimum": 0}, {"type": "string", "pattern": r"^\d+(\.\d+)?\s*%$"}],
            "description": "an amount such as 10, or a percentage of base such as 5%",
        }

    def __str__(self) -> str:
        return f"{self.amount:g}%" if self.percent else f"{self.amount:g}"

    @model_serializer
    def _write(self) -> Any:
        """As it is read."""
        return str(self) if self.percent else _number(self.amount)


class Bounds(Options):
    """How far something may go up and down from base to head; one limit stands for both."""

    up: Limit | None = Field(None, description="how far it may go up; no limit if left out")
    down: Limit | None = Field(None, description="how far it may go down; no limit if left out")

    @model_validator(mode="before")
    @classmethod
    def _read(cls, value: object) -> object:
        """`5%` stands for 5% up and 5% down."""
        if isinstance(value, Bounds | Mapping):
            return value
        return {"up": value, "down": value}

    @model_serializer
    def _write(self) -> Any:
        """As it is read."""
        both = {"up": self.up, "down": self.down}
        told = {name: limit.model_dump() for name, limit in both.items() if limit is not None}
        return told["up"] if self.up == self.down and self.up is not None else told

    @classmethod
    def __get_pydantic_json_schema__(cls, core: Any, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """The mapping, or a limit alone."""
        schema = handler.resolve_ref_schema(handler(core))
        limit = schema["properties"]["up"]["anyOf"][0]
        schema.pop("type", None)
        properties = schema.pop("properties")
        mapping = {"type": "object", "properties": properties, "additionalProperties": False}
        schema.pop("additionalProperties", None)
        schema["anyOf"] = [limit, mapping]
        return schema


class ToleranceOptions(Options):
    """How far two values may lie apart and still count as equal: a number, or a percentage of the greater magnitude."""

    absolute: Annotated[Decimal, Field(ge=0, allow_inf_nan=False)] | None = Field(
        None, description="a number that two values may differ by; of moments, seconds"
    )
    relative: Annotated[Decimal, Field(ge=0, allow_inf_nan=False)] | None = Field(
        None, description="a share of the greater of both magnitudes: 0.01 is one percent"
    )

    @model_validator(mode="before")
    @classmethod
    def _read(cls, value: object) -> object:
        """`0.01` is absolute, `1%` relative."""
        if isinstance(value, ToleranceOptions | Mapping):
            return value
        limit = Limit.model_validate(value)
        amount = Decimal(str(limit.amount))
        return {"relative": amount / 100} if limit.percent else {"absolute": amount}

    @classmethod
    def __get_pydantic_json_schema__(cls, core: Any, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """The mapping, a number or a percentage."""
        schema = handler.resolve_ref_schema(handler(core))
        number = {"type": "number", "minimum": 0}
        properties = {name: {**number, "description": field.description} for name, field in cls.model_fields.items()}
        schema.clear()
        schema["description"] = "an amount such as 0.01, a percentage such as 1%, or both by name"
        schema["anyOf"] = [
            number,
            {"type": "string", "pattern": r"^\d+(\.\d+)?\s*%$"},
            {"type": "object", "properties": properties, "additionalProperties": False},
        ]
        return schema

    @model_serializer(mode="wrap")
    def _write(self, handler: SerializerFunctionWrapHandler) -> Any:
        """As it is read."""
        amounts = {"absolute": self.absolute, "relative": self.relative}
        told = {name: _number(float(amount)) for name, amount in amounts.items() if amount is not None}
        told |= {name: value for name, value in handler(self).items() if name not in amounts and value}
        return told["absolute"] if set(told) == {"absolute"} else told

    def tolerance(self) -> Tolerance:
        """What the engine is told."""
        return Tolerance(self.absolute, self.relative)


def _read_names(value: object) -> object:
    if not isinstance(value, str | list | tuple):
        raise ValueError("expected a name, or a list of names")
    return (value,) if isinstance(value, str) else value


def _refuse_empty(names: tuple[str, ...]) -> tuple[str, ...]:
    if not all(names):
        raise ValueError("a name must not be empty")
    return names


_NAME_SCHEMA = {"type": "string", "minLength": 1}

# One name, or a list of names.
Names = Annotated[
    tuple[str, ...],
    BeforeValidator(_read_names),
    AfterValidator(_refuse_empty),
    WithJsonSchema({"anyOf": [_NAME_SCHEMA, {"type": "array", "items": _NAME_SCHEMA}]}),
]


def _read_amount(value: object) -> object:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    match = _AMOUNT.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None:
        raise ValueError("expected a whole number, or one such as 500k, 20m or 10gb")
    return round(float(match[1]) * _UNITS[match[2].lower()])


# A whole number, or one such as `500k`, `20m`, `2b` (rows) or `10gb`.
Amount = Annotated[
    int,
    Field(gt=0),
    BeforeValidator(_read_amount),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "integer", "exclusiveMinimum": 0},
                {"type": "string", "pattern": r"^\d+(\.\d+)?\s*[kmbgtKMBGT]?[bB]?$"},
            ]
        }
    ),
]


class BudgetOptions(Options):
    """What may be spent. Beyond it rows are sampled by a hash of their key, and the finding says so."""

    seconds: Annotated[float, Field(gt=0)] | None = Field(None, description="seconds of asking")
    statements: Annotated[int, Field(gt=0)] | None = Field(None, description="statements that are asked")
    rows: Amount | None = Field(None, description="rows scanned, both sides together; `20m` is 20 million")
    bytes: Amount | None = Field(None, description="bytes scanned, both sides together; `10gb` is 10 billion")

    def budget(self) -> Budget:
        """The budget that these options say."""
        return Budget(self.seconds, self.statements, self.rows, self.bytes)


class CheckOptions(Options):
    """What every check of a model's data takes."""

    where: str | None = Field(
        None, min_length=1, description="SQL condition: only the rows of both sides for which it holds are looked at"
    )
    budget: BudgetOptions | None = Field(None, description="what this check may spend")
