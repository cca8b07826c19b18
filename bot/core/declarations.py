"""What a request declares: found in its description, read, and brought together with the models it names.

The text is the author's, who may be anybody: it is bounded, and all that is wrong with it is said at once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from bot.core.config import Kinds, NamedKind, document, faults
from bot.core.config.document import Document, Path
from bot.core.config.faults import Fault
from bot.core.config.mistakes import Mistake, clean, did_you_mean, dotted, refuse, show
from bot.core.config.schema import names_at
from bot.core.declaration_blocks import Block, blocks
from bot.core.declaration_entries import read_entry
from bot.core.declaration_names import Resolved, resolve
from bot.core.declaration_words import REMEDY, WHAT, is_pattern
from bot.domain import Declaration, Expectation, NamedCheck

__all__ = ["Block", "Resolved", "Source", "blocks", "read", "resolve"]

_MOST_ENTRIES = 2_000
_MOST_PATTERNS = 200
_MOST_CHECKS = 100
_MOST_BYTES = 100_000
_LONGEST = {"title": 200, "why": 2_000}
_WORDS = {"title": "a title for the comment", "why": "a sentence on what it proves"}
_ALLOWED = ("query", "assertion")
_LINE_END = re.compile("\r\n|[\n\r\x85\u2028\u2029]")  # as YAML counts lines
_PLAIN = re.compile(r"(?:[&!]\S*\s+)*([^\s,\]}#]*)")
_PARTS_OF_RANK = 10**7  # longer than any line


@dataclass(frozen=True, slots=True)
class Source:
    """A text that declares something: what it is called (`the description`), and which of its lines comes first."""

    name: str
    text: str
    first_line: int = 1


def read(sources: Sequence[Source], kinds: Kinds) -> Declaration:
    """Reads what a request declares, in all places together.

    Args:
        sources: the texts, in the order in which they count: of two patterns that fit alike, the later wins.
        kinds: the checks there are.

    Returns:
        what is declared; empty texts declare nothing.

    Raises:
        UsageError: something is wrong; it says all that is, each with its place and what was expected.
    """
    size = sum(len(source.text.encode("utf-8", "replace")) for source in sources)
    if size > _MOST_BYTES:
        words = f"{size:,} bytes, where {_MOST_BYTES:,} are allowed"
        refuse([Mistake(sources[0].name, "", words)], "Say the same with patterns such as `marts.*`.", WHAT)
    readers = [_Reader(source, kinds) for source in sources]
    found = [one for reader in readers for one in reader.read()]
    expectations = [one for one in found if isinstance(one, Expectation)]
    named = [one for one in found if isinstance(one, NamedCheck)]
    mistakes = [
        replace(mistake, rank=(place * _PARTS_OF_RANK + mistake.rank[0], mistake.rank[1]))
        for place, reader in enumerate(readers)
        for mistake in reader.mistakes
    ]
    mistakes += [*_twice(expectations, named), *_too_many(expectations, named)]
    if mistakes:
        refuse(mistakes, REMEDY, WHAT)
    spoken = tuple(dict.fromkeys(reader.name for reader in readers if reader.declares))
    return Declaration(spoken, tuple(expectations), tuple(named))


def _twice(expectations: Sequence[Expectation], named: Sequence[NamedCheck]) -> Iterator[Mistake]:
    """What two sources say; within one, YAML's own reading has seen it."""
    first: dict[str, str] = {}
    places = [(one.models, one.where) for one in expectations]
    places += [(f"{one.check} {one.name}", one.where) for one in named]
    for name, where in places:
        if first.setdefault(name, where) != where:
            yield Mistake(where, clean(name), f"it is declared twice; the first is {first[name]}")


def _too_many(expectations: Sequence[Expectation], named: Sequence[NamedCheck]) -> Iterator[Mistake]:
    patterns = [one for one in expectations if is_pattern(one.models)]
    for found, most, what in (
        (expectations, _MOST_ENTRIES, "entries"),
        (patterns, _MOST_PATTERNS, "patterns"),
        (named, _MOST_CHECKS, "queries and assertions"),
    ):
        if len(found) > most:
            yield Mistake(found[most].where, "", f"{len(found):,} {what}, where {most:,} are allowed")


class _Reader:
    """Reads one source, and notes what is wrong with it."""

    def __init__(self, source: Source, kinds: Kinds) -> None:
        self.name = source.name
        self.mistakes: list[Mistake] = []
        self.declares = False
        self._kinds = kinds
        # Empty lines before it, so that all places are those of the whole.
        self._text = "\n" * (source.first_line - 1) + source.text.removeprefix("\ufeff")
        self._lines = _LINE_END.split(self._text)
        self._parsed = Document(None)

    def read(self) -> Iterator[Expectation | NamedCheck]:
        """What it declares."""
        self._parsed, self.mistakes = document.parse(self._text, self.name)
        value = self._parsed.value
        if value is None:
            return
        if not isinstance(value, Mapping):
            hint = '; was `"*": unchanged` meant?' if value == "unchanged" else ""
            self._blame([Fault((), f"expected a mapping, `model: what changes`; found {show(value)}{hint}")])
            return
        sections = {kind.section: kind for kind in self._kinds.named}
        for key, entry in value.items():
            self.declares = True
            if key in sections:
                yield from self._section(sections[key], entry)
                continue
            expectation, wrong = read_entry(key, entry, where=self._line((key,)), written=self._written)
            self._blame(wrong)
            if expectation is not None:
                yield expectation

    def _section(self, kind: NamedKind, value: object) -> Iterator[NamedCheck]:
        if kind.name not in _ALLOWED:
            words = f"{kind.section} are not declared: they are the project's, in `.proofbot.yml`"
            self._blame([Fault((kind.section,), words, of_key=True)])
            return
        if not isinstance(value, Mapping):
            hint = f"; a model of this name is written with its package, `shop.{kind.section}`"
            words = f"expected a mapping of names to checks; found {show(value)}"
            self._blame([Fault((kind.section,), words + (hint if isinstance(value, str) else ""))])
            return
        for name, options in value.items():
            check = self._check(kind, name, options)
            if check is not None:
                yield check

    def _check(self, kind: NamedKind, name: str, value: object) -> NamedCheck | None:
        path: Path = (kind.section, name)
        if not isinstance(value, Mapping):
            words = f"expected a mapping of `title`, `why` and the options of a {kind.name}; found {show(value)}"
            self._blame([Fault(path, words)])
            return None
        own = names_at(self._kinds, path)
        near = {key: did_you_mean(key, (*own, *_WORDS)) for key in value if key not in own and key not in _WORDS}
        wrong = [Fault((*path, key), f"there is no such key{hint}", of_key=True) for key, hint in near.items() if hint]
        rest = {key: option for key, option in value.items() if key not in _WORDS and not near.get(key)}
        wrong += [fault for key in _WORDS for fault in _wrong_words(value, key, path)]
        wrong += faults.find(kind.options, rest, self._kinds, path)
        self._blame(wrong)
        if wrong:
            return None
        title, why = (" ".join(str(value[key]).split()) for key in _WORDS)
        options = kind.options.model_validate(rest)
        return NamedCheck(kind.name, name, options, self._line(path), title=title, why=why, is_declared=True)

    def _blame(self, wrong: Sequence[Fault]) -> None:
        told = {mistake.key for mistake in self.mistakes}
        for fault in wrong:
            place = self._parsed.place(fault.path, of_key=fault.of_key)
            where = f"{self.name}:{place.line}:{place.column}"
            mistake = Mistake(where, dotted(fault.path), fault.words, (place.line, place.column))
            if mistake.key not in told or not mistake.key:
                self.mistakes.append(mistake)

    def _line(self, path: Path) -> str:
        return f"{self.name}:{self._parsed.place(path, of_key=True).line}"

    def _written(self, path: Path) -> str:
        """A number as it is written: YAML makes the same of `+8906` and `8906`."""
        place = self._parsed.place(path)
        match = _PLAIN.match(self._lines[place.line - 1], place.column - 1)
        return match[1] if match else ""


def _wrong_words(value: Mapping[str, object], key: str, path: Path) -> Iterator[Fault]:
    text = value.get(key)
    if key not in value:
        yield Fault((*path, key), f"it is missing: {_WORDS[key]}", of_key=True)
    elif not isinstance(text, str) or not text.strip():
        yield Fault((*path, key), f"expected {_WORDS[key]}; found {show(text)}")
    elif len(text) > _LONGEST[key]:
        yield Fault((*path, key), f"a text of more than {_LONGEST[key]:,} characters")
