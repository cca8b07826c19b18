"""The sections `policy` and `control` become a policy; its rules name models once they meet the projects."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from bot.core.config.document import Path
from bot.core.config.policy_types import ControlOptions, event_key
from bot.domain import Event, Grade, Policy, Preset, Rule

ALL = ("*",)
AT: Path = ("policy", "rules")


@dataclass(frozen=True)
class RuleEntry:
    """A rule as it is written: which models, and the rule, which is still about all. No `select` is all models."""

    select: tuple[str, ...]
    exclude: tuple[str, ...]
    rule: Rule

    @property
    def where(self) -> str:
        """Its file and line."""
        return self.rule.where


def policy_of(value: Mapping[str, object], line: Callable[[Path], str]) -> Policy:
    """The policy of a file that is known to be right, without its rules.

    Args:
        value: the whole file.
        line: tells the file and line of what is at a path.
    """
    said, told = value.get("policy"), value.get("control")
    control = ControlOptions.model_validate({} if told is None else told)
    path: Path = ("policy", "preset") if isinstance(said, Mapping) else ("policy",)
    preset = said.get("preset") if isinstance(said, Mapping) else said
    chosen = preset is not None
    return Policy(
        preset=Preset(str(preset)) if chosen else Preset.STANDARD,
        where=line(path) if chosen else "default",
        control=control.mode,
        controls=control.builds,
    )


def control_where(value: Mapping[str, object], line: Callable[[Path], str]) -> dict[str, str]:
    """Where the control is said: by `control.mode` and `control.builds`, as far as it is."""
    said = value.get("control")
    if isinstance(said, Mapping):
        return {f"control.{name}": line(("control", str(name))) for name in said}
    name = "builds" if isinstance(said, int) else "mode"
    return {} if said is None else {f"control.{name}": line(("control",))}


def rules_of(value: Mapping[str, object], line: Callable[[Path], str]) -> Iterator[RuleEntry]:
    """The rules of a file that is known to be right; see `policy_of`."""
    for index, entry in enumerate(written_rules(value)):
        if not isinstance(entry, Mapping):
            continue
        said = {event: entry.get(event_key(event)) for event in Event}
        yield RuleEntry(
            select=_texts(entry.get("select")),
            exclude=_texts(entry.get("exclude")),
            rule=Rule(
                grades={event: Grade(str(grade)) for event, grade in said.items() if grade is not None},
                where=line((*AT, index)),
                checks=_texts(entry.get("checks")),
                reason=str(entry.get("reason") or "").strip(),
            ),
        )


def written_rules(value: Mapping[str, object]) -> list[object]:
    """What stands in `policy.rules`, right or wrong."""
    said = value.get("policy")
    rules = said.get("rules") if isinstance(said, Mapping) else None
    return rules if isinstance(rules, list) else []


def _texts(value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        return (value.strip(),)
    return tuple(str(text).strip() for text in value) if isinstance(value, Sequence) else ()
