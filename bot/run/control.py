"""The chapter of the control: would what changed have changed anyway? Base's code is built once more, and compared."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeVar, cast

from bot.core import grammars, heirs, invariants, remaining, trials
from bot.core.disclosure import without_values
from bot.core.report import Seen
from bot.core.scans import Steps
from bot.core.trials import Found
from bot.core.trio import Trio
from bot.core.volatility import Causes, Volatility, say
from bot.domain import Beside, ControlMode, Noise, Pair, RelationName, Table
from bot.errors import BudgetSpent, QueryFailed
from bot.run import models, recollection, recording, redrawing
from bot.run.beside import Trial
from bot.world.interview import conduct_all
from bot.world.warehouses.contract import Asking

_Subject = TypeVar("_Subject")
_Answer = TypeVar("_Answer")
_DRAWS = (Beside.CONTROL, Beside.CONTROL_2, Beside.CONTROL_3)


@dataclass(frozen=True)
class Ruled:
    """What is left of what was seen, how many nodes were built for it, and what a reader should know of how."""

    seen: tuple[Seen, ...]
    built: int = 0
    notices: tuple[str, ...] = ()


def rule_out_noise(trial: Trial, seen: Sequence[Seen], suspicious: Collection[str]) -> Ruled:
    """Builds suspicious models once more with base's code, and takes for noise what differs there as it does at head.

    Args:
        trial: what is at hand.
        seen: what was seen of the affected models.
        suspicious: unique ids of those that changed without being declared; one that only one side has is passed over.

    Returns:
        all that was seen, in order: the findings of models that vary by themselves are those beyond their noise. What
        could not be asked is left as it was, a change, and a notice says so.

    Raises:
        Interrupted: the run was stopped.
    """
    cases = _cases(trial, seen, suspicious)
    if not cases or trial.policy.control is ControlMode.NEVER:
        return Ruled(tuple(seen))
    court = _Court(trial, seen)
    cases = court.recall(cases)
    court.try_controls(cases)
    court.look_again(cases)
    court.remember(cases)
    return court.ruled()


@dataclass(frozen=True)
class _Case:
    """A suspicious model: what was seen of it, its pair, what dbt calls it at base, and its relation there."""

    seen: Seen
    pair: Pair
    at_base: str
    relation: RelationName

    @property
    def uid(self) -> str:
        return self.seen.standing.change.unique_id


def _cases(trial: Trial, seen: Sequence[Seen], suspicious: Collection[str]) -> list[_Case]:
    former = heirs.find(*trial.as_parsed)
    found = []
    for one in seen:
        uid, standing = one.standing.change.unique_id, one.standing
        at_base = former.get(uid, uid)
        if uid in suspicious and one.pair and standing.base and standing.head and at_base in trial.as_parsed[0].nodes:
            found.append(_Case(one, one.pair, at_base, standing.base))
    return found


class _Court:
    """What becomes of the cases.

    `found` is what the controls showed, `settled` what is left of the models that are done with, both by unique id;
    `tables` are what the controls made of each model.
    """

    def __init__(self, trial: Trial, seen: Sequence[Seen]) -> None:
        self._trial, self._seen = trial, seen
        self._found: dict[str, Found] = {}
        self._settled: dict[str, Seen] = {}
        self._tables: dict[str, list[Table]] = {}
        self._notices: dict[str, None] = {}
        self._built = 0
        base, head = trial.as_parsed
        former = heirs.find(base, head)
        self._affected = {entry.unique_id for entry in trial.change.affected}
        proven = {one.standing.change.unique_id for one in seen if remaining.is_proven_unchanged(one.findings)}
        self._varying = {former.get(uid, uid) for uid in self._affected - proven}
        at_base = {former.get(uid, uid) for uid in self._affected}
        self._causes = Volatility(base, at_base, grammars.of(base.adapter))
        self._causes_of_head = Volatility(head, self._affected, grammars.of(head.adapter))

    def recall(self, cases: Sequence[_Case]) -> list[_Case]:
        """Settles what an earlier control with the same origin explains. Returns the other cases."""
        known = recollection.recall(self._trial)
        told = [(case, known[case.at_base]) for case in cases if known.get(case.at_base)]
        for (case, _), seen in self._ask(told, lambda one, asking: self._by_memory(*one, asking)):
            if seen is not None:
                self._settled[case.uid] = seen
        return [case for case in cases if case.uid not in self._settled]

    def _by_memory(self, case: _Case, columns: Mapping[str, str], asking: Asking) -> Seen | None:
        named = {one.head.name: columns[one.base.name] for one in case.pair.shared if one.base.name in columns}
        alike = self._led(invariants.look_alike(case.pair, list(named), self._trial.matter.dialect), asking)
        if not named or not alike:
            return None
        seen = models.see_beyond(self._trial.matter, case.seen, Noise(columns=named, controls=0), asking)
        return seen if seen and not remaining.has_changed(seen.findings) else None

    def try_controls(self, cases: Sequence[_Case]) -> None:
        """Builds as many controls as are wanted, and more for what is not clear then."""
        wanted = max(self._trial.policy.controls, 1)
        left = list(cases)
        for number, which in enumerate(_DRAWS, 1):
            if left:
                self._draw(which, left)
                drawn = [case for case in left if len(self._tables.get(case.uid, ())) == number]
                for case, found in self._ask(drawn, self._judge):
                    self._found[case.uid] = found
                left = [case for case in drawn if self._is_open(case, number < wanted)]

    def _draw(self, which: Beside, cases: Sequence[_Case]) -> None:
        drawn = redrawing.draw(self._trial, which, {case.at_base: case.relation for case in cases}, self._varying)
        self._built += drawn.built
        for case in cases:
            table = drawn.tables[case.at_base]
            if isinstance(table, Table):
                self._tables.setdefault(case.uid, []).append(table)
            else:
                self._doubt(case, f"could not be built: {table}")

    def _judge(self, case: _Case, asking: Asking) -> Found:
        causes = _under_names_at_head(self._causes.of(case.at_base), case.pair)
        trio = Trio(case.pair, tuple(self._tables[case.uid]), self._trial.matter.dialect, causes)
        return self._led(trials.find(trio), asking)

    def _is_open(self, case: _Case, is_wanted: bool) -> bool:  # noqa: FBT001 (a fact of the policy)
        found = self._found.get(case.uid)
        return found is not None and (found.is_open or is_wanted)

    def look_again(self, cases: Sequence[_Case]) -> None:
        """Asks once more about what varies, without what varies; and whether head makes vary what did not."""
        became = self._find_what_became([case for case in cases if case.uid in self._found])
        noisy = []
        for case in cases:
            found = self._found.get(case.uid)
            noise = found.noise if found else None
            if found and found.is_open:
                # Chance had all its tries, or the next control could not be had: then it is a change.
                self._doubt(case, "varies by itself, and it is not clear by how much")
                noise = None
            if case.uid in became:
                noise = replace(noise or Noise(controls=len(self._tables[case.uid])), became=became[case.uid])
            if noise:
                noisy.append((case, noise))
        for (case, _), seen in self._ask(noisy, self._see_beyond):
            if seen is None:
                self._doubt(case, "could be built, but what is beyond its noise could not be asked")
            else:
                self._settled[case.uid] = seen

    def _see_beyond(self, one: tuple[_Case, Noise], asking: Asking) -> Seen | None:
        case, noise = one
        return models.see_beyond(self._trial.matter, case.seen, noise, asking)

    def _find_what_became(self, cases: Sequence[_Case]) -> dict[str, dict[str, str]]:
        """The columns, with the cause, that vary by themselves at head and do not at base."""
        suspects = {case.uid: (case, new) for case in cases if (new := self._new_causes(case))}
        if not suspects:
            return {}
        relations = {uid: name for uid, (case, _) in suspects.items() if (name := case.seen.standing.head)}
        drawn = redrawing.draw(self._trial, Beside.HEAD_AGAIN, relations, ())
        self._built += drawn.built
        asked = [(case, new, drawn.tables[uid]) for uid, (case, new) in suspects.items()]
        became = {}
        for (case, new, _), names in self._ask(asked, self._ask_head_again):
            if names:
                became[case.uid] = {name: new.get(name, "") for name in sorted(names)}
        return became

    def _new_causes(self, case: _Case) -> dict[str, str]:
        """The columns that changed, do not vary at base, and hold at head what may vary and was not in base's code."""
        before, after = self._causes.of(case.at_base), self._causes_of_head.of(case.uid)
        noise = self._found[case.uid].noise or Noise()
        changed = remaining.changed_columns(case.seen.findings)
        found = {}
        for one in case.pair.shared:
            name = one.head.name
            if name in noise.columns or name in noise.partly or (changed is not None and name not in changed):
                continue
            new = after.reaching(name) - before.reaching(one.base.name)
            if new:
                found[name] = say(new)
        return found

    def _ask_head_again(self, one: tuple[_Case, Mapping[str, str], Table | str], asking: Asking) -> frozenset[str]:
        case, new, table = one
        if isinstance(table, str):
            return frozenset()  # the change stays a change, whatever makes it
        found = self._led(trials.becoming(case.pair, table, self._trial.matter.dialect), asking)
        return found & new.keys()

    def remember(self, cases: Sequence[_Case]) -> None:
        """Keeps with the origin which columns vary in nearly all rows: more than that no control tells of them."""
        volatile = {}
        for case in cases:
            found = self._found.get(case.uid)
            if found and found.noise and found.wholly and not (found.noise.rows or found.noise.key):
                causes = self._causes.of(case.at_base)
                names = [one.base.name for one in case.pair.shared if one.head.name in found.wholly]
                volatile[case.at_base] = {name: causes.of(name) for name in names}
        recollection.remember(self._trial, volatile)

    def ruled(self) -> Ruled:
        """What is left of everything that was seen."""
        seen = tuple(self._settled.get(one.standing.change.unique_id, one) for one in self._seen)
        return Ruled(seen, self._built, tuple(self._notices))

    def _doubt(self, case: _Case, words: str) -> None:
        name = case.seen.standing.node.name
        self._notices[f"the control of `{name}` {words}; what changed in it counts as a change"] = None

    def _led(self, steps: Steps[_Answer], asking: Asking) -> _Answer:
        """What a conversation with the warehouse returns."""
        watched = self._trial.matter.meter.watch(asking)
        try:
            statement = next(steps)
            while True:
                statement = steps.send(watched.ask(statement))
        except StopIteration as stop:
            answer: _Answer = stop.value
            return answer

    def _ask(
        self, about: Sequence[_Subject], job: Callable[[_Subject, Asking], _Answer]
    ) -> Iterator[tuple[_Subject, _Answer]]:
        """Asks about several things side by side. What cannot be asked is noted, and left out."""

        def guarded(subject: _Subject, asking: Asking) -> tuple[bool, _Answer | str]:
            try:
                with recording.about(_case_of(subject).uid):
                    return True, job(subject, asking)
            except (QueryFailed, BudgetSpent, ValueError, TypeError, ArithmeticError) as failure:
                return False, without_values(" ".join(str(failure).split()))

        jobs = [partial(guarded, subject) for subject in about]
        matter = self._trial.matter
        for subject, (worked, told) in zip(about, conduct_all(matter.warehouse, jobs, matter.threads), strict=True):
            if worked:
                yield subject, cast(_Answer, told)
            else:
                self._doubt(_case_of(subject), f"could not be compared: {told}")


def _case_of(subject: object) -> _Case:
    return subject if isinstance(subject, _Case) else cast(tuple[_Case, object], subject)[0]


def _under_names_at_head(causes: Causes, pair: Pair) -> Causes:
    """Causes of base's columns, by head's names."""
    renamed = {one.base.name.lower(): one.head.name.lower() for one in pair.shared if one.renamed}
    return replace(causes, columns={renamed.get(name, name): found for name, found in causes.columns.items()})
