"""Lines by which the runner of GitHub Actions is told something.

The runner takes a line that starts with `::name properties::` for a command, and one that has `##[name]` anywhere. In a
line of ours that starts with a command, nothing further on can start another.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from bot.domain import Annotation
from bot.render.escape import capped, visible

MOST_OF_A_KIND = 10  # errors, and warnings, that GitHub keeps of a step
_LONGEST_TITLE = 200
_LONGEST_MESSAGE = 2_000
_SHORTEST_MASK = 4  # a line that is shorter, as the brace of a JSON text, would be masked in every other text
_TOKEN = re.compile(r"[A-Za-z0-9]{16,}")
_LINE_END = re.compile(r"\r\n|\r|\n")
_COMMAND = re.compile(r"(?:(?<=[\r\n])|\A)[^\S\r\n]*(?=::)|(?<=##)(?=\[)")


def annotate(annotations: Sequence[Annotation]) -> str:
    """The commands for some annotations, one a line, without a line end at the end; empty where there are none.

    Of errors and of warnings only the first ten are shown, as many as GitHub keeps of a step. How many more there are
    is said in a notice.
    """
    errors = [annotation for annotation in annotations if annotation.is_error]
    warnings = [annotation for annotation in annotations if not annotation.is_error]
    shown = [*errors[:MOST_OF_A_KIND], *warnings[:MOST_OF_A_KIND]]
    lines = [_annotation(annotation) for annotation in shown]
    left_out = list(_left_out(len(errors), "error")) + list(_left_out(len(warnings), "warning"))
    if left_out:
        message = f"{' and '.join(left_out)} not shown beside the diff; all are in the report"
        lines.append(f"::notice title=proofbot::{_data(message)}")
    return "\n".join(lines)


def complain(words: str, remedy: str) -> str:
    """The command for an error that ends the run, which belongs to no file; texts are untrusted, and of any length."""
    message = "\n".join(visible(line) for line in _LINE_END.split(f"{words}\n{remedy}"))
    return f"::error title=proofbot::{_data(capped(message, _LONGEST_MESSAGE))}"


def stop(token: str) -> str:
    """The command after which the runner takes no line for a command, until `resume` with the same token.

    Raises:
        ValueError: the token is not at least 16 letters and digits, so that somebody could guess it, or end it.
    """
    return f"::stop-commands::{_checked(token)}"


def resume(token: str) -> str:
    """The command after which the runner obeys again.

    Raises:
        ValueError: as `stop`.
    """
    return f"::{_checked(token)}::"


def harmless(text: str) -> str:
    """The text with a sign before whatever the runner would take for a command. It may have any number of lines."""
    return _COMMAND.sub(lambda found: f"{found[0]}␣", text)


def mask(value: str) -> str:
    """The commands that make the runner hide a value, one for each of its lines; empty where there is nothing to hide.

    The runner compares line by line. Of a value of several lines, very short ones are left out.
    """
    lines = [line.strip() for line in _LINE_END.split(value)]
    hidden = [line for line in lines if line and (len(lines) == 1 or len(line) >= _SHORTEST_MASK)]
    return "\n".join(f"::add-mask::{_data(line)}" for line in dict.fromkeys(hidden))


def _annotation(annotation: Annotation) -> str:
    """Its message keeps its lines; whatever can't be seen in it can."""
    message = "\n".join(visible(line) for line in _LINE_END.split(annotation.message))
    properties = {"file": annotation.path, "title": capped(visible(annotation.title), _LONGEST_TITLE)}
    told = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    return f"::{'error' if annotation.is_error else 'warning'} {told}::{_data(capped(message, _LONGEST_MESSAGE))}"


def _left_out(total: int, noun: str) -> Iterator[str]:
    more = total - MOST_OF_A_KIND
    if more > 0:
        yield f"{more:,} more {noun}{'' if more == 1 else 's'}"


def _data(text: str) -> str:
    text = text.encode("utf-8", "replace").decode("utf-8")  # what has no UTF-8 could not be printed
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def _checked(token: str) -> str:
    if not _TOKEN.fullmatch(token):
        raise ValueError("a token of workflow commands is at least 16 letters and digits")
    return token
