"""What GitLab's Markdown makes of more than a word, and GitHub's does not: none of it acts in a note."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator

import pytest

from bot.domain import ForgeKind, Whereabouts
from bot.render.escape import prose
from bot.render.markdown import comment
from tests.render import gfm
from tests.render.reports import with_text

_URL = "https://gitlab.example:8443/some/where/group/sub/shop/-/jobs/12345678901"
_NOTE = Whereabouts(_URL, "proofbot-shop-12345678901", forge=ForgeKind.GITLAB)
# https://docs.gitlab.com/user/markdown/: references, labels, milestones, emoji, inline diffs, formulas, contents.
_ATTACKS = (
    *(
        "!12",
        "group/shop!12",
        "!12+",
        "see!12",
        "(!12)",
        "#12+s",
        "group&12",
        "&12",
        "$12",
        "group/shop$12",
        "^alert#12",
    ),
    *("@all", "@group/sub", "~label", '~"two words"', "~1", "group/shop~label", "%milestone", '%"two words"', "%1"),
    *("[vulnerability:1]", "[issue:1]", "[epic:group/1]", "[work_item:1]", "[feature_flag:1]", "[contact:a@b.example]"),
    *('*iteration:"x"', "*iteration:1", "[cadence:1]", "[wiki_page:home]", "[[wiki]]", "[[a|b]]", "![[a.png]]"),
    *(
        ":thumbsup:",
        ":+1:",
        ":100:",
        "{+ added +}",
        "{- removed -}",
        "[+ added +]",
        "[- removed -]",
        "{+",
        "+}",
        "[-",
        "-]",
    ),
    *("$`a`$", "$$a$$", "$a$", "```math\na\n```", "`$a$`", "$`", "`$", "[TOC]", "[[_TOC_]]", "[^1]", "[^1]: /merge"),
    *("---\ntitle: x\n---", "+++\na\n+++", ";;;\na\n;;;", ">>>\nquote\n>>>", "> [!note]\n> x", "::include{file=a.md}"),
    *(
        "%{project_path}",
        "%{latest_tag}",
        "<!-- a",
        "~~~mermaid\na\n~~~",
        "```plantuml\na\n```",
        "```suggestion:-0+0\nx\n```",
    ),
    *(
        "1f2e3d4c",
        "1f2e3d4...5c6b7a8",
        "group/shop@1f2e3d4c",
        "GL-1",
        "JIRA-12",
        "a@b.example",
        "ftp://e.example",
        "smb:a",
    ),
    *("/merge", " /merge", "\n/merge\n", "\r/close", "x\n/approve", "\n\r\n/label ~bug", "/assign me", "/shrug", "/"),
    *(
        "term\n: definition",
        "- [~] task",
        "#ff0000",
        "`#ff0000`",
        "RGB(0,255,0)",
        "\u2028/close",
        "\x0b/close",
        "\x85/close",
    ),
)
_GLUE = ("", " ", "\n", "\n\n", ".", ",", "(", ")", '"', "a", "1", "`", "$", "/", "|")
# Of what remains outside of code, what GitLab's filters look for.
_ACTS = re.compile(
    r"""[@$~*\[\]^<>]|![0-9]|&[0-9]|%[\w"{]|\#\w|:[+\w-]+:|[{][+-]|[+-][}]|\b[A-Za-z]+-[0-9]|://"""
    r"""|\b(?=[0-9]*[a-f])[0-9a-f]{7,40}\b""",
    re.VERBOSE | re.IGNORECASE,
)
_OUR_FIGURES = re.compile(r"[−+]?[<>]\d[\d.]*%")
_IN_ONE_NOTE = 725


def _values(number: int) -> list[str]:
    """Attacks alone, and several of them in one value. Always the same."""
    chance = random.Random(6)
    found = list(_ATTACKS)
    while len(found) < number:
        parts = [chance.choice(_GLUE)]
        for _ in range(chance.randint(1, 3)):
            parts += [chance.choice(_ATTACKS), chance.choice(_GLUE)]
        found.append("".join(parts))
    chance.shuffle(found)
    return found


_VALUES = _values(4_000)


def _faults(text: str) -> Iterator[str]:
    """What acts in a page, and the lines that GitLab obeys."""
    for word in gfm.read(text).words:
        found = _ACTS.search(_OUR_FIGURES.sub("", word))
        if found:
            yield f"{found[0]!r} in {word!r}"
    yield from (f"obeyed: {line}" for line in text.replace("\r", "").split("\n") if line.startswith("/"))


@pytest.mark.parametrize("value", _ATTACKS)
def test_a_sentence_with_it_stays_a_sentence(value: str) -> None:
    """A message of dbt, a title or the name of a branch would ping people, link to other requests, or be obeyed."""
    for sentence in (value, f"{value}.", f"a {value} b", f"({value})", f'"{value}"', f"x{value}", f"`x`{value}`y`"):
        assert not list(_faults(prose(sentence)))


@pytest.mark.parametrize("start", range(0, len(_VALUES), _IN_ONE_NOTE))
def test_nothing_in_a_note_acts(start: int) -> None:
    """Whoever names a column could merge the request with the bot's rights, or ping the whole group."""
    text = comment(with_text(_VALUES[start : start + _IN_ONE_NOTE]), 10**9, _NOTE)
    assert text.startswith("### ")  # neither front matter nor a command
    assert not list(_faults(text))


@pytest.mark.parametrize(
    "word", ["!12", "~label", "%1", '%"a b"', "&12", "$a$", "@all", "{+ a +}", "[[_TOC_]]", ":+1:"]
)
def test_what_acts_is_found(word: str) -> None:
    """These tests would hold for a note in which everything acts."""
    assert list(_faults(f"### a\n\n{word} b\n"))
    assert list(_faults("### a\n\n/merge\n"))
