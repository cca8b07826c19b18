"""Why each changed model changed: the walk from a changed model to what explains it, and what findings come of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest

from bot.core import explanations
from bot.core.explanations import Group, Part
from bot.domain import (
    Cause,
    CauseKind,
    ChangeKind,
    Explained,
    Finding,
    Grade,
    ModelReport,
    NodeChange,
    Noise,
    Outcome,
    Project,
    Proof,
    Report,
    Status,
)
from tests.core import manifests
from tests.core.manifests import Entry, node
from tests.render.reports import RUN

SQL = (Cause(CauseKind.SQL),)
CENTS = (Cause(CauseKind.MACRO, "cents"),)
DOWN, MODIFIED, ADDED, REMOVED = ChangeKind.DOWNSTREAM, ChangeKind.MODIFIED, ChangeKind.ADDED, ChangeKind.REMOVED
CHANGED, SAME, SKIPPED = Outcome.CHANGED, Outcome.UNCHANGED, Outcome.SKIPPED
WHOLE = {"compared": ["id"], "uncompared": {}}


def uid(name: str) -> str:
    """The unique id of a model."""
    return f"model.shop.{name}"


def model(
    name: str,
    kind: ChangeKind = DOWN,
    outcome: Outcome = CHANGED,
    *,
    causes: tuple[Cause, ...] = SQL,
    explained: Explained | None = None,
    grade: Grade = Grade.FAIL,
    measures: Mapping[str, object] | None = None,
) -> ModelReport:
    """The report on an affected model, whose values were compared whole unless `measures` say otherwise."""
    return ModelReport(
        unique_id=uid(name),
        name=name,
        resource_type="model",
        package="shop",
        path=f"models/{name}.sql",
        materialization="table",
        change=NodeChange(uid(name), kind, causes if kind is MODIFIED else ()),
        outcome=outcome,
        grade=grade,
        findings=(Finding("values", outcome, "", grade, WHOLE if measures is None else measures),),
        explained=explained,
    )


def graph(edges: Mapping[str, Sequence[str]]) -> Project:
    """A project of models with the models that each reads."""
    names = dict.fromkeys([*edges, *(parent for above in edges.values() for parent in above)])
    entries: list[Entry] = [node(name, reads=[uid(parent) for parent in edges.get(name, ())]) for name in names]
    return manifests.read(*entries)


def fold(edges: Mapping[str, Sequence[str]], *models: ModelReport, base: Project | None = None) -> Report:
    """The folded report of some models."""
    head = graph(edges)
    return explanations.fold(Report(RUN, Status.FAILURE, "", models), (base or head, head))


def told(report: Report, name: str) -> Explained | None:
    """What explains a model."""
    return next(model.explained for model in report.models if model.name == name)


def below(*roots: str) -> Explained:
    """The explanation of a model whose own code is the same."""
    return Explained(tuple(map(uid, roots)), own=False, proof=Proof.SAME_CODE, inherited=True)


OWN = Explained((), own=True, inherited=False)


def test_downstream_of_one_bug() -> None:
    """Forty models below one bug would be forty findings."""
    below_it = {f"m{number}": ["bug" if number == 0 else f"m{number - 1}"] for number in range(40)}
    report = fold(below_it, model("bug", MODIFIED), *(model(name) for name in below_it))
    assert told(report, "bug") == OWN
    assert {told(report, name) for name in below_it} == {below("bug")}
    assert explanations.groups(report) == (Group((uid("bug"),), tuple(map(uid, below_it))),)


def test_unexplained() -> None:
    """A model that changed although nothing that it reads did would hide below another."""
    report = fold({"strange": ["bug"]}, model("bug", MODIFIED, SAME), model("strange"))
    assert told(report, "bug") is None
    assert told(report, "strange") == Explained((), own=False, proof=Proof.SAME_CODE)
    assert explanations.groups(report) == (Group((uid("strange"),), ()),)


@pytest.mark.parametrize(
    ("outcome", "measures", "expected"),
    [
        (SKIPPED, {}, Part.PASSES),
        (SAME, WHOLE, Part.STOPS),
        (Outcome.VACUOUS, WHOLE, Part.STOPS),
        (Outcome.NOISE, {}, Part.STOPS),
        (Outcome.EQUIVALENT, {}, Part.STOPS),
        (Outcome.ERRORED, {}, Part.EXPLAINS),
        (SAME, {**WHOLE, "sampled": 0.1}, Part.PASSES),
        (SAME, {**WHOLE, "scope": "where id > 3"}, Part.PASSES),
        (SAME, {**WHOLE, "tolerated": 3}, Part.PASSES),
        (SAME, {**WHOLE, "uncompared": {"shape": "excluded"}}, Part.PASSES),
    ],
)
def test_what_lies_between(outcome: Outcome, measures: Mapping[str, object], expected: Part) -> None:
    """A change would be unexplained behind a model that nobody compared, or explained through one that is the same."""
    middle = model("middle", DOWN, outcome, measures=measures)
    assert explanations.part(middle.change, outcome, middle.findings) is expected
    report = fold({"middle": ["bug"], "last": ["middle"]}, model("bug", MODIFIED), middle, model("last"))
    found = told(report, "last")
    assert found is not None
    assert found.roots == (() if expected is Part.STOPS else (uid("bug"),))


def test_noise_is_not_a_change() -> None:
    """A timestamp in a model would explain whatever lies below it."""
    change = NodeChange(uid("a"), MODIFIED, SQL)
    findings = (Finding("values", SAME, "", measures={"uncompared": {"loaded_at": "varies without the change"}}),)
    assert explanations.part(change, SAME, findings, Noise({"loaded_at": "now"})) is Part.STOPS
    assert explanations.part(change, SAME, findings, None) is Part.PASSES


def test_not_asked_about_values() -> None:
    """A model whose values were not compared would pass for the same."""
    change = NodeChange(uid("a"), MODIFIED, SQL)
    assert explanations.part(change, SAME, (Finding("row_count", SAME, ""),)) is Part.PASSES


def test_modified_model_that_nobody_can_compare() -> None:
    """A model that changed because of an inlined one would look as if nobody had touched anything."""
    inlined = model("inlined", MODIFIED, SKIPPED, grade=Grade.PASS)
    report = fold({"last": ["inlined"]}, inlined, model("last"))
    assert told(report, "last") == below("inlined")
    assert told(report, "inlined") is None
    assert explanations.groups(report) == (Group((uid("inlined"),), (uid("last"),)),)


@pytest.mark.parametrize("kind", [ADDED, REMOVED])
def test_models_on_one_side(kind: ChangeKind) -> None:
    """Models that read what is new, or what is gone, would look as if they had changed by themselves."""
    at_base = graph({"last": ["it"]})
    report = fold({"last": ["it"] if kind is ADDED else []}, model("it", kind), model("last"), base=at_base)
    assert told(report, "last") == below("it")
    assert told(report, "it") is None
    assert explanations.groups(report) == (Group((uid("it"),), (uid("last"),)),)


def test_added_model_that_explains_nothing() -> None:
    """A new model would be told as a change of what existed."""
    assert explanations.groups(fold({}, model("it", ADDED))) == ()


HYBRIDS: list[tuple[Explained | None, Explained, tuple[str, ...]]] = [
    # what a hybrid of the middle told; how the middle is explained; the roots of what reads it
    (None, Explained((uid("bug"),)), ("bug", "middle")),
    (
        Explained(own=False, proof=Proof.HYBRID, inherited=True),
        Explained((uid("bug"),), own=False, proof=Proof.HYBRID, inherited=True),
        ("bug",),
    ),
    (
        Explained(own=True, proof=Proof.HYBRID, inherited=True),
        Explained((uid("bug"),), own=True, proof=Proof.HYBRID, inherited=True),
        ("bug", "middle"),
    ),
    (
        Explained(own=True, proof=Proof.HYBRID, inherited=False),
        Explained((), own=True, proof=Proof.HYBRID, inherited=False),
        ("middle",),
    ),
]


@pytest.mark.parametrize(("hybrid", "middle", "roots"), HYBRIDS)
def test_modified_model_below_a_bug(hybrid: Explained | None, middle: Explained, roots: tuple[str, ...]) -> None:
    """A real edit would hide behind a bug above it, or a harmless one would be blamed for the bug."""
    report = fold(
        {"middle": ["bug"], "last": ["middle"]},
        model("bug", MODIFIED),
        model("middle", MODIFIED, explained=hybrid),
        model("last"),
    )
    assert told(report, "middle") == middle
    assert told(report, "last") == below(*roots)
    found = explanations.groups(report)
    assert sorted(u for group in found for u in (*group.roots, *group.members)) == [
        uid("bug"),
        uid("last"),
        uid("middle"),
    ]
    is_folded = middle.own is False
    assert (uid("middle") in found[0].members) is is_folded


def test_several_roots() -> None:
    """A model below two bugs would be told twice, or under the lesser one."""
    report = fold(
        {"last": ["a", "b"]},
        model("a", MODIFIED, grade=Grade.WARN),
        model("b", MODIFIED, grade=Grade.FAIL),
        model("last"),
    )
    assert told(report, "last") == below("b", "a")
    assert explanations.groups(report) == (Group((uid("b"),), (uid("last"),)), Group((uid("a"),), ()))


def test_one_macro_in_many_models() -> None:
    """A macro that forty models call would be forty findings."""
    report = fold(
        {"c": ["a"], "d": ["b"]},
        model("a", MODIFIED, causes=CENTS),
        model("b", MODIFIED, causes=CENTS),
        model("c", MODIFIED, causes=CENTS),
        model("d"),
    )
    assert told(report, "a") == replace(OWN, shared=CENTS)
    assert told(report, "c") == Explained(shared=CENTS)
    assert told(report, "d") == below("b")
    assert explanations.groups(report) == (Group(tuple(map(uid, "abc")), (uid("d"),), CENTS),)


def test_macro_of_one_model_and_edits_of_several() -> None:
    """Edits of several models, each its author's own, would be told as one."""
    report = fold(
        {}, model("a", MODIFIED, causes=CENTS), model("b", MODIFIED), model("c", MODIFIED, causes=(*SQL, *CENTS))
    )
    assert explanations.groups(report) == tuple(Group((uid(name),), ()) for name in "abc")
    assert {told(report, name) for name in "abc"} == {OWN}


def test_macro_below_another_bug() -> None:
    """The bug above a model that calls a changed macro would be forgotten."""
    report = fold({"a": ["bug"]}, model("bug", MODIFIED), model("a", MODIFIED, causes=CENTS))
    assert told(report, "a") == Explained((uid("bug"),))


def test_errors_explain() -> None:
    """What reads a model that could not be compared would look unexplained."""
    report = fold({"last": ["bad"]}, model("bad", MODIFIED, Outcome.ERRORED, grade=Grade.ERROR), model("last"))
    assert told(report, "last") == below("bad")
    assert [group.roots for group in explanations.groups(report)] == [(uid("bad"),)]


def test_circle() -> None:
    """A project whose hidden edges make a circle would hang the run."""
    report = fold({"a": ["b"], "b": ["a"]}, model("a"), model("b", MODIFIED))
    placed = [u for group in explanations.groups(report) for u in (*group.roots, *group.members)]
    assert sorted(placed) == [uid("a"), uid("b")]


def test_many_roots_are_not_all_listed() -> None:
    """A report of thousands of models would be too large to be read."""
    roots = [f"r{number:03}" for number in range(300)]
    edges = {f"m{number:03}": [roots[number], f"m{number - 1:03}"][: 2 if number else 1] for number in range(300)}
    report = fold(edges, *(model(name, MODIFIED) for name in roots), *(model(name) for name in edges))
    last = told(report, "m299")
    assert last is not None
    assert (last.roots, last.more) == (tuple(map(uid, roots[:10])), 290)
    assert len(explanations.groups(report)) == 300


def test_thousands_of_models_of_one_macro() -> None:
    """A macro that every model calls would take minutes, or a report of every pair of models."""
    names = [f"m{number:04}" for number in range(2000)]
    edges = {name: names[max(0, number - 3) : number] for number, name in enumerate(names)}
    report = fold(edges, *(model(name, MODIFIED, causes=CENTS) for name in names))
    assert explanations.groups(report) == (Group(tuple(map(uid, names)), (), CENTS),)
    assert not any(one.explained.roots for one in report.models if one.explained)


def test_explanations_that_nobody_made() -> None:
    """A report from elsewhere could crash the job that tells it, or hide a model."""
    a, b, c = (
        replace(model(name), explained=Explained((root,), own=False))
        for name, root in (("a", uid("b")), ("b", uid("a")), ("c", "nonsense"))
    )
    found = explanations.groups(Report(RUN, Status.FAILURE, "", (a, b, c, model("d"))))
    assert found == tuple(Group((uid(name),), ()) for name in "abcd")
