"""The story of `proofbot cleanup`: what proofbot made is removed, by its own records and names, and nothing else."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.core import leftovers
from bot.domain.records import Record, RecordKind
from bot.errors import ProofbotError, UsageError
from bot.render.escape import visible
from bot.run import sweeping
from bot.run.stage import Request
from bot.world import origin, parses, workspace
from bot.world.ledger import Ledger
from bot.world.warehouses.leftovers import Sought

Log = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class CleanupWish:
    """What is to go: what was made for a pull request, or what is older than this (`7d`, `12h`, `30m`).

    `repository` and `project` (a slug) keep to what was made for them, where runs for several share our root. A dry run
    only says what would go. `request` names dbt's profile: what dead runs left in its warehouse goes, too; without it,
    no warehouse is asked.
    """

    number: int | None = None
    older_than: str | None = None
    dry_run: bool = False
    repository: str | None = None
    project: str | None = None
    request: Request | None = None


def cleanup(wish: CleanupWish, log: Log) -> int:
    """Removes what is wished for, and the folders of dead runs.

    Kept origins and parses go by age only, because requests share them.

    Args:
        log: is told of everything that goes, and of everything that is refused.

    Returns:
        the exit code: 0, or 3 where something of ours could not be removed, or the warehouse could not be reached.

    Raises:
        UsageError: the wish says too little or too much.
    """
    said: list[str] = []

    def tell(words: str) -> None:
        said.append(words)
        log(words)

    home = workspace.root()
    ledger = Ledger(home)
    for path in ledger.unreadable():
        tell(f"{path} is no record of this version and is left alone")
    age = leftovers.age(wish.older_than) if wish.older_than is not None else None
    broom = _Broom(home, ledger, tell, is_dry=wish.dry_run)
    for record in _chosen(wish, age, ledger.records()):
        broom.take_back(record)
    if age is not None:
        moment = (datetime.now(UTC) - age).timestamp()
        for folder in origin.unused_since(home, moment):
            broom.discard(folder)
        for file in parses.unused_since(home, moment):
            broom.unlink(file)
    for folder in workspace.dead_runs(home) if wish.dry_run else workspace.sweep(home):
        broom.say_gone(folder)
    if wish.request is not None:
        label = f"pr_{wish.number}" if wish.number is not None else None
        broom.sweep(wish.request, Sought(label, age, wish.dry_run))
    if not said:
        log("nothing to remove")
    return 3 if broom.has_failed else 0


def _chosen(wish: CleanupWish, age: timedelta | None, records: tuple[Record, ...]) -> tuple[Record, ...]:
    if wish.number is None:
        if age is None:
            raise UsageError("nothing is said of what is to go", remedy="Say `--pr N`, or `--older-than 7d`.")
        of_these = leftovers.about(records, wish.repository, wish.project)
        return leftovers.older_than(of_these, age, datetime.now(UTC))
    if age is not None:
        raise UsageError("--pr and --older-than exclude each other", remedy="Call `proofbot cleanup` once for each.")
    chosen = leftovers.of_request(records, wish.number, wish.repository, wish.project)
    several = leftovers.repositories(chosen)
    if len(several) > 1:
        raise UsageError(
            f"there is a request {wish.number} in several repositories: {', '.join(map(visible, several))}",
            remedy="Run it in a CI job of the one that is meant.",
        )
    return chosen


class _Broom:
    """Removes one thing after the other, or says that it would. `has_failed` says whether something stayed."""

    def __init__(self, home: Path, ledger: Ledger, log: Log, *, is_dry: bool) -> None:
        self.has_failed = False
        self._home = home
        self._ledger = ledger
        self._log = log
        self._is_dry = is_dry

    def take_back(self, record: Record) -> None:
        """Removes what a record is about, then the record."""
        if self._ledger.is_held(record):
            return  # a run that is alive does it itself
        match record.kind:
            case RecordKind.GATE:
                self._forget(record)
            case RecordKind.REPORT | RecordKind.ORIGIN | RecordKind.RUN:
                self._take_folder(record)
            case RecordKind.SCHEMA | RecordKind.DATABASE:
                self._log(f"{_what(record)} is left alone: what is left in a warehouse is told by its marks there")

    def sweep(self, request: Request, sought: Sought) -> None:
        """Drops what dead runs left in the warehouse of a profile."""
        try:
            profile = sweeping.find(request)
        except (UsageError, OSError) as error:  # not every job that tidies up has a checkout
            self._log(f"no warehouse was looked through: {_words(error)}")
            return
        try:
            gone = sweeping.sweep(request, profile, sought)
        except ProofbotError as error:
            self.has_failed = True
            self._log(f"what dead runs left in the warehouse was not looked for: {_words(error)}")
        else:
            for name in gone:
                self._log(f"{'would drop' if self._is_dry else 'dropped'} {visible(name)} in the warehouse")

    def discard(self, folder: Path) -> bool:
        """Removes a kept origin."""
        if not self._is_dry and not origin.discard(folder):
            self._fail(folder, "it holds what proofbot did not put there, or may not be removed")
            return False
        self.say_gone(folder)
        return True

    def unlink(self, file: Path) -> None:
        """Removes a kept parse."""
        try:
            if not self._is_dry:
                file.unlink(missing_ok=True)
                with contextlib.suppress(OSError):  # others are kept there
                    file.parent.rmdir()
        except OSError as error:
            self._fail(file, error.strerror or str(error))
        else:
            self.say_gone(file)

    def say_gone(self, path: Path) -> None:
        """Says that something is gone, or would go."""
        self._log(f"{'would remove' if self._is_dry else 'removed'} {visible(str(path))}")

    def _forget(self, record: Record) -> None:
        """A pending gate of old: what it has become since, another run may have said on another machine."""
        self._log(
            f"{'would forget' if self._is_dry else 'forgot'} {_what(record)}: it may be pending still; "
            "a new run for that commit settles it"
        )
        self._strike(record)

    def _take_folder(self, record: Record) -> None:
        named = leftovers.folder(record)
        if named is None:
            self._log(f"refused: {_what(record)} is not a folder that proofbot makes")
            return
        folder = self._home / named
        if not folder.exists() and not folder.is_symlink():
            self._strike(record)
        elif not workspace.is_plain_folder(self._home, named):
            self._log(f"refused: {_what(record)} is a link or no folder")
        elif record.kind is RecordKind.REPORT:
            self._remove(record, folder)
        elif record.kind is RecordKind.ORIGIN and self.discard(folder):
            self._strike(record)
        # The folder of a run goes with the dead ones, if its run is dead; its record then goes the next time.

    def _remove(self, record: Record, folder: Path) -> None:
        try:
            if not self._is_dry:
                workspace.remove_folder(folder)
        except OSError as error:
            self._fail(folder, error.strerror or str(error))
        else:
            self.say_gone(folder)
            self._strike(record)

    def _strike(self, record: Record) -> None:
        if not self._is_dry:
            self._ledger.strike(record.id)

    def _fail(self, folder: Path, why: str) -> None:
        self.has_failed = True
        self._log(f"could not remove {visible(str(folder))}: {why}")


def _words(error: Exception) -> str:
    remedy = error.remedy if isinstance(error, ProofbotError) else None
    return visible(f"{error} {remedy}" if remedy else str(error))


def _what(record: Record) -> str:
    """What a record is about, in words that are safe to print whoever wrote it."""
    named = record.what.get("folder") or record.what.get("context") or record.id
    commit = f" on {record.commit[:9]}" if record.kind is RecordKind.GATE else ""
    return f"the {record.kind.value} {visible(named[:200])}{visible(commit)}"
