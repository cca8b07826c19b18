"""An entry of a declaration becomes an Expectation, or everything that is wrong with it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping

from bot.core import declaration_limits
from bot.core.config.document import Path
from bot.core.config.faults import Fault
from bot.core.config.mistakes import clean, did_you_mean, show
from bot.domain import Effect, Expectation, RowLimits

_KEYS = ("rows", "columns", "where", "reason")
_COLUMNS = ("added", "removed", "changed", "retyped")
_ROWS = ("added", "removed")
_WHOLE = (Effect.UNCHANGED, Effect.REMOVED, Effect.ADDED)
_EXPECTED = "expected `unchanged`, `removed`, `added`, or a mapping of what changes: `rows`, `columns`, `where`"
_LONGEST_NAME = 500
_LONGEST_TEXT = 10_000


def read_entry(
    models: str, value: object, *, where: str, written: Callable[[Path], str]
) -> tuple[Expectation | None, list[Fault]]:
    """What an entry says of the models that its key names.

    Args:
        models: the key. The paths of the faults start with it.
        where: the source and the line of the key.
        written: the text of the number at a path, as it is written (`+0`).

    Returns:
        the expectation, and no faults; or no expectation, and everything that is wrong.
    """
    entry = _Entry(models, written)
    expectation = entry.read(value, where)
    return (None if entry.faults else expectation), entry.faults


def fault_of_name(models: str) -> str | None:
    """What is wrong with the name or pattern that an entry speaks of; None if nothing is."""
    if not models.strip():
        return "an empty name: expected that of a model, or a pattern such as `marts.*`"
    if len(models) > _LONGEST_NAME:
        return f"a name of more than {_LONGEST_NAME} characters"
    return None


class _Entry:
    """Reads an entry, and notes what is wrong with it."""

    def __init__(self, models: str, written: Callable[[Path], str]) -> None:
        self.faults: list[Fault] = []
        self._models = models
        self._written = written

    def read(self, value: object, where: str) -> Expectation | None:
        """The expectation, which means something only if there are no faults."""
        wrong = fault_of_name(self._models)
        if wrong:
            self._blame((), wrong, of_key=True)
        if isinstance(value, str) and value.strip() in _WHOLE:
            return Expectation(self._models, Effect(value.strip()), where)
        if not isinstance(value, Mapping):
            self._blame((), _say_no_mapping(value))
            return None
        self._refuse_unknown(value, (), _KEYS)
        if not value.keys() & {"rows", "columns"} and not self.faults:
            self._blame((), "it does not say what changes: `rows`, `columns` or both, or `unchanged` alone")
        rows, added, removed = self._rows(value)
        columns = self._columns(value)
        return Expectation(
            models=self._models,
            effect=Effect.CHANGED,
            where=where,
            rows=rows,
            added=added,
            removed=removed,
            columns_added=columns["added"],
            columns_removed=columns["removed"],
            columns_changed=columns["changed"],
            columns_retyped=columns["retyped"],
            condition=self._text(value, "where", "an SQL condition") or None,
            reason=self._text(value, "reason", "a text"),
        )

    def _rows(self, value: Mapping[str, object]) -> tuple[RowLimits | None, RowLimits | None, RowLimits | None]:
        rows = value.get("rows")
        if "rows" not in value:
            return None, None, None
        if not isinstance(rows, Mapping):
            return self._limits(rows, ("rows",), declaration_limits.parse, declaration_limits.EXPECTED), None, None
        self._refuse_unknown(rows, ("rows",), _ROWS)
        if not rows:
            self._blame(("rows",), "expected `added`, `removed` or both")
        parse, expected = declaration_limits.parse_number, declaration_limits.EXPECTED_NUMBER
        added, removed = (
            self._limits(rows[name], ("rows", name), parse, expected) if name in rows else None for name in _ROWS
        )
        return None, added, removed

    def _limits(self, value: object, path: Path, parse: Callable[[str], RowLimits], expected: str) -> RowLimits | None:
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        text = self._written((self._models, *path)) if is_number else value
        if not isinstance(text, str):
            self._blame(path, f"{expected}; found {show(value)}")
            return None
        try:
            return parse(text)
        except ValueError as error:
            self._blame(path, f"{error}; found {show(text)}")
            return None

    def _columns(self, value: Mapping[str, object]) -> dict[str, tuple[str, ...]]:
        found: dict[str, tuple[str, ...]] = dict.fromkeys(_COLUMNS, ())
        columns = value.get("columns")
        if "columns" not in value:
            return found
        if not isinstance(columns, Mapping) or not columns:
            hint = "say what becomes of them: `columns: {changed: [amount]}`, or `added`, `removed`, `retyped`"
            self._blame(("columns",), f"{hint}; found {show(columns)}")
            return found
        self._refuse_unknown(columns, ("columns",), _COLUMNS)
        for what in _COLUMNS:
            if what in columns:
                found[what] = self._names(columns[what], ("columns", what))
        for what in ("added", "removed"):
            others = {name for other in _COLUMNS if other != what for name in found[other]}
            for name in [name for name in found[what] if name in others]:
                self._blame(("columns", what), f"`{clean(name)}` is {what}, so that nothing else can become of it")
        return found

    def _names(self, value: object, path: Path) -> tuple[str, ...]:
        entries = value if isinstance(value, list) else [value]
        if not entries:
            self._blame(path, "expected a name, or a list of names; found an empty list")
        for index, name in enumerate(entries):
            at = (*path, index) if isinstance(value, list) else path
            if not isinstance(name, str):
                hint = " (put it in quotes)" if isinstance(name, bool | int | float) else ""
                self._blame(at, f"expected the name of a column; found {show(name)}{hint}")
            elif not name or len(name) > _LONGEST_NAME:
                self._blame(at, f"expected a name of 1 to {_LONGEST_NAME} characters")
        names = [name for name in entries if isinstance(name, str)]
        for name, times in Counter(names).items():
            if times > 1:
                self._blame(path, f"`{clean(name)}` is here {times} times")
        return tuple(names)

    def _text(self, value: Mapping[str, object], key: str, expected: str) -> str:
        text = value.get(key)
        if key not in value:
            return ""
        if not isinstance(text, str) or not text.strip():
            hint = " (put it in quotes)" if isinstance(text, bool | int | float) else ""
            self._blame((key,), f"expected {expected}; found {show(text)}{hint}")
            return ""
        if len(text) > _LONGEST_TEXT:
            self._blame((key,), f"a text of more than {_LONGEST_TEXT:,} characters")
        return text.strip()

    def _refuse_unknown(self, value: Mapping[str, object], path: Path, known: tuple[str, ...]) -> None:
        for key in value:
            if key not in known:
                listed = "; there are " + ", ".join(f"`{name}`" for name in known)
                self._blame((*path, key), f"there is no such key{did_you_mean(key, known) or listed}", of_key=True)

    def _blame(self, path: Path, words: str, *, of_key: bool = False) -> None:
        self.faults.append(Fault((self._models, *path), words, of_key=of_key))


def _say_no_mapping(value: object) -> str:
    if value == Effect.CHANGED:
        return "`changed` alone says nothing: say what changes, `{rows: -8906}` or `{columns: {changed: [amount]}}`"
    hint = did_you_mean(value, _WHOLE) if isinstance(value, str) else ""
    return f"{_EXPECTED}; found {show(value)}{hint}"
