"""How it is said that a setting names a column that it does not fit."""

from __future__ import annotations

from dataclasses import asdict

from bot.checks import profile
from bot.core.misfits import in_vain, of_columns
from bot.domain import Finding, Grade, Misfit, Outcome
from tests.checks.stage import make


def test_only_a_slip_is_a_warning() -> None:
    """A setting for all models would be a warning for each that has no such column; or a slip switch off a watch."""
    pair = make({"id": "INTEGER", "status": "VARCHAR", "gone": "DATE"}, {"id": "INTEGER", "status": "VARCHAR"})
    assert of_columns("x.columns", ["ID", "statsu", "price", "GONE", "p*"], pair) == [
        Misfit("x.columns", "statsu", "neither side has it; did you mean status?", Grade.WARN),
        Misfit("x.columns", "price", "neither side has it", Grade.PASS),
        Misfit("x.columns", "GONE", "one side only has it", Grade.PASS),
    ]


def test_a_name_that_no_model_has_is_told() -> None:
    """A threshold on a column that was renamed long ago would watch nothing, and nobody would know."""
    options = profile.Options.model_validate(
        {"per_column": {"spend": {"fail": {"sum": 1}}, "fee": {"fail": {"sum": 1}}}}
    )
    missing = {name: Misfit("profile.per_column", name, "neither side has it", Grade.PASS) for name in ("spend", "fee")}

    def model(*names: str, reason: str = "neither side has it") -> tuple[dict[str, object], list[Finding]]:
        recorded = [{**asdict(missing[name]), "reason": reason} for name in names]
        finding = Finding("profile", Outcome.UNCHANGED, "", measures={"misfits": recorded} if recorded else {})
        return {"profile": options}, [finding]

    told = "`profile.per_column` names `spend`, and no model that was asked about has it"
    assert in_vain([model("spend", "fee"), model("spend")]) == (told,)
    assert in_vain([model("spend"), ({"profile": profile.Options()}, model()[1])]) == (told,)
    assert in_vain([model("spend"), model()]) == ()
    assert in_vain([model("spend", reason="one side only has it")]) == ()
