"""What the sections `policy` and `control` may hold, as types."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, GetJsonSchemaHandler, WithJsonSchema, create_model, model_validator
from pydantic.json_schema import JsonSchemaValue

from bot.core.options import Options
from bot.domain import ControlMode, Event, Preset

MOST_CONTROLS = 3


class ControlOptions(Options):
    """When base is built once more, to tell what varies without the change; a word is `mode`, a number is `builds`."""

    mode: ControlMode = Field(
        ControlMode.AUTO,
        description="`auto` (for what changed and nobody declared), `always` (for whatever changed), or `never`",
    )
    builds: Annotated[int, Field(ge=1, le=MOST_CONTROLS)] = Field(1, description="how many control builds are made")

    @model_validator(mode="before")
    @classmethod
    def _read(cls, value: object) -> object:
        """`never` is a mode, `3` is three builds."""
        if isinstance(value, str):
            return {"mode": value}
        if isinstance(value, int) and not isinstance(value, bool):
            return {"builds": value}
        if not isinstance(value, Mapping):
            raise ValueError("expected `auto`, `always`, `never`, or a number of control builds")
        return value

    @classmethod
    def __get_pydantic_json_schema__(cls, core: Any, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """The mapping, a word, or a number."""
        number = {"type": "integer", "minimum": 1, "maximum": MOST_CONTROLS}
        return _or_short(handler.resolve_ref_schema(handler(core)), [_words(ControlMode), number])


def event_key(event: Event) -> str:
    """An event as YAML names it."""
    return event.value.replace(" ", "_")


def policy_type(select: Mapping[str, Any], checks: Sequence[str]) -> type[Options]:
    """The type of `policy`.

    Args:
        select: the fields that say which models a rule is about.
        checks: the names of the checks that a rule can be about.
    """
    meant: dict[str, Any] = {
        event_key(event): (Literal["pass", "warn", "fail"] | None, Field(None, description=_ABOUT[event]))
        for event in Event
    }
    rule = create_model(
        "Rule",
        __base__=_Rule,
        __doc__="What some events mean for the gate: `pass`, `warn` or `fail`.",
        **select,
        checks=(_names_of(checks), Field((), description="the checks this is about; all but those that only inform")),
        reason=(str | None, Field(None, description="why; it is told where the rule decides")),
        **meant,
    )
    rules: dict[str, Any] = {
        "rules": (list[rule] | None, Field(None, description="exceptions from the preset; the last that fits wins"))
    }
    return create_model("Policy", __base__=_Policy, __doc__="What is found means for the gate.", **rules)


class _Policy(Options):
    """A preset and rules; a word is `preset`."""

    preset: Preset = Field(
        Preset.STANDARD,
        description="`advisory` (what is found never closes the gate), `standard`, or `strict` (warnings of what was "
        "not shown close it, too)",
    )

    @model_validator(mode="before")
    @classmethod
    def _read(cls, value: object) -> object:
        """`strict` is a preset."""
        if isinstance(value, str):
            return {"preset": value}
        if not isinstance(value, Mapping):
            raise ValueError("expected `advisory`, `standard`, `strict`, or a mapping of `preset` and `rules`")
        return value

    @classmethod
    def __get_pydantic_json_schema__(cls, core: Any, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """The mapping, or a word."""
        return _or_short(handler.resolve_ref_schema(handler(core)), [_words(Preset)])


class _Rule(Options):
    """A rule, whatever its checks."""

    @model_validator(mode="after")
    def _says_something(self) -> _Rule:
        if all(getattr(self, event_key(event)) is None for event in Event):
            raise ValueError("expected at least one event, such as `changed: fail`")
        return self


_ABOUT = {
    Event.CHANGED: "data or columns changed, and nobody declared it",
    Event.DECLARED: "what changed was declared so",
    Event.ABSENT: "it was declared and did not happen",
    Event.OUTSIDE: "it is outside of the declared limits",
    Event.NOISE: "it varies without the change, too",
    Event.UNSTABLE: "which rows there are varies without the change",
    Event.VOLATILE: "the change makes a column vary by itself",
    Event.ADDED: "a model is added",
    Event.REMOVED: "a model is removed",
    Event.REORDERED: "the order of columns changed",
    Event.VACUOUS: "there are no rows on either side",
    Event.SKIPPED: "it was not compared",
    Event.SAMPLED: "only a sample is known to be unchanged",
    Event.LIMITED: "a setting fits nothing, or a column cannot be compared",
    Event.FAILED: "a dbt test, a key or an assertion fails that did not before",
    Event.FAILED_BEFORE: "it fails as it did before",
    Event.KNOWN: "it fails as the baseline says",
    Event.WARNED: "a dbt test warns",
    Event.BEYOND: "it is beyond a threshold that fails",
}


def _names_of(checks: Sequence[str]) -> Any:
    one = {"enum": list(checks)}
    names: Any = tuple
    choice: Any = Literal
    annotated: Any = Annotated
    return annotated[
        names[choice[tuple(checks)], ...],
        BeforeValidator(lambda value: (value,) if isinstance(value, str) else value),
        WithJsonSchema({"anyOf": [one, {"type": "array", "items": one}]}),
    ]


def _words(words: type[ControlMode] | type[Preset]) -> JsonSchemaValue:
    return {"enum": [word.value for word in words]}


def _or_short(mapping: JsonSchemaValue, short: list[JsonSchemaValue]) -> JsonSchemaValue:
    """The schema of a mapping that has short forms."""
    inner = dict(mapping)
    mapping.clear()
    mapping["anyOf"] = [*short, inner]
    mapping["description"] = inner.pop("description", "")
    return mapping
