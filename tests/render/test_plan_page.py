"""What `--dry-run` prints."""

from __future__ import annotations

from dataclasses import replace

from bot.domain import Cause, CauseKind, Change, ChangeKind, MetadataChange, NodeChange, Plan, RelationName
from bot.render import plan_page

PLAN = Plan(
    base_nodes=("model.shop.a", "model.shop.b"),
    head_nodes=("model.shop.b",),
    head_drops=(),
    first=(),
    base_tests=("test.shop.t",),
    head_tests=("test.shop.t", "test.shop.u"),
)


def test_a_plan_says_what_would_be_built_and_why() -> None:
    """The user would start a build of hours without knowing."""
    causes = (Cause(CauseKind.SQL), Cause(CauseKind.MACRO, "cents"))
    change = Change(
        (
            NodeChange("model.shop.gone", ChangeKind.REMOVED),
            NodeChange("model.shop.b", ChangeKind.MODIFIED, causes),
            NodeChange("model.shop.c", ChangeKind.DOWNSTREAM, upstream=("model.shop.b", "model.shop.gone")),
        ),
        same_sql=("model.shop.same",),
        metadata=(MetadataChange("model.shop.told", ("description",)),),
    )
    assert plan_page.text(change, PLAN) == (
        "3 affected:\n"
        "  model.shop.gone: removed\n"
        "  model.shop.b: modified sql, macro cents\n"
        "  model.shop.c: downstream of b, gone\n"
        "\n"
        "built at base: 2 (fewer where an earlier run has kept them)\n"
        "  model.shop.a\n"
        "  model.shop.b\n"
        "\n"
        "rebuilt at head: 1\n"
        "  model.shop.b\n"
        "\n"
        "dbt tests: 1 at base, 2 at head\n"
        "\n"
        "not affected, because both sides compile to the same SQL: model.shop.same\n"
        "\n"
        "metadata only: model.shop.told"
    )


def test_a_plan_says_what_is_read_in_production_and_what_is_built_all_the_same() -> None:
    """Nobody would know before whether a request costs a minute or a night, nor what to deploy to save it."""
    change = Change((NodeChange("model.shop.paid", ChangeKind.MODIFIED),))
    plan = replace(
        PLAN,
        shown={"model.shop.staged": RelationName("warehouse", "live", "staged")},
        rebuilt={"model.shop.rates": "differs from production: sql"},
    )
    told = plan_page.text(change, plan)
    assert "read from production, and not built: 1\n  model.shop.staged\n" in told
    assert "built though the request does not touch them: 1\n  model.shop.rates differs from production: sql\n" in told
    assert "production" not in plan_page.text(change, PLAN)


def test_a_request_that_touches_no_data_says_so() -> None:
    """The user would wonder whether anything was looked at."""
    change = Change((), same_sql=("model.shop.same",))
    nothing = Plan((), (), (), (), (), ())
    words = "No data models touched: nothing would be built, nothing asked."
    assert plan_page.text(Change(()), nothing) == words
    assert plan_page.text(change, nothing).startswith(f"{words}\n\nnot affected, because")


def test_a_long_plan_is_cut_with_its_count() -> None:
    """Thousands of lines would hide the summary."""
    many = tuple(f"model.shop.m{number:04}" for number in range(1200))
    change = Change(tuple(NodeChange(uid, ChangeKind.MODIFIED) for uid in many))
    lines = plan_page.text(change, Plan(many, many[:50], (), (), (), ())).splitlines()
    assert lines[0] == "1200 affected:"
    assert lines[50:52] == ["  model.shop.m0049: modified", "  and 1150 more"]
    assert lines[-4:] == ["  model.shop.m0048", "  model.shop.m0049", "", "dbt tests: 0 at base, 0 at head"]
