"""The blocks of a pull request's description in which its author declares what is meant to change.

Fences are read as CommonMark has them. What stands in an HTML comment does not count: nobody sees it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_LINE_END = re.compile(r"\r\n|\n|\r")
_FENCE = re.compile(r"( {0,3})(`{3,}|~{3,})(.*)")
_CODE_SPAN = re.compile(r"(?<!`)(`+)(?!`).*?(?<!`)\1(?!`)")
_WORD = "proofbot"
_INFO_STRINGS = ([_WORD], ["yaml", _WORD], ["yml", _WORD])
_OPENS, _CLOSES = "<!--", "-->"


@dataclass(frozen=True, slots=True)
class Block:
    """The content of a fenced block, and the line of the description (from 1) on which that begins."""

    text: str
    line: int


def blocks(text: str) -> tuple[Block, ...]:
    """The fenced blocks of a description that are marked `proofbot`, `yaml proofbot` or `yml proofbot`, in order.

    A fence that is never closed runs to the end. Raises nothing: a description may hold anything.
    """
    lines = _LINE_END.split(text)
    last_close = max((index for index, line in enumerate(lines) if _CLOSES in line), default=-1)
    found, index, in_comment = [], 0, False
    while index < len(lines):
        fence = None if in_comment else _opening(lines[index])
        if fence is None:
            in_comment = _is_open(lines[index], in_comment=in_comment, closes_below=index < last_close)
            index += 1
            continue
        end = _end(lines, index + 1, fence)
        if fence.info.lower().split() in _INFO_STRINGS:
            content = [_without_indent(line, fence.indent) for line in lines[index + 1 : end]]
            found.append(Block("".join(f"{line}\n" for line in content), index + 2))
        index = end + 1
    return tuple(found)


def is_left_open(text: str) -> bool:
    """Whether the last block is never closed: what would be written next would be in it, too."""
    found = blocks(text)
    return bool(found) and blocks(f"{text}\n.")[-1] != found[-1]


@dataclass(frozen=True, slots=True)
class _Fence:
    indent: int
    marks: str
    info: str


def _opening(line: str) -> _Fence | None:
    match = _FENCE.fullmatch(line)
    if match is None or (match[2][0] == "`" and "`" in match[3]):
        return None
    return _Fence(len(match[1]), match[2], match[3].strip())


def _end(lines: list[str], start: int, fence: _Fence) -> int:
    """The index of the line that closes a fence, or that after the last."""
    for index in range(start, len(lines)):
        match = _FENCE.fullmatch(lines[index])
        if match and match[2].startswith(fence.marks) and not match[3].strip(" \t"):
            return index
    return len(lines)


def _without_indent(line: str, indent: int) -> str:
    return line[min(indent, len(line) - len(line.lstrip(" "))) :]


def _is_open(line: str, *, in_comment: bool, closes_below: bool) -> bool:
    """Whether an HTML comment goes on after a line.

    One that is never closed runs to the end if it begins a line; else it is none.
    """
    begins = line[: len(_OPENS) + 3].lstrip(" ").startswith(_OPENS)
    if not in_comment and not begins:
        line = _CODE_SPAN.sub("", line)
    goes_on, position = in_comment, 0
    while True:
        if goes_on:
            closed = line.find(_CLOSES, position)
            if closed < 0:
                return in_comment or begins or closes_below
            goes_on, position = False, closed + len(_CLOSES)
            in_comment = begins = False
        opened = line.find(_OPENS, position)
        if opened < 0:
            return False
        goes_on, position = True, opened + 2  # `<!-->` is a whole comment
