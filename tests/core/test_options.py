"""What options of checks are made of, as they are written in YAML."""

from __future__ import annotations

from decimal import Decimal

import jsonschema
import pytest
from pydantic import ValidationError

from bot.core.options import ToleranceOptions
from bot.domain import Tolerance


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (0.01, Tolerance(absolute=Decimal("0.01"))),
        (2, Tolerance(absolute=Decimal(2))),
        ("1%", Tolerance(relative=Decimal("0.01"))),
        ("0.1 %", Tolerance(relative=Decimal("0.001"))),
        ({"relative": 0.001}, Tolerance(relative=Decimal("0.001"))),
        ({"absolute": 1, "relative": 0.5}, Tolerance(Decimal(1), Decimal("0.5"))),
    ],
)
def test_a_tolerance_is_read(written: object, meant: Tolerance) -> None:
    """Values that a project takes as equal would close its gate, or others pass as equal."""
    assert ToleranceOptions.model_validate(written).tolerance() == meant
    jsonschema.validate(written, ToleranceOptions.model_json_schema())


@pytest.mark.parametrize("written", [-1, "1", "much", True, None, {"absolute": -1}, {"absolut": 1}, ["1%"]])
def test_what_is_no_tolerance_is_refused(written: object) -> None:
    """A tolerance that was misspelt would be taken for none, or for everything."""
    with pytest.raises(ValidationError):
        ToleranceOptions.model_validate(written)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(written, ToleranceOptions.model_json_schema())
