"""The chapter of the focus: where one model is looked at, nothing is built or asked but it and what it reads."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from bot.core import focus
from bot.domain import Change, ControlMode, Incremental, NodeChange, Project, Settings
from bot.run.stage import Focus
from bot.run.twins import Twins


class Lens:
    """What of a run is looked at: all, where there is no focus.

    Raises:
        UsageError: no model is called as the focus says, or several are.
    """

    def __init__(self, focused: Focus | None, projects: tuple[Project, Project]) -> None:
        self._focus, self._projects = focused, projects
        self._model = focus.find(focused.model, *projects) if focused else ""
        self._needed = focus.needed(self._model, *projects) if focused else frozenset()

    def configured(self, settings: Settings) -> Settings:
        """The settings: of one model nobody asks the project's own questions, and a control is built on demand."""
        if self._focus is None:
            return settings
        control = ControlMode.AUTO if self._focus.is_controlled else ControlMode.NEVER
        return replace(settings, named=(), policy=replace(settings.policy, control=control))

    def worth_compiling(self, unique_ids: Iterable[str]) -> tuple[str, ...]:
        """Those of which it is worth to know whether they compile to the same: not of the model alone, which is built
        and asked about in less time than dbt takes to compile it twice."""
        wanted = tuple(uid for uid in unique_ids if self._focus is None or uid in self._needed)
        return () if wanted == (self._model,) else wanted

    def worth_sparing(self, unique_ids: Iterable[str]) -> tuple[str, ...]:
        """Those that are compiled to see whether a change reaches them: none of what one model reads, for the same
        reason."""
        return tuple(unique_ids) if self._focus is None else ()

    def narrow(self, change: Change) -> Change:
        """What of a change is looked at, and what that needs."""
        return change if self._focus is None else focus.narrow(change, self._model, self._needed)

    def incremental(self, configured: Incremental) -> Incremental:
        """How incremental models are built: of one model not in two ways."""
        return Incremental.FULL if self._focus and configured is Incremental.BOTH else configured

    def planned(self) -> tuple[Project, Project]:
        """Both projects as far as they are built: dbt's tests are not run on one model, dbt itself does that."""
        base, head = self._projects
        return (base, head) if self._focus is None else (replace(base, tests={}), replace(head, tests={}))

    def looked_at(self, change: Change, results: Twins) -> tuple[NodeChange, ...]:
        """What is asked about, the model of the focus last; before it, what could not be built and so keeps it from
        being built."""
        if self._focus is None:
            return change.affected

        def is_broken(unique_id: str) -> bool:
            told = (results.base_nodes.get(unique_id), results.head_nodes.get(unique_id))
            return any(one is not None and one.status == "error" for one in told)

        own = [entry for entry in change.affected if entry.unique_id == self._model]
        broken = [entry for entry in change.affected if entry not in own and is_broken(entry.unique_id)]
        return (*broken, *own)
