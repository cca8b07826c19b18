"""The commands about proofs: `verify` makes one anew, `backtest` many; `baseline` says what is no news."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Unpack

import click
from rich.console import Console

from bot.cli.exits import leave_after, speaking_to
from bot.cli.options import PATH, Given, Project, of_a_project, request
from bot.run import backtest as backtesting
from bot.run import baseline as recording
from bot.run import verify as verifying
from bot.run.stage import Request

_VERIFY = """Proves anew what a report.json says, and says what holds of it.

The commits of the report are built and asked again, in this repository; what was kept from before is used. Name the
same target, variables and configuration as the run did.

\b
Examples:
  proofbot verify report.json
  proofbot verify report.json --project-dir shop
"""

_BACKTEST = """Proves the last merged requests again, and says how often the gate would have been closed to them.

That is how a policy is tuned before it is required: by rule, and by preset. Each request is judged by the configuration
of its own base; `--config` tries one on all of them.

\b
Examples:
  proofbot backtest                                    the last 20
  proofbot backtest --last 50 --config .proofbot.yml   a policy that is not merged yet
"""

_BASELINE = """Writes down what fails on the default branch today, so that only what is new closes the gate.

Builds and tests all of it, and writes dbt tests, keys and assertions that fail to .proofbot/baseline.json, for you to
commit. What is mended leaves the baseline by itself: a failure counts as known only where base fails, too.
"""


@click.command(help=_VERIFY)
@click.argument("report", type=PATH)
@of_a_project
def verify(*, report: Path, **given: Unpack[Project]) -> None:
    """See `_VERIFY`."""

    def work(console: Console) -> int:
        return verifying.verify(report, _of_project(given), console, speaking_to(sys.stdout))

    leave_after(work)


@click.command(help=_BACKTEST)
@click.option(
    "--last", metavar="N", type=click.IntRange(min=1), default=20, show_default=True, help="How many requests."
)
@click.option("--base", metavar="REV", help="The branch that they were merged into. [default branch]")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@of_a_project
def backtest(*, last: int, base: str | None, as_json: bool, **given: Unpack[Project]) -> None:
    """See `_BACKTEST`."""

    def work(console: Console) -> int:
        wanted = replace(_of_project(given), base=base)
        return backtesting.backtest(wanted, backtesting.Wanted(last, as_json), console, speaking_to(sys.stdout))

    leave_after(work)


@click.command(help=_BASELINE)
@click.option("--head", metavar="REV", help="The revision that is built. [default branch]")
@of_a_project
def baseline(*, head: str | None, **given: Unpack[Project]) -> None:
    """See `_BASELINE`."""

    def work(console: Console) -> int:
        return recording.record(replace(_of_project(given), head=head), console, speaking_to(sys.stdout))

    leave_after(work)


def _of_project(given: Project) -> Request:
    revisions: Given = {**given, "base": None, "head": None, "working_tree": False}
    return request(revisions)
