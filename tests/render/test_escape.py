"""Tests of bot/render/escape.py."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from bot.render.escape import code_span, fenced, html_code, prose, visible

MARKDOWN = MarkdownIt("commonmark")


def test_code_span_outgrows_the_backticks_inside() -> None:
    """A name with backticks would end its own span, and what follows would be read as Markdown."""
    assert code_span("orders") == "`orders`"
    assert code_span("a``b") == "```a``b```"
    assert code_span("`a`") == "`` `a` ``"
    assert code_span(" a ") == "`  a  `"


def test_code_span_is_capped() -> None:
    """One long name would take the room of everything else."""
    assert code_span("x" * 500, cap=5) == "`xx…xx`"
    assert code_span("x" * 6, cap=5) == "`xx…xx`"
    assert code_span("x" * 5, cap=5) == "`xxxxx`"
    assert len(code_span("\r\n" * 500, cap=9)) == 11
    assert code_span("`" * 50_000).count("`") < 350


def test_what_github_knows_no_fence_for_is_cut() -> None:
    """Its parser reads no span whose fence has more than 80 backticks: what is in it would be Markdown."""
    assert code_span("`" * 100) == f"{'`' * 21} {'`' * 20}… {'`' * 21}"
    assert fenced("`" * 300).startswith(f"{'`' * 21}text\n{'`' * 20}…\n")


def test_no_text_looks_like_a_hidden_remark() -> None:
    """A value could pass for the marker by which our comment is found again."""
    forged = "<!-- proofbot:v1 project=shop -->"
    for text in (code_span(forged), fenced(forged), html_code(forged), prose(forged), prose(f"`{forged}`")):
        assert "<!--" not in text


def test_invisible_characters_are_shown() -> None:
    """A bidi control in a column's name would make a reviewer read another name than the warehouse does."""
    assert visible("a\u202eb\u2066c\u200b") == "a⟨U+202E⟩b⟨U+2066⟩c⟨U+200B⟩"
    assert visible("a\r\nb\x1b[31m\x7f\ud800") == "a␊b␛[31m␡⟨U+D800⟩"


def test_html_code_is_inert_and_on_one_line() -> None:
    """A model's name in a summary would end the fold, or the HTML around it."""
    assert html_code("</details>\n\n<b>") == "<code>&lt;/details&gt;␊␊&lt;b&gt;</code>"


def test_fence_outgrows_the_text_and_no_line_starts_with_a_slash() -> None:
    """dbt's message would break out of its block, or be run by GitLab as a quick action."""
    assert fenced("```\n/merge") == "````text\n```\n /merge\n````"


def test_a_long_text_keeps_its_beginning_and_its_end() -> None:
    """The cause of an error stands in the first or in the last line; both must survive the cap."""
    text = fenced("first\n" + "x" * 10_000 + "\nlast", cap=300)
    assert "first" in text
    assert text.endswith("last\n```")
    assert len(text) < 350


@pytest.mark.parametrize(
    ("sentence", "shown"),
    [
        ("3 of 7 models changed: `orders` lost 14.4%.", "3 of 7 models changed: `orders` lost 14.4%."),
        ("it's dbt's (own) word, isn't it?", "it's dbt's (own) word, isn't it?"),
        ("at 05:06 UTC", "at 05:06 UTC"),
        ("in stg_orders (models/orders.sql)", "in `stg_orders` (`models/orders.sql`)"),
        ("did you mean first_order?", "did you mean `first_order`?"),
        ("ask @user, see #1.", "ask `@user`, see `#1`."),
        ("www.example.com or a@example.com", "`www.example.com` or `a@example.com`"),
        ("see 4b4864c1f and GH-1", "see `4b4864c1f` and `GH-1`"),
        ("`a``b`", "`ab`"),
        ("an odd ` tick", "an odd `` ` `` tick"),
        ("1. one", "`1`. one"),
        ("ref('eph') has no relation", "`ref('eph')` has no relation"),
        ("of type DECIMAL(21,1).", "of type `DECIMAL(21,1)`."),
        ("of type (DECIMAL(21, 1)), now", "of type (`DECIMAL(21, 1)`), now"),
        ("see ref('a', 'b'); cast(x as decimal(2, 1))", "see `ref('a', 'b')`; `cast(x as decimal(2, 1))`"),
        ("in (models/orders_1.sql) and f(x", "in (`models/orders_1.sql`) and `f(x`"),
        ("two\n\nlines", "two lines"),
    ],
)
def test_prose_keeps_plain_words_and_puts_the_rest_into_code(sentence: str, shown: str) -> None:
    """Messages would be unreadable if all of them were code, and dangerous if none were."""
    assert prose(sentence) == shown


def test_prose_cut_inside_a_span_closes_it() -> None:
    """The rest of the line would be read as code."""
    assert prose("see `" + "x" * 100 + "`", cap=20) == "see `xxxxxxxxxxxxxx…`"


@given(st.text(alphabet=st.characters() | st.sampled_from("`|\\<>@#*_[]()!&\n/ "), max_size=60))
def test_a_code_span_shows_exactly_its_text(value: str) -> None:
    """No value, however odd, may be read as anything but code."""
    (paragraph,) = [token for token in MARKDOWN.parse(f"before {code_span(value)} after") if token.type == "inline"]
    assert [child.type for child in paragraph.children or ()] == ["text", "code_inline", "text"]
    assert (paragraph.children or [])[1].content.strip(" ") == (visible(value) or "(empty)").strip(" ")


@given(st.text(alphabet=st.characters() | st.sampled_from("`|\\<>@#*_[]()!&\n/ .-+1:"), max_size=60))
def test_prose_is_text_and_code_only(value: str) -> None:
    """No message may become a link, an image, a list, a heading or a tag."""
    tokens = MARKDOWN.parse(f"- {prose(value)}")
    assert {token.type for token in tokens} <= {
        "bullet_list_open",
        "list_item_open",
        "paragraph_open",
        "inline",
        "paragraph_close",
        "list_item_close",
        "bullet_list_close",
    }
    children = [child for token in tokens for child in token.children or ()]
    assert {child.type for child in children} <= {"text", "code_inline"}
    assert not any(sign in child.content for child in children if child.type == "text" for sign in "@#<>[]*_&\\|$~")
