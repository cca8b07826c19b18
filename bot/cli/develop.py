"""The commands for who is writing a model: `diff`, `completion`. What they need is imported when they are run, so that
a Tab is quick."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Unpack

import click
from click.shell_completion import get_completion_class

from bot.cli.names import complete_model
from bot.cli.options import Given, Project, of_a_project, request

if TYPE_CHECKING:
    from rich.console import Console

_DIFF = """Compares one model of the working tree with the commit where HEAD left the base.

Uncommitted changes are taken in. Nothing is built but the model and what it reads; what reads it is neither built nor
asked, and dbt's tests are not run. Base's build is kept, so that the second time is quicker.

\b
Examples:
  proofbot diff orders                       against the default branch
  proofbot diff orders --base HEAD           only what is not committed yet
  proofbot diff shop.orders --control        tell apart what varies by itself
  proofbot diff orders --exit-code           1 where it differs, as git diff does

\b
Exit codes: 0 it is shown, 2 the call is wrong (no such model), 3 it could not be compared.
"""

_COMPLETION = """Prints the script by which a shell completes commands, options, and the models of `diff`.

\b
  bash  echo 'eval "$(proofbot completion bash)"' >> ~/.bashrc
  zsh   echo 'eval "$(proofbot completion zsh)"' >> ~/.zshrc   (after compinit)
  fish  proofbot completion fish > ~/.config/fish/completions/proofbot.fish

Model names come from the files of the project and from target/manifest.json; dbt is not started.
"""


@click.command(help=_DIFF)
@click.argument("model", shell_complete=complete_model)
@click.option("--base", metavar="REV", help="Compare with the merge base of this revision and HEAD. [default branch]")
@click.option("--control", is_flag=True, help="Build base once more, to tell what varies without the change.")
@click.option("--exit-code", "is_judged", is_flag=True, help="Exit with 1 where the model differs.")
@of_a_project
def diff(*, model: str, base: str | None, control: bool, is_judged: bool, **given: Unpack[Project]) -> None:
    """See `_DIFF`."""
    from bot.cli.exits import leave_after, speaking_to
    from bot.run import diff as story
    from bot.run.stage import Focus

    def work(console: Console) -> int:
        every = Given(base=base, head=None, working_tree=True, **given)
        wanted = replace(request(every), focus=Focus(model, control))
        return story.show(wanted, console, speaking_to(sys.stdout), is_judged=is_judged)

    leave_after(work)


@click.command(help=_COMPLETION)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """See `_COMPLETION`."""
    script = get_completion_class(shell)
    if script is not None:
        click.echo(script(context.find_root().command, {}, "proofbot", "_PROOFBOT_COMPLETE").source())
