"""What a project looks like to somebody who sees it for the first time: layers, keys, what is personal."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePosixPath

from bot.core import inferred_keys, keys
from bot.core.first import columns as told
from bot.core.first.personal import is_of_people, is_personal, marks
from bot.core.selection import select
from bot.domain import Column, Key, Node, Project, RelationName, Table


class Layer(StrEnum):
    """Which part of a project a node belongs to."""

    STAGING = "staging"
    INTERMEDIATE = "intermediate"
    MARTS = "marts"
    OTHER = "other models"
    SNAPSHOTS = "snapshots"
    SEEDS = "seeds"


_FOLDERS = {
    Layer.STAGING: {"staging", "stage", "stg", "base", "bronze", "sources"},
    Layer.INTERMEDIATE: {"intermediate", "int", "silver"},
    Layer.MARTS: {"marts", "mart", "gold", "reporting", "reports", "presentation"},
}
_PREFIX = re.compile(r"(?:(stg|base|src)|(int)|(fct|fact|dim|mart|rpt|agg))_")
_UNFIT = re.compile(r"[\s,+@:]")  # means something in a selection
_OF_MODELS = (Layer.STAGING, Layer.INTERMEDIATE, Layer.MARTS)


@dataclass(frozen=True)
class Seen:
    """A node: its layer, the key that it declares if any, and columns that could be the key by their names."""

    unique_id: str
    name: str
    layer: Layer
    key: Key | None
    proposed: tuple[str, ...]


@dataclass(frozen=True)
class Outlook:
    """A project at first sight.

    `selections` are what selects the models of a layer in dbt's syntax, and what is to be left out of that. `personal`
    are columns that are called like something personal, in lower case, with the nodes that have them; `people` are
    nodes with a column `name` that is somebody's; `marks` are the words by which the project marks what is personal.
    `incremental` are the incremental models.
    """

    name: str
    adapter: str
    nodes: tuple[Seen, ...]
    selections: Mapping[Layer, tuple[tuple[str, ...], tuple[str, ...]]]
    personal: Mapping[str, tuple[str, ...]]
    people: tuple[str, ...]
    marks: tuple[str, ...]
    incremental: tuple[str, ...]

    @property
    def without_key(self) -> tuple[Seen, ...]:
        """The nodes that declare no key."""
        return tuple(one for one in self.nodes if one.key is None)

    def of(self, layer: Layer) -> tuple[Seen, ...]:
        """The nodes of a layer."""
        return tuple(one for one in self.nodes if one.layer is layer)


def survey(project: Project, headers: Mapping[str, Sequence[str]]) -> Outlook:
    """Returns what a project looks like; what its packages bring is left out.

    Args:
        project: as dbt has parsed it.
        headers: the columns of seeds, by unique id.

    Raises:
        UsageError: a model's `meta.proofbot.key` is no key.
    """
    own = {
        uid: node
        for uid, node in sorted(project.nodes.items(), key=lambda pair: (pair[1].name, pair[0]))
        if node.package == project.name and node.resource_type in ("model", "seed", "snapshot")
    }
    columns = told.of_project(project, headers)
    reasons = {uid: _reason(node, _is_read(uid, own)) for uid, node in own.items()}
    nodes = tuple(_seen(project, uid, reasons[uid][0], columns.get(uid, ())) for uid in own)
    return Outlook(
        name=project.name,
        adapter=project.adapter,
        nodes=nodes,
        selections=_selections(project, reasons),
        personal=_personal(own, columns),
        people=tuple(node.name for uid, node in own.items() if _has_somebodys_name(node, columns.get(uid, ()))),
        marks=marks(own.values()),
        incremental=tuple(node.name for node in own.values() if node.materialization == "incremental"),
    )


def selector(name: str) -> str:
    """Returns what selects a model by its name in dbt's syntax, which has no quotes: `?` stands for any sign."""
    return _UNFIT.sub("?", name)


def _seen(project: Project, uid: str, layer: Layer, columns: Sequence[str]) -> Seen:
    node = project.nodes[uid]
    found = keys.declared(project, uid)
    table = Table(
        RelationName(None, "", node.name), "", tuple(Column(name, _declared_type(node, name)) for name in columns)
    )
    proposed = () if found else inferred_keys.candidates(node.name, table, table)
    return Seen(uid, node.name, layer, found[0] if found else None, proposed)


def _declared_type(node: Node, column: str) -> str:
    declared = next((one.data_type for one in node.columns if one.name.lower() == column.lower()), None)
    return declared or ""


def _is_read(uid: str, own: Mapping[str, Node]) -> bool:
    return any(uid in node.depends_on for node in own.values() if node.resource_type == "model")


def _reason(node: Node, is_read: bool) -> tuple[Layer, str]:  # noqa: FBT001
    """The layer of a node, and what selects it there: its folder, the beginning of its name, or its name.

    The folder that is nearest to the model decides, before its name. What is in no layer, and is read by no other
    model, is what people look at: a mart.
    """
    if node.resource_type != "model":
        return (Layer.SEEDS if node.resource_type == "seed" else Layer.SNAPSHOTS), ""
    folders = PurePosixPath(node.path).parent.parts
    for depth in range(len(folders), 1, -1):  # the first is one of `model-paths`
        layer = next((layer for layer, words in _FOLDERS.items() if folders[depth - 1].lower() in words), None)
        if layer is not None:
            return layer, f"path:{selector('/'.join(folders[:depth]))}"
    prefix = _PREFIX.match(node.name)
    if prefix:
        return _OF_MODELS[(prefix.lastindex or 1) - 1], f"{prefix[0]}*"
    return (Layer.OTHER if is_read else Layer.MARTS), selector(node.name)


def _selections(
    project: Project, reasons: Mapping[str, tuple[Layer, str]]
) -> Mapping[Layer, tuple[tuple[str, ...], tuple[str, ...]]]:
    """What selects each layer. What the words of one layer also select of another is excluded by that one's words."""
    wanted = {layer: sorted({word for one, word in reasons.values() if one is layer}) for layer in _OF_MODELS}
    found: dict[Layer, tuple[tuple[str, ...], tuple[str, ...]]] = {}
    for layer, words in wanted.items():
        if words:
            hit = select(words, None, project)
            strays = {reasons[uid][1] for uid in hit if uid in reasons and reasons[uid][0] not in (layer, Layer.OTHER)}
            others = {reasons[uid][1] for uid in hit if uid in reasons and reasons[uid][0] is Layer.OTHER}
            found[layer] = (tuple(words), tuple(sorted({*strays, *others} - {""})))
    return found


def _personal(own: Mapping[str, Node], columns: Mapping[str, Sequence[str]]) -> Mapping[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for uid, node in own.items():
        for name in _folded((*columns.get(uid, ()), *told.aliases(node))):
            if is_personal(name):
                found.setdefault(name.lower(), []).append(node.name)
    return {name: tuple(found[name]) for name in sorted(found)}


def _has_somebodys_name(node: Node, columns: Sequence[str]) -> bool:
    return is_of_people(node.name) and "name" in _folded([name.lower() for name in columns])


def _folded(names: Collection[str]) -> tuple[str, ...]:
    return tuple({name.lower(): name for name in names}.values())
