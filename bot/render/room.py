"""How much of a page is left. Blocks ask for it in order of worth, and are left out whole."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

_BETWEEN_BLOCKS = 2  # an empty line


class Room:
    """The characters that a page may still take."""

    def __init__(self, characters: int) -> None:
        self.characters = characters

    def fits(self, block: str) -> bool:
        """Whether this block has room; if so, the room is taken."""
        needed = len(block) + _BETWEEN_BLOCKS
        if not block or needed > self.characters:
            return False
        self.characters -= needed
        return True

    def fitting(self, blocks: Iterable[str]) -> list[str]:
        """The blocks that have room, in the order given; the room is taken."""
        return [block for block in blocks if self.fits(block)]

    def fitting_lines(self, header: Sequence[str], lines: Sequence[str], reserve: int) -> list[str]:
        """The first lines that have room below their header, so that `reserve` characters stay; the room is taken.

        The header is kept if it has room at all. Without it there are no lines.
        """
        if not self.fits("\n".join(header)):
            return []
        kept: list[str] = []
        for line in lines:
            if len(line) + 1 > self.characters - reserve:
                break
            self.characters -= len(line) + 1
            kept.append(line)
        return kept
