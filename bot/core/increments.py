"""Incremental models that are built as increments: which ones, of what they go on, and how one compares with a build
from nothing."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

from bot.core import graph, heirs, hybrid_pairs, pairing
from bot.core.comparison import Comparison
from bot.core.wording import count
from bot.domain import (
    Change,
    ColumnChanges,
    Conversation,
    Finding,
    Incremental,
    Node,
    Outcome,
    Pair,
    Plan,
    Project,
    RelationName,
    RowChanges,
    RowCounts,
    Side,
    Table,
)

NAME = "increment"
COMMAND = "dbt build --full-refresh --select"
KIND = "incremental"
_FEW = 5
_WHICH = re.compile(r"\w+ Error in model \S+ \(\S+\)\s*$")


@dataclass(frozen=True)
class Found:
    """The affected models that can be built as increments, by unique id; and why others that are incremental cannot."""

    unique_ids: tuple[str, ...] = ()
    left: Mapping[str, str] = field(default_factory=dict)


def find(change: Change, base: Project, head: Project) -> Found:
    """Finds the affected models that are incremental on both sides, under one name."""
    renamed = heirs.find(base, head)
    found, left = [], {}
    for entry in change.affected:
        ours, theirs = base.nodes.get(entry.unique_id), head.nodes.get(entry.unique_id)
        if theirs is None or not any(map(is_incremental, (ours, theirs))):
            continue
        reason = _why_not(ours, theirs, is_renamed=entry.unique_id in renamed)
        if reason:
            left[entry.unique_id] = reason
        else:
            found.append(entry.unique_id)
    return Found(tuple(found), left)


def is_incremental(node: Node | None) -> bool:
    """Whether dbt goes on with a node's table."""
    return node is not None and node.resource_type == "model" and node.materialization == KIND


def _why_not(base: Node | None, head: Node, *, is_renamed: bool) -> str:
    if is_renamed:
        return "is renamed"
    if base is None:
        return "is new"
    if not is_incremental(base) or not is_incremental(head):
        return f"is incremental at {'base' if is_incremental(base) else 'head'} only"
    return "" if base.relation == head.relation else "has another relation at head"


def planned(plan: Plan, incremental: Incremental, increments: Mapping[str, RelationName | None]) -> Plan:
    """The plan that builds these as increments: with production's relation, or None where a copy of base's goes on."""
    return replace(plan, incremental=incremental, increments={uid: increments[uid] for uid in sorted(increments)})


def is_of_production(plan: Plan) -> bool:
    """Whether base itself goes on with tables of production: then it is another one whenever these are."""
    return plan.incremental is Incremental.INCREMENT and any(plan.increments.values())


def notices(plan: Plan, left: Mapping[str, str], reasons: Mapping[str, str], head: Project) -> tuple[str, ...]:
    """What a reader should know of how incremental models were built, where increments were asked for.

    Args:
        left: why others are not in the plan, by unique id.
        reasons: why some of the plan don't go on with production's table, where that is the origin.
    """
    of_production = [uid for uid, relation in plan.increments.items() if relation]
    of_base = [uid for uid, relation in plan.increments.items() if not relation]
    told = [(of_production, "both sides went on with a copy of production's table")]
    told += [(of_base, "base was built from nothing, and head went on with a copy of that")]
    if plan.incremental is Incremental.BOTH:
        words = "built from nothing on both sides, and at head also as {}, which went on with a copy of {}"
        noun = "increments" if len(plan.increments) > 1 else "an increment"
        told = [(of_production, words.format(noun, "production's table"))]
        told += [(of_base, words.format(noun, "base's table"))]
    found = [f"{_names(uids, head)}: {words}" for uids, words in told if uids]
    not_there = [f"`{head.nodes[uid].name}` {reasons[uid]}" for uid in of_base if uid in reasons]
    if not_there:
        found.append(f"no table of production to go on with: {'; '.join(_few(not_there))}")
    if left:
        each = [f"`{head.nodes[uid].name}` {reason}" for uid, reason in left.items()]
        found.append(f"built from nothing only, though increments are asked for: {'; '.join(_few(each))}")
    return tuple(found)


def _names(unique_ids: Collection[str], project: Project) -> str:
    return ", ".join(_few([f"`{project.nodes[uid].name}`" for uid in unique_ids]))


def _few(told: list[str]) -> list[str]:
    return [*told[:_FEW], *([f"and {len(told) - _FEW} more"] if len(told) > _FEW else [])]


def to_build(wanted: Collection[str], head: Project) -> tuple[frozenset[str], frozenset[str]]:
    """What has to be built for some models to be increments, and what must not be there before: they, and what lies
    between them; they, and all that reads them."""
    above = graph.parents(head)
    below = graph.reach(wanted, graph.children(above))
    nodes = below & graph.reach(wanted, above)
    return frozenset(uid for uid in nodes if head.nodes[uid].materialization != "ephemeral"), frozenset(below)


@dataclass(frozen=True)
class Subject:
    """An incremental model whose increment is compared: its node at head, and whether it goes on with production's
    table, or else with base's."""

    node: Node
    of_production: bool

    @property
    def selector(self) -> str:
        """What selects it."""
        version = f".v{self.node.version}" if self.node.version else ""
        return f"{self.node.name.removesuffix(version)}{version}"

    @property
    def command(self) -> str:
        """What builds it from nothing."""
        return f"{COMMAND} {self.selector}"

    @property
    def measures(self) -> dict[str, object]:
        """What a finding says of it."""
        return {"of": "production" if self.of_production else "base", "select": self.selector}


def beside_full(pair: Pair, increment: Table, comparison: Comparison) -> Pair:
    """The increment in the place of base, beside head's build from nothing. No test of this run has proven its key.

    Args:
        pair: base and head, without what varies by itself.
    """
    keys = [pair.key] if pair.key else []
    plain = replace(comparison, rename={})
    found = pairing.pair(pair.unique_id, increment, pair.head, keys, pair.uncompared, plain)
    tolerances = {one.head.name: one.tolerance for one in pair.shared}
    return replace(
        found,
        shared=tuple(replace(one, tolerance=tolerances.get(one.head.name, one.tolerance)) for one in found.shared),
        proven=pair.proven - {Side.BASE},
        misfits=(),
    )


def compare(pair: Pair, subject: Subject) -> Conversation:
    """What an increment gives beside a build from nothing.

    Measures: `increment`, `full`: rows; `missing`, `surplus`, `changed`: rows that the increment lacks, has alone, and
    has with other values; `columns`: in how many rows each differs; `missing_columns`, `surplus_columns`,
    `other_types`: names; `of`: `production` or `base`, with whose table it went on; `select`: what selects it.
    """
    compared = [one.head.name for one in pair.shared if one.comparable and one.head.name not in pair.uncompared]
    if not compared:
        return Finding(NAME, Outcome.SKIPPED, "the increment shares no column whose values can be compared")
    columns = {name: ColumnChanges(name) for name in compared} if pair.key else {}
    answers = yield (RowChanges(), *columns.values())
    rows = answers[RowChanges()]
    if not isinstance(rows, RowCounts):
        raise TypeError("row changes must be row counts")
    numbers = {name: answers[question] for name, question in columns.items()}
    differing = {name: number for name, number in numbers.items() if isinstance(number, int) and number}
    shape = _shape(pair)
    return Finding(
        NAME,
        _judge(rows, shape),
        _say(rows, differing, shape, subject) + _say_left_out(pair),
        measures={
            "increment": rows.base,
            "full": rows.head,
            "missing": rows.added,
            "surplus": rows.removed,
            "changed": rows.changed,
            "columns": differing,
            **shape,
            **subject.measures,
        },
    )


def not_built(words: str, subject: Subject) -> Finding:
    """What it means that dbt builds a model from nothing, and not as an increment: a deployment would fail."""
    told = [line for line in words.splitlines() if line.strip()]
    told = told[1:] if len(told) > 1 and _WHICH.match(told[0]) else told  # which model it is stands before
    first = f"dbt refuses it, though it builds the model from nothing (`{subject.command}`):"
    return Finding(
        NAME,
        Outcome.ERRORED,
        f"{first}\n{textwrap.dedent(chr(10).join(told))}",
        measures={"built": False, **subject.measures},
    )


def _judge(rows: RowCounts, shape: Mapping[str, list[str]]) -> Outcome:
    if rows.added or rows.removed or rows.changed or any(shape.values()):
        return Outcome.CHANGED
    return Outcome.VACUOUS if rows.base == rows.head == 0 else Outcome.UNCHANGED


def _shape(pair: Pair) -> dict[str, list[str]]:
    at_increment, at_full = {one.base.name for one in pair.shared}, {one.head.name for one in pair.shared}
    return {
        "missing_columns": [one.name for one in pair.head.columns if one.name not in at_full],
        "surplus_columns": [one.name for one in pair.base.columns if one.name not in at_increment],
        "other_types": [one.head.name for one in pair.shared if one.type_changed],
    }


def _say(rows: RowCounts, columns: Mapping[str, int], shape: Mapping[str, list[str]], subject: Subject) -> str:
    differing = rows.added + rows.removed + rows.changed
    if not differing and not any(shape.values()):
        return "as an increment it gives what a full refresh gives"
    told = []
    if differing:
        told.append(f"{count(differing, 'row')} differ{'s' if differing == 1 else ''} from a full refresh: ")
        told[0] += _say_rows(rows, columns)
    words = {
        "missing_columns": "it lacks the columns {}",
        "surplus_columns": "it keeps the columns {}",
        "other_types": "it keeps the types of {}",
    }
    told += [words[name].format(_ticked(names)) for name, names in shape.items() if names]
    advice = f"deploy it with `{subject.command}`"
    if rows.removed and subject.of_production:  # history, maybe, that no source has any more
        advice = f"`{subject.command}` makes it equal, and drops the {count(rows.removed, 'row')} that only it has"
    return f"as an increment {'; '.join(told)}; {advice}"


def _say_rows(rows: RowCounts, columns: Mapping[str, int]) -> str:
    values = f"other values{f' in {_ticked(columns)}' if columns else ''}"
    each = ((rows.changed, values), (rows.added, "missing"), (rows.removed, "in the increment only"))
    told = [(number, words) for number, words in each if number]
    if len(told) == 1:
        return told[0][1]
    return ", ".join(f"{number:,} {'with ' if words is values else ''}{words}" for number, words in told)


def _say_left_out(pair: Pair) -> str:
    varying = [name for name, reason in pair.uncompared.items() if reason == hybrid_pairs.VARIES]
    return f"; left out: {_ticked(varying)}, which varies anyway" if varying else ""


def _ticked(names: Collection[str]) -> str:
    return ", ".join(_few([f"`{name}`" for name in names]))
