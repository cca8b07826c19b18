"""The blocks of a description that declare something are found, and nothing else is taken for one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.declaration_blocks import is_left_open
from bot.core.declarations import Block, blocks


@pytest.mark.parametrize(
    "fence",
    [
        "```proofbot\n{}```",
        "``` proofbot \n{}```",
        "```yaml proofbot\n{}```",
        "```YML Proofbot\n{}````",
        "~~~~ proofbot\n{}~~~~~",
        "   ```proofbot\n{}  ```  ",
    ],
)
def test_a_marked_block_is_found(fence: str) -> None:
    """An author could not declare anything in a common way of writing a block."""
    text = "What it does\n\n" + fence.format("orders: removed\n") + "\nafter"
    assert blocks(text) == (Block("orders: removed\n", 4),)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_end_as_the_forge_ends_them(end: str) -> None:
    """GitHub sends CRLF: a declaration would be lost, or its mistakes told at wrong lines."""
    text = end.join(["one", "```proofbot", "a: removed", "", "b: removed", "```", "```proofbot", "c: added", "```"])
    assert blocks(text) == (Block("a: removed\n\nb: removed\n", 3), Block("c: added\n", 8))


@pytest.mark.parametrize(
    "text",
    [
        "```\nproofbot\n```",
        "```yaml\na: removed\n```",
        "```proofbot yaml\na: removed\n```",
        "```proofbots\na: removed\n```",
        "``proofbot\na: removed\n``",
        "    ```proofbot\n    a: removed\n    ```",
        "\t```proofbot\n\ta: removed\n\t```",
        "``` proofbot `x`\na: removed\n```",
        "````md\n```proofbot\na: removed\n```\n````",
        "~~~\n```proofbot\na: removed\n```\n~~~",
        "> ```proofbot\n> a: removed\n> ```",
    ],
)
def test_other_text_declares_nothing(text: str) -> None:
    """An example in a description, or a block of another kind, would count as a declaration."""
    assert blocks(text) == ()


@pytest.mark.parametrize(
    "text",
    [
        "<!--\n```proofbot\na: removed\n```\n-->",
        "<!-- declare what changes:\n\n```proofbot\na: removed\n```\n\n-->\nText",
        "Text <!-- a hint\n```proofbot\na: removed\n```\n-->",
        "  <!-- never closed\n```proofbot\na: removed\n```",
        "<!-- one --> and <!-- two\n```proofbot\na: removed\n```\n-->",
    ],
)
def test_a_comment_declares_nothing(text: str) -> None:
    """The example in a template, which nobody sees, would declare something in every request."""
    assert blocks(text) == ()


@pytest.mark.parametrize(
    "before",
    [
        "<!-- closed -->",
        "<!--\nclosed\n-->",
        "<!-->",
        "Write `<!--` to hide it.",
        "Here <!-- is no end",
        "```html\n<!--\n```",
        "````\n<!-- ```proofbot\n````",
    ],
)
def test_a_block_after_a_comment_counts(before: str) -> None:
    """A comment in a template above would swallow what the author declares below."""
    found = blocks(f"{before}\n```proofbot\na: removed\n```\n")
    assert [block.text for block in found] == ["a: removed\n"]


def test_an_unclosed_fence_runs_to_the_end() -> None:
    """What the forge shows as a block would not be read as one."""
    assert blocks("```proofbot\na: removed\n``\n~~~") == (Block("a: removed\n``\n~~~\n", 2),)
    assert blocks("```proofbot") == (Block("", 2),)


@pytest.mark.parametrize(
    ("text", "is_open"),
    [
        ("```proofbot\na: removed\n```", False),
        ("```proofbot\na: removed\n```\n", False),
        ("```proofbot\na: removed\n", True),
        ("```proofbot\na: remov...", True),
        ("```proofbot\na: removed\n``...", True),
        ("```proofbot\na: removed\n```\n```sql\nselect", False),
        ("nothing is declared...", False),
    ],
)
def test_a_block_that_is_cut_off_is_known(text: str, *, is_open: bool) -> None:
    """Half of what somebody declares would count for all of it."""
    assert is_left_open(text) is is_open


def test_the_indentation_of_the_fence_is_no_part_of_its_content() -> None:
    """A block in a list would be no valid YAML."""
    assert blocks("  ```proofbot\n  a:\n    rows: 1\n b: removed\n  ```")[0].text == "a:\n  rows: 1\nb: removed\n"


@given(st.text(alphabet="`~<!->pro \n\r\tx", max_size=200))
def test_any_text_is_read(text: str) -> None:
    """A description with odd signs would end the run."""
    for block in blocks(text):
        assert block.line >= 2


def test_long_odd_texts_are_read_at_once() -> None:
    """A description made of nothing but signs would keep the job busy: each of these must be linear."""
    for piece in ("`", "` ", "<!--", "<!-- x\n", "a <!--\n", "~~~\n", "```` ` "):
        assert blocks(piece * (60_000 // len(piece))) == ()
