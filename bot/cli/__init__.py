"""The door: arguments and environment become values, exit codes leave."""

from __future__ import annotations

import importlib.metadata

import click

from bot.cli import ci, doctor, first, local, proofs

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


@click.group(help=_ABOUT, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(importlib.metadata.version("proofbot"), prog_name="proofbot")
def main() -> None:
    """See `_ABOUT`."""


for _command in (
    first.init,
    local.run,
    local.config,
    doctor.doctor,
    proofs.verify,
    proofs.baseline,
    proofs.backtest,
    ci.ci,
    ci.publish,
    ci.conclude,
    ci.cleanup,
):
    main.add_command(_command)
