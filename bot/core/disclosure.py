"""How much may be seen of what a query makes of columns of which not all may be seen.

Whatever SQL does to a value, the result must not show more of it than the column itself would. Where that is not sure,
it is hidden.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from bot.core import privacy
from bot.core.kinds import Kind, kind_of
from bot.domain import Column, Showing

_WORD = re.compile(r"\w+")
_COUNT = re.compile(r"count\s*\([^()]*\)", re.IGNORECASE)
_AGAIN = re.compile(r"[_:]\d+$")  # what DuckDB calls a column whose name is there already: `email_1`
_HARMLESS = (Kind.NUMBER, Kind.BOOLEAN, Kind.MOMENT)
# The errors of DuckDB that quote data. Those about names and syntax quote the SQL only.
_OF_DATA = re.compile(r"\b(?:Conversion|Out of Range|Invalid Input|Constraint|Mismatch Type|Cast) Error: ")
_VALUE = re.compile(r"'.*'|\".*\"|\b\d[\d.,:+-]*\b")
# The same over several lines; a quote that is never closed runs to the end.
_VALUES = re.compile(r"'.*'|(?<!\w)'.*\Z|\".*\"", re.DOTALL)
# What ends the words about data: the statement itself, or where dbt keeps it.
_STATEMENT = re.compile(r"\n\s*(?:LINE \d+:|compiled code at )")
# What other warehouses say of data that does not fit. What they say of names and syntax is not among it.
_OF_OTHERS = re.compile(
    r"\b(?:invalid input |invalid value |out of range|malformed |value too long|is not recognized|"
    r"failed to (?:cast|parse)|too long and would be truncated|row values|invalid utf-?8|bad \w+ value|"
    r"could not (?:cast|parse|convert)|cannot cast|cannot be (?:cast|converted)|cast_invalid_input|"
    r"invalid (?:date|datetime|timestamp|time|digit|number|json|argument)\b|conversion failed|error converting|"
    r"arithmetic overflow|violates )|\b(?:DETAIL|CONTEXT):",
    re.IGNORECASE,
)
_DETAIL = re.compile(r"\b(DETAIL|CONTEXT):.*?(?=\n\s*(?:HINT|LINE \d+|compiled code at)|\Z)", re.DOTALL)
_OPEN_END = re.compile(r"(\b(?:bad|invalid|could not) [^:'\"\n]*:)[^\n]*", re.IGNORECASE)
_LINE_OF_FILE = re.compile(r"(Original Line: ).*")
_STRICTNESS = (Showing.SHOW, Showing.HASH, Showing.MASK, Showing.HIDE)


def strictest(rules: Iterable[Showing]) -> Showing:
    """The rule that shows the least; all is shown where there is none."""
    return max(rules, key=_STRICTNESS.index, default=Showing.SHOW)


def unnumbered(name: str) -> str:
    """The name that a column had before it was numbered because another one has it: `email` of `email_1`."""
    return _AGAIN.sub("", name)


def of_query(
    sql: str, dialect: str, columns: Iterable[Column], rules: Mapping[str, Showing], known: Collection[str]
) -> Mapping[str, Showing]:
    """Returns how much may be seen of each column of a query's result.

    The rule of its name holds. If what the query reads has columns of which not all may be seen, texts and nested
    values under another name are hidden, too; if it names such a column other than to hand it on as it is, everything
    is.

    Args:
        sql: the query without Jinja.
        dialect: as sqlglot knows it.
        columns: of the result, on one side or both.
        rules: of every name in `known`, of those of the result, and of these without their numbers.
        known: the columns of what the query reads, and those that a rule names.
    """
    restricted = {name for name in known if rules[name] is not Showing.SHOW}
    own = {name.lower() for name in known}
    handed_on = not privacy.mentions(sql, restricted) or _only_hands_on(sql, dialect, restricted)

    def judge(column: Column) -> Showing:
        by_name = strictest((rules[column.name], rules[unnumbered(column.name)]))
        if by_name is not Showing.SHOW or not restricted:
            return by_name
        is_sure = column.name.lower() in own or kind_of(column.type) in _HARMLESS
        return Showing.SHOW if handed_on and is_sure else Showing.HIDE

    found: dict[str, Showing] = {}
    for column in columns:
        found[column.name] = strictest((judge(column), found.get(column.name, Showing.SHOW)))
    return found


def of_expressions(expressions: Mapping[str, str], rules: Mapping[str, Showing]) -> Mapping[str, Showing]:
    """Returns how much may be seen of columns of a result, by the SQL expression that each is made of.

    A column as it is goes by the rule of its name, and a number of rows or values may be seen.

    Args:
        expressions: by the name in the result.
        rules: of the columns of what is read.
    """
    restricted = {name for name, rule in rules.items() if rule is not Showing.SHOW}

    def judge(expression: str) -> Showing:
        if _COUNT.fullmatch(expression.strip()) or not privacy.mentions(expression, restricted):
            return Showing.SHOW
        whole = [rule for one, rule in rules.items() if one.lower() == expression.strip().strip('"').lower()]
        return whole[0] if whole else Showing.HIDE

    return {name: judge(expression) for name, expression in expressions.items()}


def without_values(words: str) -> str:
    """What dbt or the warehouse says of SQL that fails, without the values of the data that it quotes: those that it
    could not convert, say. A value may have several lines, and may be shown once more on lines of its own."""
    if not _OF_DATA.search(words) and _OF_OTHERS.search(words):
        return _of_others(words)
    told, rest = "", words
    while found := _OF_DATA.search(rest):
        end = _STATEMENT.search(rest, found.end())
        stop = end.start() if end else len(rest)
        told += rest[: found.end()] + _of_data(rest[found.end() : stop])
        rest = rest[stop:]
    return _LINE_OF_FILE.sub(r"\g<1>…", told + rest)


def _of_others(words: str) -> str:
    """The same of words of another warehouse than DuckDB: a value may stand before what says that it does not fit."""
    words = _DETAIL.sub(r"\1: …", words)
    end = _STATEMENT.search(words)
    said, rest = (words[: end.start()], words[end.start() :]) if end else (words, "")
    return _VALUE.sub("…", _VALUES.sub("…", _OPEN_END.sub(r"\1 …", said))) + rest


def _of_data(said: str) -> str:
    if said.startswith("CSV Error"):
        return "\n".join(_VALUE.sub("…", line) for line in said.split("\n"))
    first, *more = _VALUES.sub("…", said).rstrip("\n").split("\n")
    first = _VALUE.sub("…", first)
    return first + ("\n…" if any(line.strip() not in ("", "…") for line in more) else "")


def _only_hands_on(sql: str, dialect: str, names: Collection[str]) -> bool:
    """Whether a query names columns nowhere but in its own list of columns, each as it is."""
    try:
        tree = sqlglot.parse_one(sql, dialect=dialect)
    except (SqlglotError, ValueError, RecursionError):
        return False
    wanted = {name.lower() for name in names}
    listed = tree.expressions if isinstance(tree, exp.Select) else []
    direct = [one for one in listed if isinstance(one, exp.Column) and one.name.lower() in wanted]
    return len(direct) == sum(word.lower() in wanted for word in _WORD.findall(sql))
