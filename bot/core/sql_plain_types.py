"""Types of any warehouse: which family a name belongs to, and in what type two of them are compared."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum, auto

from bot.core.sql_plain_words import Words


class Family(Enum):
    """What values of a type are."""

    INTEGER = auto()
    DECIMAL = auto()
    FLOAT = auto()
    TEXT = auto()
    BOOLEAN = auto()
    DATE = auto()
    MOMENT = auto()  # without a time zone
    INSTANT = auto()
    TIME = auto()
    BYTES = auto()
    SEALED = auto()  # a text as it is compared
    OTHER = auto()  # compared by its text


NUMBERS = frozenset({Family.INTEGER, Family.DECIMAL, Family.FLOAT})
DATED = frozenset({Family.DATE, Family.MOMENT, Family.INSTANT})
SEALED = "nvarchar(sealed)"
"""The type of texts that were sealed; it has the looks of a text for who asks what kind of type it is."""

_ARGUMENTS = re.compile(r"\(([^()]*)\)")
_FAMILIES = {
    **dict.fromkeys(
        ("tinyint", "smallint", "int", "integer", "bigint", "byteint", "byte", "short", "long"), Family.INTEGER
    ),
    **dict.fromkeys(("int2", "int4", "int8", "int16", "int32", "int64"), Family.INTEGER),
    **dict.fromkeys(("decimal", "numeric", "dec", "number", "bignumeric", "bigdecimal"), Family.DECIMAL),
    **dict.fromkeys(("money", "smallmoney"), Family.DECIMAL),
    **dict.fromkeys(("float", "float4", "float8", "float64", "real", "double", "double precision"), Family.FLOAT),
    **dict.fromkeys(("varchar", "char", "character", "character varying", "nvarchar", "nchar", "text"), Family.TEXT),
    **dict.fromkeys(("ntext", "string", "bpchar"), Family.TEXT),
    **dict.fromkeys(("boolean", "bool"), Family.BOOLEAN),
    "date": Family.DATE,
    **dict.fromkeys(("timestamp", "timestamp without time zone", "timestamp_ntz", "datetime"), Family.MOMENT),
    **dict.fromkeys(("datetime2", "smalldatetime"), Family.MOMENT),
    **dict.fromkeys(("time", "time without time zone"), Family.TIME),
    **dict.fromkeys(("bytes", "binary", "varbinary", "varbyte", "binary varying", "blob", "bytea"), Family.BYTES),
}
_FIXED = {"money": (15, 4), "smallmoney": (6, 4)}
_WHOLE_DIGITS = 19


@dataclass(frozen=True, slots=True)
class Type:
    """A type: its name in lower case without arguments, its family, of decimals and integers the digits before and
    after the point that hold every value (None where nobody says)."""

    bare: str
    family: Family
    digits: tuple[int, int] | None = None

    @property
    def is_number(self) -> bool:
        """Whether its values are numbers."""
        return self.family in NUMBERS

    @property
    def is_dated(self) -> bool:
        """Whether its values are dates or moments."""
        return self.family in DATED


def read(name: str, words: Words) -> Type:
    """What a name of a type says in one warehouse."""
    text = " ".join(name.strip().lower().split())
    if text == SEALED:
        return Type(text, Family.SEALED)
    bare = " ".join(_ARGUMENTS.sub(" ", text).split())
    family = _family(bare, text, words)
    if family is Family.INTEGER:
        return Type(bare, family, (_WHOLE_DIGITS, 0))
    if family is Family.DECIMAL:
        return Type(bare, family, _decimal_digits(bare, text, words))
    return Type(bare, family)


def _family(bare: str, text: str, words: Words) -> Family:
    if bare in words.zoned:
        return Family.INSTANT
    if words.sqlglot == "tsql":
        if bare == "bit":
            return Family.BOOLEAN
        if bare in ("timestamp", "rowversion"):
            return Family.BYTES
    if text.endswith("]") or "<" in text:
        return Family.OTHER
    return _FAMILIES.get(bare, Family.OTHER)


def _decimal_digits(bare: str, text: str, words: Words) -> tuple[int, int] | None:
    numbers = [int(part) for part in (_ARGUMENTS.findall(text) or [""])[0].split(",") if part.strip().isdigit()]
    if numbers:
        precision, scale = (*numbers, 0)[:2]
        return precision - scale, scale
    if words.sqlglot == "bigquery":
        return (29, 9) if bare in ("numeric", "decimal") else (38, 38)
    return _FIXED.get(bare)


class Texts:
    """Values of any type as texts, in the words of one warehouse."""

    def __init__(self, words: Words) -> None:
        self._words = words

    def exact(self, expression: str, of: Type) -> str:
        """A text that values have in common if and only if they are equal; null stays null."""
        if of.family is Family.SEALED:
            return expression
        if of.family is Family.FLOAT:
            return self._words.float_text.format(expression)
        if of.family is Family.INSTANT:
            return self._words.plain.format(self._words.instant_micros.format(expression))
        return self.shown(expression, of)

    def shown(self, expression: str, of: Type) -> str:
        """A text as a reader sees it; null stays null."""
        words = self._words
        if of.family is Family.BOOLEAN:
            return f"case when {expression} then 'true' when not {expression} then 'false' end"
        if of.family is Family.OTHER:
            is_nested = of.bare.startswith(_NESTED) or of.bare.endswith("]")
            return (words.nested if is_nested and words.nested else words.other).format(expression)
        templates = {
            Family.SEALED: words.unseal,
            Family.FLOAT: words.float_shown or words.float_text,
            Family.DATE: words.date_text,
            Family.MOMENT: words.moment_text,
            Family.INSTANT: words.instant_text,
            Family.TIME: words.time_text,
            Family.BYTES: words.bytes_text,
        }
        return templates.get(of.family, words.plain).format(expression)


_NESTED = ("array", "map", "row", "struct", "json", "super", "variant", "object")
