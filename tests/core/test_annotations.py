"""Tests of bot/core/annotations.py."""

from __future__ import annotations

from dataclasses import replace

from bot import domain
from bot.core.annotations import of
from bot.domain import (
    Acceptance,
    Annotation,
    ChangeKind,
    DiffTable,
    Finding,
    Grade,
    ModelReport,
    Outcome,
    Report,
    Status,
    TableColumn,
)
from tests.render import reports, trust

_RUN = replace(reports.RUN, package="shop")


def _report(*models: ModelReport, tests: tuple[domain.TestReport, ...] = ()) -> Report:
    return Report(_RUN, Status.FAILURE, "gate closed", models, tests)


def _changed(name: str, grade: Grade = Grade.FAIL, kind: ChangeKind = ChangeKind.MODIFIED) -> ModelReport:
    model = reports.model(name, Outcome.CHANGED, grade, kind)
    values = Finding("values", Outcome.CHANGED, "3 of 7 rows changed, in amount", grade)
    return replace(model, findings=(Finding("row_count", Outcome.UNCHANGED, "7 rows", Grade.PASS), values))


def _test(name: str, model: str | None, grade: Grade) -> domain.TestReport:
    return domain.TestReport(f"test.shop.{name}", name, model, "pass", "fail", 0, 3, grade)


def _one(report: Report, project_dir: str = ".") -> Annotation:
    [annotation] = of(report, project_dir)
    return annotation


def test_a_failing_model_is_told_on_its_file() -> None:
    """The reviewer would not see beside the diff what it does to the data; or GitHub would not find the file."""
    annotation = _one(_report(_changed("orders")), "transform/shop")
    assert annotation == Annotation(
        path="transform/shop/models/marts/orders.sql",
        title="proofbot: orders changed",
        message="values: 3 of 7 rows changed, in amount",
        is_error=True,
    )
    assert _one(_report(_changed("orders"))).path == "models/marts/orders.sql"


def test_what_is_fine_is_not_annotated() -> None:
    """A file whose data did not change would carry a remark."""
    assert of(_report(reports.equal("orders", 7)), ".") == ()


def test_the_worst_comes_first_and_what_was_modified_before_what_lies_below() -> None:
    """GitHub keeps ten: the failures, and those beside a diff, would be cut off."""
    report = _report(
        _changed("a_warning", Grade.WARN),
        _changed("b_below", Grade.FAIL, ChangeKind.DOWNSTREAM),
        _changed("c_own", Grade.FAIL),
        _changed("d_unknown", Grade.ERROR, ChangeKind.DOWNSTREAM),
    )
    found = of(report, ".")
    assert [one.path.rpartition("/")[2] for one in found] == [
        "d_unknown.sql",
        "c_own.sql",
        "b_below.sql",
        "a_warning.sql",
    ]
    assert [one.is_error for one in found] == [True, True, True, False]


def test_models_of_installed_packages_have_no_file_here() -> None:
    """Remarks would point to files that are not in the repository."""
    installed = replace(_changed("orders"), package="dbt_utils")
    assert of(_report(installed), ".") == ()
    unknown = replace(_report(installed), run=replace(_RUN, package=""))
    assert len(of(unknown, ".")) == 1


def test_a_model_that_broke_says_why_once() -> None:
    """Each of nine checks would repeat the same error."""
    error = Finding("values", Outcome.ERRORED, "the view can't be read", Grade.ERROR)
    broken = replace(
        reports.model("orders", Outcome.ERRORED, Grade.ERROR),
        findings=(
            error,
            replace(error, check="keys"),
            Finding("schema", Outcome.CHANGED, "1 column removed", Grade.FAIL),
        ),
        reason="checks `values`, `keys`: the view can't be read",
    )
    annotation = _one(_report(broken))
    assert annotation.title == "proofbot: orders could not be compared"
    assert annotation.message == "checks `values`, `keys`: the view can't be read\nschema: 1 column removed"


def test_what_was_not_compared_says_why() -> None:
    """A model that nobody looked at would carry an empty remark."""
    skipped = replace(reports.model("orders", Outcome.SKIPPED, Grade.ERROR), reason="dbt did not build it")
    annotation = _one(_report(skipped))
    assert (annotation.title, annotation.message) == ("proofbot: orders was not compared", "dbt did not build it")


def test_newly_failing_tests_are_told_by_name() -> None:
    """A model whose data is unchanged, and whose test newly fails, would look fine beside the diff."""
    uid = "model.shop.orders"
    tests = (
        _test("unique_orders", uid, Grade.FAIL),
        _test("not_null_orders", uid, Grade.ERROR),
        _test("failed_before", uid, Grade.WARN),
        _test("of_nothing", None, Grade.FAIL),
        _test("of_another", "model.shop.gone", Grade.FAIL),
    )
    annotation = _one(_report(reports.equal("orders", 7), tests=tests))
    assert annotation.is_error
    assert annotation.title == "proofbot: orders needs a look"
    assert annotation.message == "dbt test unique_orders newly fails\ndbt test not_null_orders has no result"
    told = replace(_changed("orders"), findings=(Finding("tests", Outcome.UNCHANGED, "2 dbt tests", Grade.FAIL),))
    assert "2 dbt tests" not in _one(_report(told, tests=tests)).message
    many = tuple(_test(f"t{n}", uid, Grade.FAIL) for n in range(9))
    assert _one(_report(reports.equal("orders", 7), tests=many)).message.endswith("\nand 4 more dbt tests")


def test_added_and_removed_models_are_called_so() -> None:
    """A model that the request removes would be said to have changed."""
    assert _one(_report(_changed("orders", kind=ChangeKind.REMOVED))).title == "proofbot: orders is removed"
    bare = replace(_changed("orders", kind=ChangeKind.ADDED), findings=())
    assert _one(_report(bare)) == Annotation(
        "models/marts/orders.sql", "proofbot: orders is new", "orders is new", is_error=True
    )


def test_an_accepted_model_says_who_accepted_it() -> None:
    """It would look as if nobody had answered for it."""
    accepted = replace(_changed("orders", Grade.WARN), accepted=Acceptance("orders", "ann", "the fix of #7"))
    annotation = _one(_report(accepted))
    assert not annotation.is_error
    assert annotation.message == "values: 3 of 7 rows changed, in amount\naccepted by ann: the fix of #7"


def test_what_follows_from_another_is_told_there() -> None:
    """Forty remarks on one bug would push others out of the ten that GitHub keeps; but no failure is silent."""
    root, below = trust.root(), [trust.member(name, "orders") for name in ("daily", "monthly")]
    annotation = _one(_report(root, *below))
    assert annotation.title == "proofbot: orders changed"
    assert annotation.message.endswith("\n2 models downstream changed only because of it")
    paths = [one.path for one in of(_report(root, *below, tests=(_test("t", "model.shop.daily", Grade.FAIL),)), ".")]
    assert paths == ["models/marts/orders.sql", "models/marts/daily.sql"]
    passes = replace(root, grade=Grade.PASS)
    assert len(of(_report(passes, *below), ".")) == 2, "nobody tells of them"


def test_values_of_the_data_are_not_told() -> None:
    """Logs are kept where comments may not be: a value that only the comment may show would be in them."""
    table = DiffTable("changed rows", (TableColumn("email", data=True),), (("ann@acme.example",),))
    model = _changed("orders")
    finding = replace(
        model.findings[1], tables=(table,), measures={"min": "ann@acme.example"}, advice="ann@acme.example"
    )
    assert "ann@acme.example" not in repr(_one(_report(replace(model, findings=(finding,)))))
