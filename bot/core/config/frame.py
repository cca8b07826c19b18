"""What `.proofbot.yml` and `meta.proofbot` may hold, as types: the frame, filled with the options of the checks.

The types are what validates a text, and what the JSON Schema is made of.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    Field,
    GetJsonSchemaHandler,
    WithJsonSchema,
    create_model,
    field_validator,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue

from bot.core.config.policy_types import ControlOptions, policy_type
from bot.core.options import BudgetOptions, Names, Options
from bot.domain import Incremental, Samples, Showing, WarehouseOptions

VERSION = 1


@dataclass(frozen=True, slots=True)
class CheckKind:
    """A check of models: its name, the type of its options, whether it runs by default, and a sentence about it."""

    name: str
    options: type[Options]
    default: bool
    about: str = ""


@dataclass(frozen=True, slots=True)
class NamedKind:
    """A kind of check that the configuration gives a name: `query`, in the section `queries`."""

    name: str
    section: str
    options: type[Options]
    about: str = ""


@dataclass(frozen=True, slots=True)
class Kinds:
    """Everything that can be configured to run."""

    checks: tuple[CheckKind, ...]
    named: tuple[NamedKind, ...] = ()


class SampleOptions(Options):
    """How many rows of each kind a comment shows of a model, and how much of which columns; a number is `rows`."""

    rows: Annotated[int, Field(ge=0)] = Field(
        Samples().rows, description="rows of each kind (removed, added, changed) that are shown; 0 is none"
    )
    columns: dict[str, Showing] = Field(
        default_factory=dict,
        description="how much of a column's values is shown, by its name regardless of case: `show` (all), `hash` "
        "(equal values look equal), `mask` (that there is a value), `hide` (nothing)",
    )
    personal: Names = Field(
        Samples().personal, description="tags, and keys in meta, that mark what is personal: it is never shown"
    )

    @model_validator(mode="before")
    @classmethod
    def _read(cls, value: object) -> object:
        """`10` is 10 rows."""
        if isinstance(value, Mapping):
            return value
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            raise ValueError("expected a number of rows, or a mapping of `rows`, `columns` and `personal`")
        return {"rows": value}

    @field_validator("columns")
    @classmethod
    def _refuse_twins(cls, columns: dict[str, Showing]) -> dict[str, Showing]:
        if len({name.lower() for name in columns}) < len(columns):
            raise ValueError("a column is named twice: upper and lower case make no difference")
        return columns

    @classmethod
    def __get_pydantic_json_schema__(cls, core: Any, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """The mapping, or a number of rows."""
        mapping = handler.resolve_ref_schema(handler(core))
        inner = dict(mapping)
        mapping.clear()
        mapping["anyOf"] = [{"type": "integer", "minimum": 0}, inner]
        mapping["description"] = inner.pop("description", "")
        return mapping


class GitLabOptions(Options):
    """How what is found is told on GitLab."""

    thread: bool = Field(
        default=False,
        description="whether the comment starts a thread that waits for somebody while the gate is closed; proofbot "
        "resolves it when the gate opens",
    )


class WarehouseSection(Options):
    """How the warehouse is used."""

    isolation: Literal["schema", "database"] | None = Field(
        None, description="what keeps environments apart: schemas, or databases; left out, what suits the warehouse"
    )
    compute: Annotated[str, Field(min_length=1)] | None = Field(
        None, description="what computes the checks, apart from builds: the name of a Snowflake warehouse"
    )
    statement_seconds: Annotated[int, Field(gt=0)] = Field(
        WarehouseOptions().statement_seconds, description="a statement of a check is stopped after so many seconds"
    )


class OriginSection(Options):
    """What both sides begin with; `production` alone is short for `from`."""

    source: Literal["merge base", "production"] = Field(
        "merge base",
        alias="from",
        description="`merge base` (all that is read is built), or `production` (what the request does not touch is "
        "read there, and not built)",
    )
    state: Annotated[str, Field(min_length=1)] | None = Field(
        None,
        description="where production's manifest.json is: a folder, from the project's, or an https address",
    )
    token_env: Annotated[str, Field(min_length=1)] | None = Field(
        None, description="the environment variable that holds the token for that address"
    )

    @model_validator(mode="before")
    @classmethod
    def _read(cls, value: object) -> object:
        """`production` is `from: production`."""
        if isinstance(value, str):
            return {"from": value}
        if not isinstance(value, Mapping):
            raise ValueError("expected `production`, `merge base`, or a mapping of `from`, `state` and `token_env`")
        return value

    @classmethod
    def __get_pydantic_json_schema__(cls, core: Any, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """The mapping, or a word."""
        mapping = handler.resolve_ref_schema(handler(core))
        inner = dict(mapping)
        mapping.clear()
        mapping["anyOf"] = [{"enum": ["merge base", "production"], "type": "string"}, inner]
        mapping["description"] = inner.pop("description", "")
        return mapping


def _read_version(value: object) -> object:
    if isinstance(value, bool) or value != VERSION:
        raise ValueError(f"unsupported version: this proofbot reads version {VERSION}")
    return value


def _refuse_none(names: tuple[str, ...]) -> tuple[str, ...]:
    if not names:
        raise ValueError("expected at least one name")
    return names


def _read_switch(value: object) -> object:
    """`true` turns a check on as it is; so do options. `false` turns it off."""
    if isinstance(value, bool):
        return {}
    if not isinstance(value, Mapping):
        raise ValueError("expected `true`, `false` or a mapping of its options")
    return value


class _SwitchSchema:
    """Lets the JSON Schema of a check's options take `true` and `false`, too."""

    def __get_pydantic_json_schema__(self, core: Any, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"anyOf": [{"type": "boolean"}, handler(core)]}


_INCREMENTAL = (
    "how incremental models are built: `full` (from nothing), `increment` (as increments of what is there), or `both` "
    "(from nothing, and at head as increments, too: the two are compared)"
)
_ALL_OR_SOME = "the models this is about, in dbt's selection syntax; all if left out"
_NAME = {"type": "string", "minLength": 1}
_Some = Annotated[
    Names,
    AfterValidator(_refuse_none),
    WithJsonSchema({"anyOf": [_NAME, {"type": "array", "items": _NAME, "minItems": 1}]}),
]
_Version = Annotated[int, BeforeValidator(_read_version), WithJsonSchema({"const": VERSION})]


@dataclass(frozen=True, slots=True)
class Frame:
    """The types of the whole file, of its `checks`, and of what dbt's `meta.proofbot` may hold."""

    file: type[BaseModel]
    checks: type[BaseModel]
    meta: type[BaseModel]


@cache
def frame(kinds: Kinds) -> Frame:
    """The types for these kinds of checks."""
    checks = create_model("Checks", __base__=Options, __doc__="Checks, by name.", **_check_fields(kinds))
    of_model: dict[str, Any] = {
        "infer_keys": (
            bool | None,
            Field(None, description="where no key is declared: whether one found in the data is used"),
        ),
        "samples": (SampleOptions | None, Field(None, description="rows shown in the comment; 0 if left out")),
        "checks": (checks | None, Field(None, description="which checks run, and how")),
    }
    key: dict[str, Any] = {"key": (_Some | None, Field(None, description="the columns that tell rows apart"))}
    selection: dict[str, Any] = {
        "select": (_Some, Field(description="the models this is about, in dbt's selection syntax; a list is a union")),
        "exclude": (Names | None, Field(None, description="models left out, in the same syntax")),
    }
    entry = create_model("Entry", __base__=Options, __doc__="Some models.", **selection, **key, **of_model)
    sections: dict[str, Any] = {
        kind.section: (dict[str, kind.options] | None, Field(None, description=kind.about or None))  # type: ignore[name-defined]
        for kind in kinds.named
    }
    file = create_model(
        "File",
        __base__=Options,
        __doc__="The configuration of proofbot.",
        version=(_Version | None, Field(None, description="the version of this format")),
        **of_model,
        **_gate_fields(kinds, selection),
        gitlab=(GitLabOptions | None, Field(None, description="how it is told on GitLab")),
        budget=(BudgetOptions | None, Field(None, description="what the whole run may spend on asking")),
        origin=(OriginSection | None, Field(None, description="what both sides begin with")),
        incremental=(Incremental | None, Field(None, description=_INCREMENTAL)),
        warehouse=(WarehouseSection | None, Field(None, description="how the warehouse is used")),
        models=(
            list[entry] | None,
            Field(None, description="settings of some models; later entries win over earlier ones"),
        ),
        **sections,
    )
    return Frame(file, checks, create_model("Meta", __base__=Options, **key, **of_model))


def _gate_fields(kinds: Kinds, selection: Mapping[str, Any]) -> dict[str, Any]:
    """The sections that say what is found means for the gate. A rule may leave out which models it is about."""
    some = {**selection, "select": (_Some | None, Field(None, description=_ALL_OR_SOME))}
    names = [*(kind.name for kind in kinds.checks), *(kind.name for kind in kinds.named)]
    return {
        "policy": (
            policy_type(some, names) | None,
            Field(None, description="what it means for the gate: a preset, or a preset and rules"),
        ),
        "control": (
            ControlOptions | None,
            Field(None, description="when base is built once more, to know what varies without the change"),
        ),
    }


def _check_fields(kinds: Kinds) -> dict[str, Any]:
    """A field for each check. Its name is an alias, because a check may be called like a method of pydantic's."""
    return {
        f"check_{index}": (
            Annotated[kind.options, BeforeValidator(_read_switch), _SwitchSchema()],
            Field(None, alias=kind.name, description=kind.about or None),
        )
        for index, kind in enumerate(kinds.checks)
    }
