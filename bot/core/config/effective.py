"""The settings of a model as lines: each value, and where it comes from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass

from pydantic import BaseModel

from bot.core.config.frame import Kinds
from bot.core.config.policy_types import event_key
from bot.core.config.reading import Config
from bot.core.config.settling import DEFAULT
from bot.domain import ModelSettings, Policy, Rule


@dataclass(frozen=True, slots=True)
class Line:
    """A setting by its dotted path, its value in JSON's types, and where it was said."""

    path: str
    value: object
    origin: str

    @property
    def is_default(self) -> bool:
        """Whether nobody said it."""
        return self.origin == DEFAULT


def lines(settings: ModelSettings, kinds: Kinds) -> tuple[Line, ...]:
    """Everything that is configured for a model, in the order in which a configuration says it."""
    return tuple(_lines(settings, kinds))


def budget_lines(config: Config) -> tuple[Line, ...]:
    """What the whole run may spend; nothing is what has no limit."""
    limits = asdict(config.budget)
    paths = {name: f"budget.{name}" for name, limit in limits.items() if limit is not None}
    return tuple(Line(path, limits[name], config.origins.get(path, DEFAULT)) for name, path in paths.items())


def warehouse_lines(config: Config) -> tuple[Line, ...]:
    """What is said of the warehouse; what is not depends on its kind."""
    options = asdict(config.warehouse)
    paths = {name: f"warehouse.{name}" for name in options}
    said = {name: path for name, path in paths.items() if path in config.origins}
    return tuple(Line(path, options[name], config.origins[path]) for name, path in said.items())


def origin_lines(config: Config) -> tuple[Line, ...]:
    """What is said of the origin, and of how incremental models go on from it."""
    origin = config.origin
    said: dict[str, object] = {
        "origin.from": "production" if origin.is_production else "merge base",
        "origin.state": origin.state,
        "origin.token_env": origin.token_env,
        "incremental": config.incremental.value,
    }
    return tuple(Line(path, value, config.origins[path]) for path, value in said.items() if path in config.origins)


def policy_lines(policy: Policy, config: Config) -> tuple[Line, ...]:
    """What outcomes mean for the gate: the preset, the rules in their order, when the control is built, and whether
    somebody has to say that they have read it."""
    rules = (Line(f"policy.rules[{n}]", _said(rule), rule.where) for n, rule in enumerate(policy.rules))
    return (
        Line("policy", policy.preset.value, policy.where),
        *rules,
        Line("control.mode", policy.control.value, config.origins.get("control.mode", DEFAULT)),
        Line("control.builds", policy.controls, config.origins.get("control.builds", DEFAULT)),
        Line("gitlab.thread", config.is_thread, config.origins.get("gitlab.thread", DEFAULT)),
    )


def _said(rule: Rule) -> dict[str, object]:
    """A rule in JSON's types; what it does not limit is left out."""
    limits: dict[str, object] = {"checks": list(rule.checks)} if rule.checks else {}
    if rule.models is not None:
        limits["models"] = sorted(rule.models)
    meant = {event_key(event): grade.value for event, grade in rule.grades.items()}
    return {**meant, **limits, **({"reason": rule.reason} if rule.reason else {})}


def _lines(settings: ModelSettings, kinds: Kinds) -> Iterator[Line]:
    samples = settings.samples
    values: dict[str, object] = {
        "key": list(settings.key) if settings.key else None,
        "infer_keys": settings.infer_keys,
        "samples.rows": samples.rows,
        **{f"samples.columns.{name}": showing.value for name, showing in samples.columns.items()},
        "samples.personal": list(samples.personal),
    }
    for path, value in values.items():
        yield Line(path, value, settings.origins.get(path, DEFAULT))
    for kind in kinds.checks:
        path = f"checks.{kind.name}"
        options = settings.checks.get(kind.name)
        yield Line(path, kind.name in settings.checks, settings.origins.get(path, DEFAULT))
        if isinstance(options, BaseModel):
            yield from _options(options, path, settings.origins)


def _options(options: BaseModel, path: str, origins: Mapping[str, str]) -> Iterator[Line]:
    for name, value in options.model_dump(mode="json", by_alias=True).items():
        yield from _below(f"{path}.{name}", value, origins)


def _below(path: str, value: object, origins: Mapping[str, str]) -> Iterator[Line]:
    """A value, in as many lines as there are places that it comes from."""
    if path in origins:
        yield Line(path, value, origins[path])
        return
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _below(f"{path}.{name}", inner, origins)
    else:  # said in parts that are told as one
        yield from (Line(part, value, origin) for part, origin in origins.items() if part.startswith(f"{path}."))
