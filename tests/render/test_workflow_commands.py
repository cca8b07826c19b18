"""Tests of bot/render/workflow_commands.py, read back by a parser of the runner's grammar."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain import Annotation
from bot.render.workflow_commands import annotate, harmless, mask, resume, stop

_TOKEN = "0123456789abcdef0123456789abcdef"
_HOSTILE = (
    "::error::x",
    "\n::error::x",
    "\r::add-mask::a",
    "a\r\n::set-output name=result::success",
    "%0A::warning::x",
    "%250A::warning::x",
    "##[error]x",
    "\n##[add-mask]a",
    "x::",
    ",file=/etc/passwd,line=1::",
    ":,%\r\n",
    "\u2028::error::x\u2029\x85\x0b\x0c",
    "\u202e\u2066\ud800\x00\x1b[31m",
    f"\n::{_TOKEN}::\n",
)
_COMMANDS = frozenset(
    {"error", "warning", "notice", "add-mask", "set-output", "set-env", "stop-commands", "debug", "group", "echo"}
)
_TEXTS = st.lists(st.sampled_from(_HOSTILE) | st.text(max_size=8), max_size=4).map("".join)
_ANNOTATIONS = st.builds(Annotation, path=_TEXTS, title=_TEXTS, message=_TEXTS, is_error=st.booleans())


@dataclass
class _Command:
    """A line as the runner obeys it."""

    name: str
    data: str
    properties: dict[str, str] = field(default_factory=dict)


def _unescape(text: str, *signs: tuple[str, str]) -> str:
    for escaped, sign in (("%0D", "\r"), ("%0A", "\n"), *signs, ("%25", "%")):
        text = text.replace(escaped, sign)
    return text


def _obey(line: str) -> _Command | None:
    """What the runner takes a line for: first `::name properties::data` at its start, then `##[name]data` anywhere."""
    start, _, rest = line.lstrip().partition("::")
    told, ends, data = rest.partition("::")
    name, _, properties = told.partition(" ")
    if not start and ends and name in _COMMANDS:
        pairs = [part.partition("=") for part in properties.strip().split(",")]
        read = {key: _unescape(value, ("%3A", ":"), ("%2C", ",")) for key, _, value in pairs if key and value}
        return _Command(name, _unescape(data), read)
    told, ends, data = line.partition("##[")[2].partition("]")
    name = told.partition(" ")[0]
    return _Command(name, data) if ends and name in _COMMANDS else None


def _run(text: str) -> list[_Command]:
    """What the runner obeys of what a step prints; it reads lines as .NET does."""
    text.encode("utf-8")  # or it could not be printed
    return [command for line in re.split(r"\r\n|\r|\n", text) if (command := _obey(line))]


def _annotation(message: str = "3 rows changed", *, is_error: bool = True) -> Annotation:
    return Annotation("models/orders.sql", "proofbot: orders changed", message, is_error)


def test_the_parser_of_these_tests_knows_hostile_lines() -> None:
    """All other tests here would be green whatever is printed."""
    assert [command.name for command in _run("  ::error file=a,line=1::x\nlog ##[warning]y\n::unknown::z")] == [
        "error",
        "warning",
    ]
    assert _run("::error title=a%3A%2C%25::1%0A2")[0] == _Command("error", "1\n2", {"title": "a:,%"})


def test_an_annotation_arrives_as_it_was_meant() -> None:
    """The remark would stand on another file, or be cut at the first line end."""
    meant = Annotation(
        "models/a,b:c%.sql", "proofbot: orders, 50% off", "values: 3 rows\nkeys: 100%, %0A", is_error=False
    )
    [command] = _run(annotate([meant]))
    assert command.name == "warning"
    assert command.properties == {"file": meant.path, "title": meant.title}
    assert command.data == meant.message
    assert annotate([_annotation()]) == (
        "::error file=models/orders.sql,title=proofbot%3A orders changed::3 rows changed"
    )


@given(st.lists(_ANNOTATIONS, max_size=3))
def test_no_text_starts_a_command(annotations: list[Annotation]) -> None:
    """A model's name, or what dbt says, could forge results, or hide or unmask what the log shows."""
    printed = annotate(annotations)
    commands = _run(printed)
    assert sorted(command.name for command in commands) == sorted(
        "error" if annotation.is_error else "warning" for annotation in annotations
    )
    for command in commands:
        assert set(command.properties) <= {"file", "title"}
    assert len(printed.split("\n")) == max(1, len(annotations))


@given(_ANNOTATIONS)
def test_invisible_characters_can_be_seen(annotation: Annotation) -> None:
    """A bidi control would let a reviewer read another text than there is."""
    [command] = _run(annotate([annotation]))
    for character in command.data.replace("\n", "") + command.properties.get("title", ""):
        assert unicodedata.category(character) not in {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}


def test_there_are_never_more_than_github_keeps() -> None:
    """GitHub would drop annotations silently, and nobody would know that there were more."""
    errors = [_annotation(f"error {n}") for n in range(12)]
    warnings = [_annotation(f"warning {n}", is_error=False) for n in range(11)]
    commands = _run(annotate([*warnings, *errors]))
    told = {
        name: [command.data for command in commands if command.name == name] for name in ("error", "warning", "notice")
    }
    assert told["error"] == [f"error {n}" for n in range(10)]
    assert told["warning"] == [f"warning {n}" for n in range(10)]
    assert told["notice"] == ["2 more errors and 1 more warning not shown beside the diff; all are in the report"]
    assert "notice" not in annotate([*errors[:10], *warnings[:10]])
    assert annotate([]) == ""


def test_long_texts_are_cut() -> None:
    """One message would fill the log; a cut in the middle of an escaped character would show a wrong one."""
    [command] = _run(annotate([Annotation("a.sql", "%" * 900, "%\n" * 9_000, is_error=True)]))
    assert command.properties["title"] == "%" * 199 + "…"
    assert len(command.data) == 2_000


def test_commands_are_stopped_and_resumed() -> None:
    """What dbt prints would be obeyed; or nothing of ours would be afterwards."""
    assert stop(_TOKEN) == f"::stop-commands::{_TOKEN}"
    assert resume(_TOKEN) == f"::{_TOKEN}::"


@pytest.mark.parametrize("token", ["", "short", "error", "a" * 16 + "::", "a" * 16 + "\n", "a b" * 9])
def test_a_token_that_can_be_guessed_is_refused(token: str) -> None:
    """What dbt prints could turn obedience on again."""
    for command in (stop, resume):
        with pytest.raises(ValueError, match="token"):
            command(token)


def test_every_line_of_a_secret_is_masked() -> None:
    """A private key would be readable in the log, line by line; or every brace in it would be masked."""
    key = "-----BEGIN-----\r\n  50%:,\n{\n\n::error::x\r-----BEGIN-----\n"
    assert [(command.name, command.data) for command in _run(mask(key))] == [
        ("add-mask", "-----BEGIN-----"),
        ("add-mask", "50%:,"),
        ("add-mask", "::error::x"),
    ]
    assert mask("abc") == "::add-mask::abc"
    assert mask(" \n ") == ""
    assert mask("") == ""


@given(_TEXTS)
def test_no_secret_starts_another_command(value: str) -> None:
    """A password with an odd end would do something else than be hidden."""
    assert {command.name for command in _run(mask(value))} <= {"add-mask"}


@given(_TEXTS)
def test_nothing_in_the_log_is_a_command(text: str) -> None:
    """What a fork's report, dbt or the data say would set the outputs of the trusted job: which files it uploads."""
    text = text.encode("utf-8", "replace").decode("utf-8")
    assert _run(harmless(text)) == []
    assert harmless(text).replace("␣", "") == text.replace("␣", "")


@pytest.mark.parametrize("text", ["", "a::b", "std::x\n", "## heading", "2 [a]", "  nothing"])
def test_what_is_no_command_is_logged_as_it_is(text: str) -> None:
    """Somebody would copy a name from the log that is not there."""
    assert harmless(text) == text
