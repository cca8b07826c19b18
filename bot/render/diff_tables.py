"""The tables of `proofbot diff`: the columns of one model, and some of its rows that differ."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich import box
from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from bot.core.portrait import ColumnPortrait, Portrait
from bot.domain import FromTo, Plain, RowKind, TableCell, TableColumn
from bot.render import cells, figures
from bot.render.cells import Kind, Word
from bot.render.escape import shown
from bot.render.tables import excerpt

_MOST_COLUMNS = 12  # of a model with more, those that are equal are only named
_LINES = 40
_EQUAL_NAMED = 30
_NAME, _TYPE, _VALUE = 40, 30, 24
_BAR = 8
_WIDE, _WIDER = 100, 130
_ROWS = 15
_TEXT = TableColumn("", data=True)
_NUMBER = TableColumn("", numeric=True)
_MARKS = {RowKind.ADDED: ("+", "green"), RowKind.REMOVED: ("-", "red"), RowKind.CHANGED: ("~", "yellow")}
# What a profile tells of a column, in the order in which it is shown, and what it is called there.
_RANGES = (("min", "max", ""), ("min_length", "max_length", "length "))
_VALUES = {"mean": "mean", "sum": "sum", "distinct": "distinct", "true": "true"}
_ARROW = " → "


def columns(portrait: Portrait, width: int, *, is_verbose: bool) -> Iterator[RenderableType]:
    """The columns of a model: name, type, in how many rows it is the same, and what its values are like.

    Args:
        width: of the terminal.
        is_verbose: whether those that are equal are shown, however many there are.
    """
    told = portrait.columns
    equal: list[ColumnPortrait] = []
    if len(told) > _MOST_COLUMNS and not is_verbose:
        equal = [one for one in told if one.is_equal and not one.is_key]
        told = tuple(one for one in told if one not in equal)
    left_out = told[_LINES:] if not is_verbose else ()
    told = told[: len(told) - len(left_out)]
    if told:
        yield from _table(portrait, told, width)
    if left_out:
        yield Text(f"  and {figures.plural(len(left_out), 'more column')}; -v shows all", style="dim")
    if equal:
        names = ", ".join(shown(one.name, _NAME) for one in equal[:_EQUAL_NAMED])
        more = f" and {figures.count(len(equal) - _EQUAL_NAMED)} more" if len(equal) > _EQUAL_NAMED else ""
        told_equal = f"{figures.plural(len(equal), 'column')} equal in every row: {names}{more}"
        yield Padding(Text(told_equal, style="dim"), (0, 0, 0, 2), expand=False)


def _table(portrait: Portrait, told: Sequence[ColumnPortrait], width: int) -> Iterator[RenderableType]:
    rows = portrait.model.rows
    both = (rows.changed or 0) + (rows.unchanged or 0) if rows and portrait.model.key else 0
    is_compared = any(one.changed is not None or one.left_out or one.is_noise for one in told)
    is_profiled = any(one.measures for one in told)
    drawn = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
    drawn.add_column("Column", overflow="fold", min_width=min(12, max(len(one.name) for one in told)))
    drawn.add_column("Type", overflow="fold")
    if is_compared:
        drawn.add_column("Match", no_wrap=width >= _WIDE)
    if is_profiled:
        drawn.add_column("Nulls", justify="right")
        drawn.add_column("Values", overflow="fold")
    for one in told:
        row = [_name(one), _type(one)]
        row += [_match(one, both)] if is_compared else []
        row += [_nulls(one), _values(one)] if is_profiled else []
        drawn.add_row(*row)
    yield drawn


def _name(one: ColumnPortrait) -> Text:
    sign, style = "", "dim" if one.is_equal else "bold"
    if one.base is None:
        sign, style = "+ ", "green"
    elif one.head is None:
        sign, style = "- ", "red"
    elif one.changed or one.base != one.head:
        style = "bold yellow"
    name = Text.assemble((f"{sign}{shown(one.name, _NAME)}", style))
    if one.was:
        name.append(f"\nwas {shown(one.was, _NAME)}", "dim")
    return name.append(" key", "cyan") if one.is_key else name


def _type(one: ColumnPortrait) -> Text:
    types = [shown(kind, _TYPE) for kind in (one.base, one.head) if kind is not None]
    if len(types) == 2 and one.base == one.head:
        return Text(types[0], style="dim")
    return Text(_ARROW.join(types), style="yellow" if len(types) == 2 else "")


def _match(one: ColumnPortrait, both: int) -> Text:
    """A bar, the share of rows in which it is the same, and in how many it is not."""
    if one.base is None:
        return Text("new", style="green")
    if one.head is None:
        return Text("gone", style="red")
    if one.is_noise:
        return Text("varies by itself", style="yellow")
    if one.left_out:
        return Text(shown(one.left_out, 60), style="dim")
    if one.changed is None or not both or one.changed > both:
        return Text(figures.UNKNOWN)
    same = both - one.changed
    style = "dim" if same == both else "yellow"
    told = Text.assemble(bar(same, both, _BAR, style), f" {figures.share(same, both):>6}")
    return told.append(f"\n{figures.count(one.changed)} differ", style) if one.changed else told


def bar(part: int, whole: int, length: int, style: str) -> Text:
    """How much of the whole: something is never shown as nothing, nor less than all as all."""
    full = round(length * part / whole) if whole else 0
    if 0 < part < whole:
        full = min(max(full, 1), length - 1)
    return Text.assemble(("█" * full, style), ("░" * (length - full), "dim"))


def _nulls(one: ColumnPortrait) -> Text:
    return _ends(one.measures["nulls"]) if "nulls" in one.measures else Text()


def _values(one: ColumnPortrait) -> Text:
    """From the least to the greatest value, or to what they became; and what else differs, a line each."""
    lines = []
    for least, greatest, word in _RANGES:
        if least in one.measures and greatest in one.measures:
            ends = one.measures[least], one.measures[greatest]
            if any(base != head for base, head in ends):
                lines += [_labelled(f"{word}min", ends[0]), _labelled(f"{word}max", ends[1])]
            elif ends[0][0] is not None:
                between = Text(" – ").join(map(_ends, ends)) if ends[0] != ends[1] else _ends(ends[0])
                lines.append(Text.assemble((word, "dim"), between))
    lines += [
        _labelled(word, one.measures[name])
        for name, word in _VALUES.items()
        if name in one.measures and one.measures[name][0] != one.measures[name][1]
    ]
    return Text("\n").join(lines)


def _labelled(word: str, ends: tuple[Plain, Plain]) -> Text:
    return Text.assemble((f"{word} ", "dim"), _ends(ends))


def _ends(ends: tuple[Plain, Plain]) -> Text:
    """What base and head have, or once what both have."""
    texts = any(isinstance(end, str) for end in ends)
    cell: TableCell = FromTo(*ends) if ends[0] != ends[1] else ends[0]
    return _cell(cells.words(cell, _TEXT if texts else _NUMBER, _VALUE))


def examples(portrait: Portrait, width: int) -> Iterator[RenderableType]:
    """Some rows that differ, with what each cell was and is: as many, and as much of them, as the configuration lets
    anybody see."""
    table = portrait.examples
    if table is None:
        return
    part = excerpt(table, _ROWS, 5 if width < _WIDE else 8 if width < _WIDER else 12)
    drawn = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
    for column in part.columns:
        title = shown(column.title, _VALUE) if column.data else ""
        drawn.add_column(Text(title), justify="right" if column.numeric else "left", overflow="fold")
    for row in part.rows:
        kind = next((kind for kind in RowKind if kind.value == row[0]), None)
        told = [_cell(found) for found in cells.row(row, part.columns, _VALUE)]
        if kind is not None:
            mark, style = _MARKS[kind]
            told = [Text(f"{mark} {kind.value}", style=style), *told[1:]]
            if kind is not RowKind.CHANGED:
                told = [told[0], *(Text.assemble((cell.plain, style)) for cell in told[1:])]
        drawn.add_row(*told)
    yield Text("\nRows that differ", style="bold")
    yield Padding(drawn, (0, 0, 0, 0), expand=False)
    if part.words():
        yield Text(f"  {part.words()}", style="dim")


def _cell(found: Sequence[Word]) -> Text:
    if len(found) == 2:
        return Text.assemble((_word(found[0]).plain, "red strike"), _ARROW, (_word(found[1]).plain, "bold green"))
    return _word(found[0]) if found else Text()


def _word(word: Word) -> Text:
    """Null and the empty text stand without quotes, so that the text `null` has to have some."""
    if word.kind in (Kind.NULL, Kind.EMPTY):
        return Text(word.text, style="italic")
    if word.kind is Kind.DATA:
        return Text(f"'{word.text}'" if word.text in ("null", "empty") else word.text)
    return Text(shown(word.text, 2 * _VALUE))
