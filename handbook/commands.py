"""The page of the command line, from click's own commands."""

from __future__ import annotations

from collections.abc import Iterator
from inspect import cleandoc

import click

from handbook.tables import code, page, table

_INTRO = """\
This page is made from the commands themselves; `proofbot COMMAND --help` says the same. What an option says wins over a
variable of the environment; of several variables the first that is set counts."""
# click's mark in front of lines that are not to be wrapped.
_AS_IT_IS = "\b\n"


def text(main: click.Group) -> str:
    """The page, as Markdown: the program, then each command that is not hidden, in the order of `--help`."""
    return page("Command line", _INTRO, *_words(main), *_commands(main, click.Context(main, info_name="proofbot")))


def _commands(group: click.Group, above: click.Context) -> Iterator[str]:
    for name in group.list_commands(above):  # `commands` has none that is imported only when it is called
        command = group.get_command(above, name)
        if command is None or command.hidden:
            continue
        context = click.Context(command, info_name=name, parent=above)
        yield f"## {context.command_path}"
        yield f"```text\n{_usage(command, context)}\n```"
        yield from _words(command)
        if rows := list(_parameters(command)):
            yield table(("Option", "Value", "Environment", "What it says"), rows)
        if isinstance(command, click.Group):
            yield from _commands(command, context)


def _usage(command: click.Command, context: click.Context) -> str:
    return " ".join([context.command_path, *command.collect_usage_pieces(context)])


def _words(command: click.Command) -> Iterator[str]:
    for paragraph in cleandoc(command.help or "").split("\n\n"):
        if paragraph.startswith(_AS_IT_IS):
            yield f"```text\n{paragraph.removeprefix(_AS_IT_IS)}\n```"
        elif paragraph:
            yield paragraph


def _parameters(command: click.Command) -> Iterator[tuple[str, str, str, str]]:
    for one in command.params:
        names = one.envvar if isinstance(one.envvar, (list, tuple)) else [one.envvar] if one.envvar else []
        variables = ", ".join(code(name) for name in names)
        if isinstance(one, click.Argument):
            yield code(one.make_metavar(click.Context(command))), _kind(one), variables, ""
        elif isinstance(one, click.Option) and not one.hidden:
            written = ", ".join(code(name) for name in (*one.opts, *one.secondary_opts))
            many = "; can be given several times" if one.multiple else ""
            needed = "; required" if one.required else ""
            yield written, _kind(one), variables, f"{one.help or ''}{many}{needed}"


def _kind(parameter: click.Parameter) -> str:
    if isinstance(parameter, click.Option) and parameter.is_flag:
        return ""
    if isinstance(parameter.type, click.Choice):
        return ", ".join(code(str(choice)) for choice in parameter.type.choices)
    return code(parameter.metavar or "") if isinstance(parameter, click.Option) else ""
