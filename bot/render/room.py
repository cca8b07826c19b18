"""How much of a page is left. Blocks ask for it in order of worth, and are left out whole."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

_BETWEEN_BLOCKS = 2  # an empty line


def utf8(text: str) -> int:
    """How many bytes a text takes in UTF-8."""
    return len(text.encode())


class Room:
    """What a page may still take, in what `measure` counts: characters, or bytes."""

    def __init__(self, size: int, measure: Callable[[str], int] = len) -> None:
        self.left = size
        self.measure = measure

    def fits(self, block: str, reserve: int = 0) -> bool:
        """Whether this block has room, so that `reserve` stays; if so, the room is taken."""
        needed = self.measure(block) + _BETWEEN_BLOCKS
        if not block or needed > self.left - reserve:
            return False
        self.left -= needed
        return True

    def fitting(self, blocks: Iterable[str], reserve: int = 0) -> list[str]:
        """The blocks that have room, so that `reserve` stays, in the order given; the room is taken."""
        return [block for block in blocks if self.fits(block, reserve)]

    def fitting_lines(
        self, header: Sequence[str], lines: Iterable[str], reserve: int, refunds: Sequence[int] = ()
    ) -> list[str]:
        """The first lines that have room below their header, so that `reserve` stays; the room is taken.

        A line that is kept gives back its refund: what was put aside in case that it is not. The header is kept if it
        has room at all. Without it there are no lines.
        """
        if not self.fits("\n".join(header)):
            return []
        kept: list[str] = []
        for place, line in enumerate(lines):
            needed = self.measure(line) + 1 - (refunds[place] if place < len(refunds) else 0)
            if needed > self.left - reserve:
                break
            self.left -= needed
            kept.append(line)
        return kept
