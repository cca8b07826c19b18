"""The oracle knows what a request changes, and scores hold what a tool said against it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bench.accuracy_cases import Case, draw
from bench.accuracy_edits import MUTATIONS, REFACTORINGS, Edit, Site, find
from bench.accuracy_projects import Project, load_all, spell
from bench.accuracy_recce import read as read_recce
from bench.accuracy_scores import Told, read_report, score, sums, table
from bench.accuracy_truth import Oracle, Truth

_RAW = """
create table raw.orders as
select * from (values (1, 7, 10.0::double), (2, 7, 0.1::double), (3, 8, 0.2::double), (4, null, 5.0::double))
t(id, customer_id, amount);
"""
_ORDERS = """{{ config(materialized='view') }}
select
    id,
    customer_id,
    amount,
    row_number() over (partition by customer_id order by 1[[tie id]]) as number,
    [[now]] as loaded_at
from {{ source('raw', 'orders') }}
"""
_CUSTOMERS = """{{ config(materialized='table') }}
select
    o.customer_id,
    sum(o.amount) as amount,
    '{{ invocation_id }}' as batch_id
from {{ ref('orders') }} as o
where o.customer_id is not null
group by o.customer_id
"""
_KEYS = {"orders": ("id",), "customers": ("customer_id",)}
_PROJECT = Project("tiny", {"orders": _ORDERS, "customers": _CUSTOMERS}, {"s": "a,b\n1,x y\n"}, _RAW, _KEYS)


@pytest.fixture(scope="module")
def oracle() -> Oracle:
    """The tiny project at base."""
    return Oracle(_PROJECT)


def _edit(model: str, old: str, new: str) -> dict[str, str]:
    text = _PROJECT.models[model]
    assert old in text
    return {model: text.replace(old, new)}


def test_a_changed_value_is_known_by_model_and_column(oracle: Oracle) -> None:
    """Else the share of right columns in the table would mean nothing."""
    truth = oracle.truth(_edit("orders", "    amount,", "    amount * 2 as amount,"))
    assert truth.changed == {"orders", "customers"}
    assert truth.models["orders"].columns == {"amount"}
    assert truth.models["customers"].columns == {"amount"}
    assert truth.roots == {"orders"}


def test_lost_rows_are_known_and_are_no_change_of_columns(oracle: Oracle) -> None:
    """Else a tool that names columns of rows that are gone would count as right."""
    truth = oracle.truth(_edit("orders", "    id,", "    nullif(id, 4) as id,"))
    assert truth.models["orders"].rows
    truth = oracle.truth(_edit("customers", "where o.customer_id is not null", "where o.customer_id > 7"))
    assert truth.models["customers"].rows == 1
    assert not truth.models["customers"].columns
    assert set(truth.models) == {"customers"}


def test_what_varies_by_itself_is_no_change(oracle: Oracle) -> None:
    """Else the bench would ask a tool to report noise."""
    truth = oracle.truth(_edit("orders", "[[now]]", "[[now_again]]"))
    assert not truth.changed
    assert not truth.open
    assert truth.models["orders"].varies == {"number", "loaded_at"}


def test_a_real_change_of_a_volatile_column_counts_in_the_rows_that_do_not_vary(oracle: Oracle) -> None:
    """Else a change could hide behind noise, in the oracle too: customer 7 has a tie, the others have none."""
    truth = oracle.truth(_edit("orders", "[[tie id]]) as number", "[[tie id]]) + 1 as number"))
    assert truth.models["orders"].columns == {"number"}


def test_a_column_that_head_makes_volatile_counts(oracle: Oracle) -> None:
    """Else a tool would be blamed for what the issue asks of it."""
    assert oracle.truth(_edit("orders", "    amount,", "    [[random]] as amount,")).models["orders"].columns == {
        "amount"
    }


def test_rounding_is_no_change(oracle: Oracle) -> None:
    """Else a sum in another order would count as missed."""
    assert not oracle.truth(_edit("orders", "    amount,", "    amount + 0.1 - 0.1 as amount,")).changed


def test_a_harmless_edit_of_a_model_below_a_bug_is_no_cause(oracle: Oracle) -> None:
    """Else the share of right causes would blame who names the bug alone."""
    bug = _edit("orders", "    amount,", "    amount * 2 as amount,")
    harmless = _edit("customers", "o.customer_id is not null", "not (o.customer_id is null)")
    harmful = _edit("customers", "sum(o.amount)", "max(o.amount)")
    assert oracle.truth(bug | harmless).roots == {"orders"}
    assert oracle.truth(bug | harmful).roots == {"orders", "customers"}


def test_rows_with_a_repeated_key_are_compared_as_they_are(oracle: Oracle) -> None:
    """Else a dropped dedupe would be no change."""
    doubled = _edit("orders", "from {{ source('raw', 'orders') }}", "from {{ source('raw', 'orders') }}, range(2)")
    assert oracle.truth(doubled).models["orders"].rows


def test_a_model_without_key_is_compared_as_a_multiset() -> None:
    """Else changes of models without a key would be missed by the oracle."""
    without = Oracle(Project("tiny", _PROJECT.models, {}, _RAW, {"orders": ("id",), "customers": ()}))
    truth = without.truth(_edit("customers", "sum(o.amount)", "max(o.amount)"))
    assert truth.models["customers"].rows == 2
    assert not without.truth(_edit("customers", "as o\n", "as o -- it\n")).changed


@pytest.mark.parametrize("name", sorted(load_all()))
def test_every_project_has_sites_for_its_share_of_cases(name: str) -> None:
    """Else a kind of mistake would be in the table that nobody makes."""
    project = load_all()[name]
    found = {kind for kind, _ in _sites(project)}
    assert len(found) >= 18
    assert all("[[" not in spell(text) for text in project.models.values())


def _sites(project: Project) -> Iterator[tuple[str, Edit]]:
    oracle = Oracle(project)
    for operators in (MUTATIONS, REFACTORINGS):
        for kind in operators:
            for model, text in project.models.items():
                for edit in find(operators, kind, Site(model, text, project.keys[model], oracle.columns)):
                    yield kind, edit


def test_the_same_seed_draws_the_same_cases() -> None:
    """Else a failure in the table could not be shown again."""
    project = load_all()["shop"]
    first, again = ([*draw(project, 3, 1)] for _ in range(2))
    assert [(case.name, case.texts, case.truth) for case in first] == [
        (case.name, case.texts, case.truth) for case in again
    ]
    assert len({case.kind for case in first}) == 3


def _case(truth: Truth) -> Case:
    return Case("tiny-001", "tiny", "sign", (Edit("sign", "orders", "", ""),), truth)


def test_scores_tell_right_from_missed_and_made_up(oracle: Oracle) -> None:
    """Else the table would flatter."""
    case = _case(oracle.truth(_edit("orders", "    amount,", "    amount * 2 as amount,")))
    both = frozenset({"orders", "customers"})
    named = {"orders": frozenset({"amount"})}
    right = score(case, Told(both, named, frozenset({"orders"})))
    assert (right.found, right.columns, right.cause, right.amiss) == (True, True, True, "")
    wrong = score(
        case, Told(frozenset({"other"}), {"orders": frozenset({"amount", "loaded_at"})}, frozenset({"other"}))
    )
    assert not wrong.found
    assert wrong.missed == both
    assert wrong.alarms == {"other"}
    assert (wrong.columns, wrong.cause) == (False, False)
    silent = score(case, Told(problem="exit code 3"))
    assert not silent.found
    assert "1 of 3" in table({"proofbot": [right, wrong, silent]})
    assert "of 6 changed models 2 were reported, and 1 " in sums("proofbot", [right, wrong, silent])


def test_a_report_is_read_as_what_it_says() -> None:
    """Else the figures were of another report than the one that users get."""
    volatile = {"became": {"drawn": "random()"}}
    models = [
        _model("orders", "changed", {"changed": {"amount": 3}, "added": ["tax"]}, {"roots": [], "own": None}, volatile),
        _model("customers", "changed", {"changed": {"amount": 2}}, {"roots": ["model.tiny.orders"], "own": None}, None),
        _model("mixed", "changed", {"changed": {"amount": 2}}, {"roots": ["model.tiny.orders"], "own": True}, None),
        _model("quiet", "noise", {"changed": {}}, None, None),
    ]
    run = {"seconds": 1.5, "verdict": {"exit_code": 1}}
    evidence = {"environments": [{"name": "head", "built": 4}, {"name": "control", "built": 1}]}
    told = read_report({"models": models, "problem": None, "run": run, "evidence": evidence})
    assert told.changed == {"orders", "customers", "mixed"}
    assert told.columns["orders"] == {"amount", "tax", "drawn"}
    assert told.roots == frozenset({"orders", "mixed"})
    assert (told.built, told.affected, told.closed) == ({"head": 4, "control": 1}, 4, True)


def _model(name: str, outcome: str, columns: object, explained: object, noise: object) -> dict[str, object]:
    change = {"kind": "modified"}
    told = {"name": name, "outcome": outcome, "columns": columns, "explained": explained, "noise": noise}
    return {**told, "change": change, "reason": None}


def test_recce_is_read_in_its_favour(oracle: Oracle) -> None:
    """Else the comparison would not be fair: what varies is left out if told, and a failure counts as found."""
    case = _case(oracle.truth(_edit("orders", "[[now]]", "[[now_again]]")))
    same = {"rows": [4, 4], "added": 0, "removed": 0, "columns": ["loaded_at"]}
    as_it_is, informed = read_recce(case, {"orders": same, "customers": {"rows": [2, 2], "failure": "no key"}})
    assert as_it_is.changed == {"orders", "customers"}
    assert informed.changed == {"customers"}
