"""A YAML text becomes values, each with the place where it is written.

The values are those of JSON: a date stays text, and a key is always text, so that `no: mask` is about a column `no`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import yaml
from yaml.constructor import SafeConstructor

from bot.core.config.mistakes import Mistake, clean, dotted

Path = tuple[str | int, ...]

_MOST_VALUES = 50_000
_PREFIX = "tag:yaml.org,2002:"
_MERGE = f"{_PREFIX}merge"
_HINTS = (
    ("found character '\\t'", "a tab, where YAML takes only spaces: indent with spaces"),
    ("that cannot start any token", "a text that starts with a sign of YAML's own: put it in quotes"),
    ("expected alphabetic or numeric character", "a text that starts with `*` or `&`: put it in quotes"),
    ("found undefined alias", "an alias that is defined nowhere above; a text that starts with `*` needs quotes"),
    ("another document", "a second document (`---`), where one is read"),
    (
        "mapping values are not allowed here",
        "a `:` where no key can be: mind the indentation, and quote a text with `: `",
    ),
    ("expected <block end>", "an indentation that fits nothing above"),
    ("could not find expected ':'", "a key without its `:`"),
    ("expected ',' or", "a bracket that is not closed, or a comma that is missing"),
    ("found unexpected end of stream", "a quote that is not closed"),
)


@dataclass(frozen=True, slots=True)
class Place:
    """A line and a column, both counted from 1."""

    line: int
    column: int


@dataclass(frozen=True)
class Document:
    """The value of a text, and where its parts are written.

    `keys` are the places of keys and of entries of lists, `values` those of what they hold.
    """

    value: object
    keys: dict[Path, Place] = field(default_factory=dict)
    values: dict[Path, Place] = field(default_factory=dict)

    def place(self, path: Path, *, of_key: bool = False) -> Place:
        """Where a value, or its key, is written; where it is not, that of the nearest part around it."""
        while path and path not in self.keys:
            path, of_key = path[:-1], True
        return (self.keys if of_key else self.values).get(path) or Place(1, 1)


def parse(text: str, where: str) -> tuple[Document, list[Mistake]]:
    """Reads a text.

    Returns:
        the document, which is empty if the text is no YAML, and what is wrong with it: its syntax, keys that occur
        twice, values of types that a configuration has no use for.
    """
    builder = _Builder(where)
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        if node is not None:
            builder.document.values[()] = _place(node.start_mark)
            return Document(builder.build(node, ()), builder.document.keys, builder.document.values), builder.mistakes
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        return Document(None), [_mistake(where, _place(mark) if mark else Place(1, 1), (), _words(error))]
    except yaml.reader.ReaderError as error:
        before = text[: error.position]
        place = Place(before.count("\n") + 1, error.position - before.rfind("\n"))
        return Document(None), [_mistake(where, place, (), "a character that YAML does not allow")]
    except (RecursionError, _TooMuchError):
        return Document(None), [_mistake(where, Place(1, 1), (), "too much of it, or nested too deeply")]
    return Document(None), []


class _TooMuchError(Exception):
    """Aliases make more values of a small text than anybody writes."""


class _Builder:
    """Makes values of nodes, and notes their places and what is wrong."""

    def __init__(self, where: str) -> None:
        self.document = Document(None)
        self.mistakes: list[Mistake] = []
        self._where = where
        self._open: set[int] = set()
        self._count = 0
        self._constructor = SafeConstructor()

    def build(self, node: yaml.Node, path: Path) -> object:
        """The value of a node, at its path."""
        self._count += 1
        if self._count > _MOST_VALUES:
            raise _TooMuchError
        if id(node) in self._open:
            self._blame(node, path, "an alias that refers to what it is part of")
            return None
        self._open.add(id(node))
        try:
            if node.tag == f"{_PREFIX}map" and isinstance(node, yaml.MappingNode):
                return self._mapping(node, path)
            if node.tag == f"{_PREFIX}seq" and isinstance(node, yaml.SequenceNode):
                return [self._item(item, (*path, index)) for index, item in enumerate(node.value)]
            return self._scalar(node, path)
        finally:
            self._open.discard(id(node))

    def _mapping(self, node: yaml.MappingNode, path: Path) -> dict[str, object]:
        mapping: dict[str, object] = {}
        for key_node, value_node, inherited in self._pairs(node, path):
            if not isinstance(key_node, yaml.ScalarNode):
                self._blame(key_node, path, "a key must be a text")
                continue
            key, place = (*path, key_node.value), _place(key_node.start_mark)
            if key_node.value in mapping:
                if not inherited:
                    self._blame(key_node, key, f"it is here twice; the first is in line {self.document.keys[key].line}")
                continue
            self.document.keys[key] = place
            self.document.values[key] = _place(value_node.start_mark)
            mapping[key_node.value] = self.build(value_node, key)
        return mapping

    def _pairs(self, node: yaml.MappingNode, path: Path) -> Iterator[tuple[yaml.Node, yaml.Node, bool]]:
        """The pairs of a mapping, and then those that it inherits from another by a merge key (`<<`)."""
        yield from ((key, value, False) for key, value in node.value if key.tag != _MERGE)
        for key, value in node.value:
            if key.tag != _MERGE:
                continue
            for one in value.value if isinstance(value, yaml.SequenceNode) else [value]:
                if id(one) in self._open or not isinstance(one, yaml.MappingNode):
                    self._blame(value, path, "`<<` takes another mapping, or a list of mappings")
                    continue
                self._open.add(id(one))
                yield from ((key, value, True) for key, value, _ in self._pairs(one, path))
                self._open.discard(id(one))

    def _item(self, node: yaml.Node, path: Path) -> object:
        self.document.keys[path] = self.document.values[path] = _place(node.start_mark)
        return self.build(node, path)

    def _scalar(self, node: yaml.Node, path: Path) -> object:
        kind = node.tag.removeprefix(_PREFIX)
        if isinstance(node, yaml.ScalarNode):
            try:
                match kind:
                    case "str" | "timestamp" | "value":
                        return str(node.value)
                    case "null":
                        return None
                    case "bool":
                        return bool(self._constructor.construct_yaml_bool(node))
                    case "int":
                        return int(self._constructor.construct_yaml_int(node))
                    case "float":
                        return float(self._constructor.construct_yaml_float(node))
            except (ValueError, KeyError):
                pass
        self._blame(node, path, f"the tag `{clean(node.tag)}` means nothing here, or not with this value")
        return None

    def _blame(self, node: yaml.Node, path: Path, words: str) -> None:
        self.mistakes.append(_mistake(self._where, _place(node.start_mark), path, words))


def _mistake(where: str, place: Place, path: Path, words: str) -> Mistake:
    return Mistake(f"{where}:{place.line}:{place.column}", dotted(path), words, (place.line, place.column))


def _place(mark: yaml.Mark) -> Place:
    return Place(mark.line + 1, mark.column + 1)


def _words(error: yaml.MarkedYAMLError) -> str:
    problem = error.problem or error.context or "it cannot be read"
    hint = next((hint for sign, hint in _HINTS if sign in problem), None)
    return f"not valid YAML: {hint or clean(problem)}"
