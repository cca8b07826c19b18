"""The limits that a declaration sets to numbers of rows: `-25%..-35%`, `-8906`, `20000..22000`."""

from __future__ import annotations

import re
from decimal import Decimal

from bot.domain import RowLimits, RowUnit

EXPECTED = (
    "expected a difference such as `-8906`, `+0` or `-10..+5`, a percentage such as `-25%..-35%`, or a total without a "
    "sign such as `20000..22000`"
)
EXPECTED_NUMBER = "expected a number of rows without a sign, such as `8906` or `0..10`"

_LONGEST = 60
_NUMBER = r"([+-]?) ?((?:\d{1,3}(?:[,_]\d{3})+|\d+)(?:\.\d+)?) ?(%?)"
_LIMITS = re.compile(rf"{_NUMBER}(?: ?\.\. ?{_NUMBER})?", re.ASCII)


def parse(text: str) -> RowLimits:
    """Reads the limits of a number of rows; both ends may come in either order.

    A sign makes it a difference from base to head, `%` one in percent of base; without either it is head's total.

    Raises:
        ValueError: the text says no limits; its words say what is wrong, or start with `expected`.
    """
    first, last = _ends(text, EXPECTED)
    if first.percent or last.percent:
        unit = RowUnit.PERCENT
        if not all(end.percent or not end.size for end in (first, last)):
            raise ValueError("one end is a percentage and the other is none")
    else:
        unit = RowUnit.DIFFERENCE if first.sign or last.sign else RowUnit.TOTAL
        _refuse_parts_of_rows(first, last)
    if unit is not RowUnit.TOTAL and not all(end.sign or not end.size for end in (first, last)):
        raise ValueError("a sign is missing: say of both ends whether there are more rows (`+`) or fewer (`-`)")
    low, high = sorted((first.number, last.number))
    if unit is RowUnit.PERCENT and low < -100:
        raise ValueError("no model can lose more than all of its rows, 100%")
    return RowLimits(low, high, unit, text.strip())


def parse_number(text: str) -> RowLimits:
    """Reads the limits of how many rows come, or go: `8906`, `0..10`.

    Raises:
        ValueError: as `parse`.
    """
    first, last = _ends(text, EXPECTED_NUMBER)
    if any(end.sign or end.percent for end in (first, last)):
        raise ValueError(EXPECTED_NUMBER)
    _refuse_parts_of_rows(first, last)
    low, high = sorted((first.number, last.number))
    return RowLimits(low, high, RowUnit.TOTAL, text.strip())


class _End:
    """One end, as it is written. A number without a sign is as with `+`."""

    def __init__(self, sign: str, size: str, percent: str) -> None:
        self.sign = sign
        self.size = Decimal(size.replace(",", "").replace("_", ""))
        self.percent = bool(percent)
        self.number = self.size.copy_negate() if sign == "-" and self.size else self.size


def _ends(text: str, expected: str) -> tuple[_End, _End]:
    # The comment writes numbers with a minus sign of its own, and people copy them.
    plain = " ".join(text.replace("\u2212", "-").split())
    match = _LIMITS.fullmatch(plain) if len(text) <= _LONGEST else None
    if match is None:
        raise ValueError(expected)
    first = _End(match[1], match[2], match[3])
    return first, first if match[5] is None else _End(match[4], match[5], match[6])


def _refuse_parts_of_rows(*ends: _End) -> None:
    if any(end.size != end.size.to_integral_value() for end in ends):
        raise ValueError("there are no parts of rows: a whole number is needed, or a percentage")
