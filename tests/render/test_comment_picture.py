"""The picture of a comment."""

from __future__ import annotations

from tests.render import comment_picture as picture


def test_picture_shows_what_github_would_show() -> None:
    """The README would show a comment that looks better, or more dangerous, than what a pull request gets."""
    table = "| `a` | b |\n|---|--:|\n| 1 | 2 |"
    comment = f"{table}\n\n<details><summary>s</summary>\n\n**x**\n\n</details>\n\n<script>alert(1)</script>"
    shown = picture.page(comment)
    assert '<td align="right">2</td>' in shown
    assert "<details><summary>s</summary>" in shown
    assert "<strong>x</strong>" in shown
    assert "<script" not in shown
    assert "<details open>" in picture.page(comment, unfolded=True)
    assert 'data-theme="dark"' in picture.page(comment, dark=True)
