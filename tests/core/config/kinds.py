"""Checks that exist for the tests of the configuration only: they have an option of each form there is."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, model_validator

from bot.core.config import CheckKind, Kinds, NamedKind
from bot.core.options import Bounds, CheckOptions, Names, Options, ToleranceOptions
from bot.domain import Period


class Rows(CheckOptions):
    """Options of `row_count`."""

    warn: Bounds | None = None
    fail: Bounds | None = None


class By(Options):
    """A period of a column."""

    column: str
    period: Period = Period.MONTH
    first: str | None = None
    last: str | None = None

    @model_validator(mode="after")
    def _one_end(self) -> By:
        if self.first and self.last:
            raise ValueError("expected either `first` or `last`")
        return self


class Values(CheckOptions):
    """Options of `values`: one of each form that options take."""

    tolerance: ToleranceOptions | None = None
    tolerances: dict[str, ToleranceOptions] = Field(default_factory=dict)
    include: Names | None = None
    exclude: Names = ()
    rename: dict[str, str] = Field(default_factory=dict)
    exact: bool = False
    share: float = 0.5
    loose: bool | Names = False
    notes: dict[Period, str] = Field(default_factory=dict)
    by: By | None = None

    @model_validator(mode="after")
    def _choose(self) -> Values:
        if self.include and self.exclude:
            raise ValueError("`include` and `exclude` exclude each other")
        return self


class Top(CheckOptions):
    """Options of `top_k`, which is off by default; it is called like a method of pydantic's models."""

    limit: Annotated[int, Field(gt=0, le=100)] = 10
    order: Literal["count", "value"] = "count"
    bins: Annotated[tuple[int, ...], Field(min_length=2, max_length=3)] | None = None
    since: date | None = None
    code: Annotated[str, Field(pattern="^[a-z]+$")] | None = None
    rate: Annotated[float, Field(gt=0, lt=1, allow_inf_nan=False)] | None = None
    weights: Mapping[str, Annotated[Decimal, Field(allow_inf_nan=False)]] = Field(default_factory=dict)


class Query(Options):
    """Options of a query."""

    sql: str = Field(min_length=1)
    file: str | None = None
    key: Names | None = None
    by: By | None = None

    @model_validator(mode="after")
    def _one(self) -> Query:
        if self.file is not None:
            raise ValueError("expected either `sql` or `file`")
        return self


KINDS = Kinds(
    checks=(
        CheckKind("row_count", Rows, default=True, about="How many rows?"),
        CheckKind("values", Values, default=True),
        CheckKind("schema", Top, default=False),
    ),
    named=(NamedKind("query", "queries", Query, about="SQL of the project's own."),),
)
