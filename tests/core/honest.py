"""Reports as a run makes them, of every shape: what is graded is graded as the policy does."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import strategies as st

from bot.core import report as reports
from bot.core import verdict
from bot.domain import (
    Bound,
    Cause,
    CauseKind,
    ChangeKind,
    ColumnReport,
    DiffTable,
    Finding,
    FromTo,
    Grade,
    Key,
    KeySource,
    MetadataChange,
    ModelReport,
    NamedReport,
    NodeChange,
    NodeResult,
    Outcome,
    Problem,
    Report,
    RowReport,
    Status,
    TableColumn,
    TestReport,
)
from tests.render.reports import HOSTILE, RUN

# Half a character can't be written to a file, and no run of ours says one.
TEXTS = st.one_of(st.sampled_from([text for text in HOSTILE if text != "\ud800"]), st.text(max_size=12))
_NUMBERS = st.one_of(st.none(), st.integers(0, 10**20))
_PLAIN = st.one_of(st.none(), TEXTS, st.integers(-(10**30), 10**30), st.floats(allow_nan=False, allow_infinity=False))
_CELLS = st.one_of(_PLAIN, st.builds(FromTo, _PLAIN, _PLAIN))
_NAMES = st.lists(TEXTS, max_size=3).map(tuple)
_CHECKS = ("schema", "row_count", "keys", "values", "profile", "top_k", "histogram", "tests", "build")


@st.composite
def _tables(draw: st.DrawFn) -> DiffTable:
    columns = draw(st.lists(st.builds(TableColumn, TEXTS, st.booleans(), st.booleans()), min_size=1, max_size=4))
    rows = draw(st.lists(st.tuples(*[_CELLS] * len(columns)), max_size=4))
    return DiffTable(draw(TEXTS), tuple(columns), tuple(rows), draw(st.integers(0, 99)))


@st.composite
def _findings(draw: st.DrawFn, check: str) -> Finding:
    measures: dict[str, object] = draw(
        st.fixed_dictionaries(
            {}, optional={"sampled": st.floats(0.01, 0.99), "scope": TEXTS, "added": st.lists(TEXTS, max_size=2)}
        )
    )
    if check == "schema":
        measures |= draw(st.fixed_dictionaries({}, optional={"renamed": st.dictionaries(TEXTS, TEXTS, max_size=2)}))
    found = Finding(
        check=check,
        outcome=draw(st.sampled_from(Outcome)),
        message=draw(TEXTS),
        measures=measures,
        bound=draw(st.sampled_from(Bound)),
        tables=tuple(draw(st.lists(_tables(), max_size=2))),
        advice=draw(st.one_of(st.none(), TEXTS)),
    )
    return verdict.grade(found)


@st.composite
def _models(draw: st.DrawFn, unique_id: str) -> ModelReport:
    checks = draw(st.lists(st.sampled_from(_CHECKS), max_size=3, unique=True))
    findings = reports.in_order(draw(_findings(check)) for check in checks)
    outcome = draw(st.sampled_from(Outcome))
    least = {Outcome.ERRORED: Grade.FAIL, Outcome.VACUOUS: Grade.WARN}.get(outcome, Grade.PASS)
    rows = st.builds(RowReport, *[_NUMBERS] * 6, st.integers(0, 9))
    columns = st.builds(
        ColumnReport,
        added=_NAMES,
        removed=_NAMES,
        type_changed=st.dictionaries(TEXTS, st.tuples(TEXTS, TEXTS), max_size=2),
        changed=st.dictionaries(TEXTS, st.integers(0, 10**9), max_size=3),
        order_changed=st.booleans(),
        compared=_NAMES,
        uncompared=st.dictionaries(TEXTS, TEXTS, max_size=2),
    )
    key = st.builds(Key, st.lists(TEXTS, min_size=1, max_size=2).map(tuple), st.sampled_from(KeySource))
    causes = st.lists(st.builds(Cause, st.sampled_from(CauseKind), TEXTS), max_size=2).map(tuple)
    return ModelReport(
        unique_id=unique_id,
        name=draw(TEXTS),
        resource_type=draw(st.sampled_from(["model", "seed"])),
        package=draw(TEXTS),
        path=draw(TEXTS),
        materialization="table",
        change=NodeChange(unique_id, draw(st.sampled_from(ChangeKind)), draw(causes), draw(_NAMES)),
        outcome=outcome,
        grade=verdict.worst([least, draw(st.sampled_from(Grade)), *(finding.grade for finding in findings)]),
        key=draw(st.one_of(st.none(), key)),
        rows=draw(st.one_of(st.none(), rows)),
        columns=draw(st.one_of(st.none(), columns)),
        findings=findings,
        reason=draw(st.one_of(st.none(), TEXTS)),
        proposed_keys=tuple(draw(st.lists(st.lists(TEXTS, min_size=1, max_size=2).map(tuple), max_size=2))),
    )


@st.composite
def _dbt_tests(draw: st.DrawFn, unique_id: str) -> TestReport:
    words = st.sampled_from([None, "pass", "fail", "error", "warn", "skipped"])
    base, head = draw(words), draw(words)
    failures = draw(_NUMBERS), draw(_NUMBERS)
    results = [
        NodeResult(unique_id, word, failures=count) if word else None
        for word, count in zip((base, head), failures, strict=True)
    ]
    model = draw(st.one_of(st.none(), st.sampled_from(["model.shop.0", "model.shop.1", "model.shop.elsewhere"])))
    grade = verdict.grade_test(*results)
    return TestReport(unique_id, draw(TEXTS), model, base, head, *failures, grade, draw(TEXTS))


@st.composite
def _named(draw: st.DrawFn) -> NamedReport:
    check = draw(st.sampled_from(["query", "assertion", "metric"]))
    return NamedReport(check, draw(TEXTS), draw(_NAMES), draw(_findings(check)))


@st.composite
def honest_reports(draw: st.DrawFn) -> Report:
    """Any report that a run could make; nobody has accepted anything yet."""
    found = Report(
        run=replace(RUN, project=draw(TEXTS), seconds=draw(st.floats(0, 10**6))),
        status=Status.ERROR,
        headline="",
        models=tuple(draw(_models(f"model.shop.{number}")) for number in range(draw(st.integers(0, 4)))),
        tests=tuple(draw(_dbt_tests(f"test.shop.{number}")) for number in range(draw(st.integers(0, 3)))),
        same_sql=draw(_NAMES),
        metadata=tuple(draw(st.lists(st.builds(MetadataChange, TEXTS, _NAMES), max_size=2))),
        notices=draw(_NAMES),
        problem=draw(st.one_of(st.none(), st.builds(Problem, TEXTS, TEXTS, TEXTS))),
        named=tuple(draw(st.lists(_named(), max_size=2))),
    )
    return reports.concluded(found)
