"""How the options of `values` say how far values may lie apart, for all columns, by type and by column."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import Field, GetJsonSchemaHandler, model_validator
from pydantic.json_schema import JsonSchemaValue

from bot.core.options import Options, ToleranceOptions
from bot.domain import Tolerance


class TypeTolerances(Options):
    """Tolerances for the columns of some types."""

    float: ToleranceOptions | None = Field(None, description="floating-point numbers, on either side")
    decimal: ToleranceOptions | None = Field(None, description="decimals that have digits after the point")
    integer: ToleranceOptions | None = Field(None, description="whole numbers")
    timestamp: ToleranceOptions | None = Field(None, description="dates and timestamps, in seconds")

    @model_validator(mode="after")
    def _moments_in_seconds(self) -> TypeTolerances:
        if self.timestamp is not None and self.timestamp.relative is not None:
            raise ValueError("expected `timestamp` in seconds: a moment has no percentage")
        return self

    def by_type(self) -> dict[str, Tolerance]:
        """The tolerances that are told, by the name of the type."""
        told: dict[str, ToleranceOptions | None] = {name: getattr(self, name) for name in type(self).model_fields}
        return {name: one.tolerance() for name, one in told.items() if one is not None}


class Tolerances(ToleranceOptions):
    """How far values may lie apart and still count as equal. What is said for a column goes before what is said for its
    type, and that before what is said for all numbers. A key is compared exactly."""

    types: TypeTolerances = Field(default_factory=TypeTolerances, description="by type, in place of that for all")
    columns: Mapping[str, ToleranceOptions] = Field(
        default_factory=dict, description="by column, in place of every other; names may have wildcards"
    )

    @classmethod
    def __get_pydantic_json_schema__(cls, core: Any, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """The mapping, a number or a percentage."""
        properties = handler.resolve_ref_schema(handler(core))["properties"]
        nested = {name: properties[name] for name in ("types", "columns")}
        schema = super().__get_pydantic_json_schema__(core, handler)
        schema["anyOf"][2]["properties"].update(nested)
        return schema
