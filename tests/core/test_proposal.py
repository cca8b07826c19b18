"""A declaration is proposed that says exactly what was seen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import yaml
from hypothesis import given
from hypothesis import strategies as st

from bot.core import declared, proposal
from bot.core.declaration_entries import fault_of_name
from bot.core.declarations import Source, read, resolve
from bot.domain import (
    ChangeKind,
    ColumnReport,
    Finding,
    Key,
    KeySource,
    ModelReport,
    Node,
    NodeChange,
    Outcome,
    Project,
    Report,
    RowReport,
    Verified,
)
from tests.core import manifests
from tests.core.test_declarations import KINDS
from tests.render import reports
from tests.render.reports import equal, model

_SHOP = replace(reports.RUN, package="shop")
_NODE = next(iter(manifests.read(manifests.node("x")).nodes.values()))
_NAMES = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="*"), min_size=1, max_size=12)
_ODD = st.sampled_from(
    ["no", "Yes", "null", "1", "1e3", "~", "a.b", "x: y", "# x", "- x", "{a}", "queries", "<<", "'", '"']
)
_WORDS = st.sampled_from(["orders", "amount", "order_items", "_x"]) | _ODD | _NAMES
_NUMBERS = st.integers(0, 10**9)


def _report(*models: ModelReport) -> Report:
    return replace(reports.all_equal(), run=_SHOP, models=models)


def _changed(name: str, rows: RowReport | None = None, columns: ColumnReport | None = None) -> ModelReport:
    found = model(name, Outcome.CHANGED, kind=ChangeKind.MODIFIED, rows=rows or RowReport(9, 8, 0, 1, 0, 8))
    return replace(found, columns=columns or ColumnReport())


def _project(models: tuple[ModelReport, ...]) -> Project:
    nodes: Mapping[str, Node] = {
        one.unique_id: replace(
            _NODE,
            unique_id=one.unique_id,
            name=one.name,
            package=one.package,
            fqn=(one.package, one.name),
            relation=None,
        )
        for one in models
    }
    return replace(manifests.read(), nodes=nodes)


def _verify(report: Report) -> dict[str, Verified | None]:
    """What becomes of the models of a report if what is proposed is declared."""
    text = proposal.text(report)
    project = _project(report.models)
    resolved = resolve(read([Source("here", text)], KINDS), project, project)
    found = {one.unique_id: declared.verify(one, resolved.by_model.get(one.unique_id), None) for one in report.models}
    return {unique_id: one.verified if one else None for unique_id, one in found.items()}


@st.composite
def _models(draw: st.DrawFn) -> ModelReport:
    name, package = draw(_WORDS), draw(st.sampled_from(["shop", "shop", "crm"]))
    uid = f"{draw(st.sampled_from(['model', 'seed']))}.{package}.{name}"
    added, removed, changed, unchanged = (draw(_NUMBERS | st.just(0)) for _ in range(4))
    is_keyed = draw(st.booleans())
    changed = changed if is_keyed else 0
    names = draw(st.lists(_WORDS, max_size=6, unique=True))
    kinds = [draw(st.sampled_from(["added", "removed", "retyped", "changed", "changed and retyped"])) for _ in names]
    per_row = changed > 0
    columns = ColumnReport(
        added=tuple(n for n, kind in zip(names, kinds, strict=True) if kind == "added"),
        removed=tuple(n for n, kind in zip(names, kinds, strict=True) if kind == "removed"),
        type_changed={n: ("INTEGER", "TEXT") for n, kind in zip(names, kinds, strict=True) if "retyped" in kind},
        changed={n: changed for n, kind in zip(names, kinds, strict=True) if "changed" in kind and per_row},
        order_changed=draw(st.booleans()),
    )
    base, head = removed + changed + unchanged, added + changed + unchanged
    kind = draw(st.sampled_from([ChangeKind.MODIFIED, ChangeKind.DOWNSTREAM, ChangeKind.REMOVED, ChangeKind.ADDED]))
    if kind is ChangeKind.REMOVED:
        rows = RowReport(base, None)
    elif kind is ChangeKind.ADDED:
        rows = RowReport(None, head)
    else:
        if per_row and not columns.changed:
            columns = replace(columns, changed={"the only one that changed": changed})
        rows = RowReport(base, head, added, removed, changed, unchanged)
    return replace(
        model(name, Outcome.CHANGED, rows=rows),
        unique_id=uid,
        package=package,
        change=NodeChange(uid, kind),
        columns=columns if kind in (ChangeKind.MODIFIED, ChangeKind.DOWNSTREAM) else None,
        key=Key(("id",), KeySource.UNIQUE) if is_keyed else None,
    )


@given(st.lists(_models(), max_size=5, unique_by=lambda one: one.unique_id))
def test_what_is_proposed_is_as_declared_when_it_is_pasted(models: list[ModelReport]) -> None:
    """An author pastes what the comment proposes, and the gate stays closed."""
    nameless = {one.unique_id for one in models if fault_of_name(one.name)}
    for unique_id, verified in _verify(_report(*models)).items():
        assert verified in (None, Verified.AS_DECLARED) or unique_id in nameless


def test_everything_that_was_seen_is_declared() -> None:
    """A change would be missing in what the author pastes, and be told as not declared."""
    columns = ColumnReport(
        added=("is_closed",),
        removed=("No",),
        type_changed={"amount": ("INTEGER", "DOUBLE")},
        changed={"status": 3, "amount": 2, "day": 0},
    )
    report = _report(
        _changed("orders", RowReport(61_948, 53_042, 0, 8_906, 3, 53_039), columns),
        equal("customers", 5),
        _changed("churn", RowReport(100, 105, 8, 3, 0, 97)),
        replace(_changed("old"), change=NodeChange("model.shop.old", ChangeKind.REMOVED), rows=RowReport(5)),
        replace(_changed("new"), change=NodeChange("model.shop.new", ChangeKind.ADDED), rows=RowReport(None, 5)),
    )
    assert proposal.text(report) == (
        "orders:\n"
        "  rows: -8906\n"
        '  columns: {added: [is_closed], removed: ["No"], changed: [status, amount], retyped: [amount]}\n'
        "  # reason: why this is meant\n"
        "churn:\n"
        "  rows: {added: 8, removed: 3}\n"
        "  # reason: why this is meant\n"
        "old: removed\n"
    )
    assert set(_verify(report).values()) == {None, Verified.AS_DECLARED}


def test_where_nothing_changed_nothing_is_proposed() -> None:
    """A comment on a request that changes nothing would ask its author for a declaration."""
    assert proposal.text(_report(equal("a", 5), equal("b", 0))) == ""
    noisy = replace(_changed("orders"), outcome=Outcome.NOISE)
    assert proposal.text(_report(noisy)) == ""


def test_what_is_as_declared_is_not_proposed_again() -> None:
    """An author who declared everything would be asked to declare it."""
    done, missed = _changed("orders"), _changed("customers")
    as_declared = declared.verify(done, read([Source("here", "orders: {rows: -1}")], KINDS).expectations[0], None)
    report = replace(
        _report(replace(done, declared=as_declared), replace(missed, declared=declared.verify(missed, None, None))),
        sources=("the description",),
    )
    assert proposal.text(report) == "customers:\n  rows: -1\n  # reason: why this is meant\n"


def test_what_is_not_known_for_certain_is_left_out_and_counted() -> None:
    """An author would declare the numbers of a sample, and be refused."""
    broken = replace(_changed("broken"), outcome=Outcome.ERRORED)
    values = Finding("values", Outcome.CHANGED, "", measures={"base": 9, "sampled": 0.1})
    sampled = replace(_changed("sampled"), findings=(values,))
    assert proposal.text(_report(broken)) == ""
    assert proposal.text(_report(sampled)) == ""
    text = proposal.text(_report(broken, sampled, _changed("orders")))
    assert text.splitlines()[-1] == "# left out, because it is not known for certain what became of them: 1"
    assert list(yaml.safe_load(text)) == ["orders"]


def test_a_model_that_no_declaration_can_name_is_left_out_and_counted() -> None:
    """An author would paste what the reader of declarations refuses, and lose the whole proof."""
    text = proposal.text(_report(_changed(" "), _changed("m" * 501), _changed("orders")))
    assert text.splitlines()[-1] == "# left out, because it is not known for certain what became of them: 2"
    assert list(yaml.safe_load(text)) == ["orders"]


def test_names_are_written_so_that_they_mean_one_model() -> None:
    """What is proposed would speak of another model, or be refused."""
    crm = replace(_changed("orders"), unique_id="model.crm.orders", package="crm")
    seed = replace(_changed("countries"), unique_id="seed.shop.countries")
    version = replace(_changed("prices"), unique_id="model.shop.prices.v2")
    report = _report(
        _changed("orders"), crm, _changed("countries"), seed, _changed("queries"), version, _changed("a*b")
    )
    assert list(yaml.safe_load(proposal.text(report))) == [
        "orders",
        "crm.orders",
        "model.shop.countries",
        "seed.shop.countries",
        "shop.queries",
        "prices.v2",
    ]
    unknown = replace(report, run=reports.RUN)
    assert list(yaml.safe_load(proposal.text(unknown)))[:2] == ["shop.orders", "crm.orders"]


def test_of_very_many_only_the_first_are_declared() -> None:
    """A comment would be nothing but a declaration."""
    text = proposal.text(_report(*(_changed(f"m{number}") for number in range(43))))
    assert len(yaml.safe_load(text)) == 40
    assert text.splitlines()[-1] == "# 3 more changed; a pattern such as `marts.*` may speak of many"
