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
    Clause,
    ColumnReport,
    Common,
    Cost,
    Declared,
    DiffTable,
    Environment,
    Evidence,
    Explained,
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
    Noise,
    Outcome,
    Problem,
    Proof,
    Relates,
    Replayed,
    Report,
    RowKind,
    RowReport,
    Status,
    TableColumn,
    TestReport,
    Unmet,
    Verified,
)
from tests.render.reports import HOSTILE, RUN

# Half a character can't be written to a file, and no run of ours says one.
TEXTS = st.one_of(st.sampled_from([text for text in HOSTILE if text != "\ud800"]), st.text(max_size=12))
_NUMBERS = st.one_of(st.none(), st.integers(0, 10**20))
_PLAIN = st.one_of(st.none(), TEXTS, st.integers(-(10**30), 10**30), st.floats(allow_nan=False, allow_infinity=False))
_CELLS = st.one_of(_PLAIN, st.builds(FromTo, _PLAIN, _PLAIN))
_NAMES = st.lists(TEXTS, max_size=3).map(tuple)
_CHECKS = ("schema", "row_count", "keys", "values", "profile", "top_k", "histogram", "tests", "build")
_ROOTS = st.lists(st.sampled_from(["model.shop.0", "model.shop.1", "model.shop.elsewhere"]), max_size=2).map(tuple)
_FLOATS = st.floats(0, 10**6)
_COUNTS = st.integers(0, 10**12)
_TEXTS_BY_NAME = st.dictionaries(TEXTS, TEXTS, max_size=2)
_NOISE = st.builds(
    Noise,
    columns=_TEXTS_BY_NAME,
    tolerated=st.dictionaries(TEXTS, _FLOATS, max_size=2),
    partly=st.dictionaries(TEXTS, _COUNTS, max_size=2),
    key=st.booleans(),
    rows=st.booleans(),
    rows_cause=TEXTS,
    differing=st.one_of(st.none(), _COUNTS),
    became=_TEXTS_BY_NAME,
    controls=st.integers(0, 5),
    count=st.booleans(),
    broken=_TEXTS_BY_NAME,
)
_CLAUSES = st.builds(Clause, TEXTS, st.sampled_from(Verified), TEXTS, TEXTS)
_DECLARED = st.builds(
    Declared, st.sampled_from(Verified), st.lists(_CLAUSES, max_size=3).map(tuple), reason=TEXTS, where=TEXTS
)
_EVIDENCE = st.builds(
    Evidence,
    TEXTS,
    _TEXTS_BY_NAME,
    _TEXTS_BY_NAME,
    st.lists(st.builds(Environment, TEXTS, TEXTS, _COUNTS, _COUNTS, TEXTS), max_size=2).map(tuple),
    st.lists(st.builds(Replayed, TEXTS, TEXTS, TEXTS, _COUNTS, TEXTS, _FLOATS), max_size=2).map(tuple),
)


@st.composite
def _commons(draw: st.DrawFn) -> Common:
    relates = draw(st.sampled_from(Relates))
    sizes = {Relates.IN: (1, 3), Relates.BETWEEN: (2, 2)}.get(relates, (0, 0))
    values = tuple(draw(st.lists(TEXTS, min_size=sizes[0], max_size=sizes[1])))
    matching = draw(_COUNTS)
    kind, column = draw(st.sampled_from(RowKind)), draw(TEXTS)
    return Common(kind, column, relates, values, matching + draw(_COUNTS), matching, draw(_COUNTS))


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
        rule=draw(TEXTS),
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
        rule=draw(TEXTS),
        noise=draw(st.one_of(st.none(), _NOISE)),
        declared=draw(st.one_of(st.none(), _DECLARED)),
        explained=draw(
            st.one_of(
                st.none(),
                st.builds(
                    Explained,
                    _ROOTS,
                    st.sampled_from([None, True, False]),
                    st.sampled_from(Proof),
                    st.sampled_from([None, True, False]),
                    st.lists(st.builds(Cause, st.sampled_from(CauseKind), TEXTS), max_size=2).map(tuple),
                    st.integers(0, 300),
                ),
            )
        ),
        common=tuple(draw(st.lists(_commons(), max_size=2))),
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
    return TestReport(
        unique_id, draw(TEXTS), model, base, head, *failures, grade, draw(TEXTS), None, draw(TEXTS), draw(st.booleans())
    )


@st.composite
def _named(draw: st.DrawFn) -> NamedReport:
    check = draw(st.sampled_from(["query", "assertion", "metric"]))
    texts = draw(TEXTS), draw(TEXTS), draw(TEXTS)
    return NamedReport(check, draw(TEXTS), draw(_NAMES), draw(_findings(check)), None, *texts, draw(st.booleans()))


_TAKEN = (st.integers(0, 10**6), st.integers(0, 10**15), st.floats(0, 10**6), st.one_of(st.none(), st.floats(0, 99)))
_COST = st.one_of(st.none(), st.builds(Cost, *_TAKEN, builds=st.one_of(st.none(), st.builds(Cost, *_TAKEN))))


@st.composite
def honest_reports(draw: st.DrawFn) -> Report:
    """Any report that a run could make; nobody has accepted anything yet."""
    found = Report(
        run=replace(RUN, project=draw(TEXTS), seconds=draw(st.floats(0, 10**6)), cost=draw(_COST)),
        status=Status.ERROR,
        headline="",
        models=tuple(draw(_models(f"model.shop.{number}")) for number in range(draw(st.integers(0, 4)))),
        tests=tuple(draw(_dbt_tests(f"test.shop.{number}")) for number in range(draw(st.integers(0, 3)))),
        same_sql=draw(_NAMES),
        equivalent=draw(_NAMES),
        metadata=tuple(draw(st.lists(st.builds(MetadataChange, TEXTS, _NAMES), max_size=2))),
        notices=draw(_NAMES),
        problem=draw(st.one_of(st.none(), st.builds(Problem, TEXTS, TEXTS, TEXTS))),
        named=tuple(draw(st.lists(_named(), max_size=2))),
        policy=draw(TEXTS),
        unmet=tuple(draw(st.lists(st.builds(Unmet, TEXTS, _DECLARED, st.sampled_from(Grade), TEXTS), max_size=2))),
        sources=draw(_NAMES),
        proposal=draw(TEXTS),
        evidence=draw(st.one_of(st.none(), _EVIDENCE)),
    )
    return reports.concluded(found)
