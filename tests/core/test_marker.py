"""The hidden first line of a comment: written and read again, and never taken from what people wrote."""

from __future__ import annotations

import base64
import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from bot.core import marker
from bot.domain import Acceptance, GateState, Marker, RunId
from tests.render.reports import HOSTILE

HEAD = "9ab01cd27e5b8f3a4c6d1e0f9b8a7c6d5e4f3a2b"
MARKER = Marker("analytics/shop", HEAD, RunId(7_001, 2), "0123456789abcdef0123456789abcdef", state=GateState.FAILURE)
LINE = marker.write(MARKER)
LINES = st.text().map(lambda text: " ".join(text.split())[:200].rstrip())
ACCEPTANCES = st.builds(Acceptance, LINES, LINES, LINES)
MARKERS = st.builds(
    Marker,
    st.from_regex(r"[a-z0-9._/]([a-z0-9._/]|-(?!-)){0,60}", fullmatch=True),
    st.from_regex(r"[0-9a-f]{40}|[0-9a-f]{64}", fullmatch=True),
    st.builds(RunId, st.integers(0, 10**15), st.integers(1, 10**12)),
    st.from_regex(r"[0-9a-f]{32}", fullmatch=True),
    st.lists(ACCEPTANCES, max_size=4, unique=True).map(tuple),
    st.none() | st.sampled_from(list(GateState)),
    st.booleans(),
)


def forged(document: object) -> str:
    """A line of ours whose acceptances are this JSON."""
    text = document if isinstance(document, str) else json.dumps(document)
    return LINE.replace(" accepted=", f" accepted={base64.b64encode(text.encode()).decode().rstrip('=')}")


@given(MARKERS, st.text(), st.sampled_from(["\n", "\r\n"]))
def test_what_is_written_is_read_again(wanted: Marker, below: str, line_end: str) -> None:
    """The second push would not find the comment of the first, and write another; or lose what was accepted."""
    assert marker.read(f"{marker.write(wanted)}{line_end}{below}") == wanted


def test_the_marker_is_one_line_that_nobody_sees() -> None:
    """Every reader would see machine words above the verdict, or no verdict at all."""
    written = marker.write(MARKER)
    assert written == (
        f"<!-- proofbot:v1 project=analytics/shop head={HEAD} run=7001.2 hash=0123456789abcdef0123456789abcdef"
        " state=failure accepted= -->"
    )
    tokens = MarkdownIt("gfm-like", {"linkify": False}).parse(f"{LINE}\n### Gate open\n")
    assert [token.type for token in tokens] == ["html_block", "heading_open", "inline", "heading_close"]
    assert tokens[0].content.strip() == LINE


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_that_was_written_ends_the_hidden_line(text: str) -> None:
    """A reason such as `--> @everyone` would stand in the comment, active, and the comment would not be found again."""
    line = marker.write(replace(MARKER, accepted=(Acceptance(text, text, f"--> {text} <!-- ‾‾‾>>>???"),)))
    assert line.count("--") == 2
    assert line.endswith(" -->")
    assert "\n" not in line
    read = marker.read(f"{line}\nx")
    assert read is not None
    assert read.accepted[0].reason.startswith("-->")


@pytest.mark.parametrize(
    "body",
    [
        "",
        "looks good to me",
        f" {LINE}\nbelow",
        f"\n{LINE}\nbelow",
        f"> {LINE}\nbelow",
        f"see\n{LINE}",
        f"{LINE} and more\nbelow",
        f"{LINE}\r\r\nbelow",
        LINE.replace("\n", "").replace(" -->", ""),
        LINE.replace(":v1", ":v2"),
        LINE.replace("<!-- proofbot:v1", "<!--  proofbot:v1"),
        LINE.replace("<!-- proofbot:v1", "<!-- Proofbot:v1"),
        LINE.replace("analytics/shop", ""),
        LINE.replace("analytics/shop", "Analytics"),
        LINE.replace("analytics/shop", "a>b"),
        LINE.replace("project=analytics/shop ", ""),
        LINE.replace("project=", "project=x project="),
        LINE.replace(HEAD, "main"),
        LINE.replace("run=7001.2", "run=7001"),
        LINE.replace("run=7001.2", "run=-1.2"),
        LINE.replace("run=7001.2", "run=٧.2"),
        LINE.replace("hash=0123456789abcdef0123456789abcdef", "hash=0123"),
        LINE.replace(" accepted=", " accepted=!"),
        LINE.replace(" accepted=", " accepted=aGVsbG8"),
        LINE.replace(" accepted=", " accepted=a"),
        forged("{}"),
        forged([["orders", "ann"]]),
        forged([["orders", "ann", 1]]),
        forged(["orders"]),
        forged("[" * 30_000),
        forged("\ufeff[]"),
    ],
)
def test_what_is_no_marker_of_ours_is_none(body: str) -> None:
    """Anybody could have a comment overwritten, or an acceptance believed, by writing something alike."""
    assert marker.read(body) is None


def test_pairs_of_a_later_version_are_ignored() -> None:
    """An older proofbot would no longer find the comment of a newer one, and write a second."""
    later = LINE.replace(" state=failure", " mood=fine state=neutral").replace(" -->", " target=ci -->")
    assert marker.read(later) == replace(MARKER, state=None)


@pytest.mark.parametrize(
    "wrong",
    [
        replace(MARKER, project="a -->"),
        replace(MARKER, project=""),
        replace(MARKER, project="a=b"),
        replace(MARKER, project="a--b"),
        replace(MARKER, head="main"),
        replace(MARKER, head=f"{HEAD}\n"),
        replace(MARKER, digest="x"),
    ],
)
def test_what_could_not_be_read_again_is_not_written(wrong: Marker) -> None:
    """A comment would be written that nobody finds again."""
    with pytest.raises(ValueError, match="a marker can't hold"):
        marker.write(wrong)


def test_acceptances_never_fill_the_comment() -> None:
    """Nobody could read the verdict any more, because GitHub refuses a comment that is too long."""
    many = tuple(Acceptance(f"model_{number}", "ann", "x " * 5_000) for number in range(1_000))
    kept = marker.kept(many)
    assert 50 < len(kept) < 1_000
    assert kept == tuple(replace(one, reason=("x " * 100).rstrip()) for one in many[: len(kept)])
    line = marker.write(replace(MARKER, accepted=many))
    assert len(line) < 21_000
    assert marker.read(line) == replace(MARKER, accepted=kept)


def test_an_acceptance_is_kept_once_on_one_line() -> None:
    """The marker would grow with every look at the comment."""
    once = Acceptance("orders", "ann", "meant it")
    assert marker.kept([once, once, Acceptance("orders", "ann", " meant\n\n it ")]) == (once,)


def test_the_digest_does_not_see_what_forges_change() -> None:
    """An equal comment would be written again at every run."""
    assert marker.digest("### Gate open\n\n| a |\n") == marker.digest("### Gate open\r\n\r\n| a |")
    assert marker.digest("### Gate open") != marker.digest("### Gate closed")
    assert marker.digest("\ud800") != marker.digest("")


def test_the_visible_part_is_all_but_the_marker() -> None:
    """A comment that somebody has edited could not be told from one of ours."""
    assert marker.visible(f"{LINE}\r\n### Gate open\r\n\r\nx") == "### Gate open\n\nx"
    assert marker.visible("no marker\r\nx") == "no marker\nx"
    assert not marker.visible(LINE)
