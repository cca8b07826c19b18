"""The text of `.proofbot.yml` becomes a Config, or one error that says everything that is wrong with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from bot.core.config import document, faults, policies
from bot.core.config.document import Document, Path
from bot.core.config.faults import Fault
from bot.core.config.fragments import Fragment, take
from bot.core.config.frame import GitLabOptions, Kinds, OriginSection, WarehouseSection, frame
from bot.core.config.mistakes import Mistake, dotted, refuse, show
from bot.core.config.policies import RuleEntry
from bot.core.options import BudgetOptions
from bot.core.selection import SelectionError, select
from bot.domain import Budget, Incremental, NamedCheck, OriginOptions, Policy, Preset, Project, WarehouseOptions

REMEDY = "Mend it; docs/configuration.md says what may stand there, and `proofbot config --config FILE` tries a file."

_EMPTY = Project("", "", "", {}, {}, {}, {}, {}, {})


@dataclass(frozen=True)
class Entry:
    """An entry of `models`: which models, and what is said of them. `where` is its file and line."""

    select: tuple[str, ...]
    exclude: tuple[str, ...]
    settings: Fragment
    where: str


@dataclass(frozen=True)
class Config:
    """What a `.proofbot.yml` says. `where` is what the file is called; `origins` tells where the budget, the control,
    the origin, `incremental`, the options of the warehouse and `gitlab.thread`, which is `is_thread`, are said.
    `policy` is without its `rules`; where there is no file, nothing that is found closes the gate."""

    kinds: Kinds
    where: str = ""
    defaults: Fragment = field(default_factory=Fragment)
    entries: tuple[Entry, ...] = ()
    named: tuple[NamedCheck, ...] = ()
    budget: Budget = field(default_factory=Budget)
    origins: Mapping[str, str] = field(default_factory=dict)
    policy: Policy = field(default_factory=lambda: Policy(Preset.ADVISORY))
    rules: tuple[RuleEntry, ...] = ()
    is_thread: bool = False
    warehouse: WarehouseOptions = field(default_factory=WarehouseOptions)
    origin: OriginOptions = field(default_factory=OriginOptions)
    incremental: Incremental = Incremental.FULL


def read(text: str, where: str, kinds: Kinds) -> Config:
    """Reads a `.proofbot.yml`.

    Args:
        where: what the file is called in messages and origins.
        kinds: the checks there are.

    Returns:
        what it says; an empty text says nothing.

    Raises:
        UsageError: something is wrong; it says all that is, each with line and column, key, and what was expected.
    """
    parsed, mistakes = document.parse(text, where)
    found = [_mistake(fault, parsed, where) for fault in _faults(parsed.value, kinds)]
    told = {mistake.key for mistake in mistakes}
    mistakes += [mistake for mistake in found if mistake.key not in told]
    if mistakes:
        refuse(mistakes, REMEDY)
    return _Reader(parsed, where, kinds).config()


def _faults(value: object, kinds: Kinds) -> Iterator[Fault]:
    if value is None:
        return
    if not isinstance(value, Mapping):
        yield Fault((), f"expected a mapping, `key: value`; found {show(value)}")
        return
    for fault in faults.find(frame(kinds).file, value, kinds):
        inside = fault.path[2:] if fault.path[:1] == ("models",) else fault.path
        if not fault.of_part(inside):
            yield fault
    entries = value.get("models")
    for at, listed in ((("models",), entries), (policies.AT, policies.written_rules(value))):
        for index, entry in enumerate(listed if isinstance(listed, list) else []):
            for name in ("select", "exclude"):
                yield from _bad_selections(entry.get(name) if isinstance(entry, Mapping) else None, (*at, index, name))


def _bad_selections(value: object, path: Path) -> Iterator[Fault]:
    """What is no selection says so whatever the project."""
    for index, text in enumerate(value if isinstance(value, list) else [value]):
        try:
            if isinstance(text, str) and text:
                select(text, None, _EMPTY)
        except SelectionError as error:
            yield Fault((*path, index) if isinstance(value, list) else path, str(error))


def _mistake(fault: Fault, text: Document, where: str) -> Mistake:
    place = text.place(fault.path, of_key=fault.of_key)
    return Mistake(
        f"{where}:{place.line}:{place.column}", dotted(fault.path), fault.words, rank=(place.line, place.column)
    )


class _Reader:
    """Makes a Config of a document that is right."""

    def __init__(self, text: Document, where: str, kinds: Kinds) -> None:
        self._text = text
        self._where = where
        self._kinds = kinds
        self._value: Mapping[str, object] = text.value if isinstance(text.value, Mapping) else {}

    def config(self) -> Config:
        """The whole."""
        return Config(
            kinds=self._kinds,
            where=self._where,
            defaults=self._fragment(self._value, ()),
            entries=tuple(self._entries()),
            named=tuple(self._named()),
            budget=_budget(self._value.get("budget")),
            origins={
                **self._lines_of("budget"),
                **self._lines_of("gitlab"),
                **self._lines_of("warehouse"),
                **self._lines_of_origin(),
                **({"incremental": self._line(("incremental",))} if self._value.get("incremental") else {}),
                **policies.control_where(self._value, self._line),
            },
            policy=policies.policy_of(self._value, self._line),
            rules=tuple(policies.rules_of(self._value, self._line)),
            is_thread=GitLabOptions.model_validate(self._value.get("gitlab") or {}).thread,
            warehouse=_warehouse(self._value.get("warehouse")),
            origin=_origin(self._value.get("origin")),
            incremental=Incremental(str(self._value.get("incremental") or Incremental.FULL.value)),
        )

    def _lines_of(self, section: str) -> dict[str, str]:
        return {f"{section}.{path[1]}": self._line(path) for path in self._text.keys if path[:-1] == (section,)}

    def _lines_of_origin(self) -> dict[str, str]:
        if isinstance(self._value.get("origin"), str):
            return {"origin.from": self._line(("origin",))}
        return self._lines_of("origin")

    def _entries(self) -> Iterator[Entry]:
        entries = self._value.get("models")
        for index, entry in enumerate(entries if isinstance(entries, list) else []):
            path: Path = ("models", index)
            yield Entry(
                select=_texts(entry["select"]),
                exclude=_texts(entry.get("exclude")),
                settings=self._fragment(entry, path),
                where=self._line(path),
            )

    def _named(self) -> Iterator[NamedCheck]:
        for kind in self._kinds.named:
            section = self._value.get(kind.section)
            for name, options in section.items() if isinstance(section, Mapping) else ():
                where = self._line((kind.section, name))
                yield NamedCheck(kind.name, name, kind.options.model_validate(options), where)

    def _fragment(self, value: Mapping[str, object], at: Path) -> Fragment:
        return take(value, lambda path: self._line((*at, *path)))

    def _line(self, path: Path) -> str:
        return f"{self._where}:{self._text.place(path, of_key=True).line}"


def _budget(value: object) -> Budget:
    options = BudgetOptions.model_validate({} if value is None else value)
    return Budget(options.seconds, options.statements, options.rows, options.bytes)


def _warehouse(value: object) -> WarehouseOptions:
    options = WarehouseSection.model_validate({} if value is None else value)
    return WarehouseOptions(options.isolation, options.compute, options.statement_seconds)


def _origin(value: object) -> OriginOptions:
    options = OriginSection.model_validate({} if value is None else value)
    return OriginOptions(options.source == "production", options.state, options.token_env)


def _texts(value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        return (value.strip(),)
    return tuple(str(text).strip() for text in value) if isinstance(value, Sequence) else ()
