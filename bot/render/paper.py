"""What a terminal can write: a page for one that has no Unicode is written in other signs."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console, RenderableType

# What stands for our own signs where the terminal cannot write them.
_ASCII = str.maketrans(
    {
        "→": ">",
        "−": "-",
        "–": "-",
        "·": "|",
        "…": "~",
        "⟨": "<",
        "⟩": ">",
        "␊": " ",
        "≈": "~",
        "∞": "inf",
        "␣": "_",
        "█": "#",
        "░": ".",
        "↳": ">",
    }
)


def put(blocks: Iterable[RenderableType], console: Console) -> None:
    """Prints the blocks of a page. Where the console has no Unicode, our own signs become others, and what is the
    user's its number."""
    if console.encoding.lower().startswith("utf"):
        _print(blocks, console)
        return
    with console.capture() as capture:
        _print(blocks, console)
    text = capture.get().translate(_ASCII)
    console.file.write(text.encode(console.encoding, "backslashreplace").decode(console.encoding))


def _print(blocks: Iterable[RenderableType], console: Console) -> None:
    for block in blocks:
        console.print(block, highlight=False)
