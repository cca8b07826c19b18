"""The story of a CI job that proves a request: the gate is pending, the request is proven, and everybody is told.

Whatever happens, the gate's last word is not `pending`: a finding, an error, or that the run was stopped.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType

from rich.console import Console

from bot import run as story
from bot.core import acceptance, slugs, verdict
from bot.core import annotations as remarks
from bot.domain import Annotation, ForgeKind, Occasion, Outcome, Report, Revision, Whereabouts
from bot.domain.records import RecordKind
from bot.errors import EnvironmentFailure, Interrupted, ProofbotError
from bot.render import markdown, terminal, workflow_commands
from bot.run import fetching, files, hearing, publishing
from bot.run.publishing import Delivery, Desk
from bot.run.stage import Request
from bot.world import actions, secrets
from bot.world.ledger import Ledger, draw_up
from bot.world.workspace import root

_DEFECT = EnvironmentFailure("proofbot has a defect", remedy="Please report it, with the log.")


@dataclass(frozen=True)
class Job:
    """A CI job: what started it, how dbt is run, and where people are told. `last_words` is the desk of a run that is
    stopped and has seconds left; `older_than` says what is old."""

    occasion: Occasion
    request: Request
    desk: Desk
    last_words: Desk
    environment: Mapping[str, str]
    older_than: str = "7d"


@dataclass(frozen=True, slots=True)
class Case:
    """What is to be proven: two commits (None: the default branch), what people call them, and the pull request, if
    there is one to comment on. `is_foreign` says that the job is a fork's own, without secrets. `description` is the
    pull request's."""

    head: str
    head_name: str
    base: str | None
    base_name: str | None
    number: int | None = None
    is_foreign: bool = False
    description: str = ""


def prove(job: Job, case: Case, log: Console, page: Console) -> int:
    """Proves a case and tells everybody.

    Returns:
        the exit code: 0 where the gate is open, 1 where it is closed.

    Raises:
        ProofbotError: nothing could be proven. Everybody is told before.
    """
    silence = uuid.uuid4().hex  # until it is said again, nothing that dbt or the data print is a command to the runner
    forge = job.desk.place.forge
    _tell_runner(forge, page, workflow_commands.stop(silence))
    gate = _Gate(job, case)
    try:
        with gate:
            return _prove(job, case, gate, log, page)
    finally:
        _tell_runner(forge, page, workflow_commands.resume(silence))
        _tell_runner(forge, page, workflow_commands.annotate(gate.annotations))


def _tell_runner(forge: ForgeKind, page: Console, text: str) -> None:
    """Prints a text of ours as it is, where a runner reads it: GitHub's."""
    if text and forge is ForgeKind.GITHUB:
        page.file.write(f"{text}\n")
        page.file.flush()


def _prove(job: Job, case: Case, gate: _Gate, log: Console, page: Console) -> int:
    request = replace(job.request, head=case.head, head_name=case.head_name, base=case.base, base_name=case.base_name)
    request = replace(request, description=case.description, number=case.number)
    whose = fetching.Whose(case.number, case.is_foreign)
    try:
        request = fetching.complete(request, job.desk.place, whose, job.desk.log)
        report = story.prove(request, log, page, on_stop=gate.stop)
    except Interrupted:
        raise
    except ProofbotError as error:
        gate.tell(_unproven(case, error), page)
        raise
    except Exception:
        gate.tell(_unproven(case, _DEFECT), page)
        raise
    if report is None:
        raise AssertionError("this was no dry run")
    return gate.tell(report, page)


class _Gate:
    """The gate of one case: pending once it is entered, never pending after it is left. `annotations` are to be
    printed once the runner listens again."""

    def __init__(self, job: Job, case: Case) -> None:
        self.annotations: tuple[Annotation, ...] = ()
        self._job = job
        self._case = case
        self._ledger = Ledger(root())
        self._is_closed = False
        place, slug = job.desk.place, job.desk.slug
        told = {
            "api_url": place.api_url,
            "repository": place.repository,
            "context": slugs.context(slug),
            "run": f"{place.run.number}.{place.run.attempt}",
        }
        self._record = draw_up(RecordKind.GATE, slug, case.number, case.head, told)

    def __enter__(self) -> _Gate:
        self._ledger.note(self._record)
        publishing.announce(self._job.desk, self._case.head)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if isinstance(error, Interrupted | KeyboardInterrupt):
            self.stop()
        elif error is not None:
            self._give_up(str(error) if isinstance(error, ProofbotError) else _DEFECT.message)

    def stop(self) -> None:
        """The run is stopped from outside, and there are only seconds left."""
        self._give_up("the run was stopped", interrupted=True)

    def tell(self, report: Report, page: Console) -> int:
        """Tells everybody what was found: the log, the files, the pull request, the commit, the job's page.

        Returns:
            the exit code.

        Raises:
            EnvironmentFailure: the files cannot be written.
        """
        case, desk, environment = self._case, self._job.desk, self._job.environment
        report = replace(report, run=replace(report.run, slug=desk.slug, is_foreign=case.is_foreign))
        if case.number is not None:
            known = publishing.accepted(desk, case.number, case.head, is_foreign=case.is_foreign)
            report = acceptance.apply(report, (*known, *hearing.accepted(desk, case.number, case.head, report)))
        terminal.page(report, page, desk.place.forge)
        artifact = slugs.artifact(desk.slug, desk.place.run.attempt)
        folder = self._job.request.out or self._own_folder(report)
        digest = story.write_report(report, folder)
        whereabouts = Whereabouts(url=desk.place.run_url, artifact=artifact, digest=digest, forge=desk.place.forge)
        files.write(report, folder, whereabouts)
        delivery = publishing.deliver(desk, case.head, case.number, report, whereabouts)
        self._close(is_set=delivery.is_gate_set)
        actions.set_outputs(environment, _outputs(report, delivery, folder, artifact))
        self.annotations = remarks.of(report, report.run.project_dir)
        actions.append_summary(environment, secrets.mask_values(markdown.summary(report, whereabouts)))
        return verdict.exit_code(report.status)

    def _own_folder(self, report: Report) -> Path:
        """A folder below our root, which goes with the pull request."""
        folder = story.folder_of(report)
        told = {"folder": folder.relative_to(root()).as_posix(), "repository": self._job.desk.place.repository}
        self._ledger.note(draw_up(RecordKind.REPORT, self._job.desk.slug, self._case.number, self._case.head, told))
        return folder

    def _give_up(self, words: str, *, interrupted: bool = False) -> None:
        if not self._is_closed:
            desk = self._job.last_words if interrupted else self._job.desk
            is_set = publishing.give_up(desk, self._case.head, words, interrupted=interrupted)
            actions.set_outputs(self._job.environment, {"result": "error"})
            self._close(is_set=is_set)

    def _close(self, *, is_set: bool) -> None:
        """The gate has its last word; where the forge did not take it, the record stays, and `conclude` tries again."""
        self._is_closed = True
        if is_set:
            self._ledger.strike(self._record.id)


def _unproven(case: Case, error: ProofbotError) -> Report:
    """The report of a run that ended before it had one."""
    base, head = Revision(case.base or "", case.base_name or ""), Revision(case.head, case.head_name)
    return files.unproven(base, head, error)


def _outputs(report: Report, delivery: Delivery, folder: Path, artifact: str) -> dict[str, str]:
    changed = sum(model.outcome is Outcome.CHANGED for model in report.models)
    return {
        "result": report.status.value,
        "comment-url": delivery.comment_url or "",
        "report-path": str(folder),
        "models-changed": str(changed),
        "superseded": "true" if delivery.superseded else "false",
        "artifact": artifact,
    }
