"""The door: arguments and environment become values, exit codes leave."""

from __future__ import annotations

import click

from bot.cli.lazy import LazyGroup, Place

_ABOUT = """Proves what a pull request of a dbt project does to the data.

proofbot builds the project before and after the change, side by side and with the same names, asks both builds the
same questions, and says what differs: rows, keys, columns, values, failures. Your checkout, your databases and your
target folder are never touched.

\b
Exit codes:
  0  the gate is open
  1  the gate is closed by a finding
  2  the call or the configuration is wrong
  3  proofbot or something it needs failed
"""


_PLACES = {
    "init": Place("first", "Writes a first configuration, and the workflow of the forge."),
    "run": Place("local", "Compares a branch with where it left the base, and judges it."),
    "config": Place("local", "Shows what is configured for every model, and where it is set."),
    "diff": Place("develop", "Compares one model of the working tree with base, in a table."),
    "completion": Place("develop", "Prints what lets a shell complete commands and models."),
    "doctor": Place("doctor", "Says what works here and what doesn't, with the remedies."),
    "verify": Place("proofs", "Proves anew what a report.json says."),
    "baseline": Place("proofs", "Writes down what fails today, so that it is no news."),
    "backtest": Place("proofs", "Tries a policy on the last merged requests."),
    "ci": Place("ci", "Does what the event of this CI job asks for."),
    "publish": Place("ci", "Publishes the report that another workflow's run has left."),
    "conclude": Place("ci", "Ends what a run that was killed left open."),
    "cleanup": Place("ci", "Removes what proofbot made and nobody needs any more."),
}


@click.group(
    cls=LazyGroup,
    places=_PLACES,
    help=_ABOUT,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(package_name="proofbot", prog_name="proofbot")
def main() -> None:
    """See `_ABOUT`."""
