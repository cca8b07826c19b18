"""The story of `proofbot backtest`: the last merged requests are proven again, and the policy is tried on them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace

from rich.console import Console
from rich.text import Text

from bot.core import backtest as trials
from bot.core.backtest import Merged, Trial
from bot.core.wording import count
from bot.domain import Policy, Preset, Revision
from bot.errors import EnvironmentFailure, Interrupted, ProofbotError
from bot.render import backtest_page
from bot.render.escape import capped, visible
from bot.run import prove
from bot.run.recording import Recorder
from bot.run.stage import Request
from bot.world import git
from bot.world.git import Repository


@dataclass(frozen=True, slots=True)
class Wanted:
    """How many merged requests are tried, and whether the result is told as JSON."""

    last: int = 20
    as_json: bool = False


def backtest(request: Request, wanted: Wanted, log: Console, page: Console) -> int:
    """Proves the last merged requests again, and tells how often the gate would have been closed to them.

    Args:
        request: how dbt is run; its `base` is the branch whose history counts, None for the default branch. The
            configuration is that of each request's own base, unless it names one.
        log: where progress goes.
        page: where the result goes.

    Returns:
        the exit code: 0, whatever became of the requests.

    Raises:
        ProofbotError: the history cannot be read, or none of the requests could be proven.
    """
    repository = git.find_repository(request.project_dir or request.here)
    branch = git.describe(repository, request.base or git.default_branch(repository))
    merged = tuple(_merged(repository, branch, wanted.last))
    if not merged:
        raise EnvironmentFailure(
            f"{branch.name} has no commit with a parent here, so there is nothing to try",
            remedy="Fetch its history: `git fetch --unshallow`; in CI, check out with `fetch-depth: 0`.",
        )
    found = []
    for number, one in enumerate(merged, start=1):
        subject = capped(visible(one.merge.subject), 80)
        log.print(Text(f"{number} of {len(merged)}: {one.merge.commit[:9]} {subject}"), soft_wrap=True)
        found.append(_try(repository, replace(request, base_name=branch.name), one, log))
    if not trials.proven(found):
        raise EnvironmentFailure(
            f"none of {count(len(found), 'request')} could be proven, the newest because {found[0].words}",
            remedy="Mend that, or see all of it by `-v`.",
        )
    if wanted.as_json:
        text = json.dumps(trials.document(found, branch.name), indent=2)
        page.print(text, soft_wrap=True, highlight=False, markup=False)
    else:
        backtest_page.page(found, branch.name, page)
    return 0


def _merged(repository: Repository, branch: Revision, last: int) -> Iterator[Merged]:
    """The requests behind the last commits of a branch: of a merge what it merged, else the commit by itself."""
    for merge, parents in git.merges(repository, branch, last):
        yield Merged(merge, base=parents[0], head=parents[1] if len(parents) > 1 else merge.commit)


def _try(repository: Repository, request: Request, merged: Merged, log: Console) -> Trial:
    """What becomes of one request. An error is told, and does not end the others."""
    recorder = Recorder()
    wanted = replace(
        request, base=merged.base, head=merged.head, head_name=merged.merge.name, working_tree=False, dry_run=False
    )
    silence = log if request.verbose else Console(quiet=True)
    try:
        base, head = (git.describe(repository, commit) for commit in (merged.base, merged.head))
        left = git.merge_base(repository, base, head)
        if not trials.concerns_data(git.changed_files(repository, left.commit, head.commit)):
            return trials.without_builds(merged)
        report = prove(wanted, silence, silence, recorder=recorder)
    except Interrupted:
        raise
    except ProofbotError as error:
        log.print(Text(f"  not proven: {error}"), soft_wrap=True)
        return Trial(merged, None, str(error))
    if report is None:
        raise AssertionError("this was no dry run")
    return Trial(
        merged=merged,
        status=report.status,
        words=report.headline,
        seconds=report.run.seconds,
        rules=trials.closing_rules(report),
        presets={preset: (recorder.judge(Policy(preset=preset)) or report).status for preset in Preset},
    )
