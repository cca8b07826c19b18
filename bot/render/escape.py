"""Makes untrusted text harmless: names, messages and values of a project are shown, never interpreted.

A code span is the one encoding that keeps every mention, link, image and tag asleep, so whatever is not plain words
ends up in one.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterator
from itertools import groupby

_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
_NEWLINE = re.compile(r"\r\n|[\r\n\u0085\u2028\u2029]")

# What prose is made of: a span in backticks, a blank, or a word; `decimal(21, 1)` is one, whatever is in its brackets.
_CALL = r"\(*[^ `()]+\((?:[^()`]|\([^()`]*\))*\)[^ `]*"
_PIECE = re.compile(rf"`(?P<span>[^`]+)`|(?P<blank> )|(?P<word>{_CALL}|[^ `]+|`)")
_OPENING, _CLOSING = r"[(\"'“‘]*", r"[.,;:!?)\"'”’…%]*"
_PLAIN_WORD = re.compile(rf"{_OPENING}[−+-]?[^\W_]+(?:['’.,-][^\W_]+|(?<=\d):\d+)*{_CLOSING}")
_WRAPPED_WORD = re.compile(r"(\(*)(.*?[^.,;:?)…])([.,;:?)…]*)")
_PUNCTUATION = re.compile(r"[(\"'“‘.,;:?)”’…–—→·%-]+")
# A hidden remark is how our comments are found again; no text of others may look like one, not even inside of code.
_REMARK, _NO_REMARK = "<!--", "<!␣--"
# GitHub's parser knows no span whose fence is longer than 80, and no block's beyond 255: the rest would be Markdown.
_BACKTICKS, _MOST_BACKTICKS = re.compile(r"`{21,}"), "`" * 20 + "…"
# Addresses, commits, tickets and the emoji that are figures, which forges make links and pictures of.
_SEEN_BY_FORGES = re.compile(r"www\.|\b[0-9a-f]{7,}\b|[a-z]+-[0-9]|:(?:100|1234):", re.IGNORECASE)
_STARTS_A_BLOCK = re.compile(r"[-+]+|\d+[.)]")


def visible(value: str) -> str:
    """The value on one line: line ends become ␊; control, bidi and other invisible characters can be seen.

    What a fence of ours could not hold, and what looks like a hidden remark, is written otherwise.
    """
    return _BACKTICKS.sub(_MOST_BACKTICKS, legible(value)).replace(_REMARK, _NO_REMARK)


def legible(value: str) -> str:
    """The value on one line, with every character visible, for what holds text as text: nothing else is rewritten."""
    if value.isprintable():  # most are, and this is much faster
        return value
    return "".join(_sign(character) for character in _NEWLINE.sub("\n", value))


def shown(value: str, cap: int) -> str:
    """The value visible and cut to at most `cap` characters; what is empty says so.

    It is cut in the middle: names that are alike at their start often end otherwise.
    """
    if len(value) > 2 * cap:
        first, last = visible(value[:cap]), visible(value[-cap:])
    else:
        first = last = visible(value)
        if len(first) <= cap:
            return first or "(empty)"
    end = (cap - 1) // 2
    return f"{first[: cap - 1 - end]}…{last[len(last) - end :]}"


def capped(text: str, cap: int) -> str:
    """The text, cut to at most `cap` characters, the last of them an ellipsis if something was cut."""
    return text if len(text) <= cap else text[: cap - 1] + "…"


def code_span(value: str, cap: int = 100) -> str:
    """The value as a Markdown code span. In a table, `markdown_table` escapes the pipes."""
    text = shown(value, cap)
    fence = "`" * (_longest_run(text) + 1)
    padding = " " if text[0] in "` " or text[-1] in "` " else ""
    return f"{fence}{padding}{text}{padding}{fence}"


def html_code(value: str, cap: int = 100) -> str:
    """The value as an HTML code element, for where Markdown is not read (a summary)."""
    return f"<code>{html.escape(shown(value, cap))}</code>"


def fenced(text: str, cap: int = 6000, language: str = "text") -> str:
    """The text as a fenced block; of a longer one the beginning and the end. No line starts with a slash.

    GitLab takes a line that starts with a slash for a command.
    """
    lines = [visible(line.replace("\t", "    ")).rstrip() for line in _NEWLINE.split(text.strip("\r\n"))]
    body = "\n".join(f" {line}" if line.startswith("/") else line for line in lines)
    if len(body) > cap:
        body = f"{body[: cap * 2 // 3]}\n […]\n {body[-cap // 3 :]}"
    fence = "`" * max(3, _longest_run(body) + 1)
    return f"{fence}{language}\n{body}\n{fence}"


def prose(text: str, cap: int = 400) -> str:
    """A sentence as Markdown on one line. What it has in backticks stays a code span; so does every word that
    Markdown or a forge could read as more than a word."""
    sentence = " ".join(text.split())
    if len(sentence) > cap:
        sentence = capped(sentence, cap)
        sentence += "`" * (sentence.count("`") % 2)
    pieces = groupby((piece for piece in _pieces(sentence) if piece[1]), key=lambda piece: piece[0])
    return "".join(
        code_span(text, cap) if is_code else text
        for is_code, text in ((is_code, "".join(text for _, text in group)) for is_code, group in pieces)
    )


def _pieces(sentence: str) -> Iterator[tuple[bool, str]]:
    """The pieces of a sentence, each with whether it has to be code. Neighbours that do make one span."""
    for match in _PIECE.finditer(sentence):
        word = match["word"]
        if word is None:
            yield match["span"] is not None, match["span"] or " "
        else:
            starts_a_block = match.start() == 0 and _STARTS_A_BLOCK.fullmatch(word) is not None
            if _is_plain(word) and not starts_a_block:
                yield False, word
            else:
                before, core, after = _around(word)
                yield from ((False, before), (True, core), (False, after))


def _around(word: str) -> tuple[str, str, str]:
    """A word without, and between, the brackets and stops around it."""
    match = _WRAPPED_WORD.fullmatch(word)
    if not match:
        return "", word, ""
    before, core, after = match.groups()
    # A bracket that is opened in the word is closed in it, too.
    while core.count("(") > core.count(")") and ")" in after:
        inside, _, after = after.partition(")")
        core += f"{inside})"
    return before, core, after


def _is_plain(word: str) -> bool:
    if _PUNCTUATION.fullmatch(word):
        return True
    return bool(_PLAIN_WORD.fullmatch(word)) and not _SEEN_BY_FORGES.search(word)


def _sign(character: str) -> str:
    if unicodedata.category(character) not in _INVISIBLE:
        return character
    code = ord(character)
    if code < 0x20:
        return chr(0x2400 + code)
    return "␡" if code == 0x7F else f"⟨U+{code:04X}⟩"


def _longest_run(text: str) -> int:
    return max((len(run) for run in re.findall(r"`+", text)), default=0)
