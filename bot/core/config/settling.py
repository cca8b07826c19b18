"""A Config meets the projects: the settings of every model, and where each of them comes from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from bot.core import heirs
from bot.core.config import faults, policies
from bot.core.config.fragments import Fragment, Leaf, add_up, take, value_at
from bot.core.config.frame import CheckKind, SampleOptions, frame
from bot.core.config.mistakes import Mistake, clean, did_you_mean, dotted, refuse
from bot.core.config.policies import RuleEntry
from bot.core.config.reading import REMEDY, Config, Entry
from bot.core.config.schema import META
from bot.core.selection import select
from bot.domain import ModelSettings, Node, Policy, Project, Rule, Samples, Settings

DEFAULT = "default"


def settle(config: Config, base: Project, head: Project) -> tuple[Settings, tuple[str, ...]]:
    """Says what is configured for every model of both sides.

    What the request cannot decide for itself is decided at base: whether an entry of `models` is about a model that
    base has, and what its `meta.proofbot` is. A renamed model keeps its settings. Head decides about models that it
    adds, and not even then how much of their data is shown.

    Returns:
        the settings, and notices: entries that are about no model, what waits for the merge.

    Raises:
        UsageError: a `meta.proofbot` is wrong, or what several places say does not fit together. It says all that is.
    """
    return _Settling(config, base, head).settle()


class _Settling:
    """Collects mistakes and notices while it goes."""

    def __init__(self, config: Config, base: Project, head: Project) -> None:
        self._config = config
        self._base = base
        self._head = head
        self._mistakes: list[Mistake] = []
        self._notices: list[str] = []

    def settle(self) -> tuple[Settings, tuple[str, ...]]:
        """See the function of this name."""
        chosen = [self._chosen(entry) for entry in self._config.entries]
        renamed = heirs.find(self._base, self._head)
        nodes = {**self._head.nodes, **self._base.nodes}
        known: dict[tuple[int, ...], ModelSettings] = {}  # most models share their settings with others
        models = {}
        for uid, node in sorted(nodes.items()):
            if uid in renamed:
                continue
            which = tuple(index for index, ids in enumerate(chosen) if uid in ids)
            meta = self._meta(node, is_new=uid not in self._base.nodes)
            if meta is None and which in known:
                models[uid] = known[which]
                continue
            said = [self._config.defaults, *(self._config.entries[index].settings for index in which)]
            models[uid] = self._effective(add_up([*said, meta] if meta else said))
            if meta is None:
                known[which] = models[uid]
        if self._mistakes:
            refuse(self._mistakes, REMEDY)
        settings = Settings(
            models=heirs.under_new_names(models, renamed),
            named=self._config.named,
            budget=self._config.budget,
            policy=self._policy(renamed),
        )
        return settings, tuple(dict.fromkeys(self._notices))

    def _policy(self, renamed: Mapping[str, str]) -> Policy:
        return replace(self._config.policy, rules=tuple(self._rule(entry, renamed) for entry in self._config.rules))

    def _rule(self, entry: RuleEntry, renamed: Mapping[str, str]) -> Rule:
        """The rule with the models that it is about; a renamed model goes by both names."""
        if not entry.select and not entry.exclude:
            return entry.rule
        chosen = self._chosen(RuleEntry(entry.select or policies.ALL, entry.exclude, entry.rule))
        kept = dict.fromkeys(chosen - renamed.keys())
        return replace(entry.rule, models=frozenset(heirs.under_new_names(kept, renamed)))

    def _chosen(self, entry: Entry | RuleEntry) -> frozenset[str]:
        """The models that an entry, or a rule, is about."""
        at_base, at_head = (select(entry.select, entry.exclude or None, side) for side in (self._base, self._head))
        chosen = at_base | (at_head - self._base.nodes.keys())
        if not chosen:
            told = ", ".join(clean(text) for text in entry.select)
            remark = "; it will have some after the merge" if at_head else _meant(entry.select, self._head)
            self._notices.append(f"{entry.where}: `select: {told}` has no models{remark}")
        return chosen

    def _meta(self, node: Node, *, is_new: bool) -> Fragment | None:
        """What `meta.proofbot` of a model says."""
        said = node.meta.get("proofbot")
        if said is None:
            return None
        kinds, origin = self._config.kinds, f"{META} of {node.name}"
        found = [
            fault for fault in faults.find(frame(kinds).meta, said, kinds, (META,)) if not fault.of_part(fault.path[1:])
        ]
        self._mistakes += [Mistake(node.path, f"{dotted(fault.path)} of {node.name}", fault.words) for fault in found]
        if found or not isinstance(said, Mapping):
            return None
        if is_new and "samples" in said:
            self._notices.append(f"samples in {origin} take effect after the merge")
            said = {name: value for name, value in said.items() if name != "samples"}
        return take(said, lambda _: origin)

    def _effective(self, said: Fragment) -> ModelSettings:
        """The settings of a model for which all this was said."""
        samples = SampleOptions.model_validate(value_at(said, ("samples",)) or {})
        origins = {_name(leaf): one.origin for leaf, one in said.leaves.items() if leaf[0] != "checks"}
        checks: dict[str, object] = {}
        for kind in self._config.kinds.checks:
            switch = said.switches.get(kind.name)
            origins[f"checks.{kind.name}"] = switch.origin if switch else DEFAULT
            if switch.value if switch else kind.default:
                checks[kind.name] = self._options(kind, said)
                origins.update(_origins_of_options(kind, said))
        key = value_at(said, ("key",))
        for name in ("key", "infer_keys", "samples.rows", "samples.personal"):
            origins.setdefault(name, DEFAULT)
        return ModelSettings(
            key=_names(key),
            infer_keys=value_at(said, ("infer_keys",)) is True,
            samples=Samples(samples.rows, samples.columns, samples.personal),
            checks=checks,
            origins=origins,
        )

    def _options(self, kind: CheckKind, said: Fragment) -> object:
        at: Leaf = ("checks", kind.name)
        value = value_at(said, at) or {}
        found = faults.find(kind.options, value, self._config.kinds, at)
        for fault in found:
            where = _origin(said, fault.path)
            self._mistakes.append(Mistake(where, dotted(fault.path), fault.words, _rank(where)))
        return None if found else kind.options.model_validate(value)


def _origins_of_options(kind: CheckKind, said: Fragment) -> Iterator[tuple[str, str]]:
    """Where each option of a check comes from."""
    at = ("checks", kind.name)
    for name, field in kind.options.model_fields.items():
        leaves = [(leaf, one) for leaf, one in said.leaves.items() if leaf[:3] == (*at, field.alias or name)]
        if not leaves:
            yield _name((*at, field.alias or name)), DEFAULT
        yield from ((_name(leaf), one.origin) for leaf, one in leaves)


def _origin(said: Fragment, path: Sequence[str | int]) -> str:
    """Where what is wrong at a path was said, or what is nearest to it."""
    for length in range(len(path), 1, -1):
        near = [one for leaf, one in said.leaves.items() if leaf[:length] == tuple(path[:length])]
        if near:
            return near[-1].origin
    switch = said.switches.get(str(path[1]))
    return switch.origin if switch else DEFAULT


def _rank(where: str) -> tuple[int, int]:
    numbers = [int(part) for part in where.split(":")[1:] if part.isdecimal()]
    return (numbers[0], numbers[1] if len(numbers) > 1 else 0) if numbers else (0, 0)


def _names(value: object) -> tuple[str, ...] | None:
    if isinstance(value, str):
        return (value.strip(),)
    return tuple(str(name).strip() for name in value) if isinstance(value, list) else None


def _name(leaf: Leaf) -> str:
    return ".".join(leaf)


def _meant(select: Sequence[str], project: Project) -> str:
    """The nearest name that an expression can have meant."""
    for text in select:
        method, _, value = text.strip("+@0123456789").rpartition(":")
        names: set[str] = set()
        if method in ("", "fqn"):
            names = {node.name for node in project.nodes.values()}
        elif method == "tag":
            names = {tag for node in project.nodes.values() for tag in node.tags}
        near = did_you_mean(value, names) if value not in names else ""
        if near:
            return near
    return ""
