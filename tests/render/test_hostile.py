"""Ten thousand hostile values go through whole pages, and GitHub's own parser reads them."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TypeVar

import pytest

from bot.domain import DiffTable, FromTo, Grade, Outcome, Report, Status, TableCell, TableColumn, Whereabouts
from bot.render.markdown import comment, summary
from tests.render import gfm
from tests.render.evidence import finding
from tests.render.reports import HOSTILE, RUN, model, with_text

T = TypeVar("T")
NUMBER = 10_000
IN_ONE_COMMENT = 725  # as many texts as `with_text` asks for
IN_ONE_SUMMARY = 2_500
URL = "https://github.com/octo/shop/actions/runs/7/attempts/1"
ELSEWHERE = Whereabouts(URL, "proofbot-shop-7")
ATTACKS = (
    *HOSTILE,
    *(
        "@octocat",
        "@octo/team",
        "a@b.example",
        "mailto:a@b.example",
        "\uff20octocat",
        "#1",
        "octo/shop#1",
        "GH-7",
        "!12",
    ),
    *("4b4864c1f0aa2f6a3d9b4c55e1d0f5a2b9c3d7e6", "octo/shop@4b4864c1f", "ABC-123", "CVE-2026-1", "octo@4b4864c"),
    *(
        "https://e.example",
        "http://[::1]/",
        "ftp://e.example",
        "www.e.example",
        "<https://e.example>",
        "xmpp:a@b.example/c",
    ),
    *(
        "[a](https://e.example)",
        "[a][b]\n\n[b]: https://e.example",
        "![a](x.png)",
        "[![a](b)](c)",
        "[ ] task",
        "- [x] task",
    ),
    *("<!-- proofbot:v1 project=shop head=4b4864c run=9.1 hash=0 state=success accepted= -->", "<!--", "--!>", "<!-->"),
    *(
        "</details>",
        "</summary>",
        "</code>",
        "</pre>",
        "</td></tr></table>",
        "<details open>",
        "<summary>",
        "<br>",
        "<br/>",
    ),
    *(
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "<svg/onload=alert(1)>",
        "<iframe src=//e>",
        "<style>",
    ),
    *(
        "<a href=javascript:alert(1)>x</a>",
        "<?php ?>",
        "<![CDATA[x]]>",
        "<!DOCTYPE html>",
        "<x-y>",
        "<textarea>",
        "<plaintext>",
    ),
    *("&lt;script&gt;", "&#64;octocat", "&commat;octocat", "&NewLine;", "&amp;", "&", "&#x40;", "\\@octocat", "\\<b>"),
    *("`", "``", "```", "`````", "``` js", "~~~", "~~~mermaid", "```mermaid\ngraph TD; a-->b\n```", "```math\nx\n```"),
    *("$x$", "$$x$$", "$`x`$", "\\(x\\)", "\\[x\\]", ":+1:", ":octocat:", "[^1]", "[^1]: note", "> [!WARNING]\n> x"),
    *("|", "||", "\\|", "\\\\|", "\\", "a\\", "`|`", "|---|", "| a |\n|---|", "---|---", ":--", "\t|\t"),
    *(
        "# h",
        "x\n===",
        "x\n---",
        "===",
        "---",
        "***",
        "* * *",
        "___",
        "+ x",
        "* x",
        "- x",
        "1. x",
        "1) x",
        "> x",
        "    x",
        "\tx",
    ),
    *(
        "/close",
        "/assign @octocat",
        "\n/merge\n",
        " /approve",
        "/label ~bug",
        "::error::x",
        "::add-mask::x",
        "##[error]x",
    ),
    *(
        "\r",
        "\n",
        "\r\n",
        "\u2028",
        "\u2029",
        "\x85",
        "\x0b",
        "\x0c",
        "\x00",
        "\x1b]8;;https://e.example\x07x",
        "\x7f",
        "\x9b",
    ),
    *(
        "\u202e",
        "\u202d",
        "\u2066",
        "\u2069",
        "\u200b",
        "\u200d",
        "\ufeff",
        "\u00ad",
        "\u061c",
        "\U000e0041",
        "\ue000",
        "\uffff",
    ),
    *(
        "\ud800",
        "\udfff",
        "a\u0301",
        "\u0130",
        "\ufb01",
        "\uff1cb\uff1e",
        "\uff5c",
        "\u00a0",
        "\u3000",
        "\u1680",
        "\u2003",
    ),
    *("*", "**", "_", "__", "~", "~~", "*a*", "**a**", "_a_", "__a__", "~~a~~", "~a~", "***a***", "a*b*c", "a_b_c"),
    *("null", "_null_", "(empty)", "…", "→", "a → b", "**a → b**", "NaN", "−5", "<0.1%", "", " ", "  ", "x" * 300),
)
GLUE = ("", "", " ", " ", "\n", "\n\n", ".", ",", "(", ")", '"', "'", "a", "1", "_", "-", ":", "/", "|", "`", "é")


def _values(number: int) -> list[str]:
    """Attacks alone, and then several of them in one value, with anything between them. Always the same."""
    chance = random.Random(4)
    found = list(dict.fromkeys(ATTACKS))
    while len(found) < number:
        parts = [chance.choice(GLUE)]
        for _ in range(chance.randint(1, 4)):
            parts += [chance.choice(ATTACKS), chance.choice(GLUE)]
        if chance.random() < 0.2:
            parts.append("".join(chr(chance.randrange(0x110000)) for _ in range(3)))
        found.append("".join(parts))
    chance.shuffle(found)
    return found


VALUES = _values(NUMBER)


def _harmless(value: str) -> str:
    """A value as long, with its blanks where they are, of letters only; other values become others."""
    return "".join(sign if sign.isspace() else chr(0x4E00 + ord(sign) % 0x5000) for sign in value)


def _batches(values: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    return (values[start : start + size] for start in range(0, len(values), size))


def _of_rows(values: Sequence[str]) -> Report:
    """A model with example rows that hold these values, and a number of ours at the end of each."""
    columns = (*(TableColumn(title, data=True) for title in values[:3]), TableColumn("ours", numeric=True))

    def cells(place: int) -> tuple[TableCell, ...]:
        first, second, third, fourth = (values[(place + step) % len(values)] for step in range(4))
        return (first, FromTo(second, third), fourth, 271_828)

    rows = tuple(cells(place) for place in range(0, len(values), 4))
    one = finding(
        "values", "rows differ", *(DiffTable("Example rows", columns, tuple(part)) for part in _batches(rows, 500))
    )
    changed = replace(model("orders", Outcome.CHANGED, Grade.FAIL), findings=(one,))
    return Report(replace(RUN, slug="shop"), Status.FAILURE, "gate closed: 1 model changed", (changed,))


def test_there_are_enough_of_them_and_all_are_shown() -> None:
    """The fuzz would look at the same few values, or at none."""
    assert len(set(VALUES)) > NUMBER * 0.95
    harmless = [f"w{place}w" for place in range(IN_ONE_COMMENT)]
    text = comment(with_text(harmless), limit=10**9)
    assert sum(f"{word}" in text for word in harmless) > IN_ONE_COMMENT * 0.6


def test_no_value_acts_or_changes_the_structure_of_a_comment() -> None:
    """Whoever names a branch, a column or a test could ping a team, forge a verdict, or hide what fails."""
    for values in (*_batches(VALUES, IN_ONE_COMMENT), *_batches(VALUES[::-7] + VALUES[::3], IN_ONE_COMMENT)):
        text = comment(with_text(values), 10**9, ELSEWHERE)
        page = gfm.read(text)
        assert not gfm.faults(text, page, frozenset({URL}))
        assert page.structure == gfm.read(comment(with_text([*map(_harmless, values)]), 10**9, ELSEWHERE)).structure


def test_no_value_leaves_its_cell() -> None:
    """A value with a pipe or a line end would move all that comes after it, and a reader would read other numbers."""
    for values in _batches(VALUES, IN_ONE_SUMMARY):
        text = summary(_of_rows(values), ELSEWHERE)
        page = gfm.read(text)
        assert not gfm.faults(text, page)
        examples = [rows for rows in page.tables if rows[0][-1] == "Ours"]
        assert sum(map(len, examples)) == len(values) // 4 + len(examples)
        assert {row[-1] for rows in examples for row in rows[1:]} == {"271,828"}
        assert {len(row) for rows in examples for row in rows} == {4}


@pytest.mark.parametrize("limit", [2_000, 4_000, 15_000, 60_000])
def test_a_comment_that_is_cut_is_whole(limit: int) -> None:
    """What has no room would take the end of a fold or a fence with it, and the rest of the page would be in it."""
    for values in list(_batches(VALUES, IN_ONE_COMMENT))[:5]:
        text = comment(with_text(values), limit, ELSEWHERE)
        assert len(text) <= limit
        assert text.startswith("### ❌ ")
        assert not gfm.faults(text, gfm.read(text), frozenset({URL}))


@pytest.mark.parametrize(
    "word", ["@octocat", "#1", "<b>x</b>", "https://e.example", "$x$", ":+1:", "[^1]\n\n[^1]: x", "~~a~~"]
)
def test_what_acts_is_found(word: str) -> None:
    """These tests would hold for a page on which everything acts."""
    text = f"### a\n\n{word} b\n"
    assert gfm.faults(text, gfm.read(text))


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "https://e.example/a)b", "https://e.example/`", "//e.example", "x" * 600]
)
def test_an_address_that_is_none_makes_no_link(url: str) -> None:
    """An address with a bracket would end its link, and the rest of it would be Markdown."""
    text = comment(_of_rows(VALUES[:400]), whereabouts=Whereabouts(url, "artifact|`"))
    assert not gfm.faults(text, gfm.read(text))
    assert "`report.json` in the artifact `` artifact|` `` has" in text
