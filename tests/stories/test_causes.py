"""Why models changed: what is downstream of one bug is one finding, and a harmless edit is told from a real one."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from rich.console import Console

from bot.core import explanations
from bot.core.explanations import Group
from bot.domain import Cause, CauseKind, Explained, Proof, Report
from bot.run import Request, prove
from tests.stories import repositories

pytestmark = [pytest.mark.story, pytest.mark.once]

_ROWS = "select i as id, i * 10 as amount, 'open' as status from (select range as i from range(20))"
_BELOW = ("below_1", "below_2", "below_3", "below_4", "below_5", "below_6")
_BASE = {
    "models/stg_orders.sql": _ROWS,
    **{f"models/{name}.sql": "select id, amount + 1 as amount from {{ ref('stg_orders') }}" for name in _BELOW[:4]},
    "models/below_5.sql": "select id, amount from {{ ref('below_1') }}",
    "models/below_6.sql": "{{ config(materialized='view') }} select count(*) as n, sum(b.amount) as s "
    "from {{ ref('below_5') }} as b join {{ ref('unchanged') }} using (id)",
    "models/refactored.sql": "{{ config(materialized='view') }} select id, amount * 2 as twice "
    "from {{ ref('stg_orders') }}",
    "models/below_refactored.sql": "select id, twice + 1 as more, 'x' as note from {{ ref('refactored') }}",
    "models/edited.sql": "select id, amount * 2 as twice from {{ ref('stg_orders') }}",
    "models/keyed.sql": "select id, amount from {{ ref('stg_orders') }}",
    "models/refers.sql": "select id, amount from {{ ref('keyed') }}",
    "models/schema.yml": """
models:
  - name: keyed
    config: {contract: {enforced: true}}
    columns: [{name: id, data_type: bigint, constraints: [{type: primary_key}]}, {name: amount, data_type: bigint}]
  - name: refers
    config: {contract: {enforced: true}}
    columns:
      - {name: id, data_type: bigint, constraints: [{type: foreign_key, expression: main.keyed (id)}]}
      - {name: amount, data_type: bigint}
""",
    "models/by_itself.sql": "select o.id, o.amount + 1 as amount "
    "from {{ ref('unchanged') }} as o where o.id not in (select id from {{ ref('stg_orders') }} where amount < 0)",
    "models/reads_new_column.sql": "select id, amount from {{ ref('loses_column') }}",
    "models/loses_column.sql": "select id, amount from ({{ 'select i as id, i as amount from range(5) t(i)' }})",
    "models/unchanged.sql": "select i as id, i as amount from range(20) t(i)",
    "models/alone.sql": "select i as id, i as amount from range(5) t(i)",
    "models/cents_1.sql": "select id, {{ cents('amount') }} as amount from {{ ref('unchanged') }}",
    "models/cents_2.sql": "select id, {{ cents('id') }} as amount from {{ ref('unchanged') }}",
    "models/cents_3.sql": "select id, {{ cents('amount') }} as amount from {{ ref('cents_1') }}",
    "macros/cents.sql": "{% macro cents(column) %}({{ column }} * 100){% endmacro %}",
    "models/inlined.sql": "{{ config(materialized='ephemeral') }} select id, amount from {{ ref('unchanged') }}",
    "models/below_inlined.sql": "select id, amount from {{ ref('inlined') }}",
}
_REQUEST = {
    "models/stg_orders.sql": f"{_ROWS} where i <> 3",
    "models/refactored.sql": "{{ config(materialized='view') }} select id, amount + amount as twice "
    "from {{ ref('stg_orders') }}",
    "models/below_refactored.sql": "select id, 1 + twice as more, 'x' as note from {{ ref('refactored') }}",
    "models/edited.sql": "select id, amount * 2 + (id = 7)::int as twice from {{ ref('stg_orders') }}",
    "models/keyed.sql": "select id, amount + 0 as amount from {{ ref('stg_orders') }}",
    "models/by_itself.sql": "select o.id, o.amount + 2 as amount "
    "from {{ ref('unchanged') }} as o where o.id not in (select id from {{ ref('stg_orders') }} where amount < 0)",
    "models/reads_new_column.sql": "select id, total as amount from {{ ref('loses_column') }}",
    "models/loses_column.sql": "select id, amount + 1 as total from ({{ 'select i as id, i as amount "
    "from range(5) t(i)' }})",
    "models/alone.sql": "select i as id, i + 1 as amount from range(5) t(i)",
    "macros/cents.sql": "{% macro cents(column) %}({{ column }} * 1000){% endmacro %}",
    "models/inlined.sql": "{{ config(materialized='ephemeral') }} select id, amount + 1 as amount "
    "from {{ ref('unchanged') }}",
}
_MACRO = (Cause(CauseKind.MACRO, "cents"),)


def _id(*names: str) -> tuple[str, ...]:
    return tuple(f"model.shop.{name}" for name in names)


def _below(root: str) -> Explained:
    return Explained(_id(root), own=False, proof=Proof.SAME_CODE, inherited=True)


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Report:
    """What a run finds of a request that holds one of every kind of cause."""
    folder = tmp_path_factory.mktemp("causes")
    shop = repositories.start(folder / "shop", _BASE)
    repositories.request(shop, _REQUEST)
    log = Console(file=io.StringIO())
    found = prove(_request(shop), log, log)
    assert found is not None
    return found


def _request(shop: Path) -> Request:
    return Request(
        here=shop,
        base="main",
    )


def _explained(report: Report, name: str) -> Explained | None:
    return next(model.explained for model in report.models if model.name == name)


def test_downstream_of_a_bug(report: Report) -> None:
    """A reader would go through six models to find that one filter in another has changed all of them."""
    for name in _BELOW:
        assert _explained(report, name) == _below("stg_orders")
    assert _explained(report, "stg_orders") == Explained((), own=True, inherited=False)


def test_harmless_edit(report: Report) -> None:
    """An author who tidied up a model would be asked to justify what somebody else's bug did to it."""
    expected = Explained(_id("stg_orders"), own=False, proof=Proof.HYBRID, inherited=True)
    assert _explained(report, "refactored") == expected
    assert _explained(report, "below_refactored") == expected
    assert _explained(report, "keyed") == expected  # though a foreign key points at it


def test_real_edit_below_a_bug(report: Report) -> None:
    """A change of one row would hide behind the bug that changed all others."""
    expected = Explained(_id("stg_orders"), own=True, proof=Proof.HYBRID, inherited=True)
    assert _explained(report, "edited") == expected


def test_edit_that_has_nothing_to_do_with_the_bug(report: Report) -> None:
    """The bug would be blamed for what another edit did."""
    expected = Explained((), own=True, proof=Proof.HYBRID, inherited=False)
    assert _explained(report, "by_itself") == expected
    assert _explained(report, "alone") == Explained((), own=True, inherited=False)


def test_code_that_does_not_fit_its_parents(report: Report) -> None:
    """The run would fail, or claim to know, where base's code asks for a column that head has no more."""
    assert _explained(report, "reads_new_column") == Explained(_id("loses_column"))


def test_macro(report: Report) -> None:
    """A reader would go through every model that calls a macro, instead of the macro."""
    for name in ("cents_1", "cents_2"):
        assert _explained(report, name) == Explained((), own=True, inherited=False, shared=_MACRO)
    assert _explained(report, "cents_3") == Explained((), shared=_MACRO)


def test_model_without_a_relation(report: Report) -> None:
    """A model that changed because of an inlined one would look as if nobody had touched anything."""
    assert _explained(report, "below_inlined") == _below("inlined")


def test_groups(report: Report) -> None:
    """A reader would count models where there are few findings."""
    found = {group.roots: group for group in explanations.groups(report)}
    assert set(found) == {
        *map(_id, ("stg_orders", "edited", "by_itself", "reads_new_column", "loses_column", "alone", "inlined")),
        _id("cents_1", "cents_2", "cents_3"),
    }
    below = found[_id("stg_orders")].members
    assert sorted(below) == sorted(_id(*_BELOW, "refactored", "below_refactored", "keyed", "refers"))
    assert found[_id("inlined")] == Group(_id("inlined"), _id("below_inlined"))
    assert found[_id("cents_1", "cents_2", "cents_3")].shared == _MACRO


def test_what_it_costs(report: Report) -> None:
    """Hybrids would cost as much as the twins: only models that were edited and read what changed are built again."""
    below_the_bug = ["refactored", "below_refactored", "edited", "by_itself", "reads_new_column", "keyed"]
    twins = sum(2 for model in report.models if model.materialization != "ephemeral") + 1  # `unchanged`, at base
    assert report.evidence is not None
    built = {one.name: 0 for one in report.evidence.environments}
    for one in report.evidence.environments:
        built[one.name] += one.built
    assert built["base"] + built["head"] == twins
    assert built["hybrid"] == len(below_the_bug)
    assert report.run.models_built == sum(built.values())
