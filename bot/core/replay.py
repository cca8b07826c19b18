"""What a replay says of a recorded report: what holds, what is another, and whether that matters.

Both are documents as report.json has them. What matters is the verdict, the outcome of each model with its numbers,
each test and each named check. Versions, digests of configuration and manifests, and single statements are told: a
statement may be about a column that varies by itself.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from bot.core.evidence import of_text
from bot.core.wording import count

_Entry = Mapping[str, Any]
_LISTED = 20
_SHORTENED = "sha256:"


class Held(StrEnum):
    """What became of one thing in the replay."""

    HOLDS = "holds"
    DIFFERS = "differs"  # it is told, and does not matter by itself
    BROKEN = "does not hold"


@dataclass(frozen=True, slots=True)
class Told:
    """What became of one thing (`orders`, `configuration`), in a few words."""

    what: str
    held: Held
    words: str


def compare(recorded: _Entry, again: _Entry) -> tuple[Told, ...]:
    """What holds of a report, in the order in which it is told; the verdict last.

    Args:
        recorded, again: documents that the schema of report.json lets through.
    """
    return (
        *_evidence(recorded.get("evidence") or {}, again.get("evidence") or {}),
        *_problem(recorded, again),
        *_models(recorded["models"], again["models"]),
        *_many("dbt test", _by(recorded["tests"], "unique_id"), _by(again["tests"], "unique_id"), _test),
        *_many("named check", _checks(recorded), _checks(again), _named),
        *_statements(recorded, again),
        _verdict(recorded, again),
    )


def holds(told: Iterable[Told]) -> bool:
    """Whether all that matters holds."""
    return all(one.held is not Held.BROKEN for one in told)


def _evidence(recorded: _Entry, again: _Entry) -> Iterator[Told]:
    if not recorded:
        yield Told("evidence", Held.BROKEN, "the report has none, so there is little to hold it against")
        return
    yield _same("configuration", recorded["configuration"], again.get("configuration"), "the same text")
    for side, digest in sorted(recorded["manifests"].items()):
        yield _same(f"manifest of {side}", digest, again.get("manifests", {}).get(side), "the same")
    versions = again.get("versions", {})
    changed = [
        f"{name} {was}, now {versions.get(name, 'none')}"
        for name, was in sorted(recorded["versions"].items())
        if versions.get(name) != was
    ]
    told = ", ".join(f"{name} {version}" for name, version in sorted(recorded["versions"].items()))
    yield Told("versions", Held.DIFFERS if changed else Held.HOLDS, "; ".join(changed) or told)
    for one in again.get("environments", ()):
        kept = f", {one['kept']:,} kept from before" if one["kept"] else ""
        yield Told(f"environment {one['name']}", Held.HOLDS, f"{count(one['built'], 'node')} built anew{kept}")


def _same(what: str, was: str, now: str | None, words: str) -> Told:
    if was == now:
        return Told(what, Held.HOLDS, f"{words}, {was[:12]}" if was else "none")
    return Told(what, Held.DIFFERS, f"{was[:12] or 'none'}, now {(now or 'none')[:12]}")


def _problem(recorded: _Entry, again: _Entry) -> Iterator[Told]:
    was, now = (str((one["problem"] or {}).get("title", "none")) for one in (recorded, again))
    if recorded["problem"] or again["problem"]:
        held = Held.HOLDS if was == now else Held.BROKEN
        yield Told("problem", held, was if was == now else f"{was}, now {now}")


def _models(recorded: Sequence[_Entry], again: Sequence[_Entry]) -> Iterator[Told]:
    before, after = _by(recorded, "unique_id"), _by(again, "unique_id")
    for uid, was in before.items():
        now = after.get(uid)
        if now is None:
            yield Told(was["name"], Held.BROKEN, "is not affected any more")
            continue
        differences = [*_differences(_outcome(was), _outcome(now))]
        numbers = [*_differences(_numbers(was), _numbers(now))]
        held = Held.BROKEN if differences or (numbers and not _varies(was, now)) else Held.HOLDS
        if held is Held.HOLDS and numbers:
            yield Told(was["name"], Held.DIFFERS, f"varies by itself: {'; '.join(numbers)}")
        else:
            yield Told(was["name"], held, "; ".join([*differences, *numbers]) or _summary(was))
    for uid in sorted(after.keys() - before.keys()):
        yield Told(after[uid]["name"], Held.BROKEN, "is affected, and is not in the report")


def _outcome(model: _Entry) -> dict[str, object]:
    return {"outcome": model["outcome"], "grade": model["grade"], "rule": model.get("rule", "")}


def _numbers(model: _Entry) -> dict[str, object]:
    rows, columns = model["rows"] or {}, model["columns"] or {}
    changed = {f"column {name}": number for name, number in columns.get("changed", {}).items()}
    others = {name: sorted(columns.get(name, ())) for name in ("added", "removed", "type_changed")}
    return {
        **{f"rows {name}": number for name, number in rows.items()},
        **changed,
        **{f"columns {name}": names for name, names in others.items() if names},
    }


def _varies(*models: _Entry) -> bool:
    """Whether a control has shown that numbers of a model vary without the change."""
    noise = [model.get("noise") or {} for model in models]
    return any(one.get("rows") or one.get("key") or one.get("partly") or one.get("tolerated") for one in noise)


def _summary(model: _Entry) -> str:
    rows = model["rows"] or {}
    told = [f"{rows[name]:,} {name}" for name in ("added", "removed", "changed") if rows.get(name)]
    return f"{model['outcome']}{', rows ' + ', '.join(told) if told else ''}; {model['grade']}"


def _test(test: _Entry) -> dict[str, object]:
    return {name: test[name] for name in ("base", "head", "base_failures", "head_failures", "grade")}


def _named(named: _Entry) -> dict[str, object]:
    return {"outcome": named["finding"]["outcome"], "grade": named["finding"]["grade"]}


def _many(
    noun: str,
    before: Mapping[str, _Entry],
    after: Mapping[str, _Entry],
    facts: Callable[[_Entry], Mapping[str, object]],
) -> Iterator[Told]:
    """What became of things of a kind: each that is another, and how many are the same."""
    same = 0
    for name, was in before.items():
        now = after.get(name)
        differences = ["is not there any more"] if now is None else [*_differences(facts(was), facts(now))]
        if differences:
            yield Told(f"{noun} {was['name']}", Held.BROKEN, "; ".join(differences))
        else:
            same += 1
    for name in sorted(after.keys() - before.keys()):
        yield Told(f"{noun} {after[name]['name']}", Held.BROKEN, "is not in the report")
    if same:
        yield Told(f"{noun}s", Held.HOLDS, f"{count(same, 'result')} the same")


def _differences(was: Mapping[str, object], now: Mapping[str, object]) -> Iterator[str]:
    for name in dict.fromkeys([*was, *now]):
        if was.get(name) != now.get(name):
            yield f"{name} {_spelt(was.get(name))}, now {_spelt(now.get(name))}"


def _spelt(value: object) -> str:
    if value is None or value == "":
        return "none"
    return f"{value:,}" if isinstance(value, int) else str(value)[:200]


def _statements(recorded: _Entry, again: _Entry) -> Iterator[Told]:
    """Each statement with another answer, up to a limit, and how many have the same one."""
    was = (recorded.get("evidence") or {}).get("statements", ())
    answers: defaultdict[tuple[str, ...], list[str]] = defaultdict(list)
    for one in (again.get("evidence") or {}).get("statements", ()):
        answers[_identity(one)].append(one["digest"])
    found: Counter[str] = Counter()
    others = []
    for one in was:
        given = answers[_identity(one)]
        if one["digest"] in given:
            given.remove(one["digest"])
            found["same"] += 1
        elif given:
            found["other"] += 1
            others.append(f"{one['purpose']}: {one['digest'][:12] or 'failed'}, now {given.pop(0)[:12] or 'failed'}")
            yield from _statement(one, others)
        else:
            found["gone"] += 1
    if was:
        words = f"{found['same']:,} of {count(len(was), 'statement')} with the same answer"
        words += f", {found['other']:,} with another one" if found["other"] else ""
        words += f", {found['gone']:,} not asked again" if found["gone"] else ""
        yield Told("statements", Held.HOLDS if found["same"] == len(was) else Held.DIFFERS, words)


def _statement(one: _Entry, others: Sequence[str]) -> Iterator[Told]:
    if len(others) <= _LISTED:
        yield Told(f"statement about {one['subject'] or 'the run'}", Held.DIFFERS, others[-1])


def _identity(statement: _Entry) -> tuple[str, ...]:
    sql = statement["sql"]
    digest = sql if sql.startswith(_SHORTENED) else f"{_SHORTENED}{of_text(sql)}"
    return statement["subject"], statement["purpose"], digest


def _verdict(recorded: _Entry, again: _Entry) -> Told:
    was, now = recorded["run"]["verdict"]["status"], again["run"]["verdict"]["status"]
    policy = [one.get("policy", "") for one in (recorded, again)]
    words = f" by {policy[0]}" if policy[0] else ""
    if was == now and policy[0] == policy[1]:
        return Told("verdict", Held.HOLDS, f"{was}{words}")
    rule = f" by {policy[1]}" if policy[1] else ""
    return Told("verdict", Held.HOLDS if was == now else Held.BROKEN, f"{was}{words}, now {now}{rule}")


def _checks(document: _Entry) -> dict[str, _Entry]:
    return {f"{one['check']} {one['name']}": one for one in document.get("named", ())}


def _by(entries: Iterable[_Entry], name: str) -> dict[str, _Entry]:
    return {entry[name]: entry for entry in entries}
