"""What is asked of each column of both sides by itself: frequencies, bins, the distance of two distributions.

Each kind of question costs one statement, whatever the number of columns; of very many columns, one for each group of
them. Values of the two sides are compared in the type to which the engine lifts them.
"""

# Statements are text of quoted identifiers and our own words; no value ever goes into one.
# ruff: noqa: S608

from __future__ import annotations

from collections.abc import Collection, Generator, Sequence
from itertools import pairwise
from typing import TypeVar

from bot.core.kinds import Kind, kind_of
from bot.core.scans import Scans, as_int
from bot.core.sides import showing_of
from bot.core.sql import Dialect, Term
from bot.core.sql_measures import shown
from bot.domain import (
    Answer,
    BinCounts,
    Bins,
    Cell,
    Distance,
    Frequencies,
    Frequency,
    FrequencyTable,
    Pair,
    Pairing,
    Question,
    Row,
    Showing,
    Side,
    Statement,
)

_Asked = TypeVar("_Asked")
ColumnQuestion = Frequencies | Bins | Distance
_Steps = Generator[Statement, list[Row], dict[Question, Answer]]
_COLUMNS_A_STATEMENT = 25
_TOP, _NEW, _GONE, _COUNTS = range(4)
_ORDERED = (Kind.NUMBER, Kind.MOMENT)


def check(pair: Pair, questions: Collection[ColumnQuestion]) -> None:
    """Raises ValueError for a question that has no answer for this pair.

    That is: of a column that only one side has, or whose values can't be compared; bins and distances of what is
    neither a number nor a date or moment; edges that do not ascend.
    """
    for question in questions:
        pairing = next((pairing for pairing in pair.shared if pairing.head.name == question.column), None)
        if pairing is None or not pairing.comparable:
            raise ValueError(f"column {question.column} of {pair.unique_id} can't be compared")
        kinds = {kind_of(pairing.base.type), kind_of(pairing.head.type)}
        if not isinstance(question, Frequencies) and (len(kinds) > 1 or not kinds.issubset(_ORDERED)):
            raise ValueError(f"column {question.column} of {pair.unique_id} does not hold numbers or moments")
        if isinstance(question, Bins):
            ascending = all(low < high for low, high in pairwise(question.edges))
            if len(question.edges) < 2 or not ascending:
                raise ValueError(f"the edges of the bins of {question.column} do not ascend")


def ask_columns(pair: Pair, questions: Collection[ColumnQuestion], dialect: Dialect, salt: str) -> _Steps:
    """Asks each kind of question by as few statements as can be."""
    words = _Words(pair, dialect, salt)
    answers: dict[Question, Answer] = {}
    frequencies = [question for question in questions if isinstance(question, Frequencies)]
    for part in _parts(frequencies):
        rows = yield words.frequencies(part)
        answers |= {question: _table(rows, place) for place, question in enumerate(part)}
    bins = [question for question in questions if isinstance(question, Bins)]
    for bins_part in _parts(bins):
        (row,) = yield words.bins(bins_part)
        answers |= _bin_counts(bins_part, row)
    distances = [question for question in questions if isinstance(question, Distance)]
    for distances_part in _parts(distances):
        rows = yield words.distances(distances_part)
        told = {as_int(row[0]): row[1:] for row in rows}
        answers |= {question: _distance(*told[place]) for place, question in enumerate(distances_part)}
    return answers


def _parts(questions: Sequence[_Asked]) -> list[Sequence[_Asked]]:
    starts = range(0, len(questions), _COLUMNS_A_STATEMENT)
    return [questions[start : start + _COLUMNS_A_STATEMENT] for start in starts]


class _Words:
    """The statements about some columns."""

    def __init__(self, pair: Pair, dialect: Dialect, salt: str) -> None:
        self._pair, self._dialect, self._salt = pair, dialect, salt
        self._scans = Scans(pair, dialect)

    def frequencies(self, questions: Sequence[Frequencies]) -> Statement:
        """Rows of: place of the question, part of the answer, value, rows of base, rows of head, rank."""
        counted, blocks = [], []
        for place, question in enumerate(questions):
            value = {side: self._value(question.column, side) for side in Side}
            counted.append(f"k{place} as ({self._counts({side: term.expression for side, term in value.items()})})")
            blocks += self._blocks(place, question, value[Side.HEAD].type)
        return Statement(f"with {', '.join(counted)} {' union all '.join(blocks)}", "count the most frequent values")

    def bins(self, questions: Sequence[Bins]) -> Statement:
        """One row: for each question, of base and then of head: values that are not null, and those in each bin."""
        parts = []
        for side in Side:
            values, bins, counts = [], [], []
            for place, question in enumerate(questions):
                own = self._own(question.column, side)
                number = self._dialect.number(own.expression, own.type)
                values.append(f"{own.expression} is not null as n{place}, {number} as v{place}")
                bins.append(f"n{place}, {self._bin(f'v{place}', question.edges)} as v{place}")
                tally = self._dialect.tally(f"v{place}", len(question.edges) - 1)
                names = [f"{side}_{place}_{bin_place}" for bin_place in range(len(tally))]
                listed = ", ".join(f"{count} as {name}" for count, name in zip(tally, names, strict=True))
                counts.append(f"{self._dialect.count_if(f'n{place}')} as {side}_{place}, {listed}")
            read = f"(select {', '.join(values)} from {self._scans.table(side)})"
            parts.append(f"(select {', '.join(counts)} from (select {', '.join(bins)} from {read} r) t) {side}_bins")
        order = ", ".join(
            f"{side}_{place}{suffix}"
            for place, question in enumerate(questions)
            for side in Side
            for suffix in ("", *(f"_{bin_place}" for bin_place in range(len(question.edges) - 1)))
        )
        return Statement(f"select {order} from {' cross join '.join(parts)}", "count the values in each bin")

    def distances(self, questions: Sequence[Distance]) -> Statement:
        """Rows of: place of the question, the greatest difference, values of base, values of head.

        The difference is one of whole numbers: of both cumulative counts, each times the other side's total.
        """
        counted, blocks = [], []
        for place, question in enumerate(questions):
            value = {side: self._ordered(question.column, side) for side in Side}
            counted.append(f"k{place} as (select * from ({self._counts(value)}) a where v is not null)")
            run = "sum({0}) over (order by v rows unbounded preceding) as {0}"
            totals = f"(select sum(b) as all_b, sum(h) as all_h from k{place}) s"
            blocks.append(
                f"select {place}, max(abs(b * all_h - h * all_b)), max(all_b), max(all_h) "
                f"from (select {run.format('b')}, {run.format('h')} from k{place}) r cross join {totals}"
            )
        return Statement(f"with {', '.join(counted)} {' union all '.join(blocks)}", "compare distributions")

    def _blocks(self, place: int, question: Frequencies, type_name: str) -> list[str]:
        """The parts of one column's answer: the most frequent values, those that appeared, vanished, and how many."""
        dialect, showing = self._dialect, showing_of(self._pair, question.column)
        k, limit = f"k{place}", question.limit
        text = shown(dialect, dialect.text("v", type_name), showing, self._salt)
        appeared, vanished = dialect.count_if("b = 0"), dialect.count_if("h = 0")
        blocks = [f"select {place}, {_COUNTS}, null, {appeared}, {vanished}, 0 from {k}"]
        if showing is Showing.HIDE:
            return blocks
        most = {
            count: f"(select v, b, h from {k} where {{0}} order by {count} desc, v nulls first limit {limit})"
            for count in ("b", "h")
        }
        rows = {
            _TOP: f"({most['b'].format('b > 0')} union {most['h'].format('h > 0')})",
            _NEW: most["h"].format("b = 0"),
            _GONE: most["b"].format("h = 0"),
        }
        rank = "row_number() over (order by greatest(b, h) desc, v nulls first)"
        return blocks + [f"select {place}, {part}, {text}, b, h, {rank} from {of} t" for part, of in rows.items()]

    def _counts(self, value: dict[Side, str]) -> str:
        """Each distinct value `v`, in how many rows `b` of base and `h` of head it is."""
        sides = [
            f"select {value[side]} as v, {number} as side from {self._scans.table(side)}"
            for number, side in enumerate(Side)
        ]
        base, head = (self._dialect.count_if(f"side = {number}") for number in range(2))
        return f"select v, {base} as b, {head} as h from ({' union all '.join(sides)}) u group by v"

    def _bin(self, value: str, edges: Sequence[float]) -> str:
        """The place of the bin a value lies in, found by halving; null where it lies in none."""
        written = [self._dialect.float_literal(edge) for edge in edges]

        def halve(low: int, high: int) -> str:
            if high - low == 1:
                return str(low)
            middle = (low + high) // 2
            return f"case when {value} < {written[middle]} then {halve(low, middle)} else {halve(middle, high)} end"

        inside = f"{value} between {written[0]} and {written[-1]}"
        return f"case when {inside} then {halve(0, len(edges) - 1)} end"

    def _own(self, column: str, side: Side) -> Term:
        pairing = _pairing(self._pair, column)
        own = pairing.base if side is Side.BASE else pairing.head
        return Term(self._dialect.quote(own.name), own.type)

    def _value(self, column: str, side: Side) -> Term:
        """A column as it is compared: as the engine does where it compares it, too."""
        pairing = _pairing(self._pair, column)
        if pairing in self._scans.columns:
            index = self._scans.columns.index(pairing)
            return Term(self._scans.lifted(index, side), self._scans.terms[index].type)
        own, other = (pairing.base, pairing.head) if side is Side.BASE else (pairing.head, pairing.base)
        return self._dialect.lift(self._dialect.quote(own.name), own.type, other.type)

    def _ordered(self, column: str, side: Side) -> str:
        """A column in a type that both sides share and that is ordered as its values are."""
        own, pairing = self._own(column, side), _pairing(self._pair, column)
        lifted = self._dialect.lift(own.expression, pairing.base.type, pairing.head.type).type
        if kind_of(lifted) in _ORDERED:
            return self._value(column, side).expression
        return self._dialect.number(own.expression, own.type)


def _pairing(pair: Pair, column: str) -> Pairing:
    return next(pairing for pairing in pair.shared if pairing.head.name == column)


# --- answers ----------------------------------------------------------------------------------------------------


def _table(rows: Sequence[Row], place: int) -> FrequencyTable:
    parts: dict[int, list[tuple[int, Frequency]]] = {_TOP: [], _NEW: [], _GONE: [], _COUNTS: []}
    for asked, part, value, base, head, rank in rows:
        if as_int(asked) == place:
            text = None if value is None else str(value)
            parts[as_int(part)].append((as_int(rank), Frequency(text, as_int(base), as_int(head))))
    top, new, gone = (
        tuple(frequency for _, frequency in sorted(parts[part], key=lambda ranked: ranked[0]))
        for part in (_TOP, _NEW, _GONE)
    )
    ((_, counts),) = parts[_COUNTS]
    return FrequencyTable(top, appeared=counts.base, vanished=counts.head, new=new, gone=gone)


def _bin_counts(questions: Sequence[Bins], row: Row) -> dict[Question, Answer]:
    answers: dict[Question, Answer] = {}
    numbers = [as_int(cell) for cell in row]
    for question in questions:
        width = len(question.edges)
        (base_values, *base), (head_values, *head) = numbers[:width], numbers[width : 2 * width]
        numbers = numbers[2 * width :]
        outside = base_values - sum(base), head_values - sum(head)
        answers[question] = BinCounts(tuple(base), tuple(head), *outside)
    return answers


def _distance(difference: Cell, base: Cell, head: Cell) -> float | None:
    if not base or not head:
        return None
    return as_int(difference) / (as_int(base) * as_int(head))
