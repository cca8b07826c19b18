"""Which leftovers go: those asked for, by names that are ours, and no others."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.core import leftovers
from bot.domain import Place, RunId
from bot.domain.records import Record, RecordKind
from bot.errors import UsageError

_NOW = datetime(2026, 7, 10, 12, tzinfo=UTC)
_PLACE = Place("https://github.com", "https://api.github.com", "o/r", RunId(7712, 2), "https://github.com/o/r/7712")
_WHAT = {"api_url": "https://api.github.com", "repository": "o/r", "run": "7712.2", "context": "proofbot/shop"}


def _record(
    kind: RecordKind = RecordKind.GATE,
    number: int | None = 7,
    project: str = "shop",
    created_at: str = "2026-07-10T00:00:00+00:00",
    **what: str,
) -> Record:
    return Record("0" * 32, kind, project, number, "a" * 40, created_at, what)


def _gate(number: int | None = 7, **changes: str | None) -> Record:
    what = {name: value for name, value in {**_WHAT, **changes}.items() if value is not None}
    return Record("0" * 32, RecordKind.GATE, "shop", number, "a" * 40, "2026-07-10T00:00:00+00:00", what)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("7d", timedelta(days=7)),
        ("12h", timedelta(hours=12)),
        ("30m", timedelta(minutes=30)),
        (" 1d\n", timedelta(days=1)),
        ("0d", timedelta(0)),
        ("999999d", timedelta(days=999_999)),
    ],
)
def test_an_age_is_read_as_people_write_it(text: str, meant: timedelta) -> None:
    """`--older-than 30m` would keep a month."""
    assert leftovers.age(text) == meant


@pytest.mark.parametrize("text", ["", "7", "d", "7 d", "-7d", "7w", "7D", "1.5h", "7d12h", "1000000d", "٧d", "7d\x00"])
def test_what_is_no_age_is_refused_with_a_remedy(text: str) -> None:
    """A typo would remove everything, or be a crash."""
    with pytest.raises(UsageError, match="is no age") as caught:
        leftovers.age(text)
    assert "`7d`" in caught.value.remedy


def test_the_records_of_a_request_are_those_of_its_number() -> None:
    """Closing one pull request would remove the reports of the others."""
    mine = _record()
    assert leftovers.of_request([mine, _record(number=8), _record(number=None)], 7) == (mine,)


def test_the_same_number_in_another_repository_is_another_request() -> None:
    """On a runner shared by two repositories, closing number 7 of one would remove the reports of the other's."""
    mine, theirs, nobodys = _record(repository="o/r"), _record(repository="o/other"), _record()
    assert leftovers.of_request([mine, theirs, nobodys], 7, "o/r") == (mine, nobodys)
    assert leftovers.of_request([mine, theirs], 7) == (mine, theirs)
    assert leftovers.repositories([mine, theirs, nobodys]) == ("o/other", "o/r")


def test_a_project_can_be_named() -> None:
    """The clean-up of one project of a monorepo would take that of another."""
    mine = _record(repository="o/r")
    assert leftovers.of_request([mine, _record(project="finance")], 7, "o/r", "shop") == (mine,)


@pytest.mark.parametrize(
    ("created_at", "goes"),
    [
        ("2026-07-03T11:59:59+00:00", True),
        ("2026-07-03T12:00:00+00:00", False),
        ("2026-07-10T11:00:00+00:00", False),
        ("2027-01-01T00:00:00+00:00", False),
    ],
)
def test_what_is_older_goes(created_at: str, goes: bool) -> None:  # noqa: FBT001 (a case)
    """A sweep would remove what a run of today still needs."""
    record = _record(created_at=created_at)
    assert leftovers.older_than([record], timedelta(days=7), _NOW) == ((record,) if goes else ())


def test_the_gates_of_this_run_are_found() -> None:
    """Without it the test below could pass because no gate is ever found, and each would stay pending for ever."""
    gates = (_gate(), _gate(context="proofbot/finance"), _gate(number=None))
    assert leftovers.open_gates(gates, _PLACE) == gates


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("run", "7712.1"),
        ("run", "771.22"),
        ("repository", "o/other"),
        ("api_url", "https://ghe.example.org/api/v3"),
        ("context", "ci/deploy"),
        ("context", "proofbotty"),
        ("context", "proofbot/x\ny"),
        ("context", ""),
    ],
)
def test_gates_of_others_are_left_alone(name: str, value: str) -> None:
    """The status of another run, of another place or of another tool would be set to error."""
    assert leftovers.open_gates([_gate(None, **{name: value})], _PLACE) == ()


@pytest.mark.parametrize("missing", sorted(_WHAT))
def test_half_a_gate_is_none(missing: str) -> None:
    """A torn record would set a status somewhere."""
    assert leftovers.open_gates([_gate(None, **{missing: None})], _PLACE) == ()


@pytest.mark.parametrize(
    "commit", ["", "main", "../../other/statuses/" + "a" * 40, "a" * 39, "A" * 40, "a" * 40 + "\n"]
)
def test_a_gate_of_what_is_no_commit_is_left_alone(commit: str) -> None:
    """A forged commit would lead the request to another address of the forge."""
    gate = Record("0" * 32, RecordKind.GATE, "shop", 7, commit, "2026-07-10T00:00:00+00:00", _WHAT)
    assert leftovers.open_gates([gate], _PLACE) == ()


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        (RecordKind.REPORT, "reports/shop-0123456ab"),
        (RecordKind.REPORT, "reports/dbt-my shop-0123456ab"),
        (RecordKind.ORIGIN, f"origins/shop-0123abcd/{'0' * 64}"),
        (RecordKind.RUN, "runs/0123456789ab"),
    ],
)
def test_folders_named_by_us_are_ours(kind: RecordKind, name: str) -> None:
    """Nothing would ever be removed."""
    assert leftovers.folder(_record(kind, folder=name)) == name


@pytest.mark.parametrize("kind", list(RecordKind))
@pytest.mark.parametrize(
    "name",
    [
        "",
        "/",
        "/etc",
        "..",
        "reports",
        "reports/",
        "reports/..",
        "reports/../shop-0123456ab",
        "reports/x/../../shop-0123456ab",
        "reports/x/shop-0123456ab",
        "reports/mine",
        "reports/shop-0123456ab/",
        "reports/shop-0123456ab\n",
        "reports/a\x00-0123456ab",
        "/reports/shop-0123456ab",
        "./reports/shop-0123456ab",
        "Reports/shop-0123456ab",
        f"origins/shop/{'0' * 64}",
        f"origins/../{'0' * 64}",
        f"origins/shop-0123abcd/{'0' * 63}",
        "runs/experiment",
        "runs/0123456789ab/base",
    ],
)
def test_folders_of_other_names_are_not_ours(kind: RecordKind, name: str) -> None:
    """A forged record would have somebody's folder removed."""
    assert leftovers.folder(_record(kind, folder=name)) is None


def test_a_folder_is_ours_only_as_what_it_is() -> None:
    """A record of one kind would have a thing of another kind removed, past its locks."""
    for kind in RecordKind:
        if kind is not RecordKind.RUN:
            assert leftovers.folder(_record(kind, folder="runs/0123456789ab")) is None
