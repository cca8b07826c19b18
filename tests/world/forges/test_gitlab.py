"""The verbs of GitLab, as far as they differ from what every forge does."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
import responses
from hypothesis import given
from hypothesis import strategies as st

from bot.domain import CommitStatus, ForgeKind, GateState, Permission, Place, RunId
from bot.world.forges.contract import Refused, Rejected, Unavailable
from bot.world.forges.gitlab import GitLab, harmless

from .clock import Clock

TOKEN = "glpat-abcdefgh12345678IJKL"
API = "https://gitlab.example.com/api/v4"
HOME = f"{API}/projects/acme%2Fdata%2Fshop"
HEAD, MERGED, BASE = "a" * 40, "c" * 40, "b" * 40


@pytest.fixture(name="web")
def _web() -> Iterator[responses.RequestsMock]:
    """Answers registered requests in order, and refuses every other; all must have been asked."""
    with responses.RequestsMock(registry=responses.registries.OrderedRegistry) as web:
        yield web


def _gitlab(clock: Clock | None = None, commit: str = HEAD, **named: Any) -> GitLab:
    run_url = "https://gitlab.example.com/acme/data/shop/-/jobs/9001"
    place = Place(
        "https://gitlab.example.com", API, "acme/data/shop", RunId(501, 9001), run_url, ForgeKind.GITLAB, commit
    )
    return GitLab(place, TOKEN, (clock or Clock()).retries(), **named)


def _request(**changes: Any) -> dict[str, Any]:
    return {
        "iid": 7,
        "sha": HEAD,
        "state": "opened",
        "draft": False,
        "title": "Add prices",
        "description": None,
        "source_branch": "prices",
        "target_branch": "main",
        "source_project_id": 1,
        "target_project_id": 1,
        "author": {"username": "ada"},
        "labels": ["data"],
        "web_url": "https://gitlab.example.com/acme/data/shop/-/merge_requests/7",
        "diff_refs": {"base_sha": "d" * 40, "head_sha": HEAD, "start_sha": BASE},
        **changes,
    }


def _note(number: int, body: str = "hello", username: str = "ada", **changes: Any) -> dict[str, Any]:
    moments = {"created_at": "2026-11-23T10:00:00.000Z", "updated_at": "2026-11-23T10:05:00.000Z"}
    return {"id": number, "body": body, "author": {"username": username}, "system": False, **moments, **changes}


def test_a_merge_request_is_told_as_any_request_is(web: responses.RequestsMock) -> None:
    """The wrong commits would be compared, or a fork be taken for a branch of our own."""
    web.get(f"{HOME}/merge_requests/7", json=_request())
    told = _gitlab().pull_request(7)
    assert (told.number, told.head, told.base, told.base_branch) == (7, HEAD, BASE, "main")
    assert (told.head_repository, told.is_fork, told.is_open, told.is_draft) == ("acme/data/shop", False, True, False)
    assert (told.author, told.labels, told.description) == ("ada", ("data",), "")


@pytest.mark.parametrize(
    ("answer", "path"),
    [
        ({"json": {"path_with_namespace": "mallory/shop"}}, "mallory/shop"),
        ({"status": 404, "json": {"message": "404 Project Not Found"}}, ""),
    ],
)
def test_a_fork_is_known_by_its_project(web: responses.RequestsMock, answer: dict[str, Any], path: str) -> None:
    """A fork that nobody may see would end the run, or count as our own."""
    web.get(f"{HOME}/merge_requests/7", json=_request(source_project_id=2))
    web.get(f"{API}/projects/2", **answer)
    told = _gitlab().pull_request(7)
    assert (told.is_fork, told.head_repository) == (True, path)


def test_a_fork_that_was_deleted_has_no_home(web: responses.RequestsMock) -> None:
    """A request whose fork is gone could never be told anything."""
    web.get(f"{HOME}/merge_requests/7", json=_request(source_project_id=None))
    assert _gitlab().pull_request(7).head_repository == ""


def test_the_tip_of_the_target_is_asked_for_while_gitlab_prepares(web: responses.RequestsMock) -> None:
    """A request that was opened a moment ago would be compared with nothing."""
    web.get(f"{HOME}/merge_requests/7", json=_request(diff_refs=None, target_branch="release/1"))
    web.get(f"{HOME}/repository/branches/release%2F1", json={"commit": {"id": "e" * 40}})
    assert _gitlab().pull_request(7).base == "e" * 40


@pytest.mark.parametrize("state", ["closed", "merged", "locked"])
def test_only_an_opened_request_is_open(web: responses.RequestsMock, state: str) -> None:
    """A merged request would be proven again and again."""
    web.get(f"{HOME}/merge_requests/7", json=_request(state=state))
    assert not _gitlab().pull_request(7).is_open


def test_notes_of_gitlab_itself_are_no_comments(web: responses.RequestsMock) -> None:
    """A remark on a push would be read as somebody's words."""
    web.get(
        f"{HOME}/merge_requests/7/notes",
        json=[
            _note(3, username="project_77_bot_abc"),
            _note(2, "added 1 commit", system=True),
            _note(1, author=None),
        ],
        headers={"x-next-page": ""},
    )
    first, second = _gitlab().comments(7)
    assert (first.number, first.author, first.author_is_bot) == (1, "", False)
    assert (second.number, second.author_is_bot) == (3, True)
    assert (second.created_at, second.changed_at) == ("2026-11-23T10:00:00.000Z", "2026-11-23T10:05:00.000Z")
    assert second.url == "https://gitlab.example.com/acme/data/shop/-/merge_requests/7#note_3"


def test_pages_are_read_until_gitlab_names_no_next(web: responses.RequestsMock) -> None:
    """A second note would be written beyond the first page, or pages be asked for without end."""
    notes = f"{HOME}/merge_requests/7/notes"
    web.get(notes, json=[_note(1)], headers={"x-next-page": "2"})
    web.get(notes, json=[_note(2)], headers={"x-next-page": ""})
    assert [one.number for one in _gitlab().comments(7)] == [1, 2]


def test_pages_are_counted_where_a_proxy_drops_headers(web: responses.RequestsMock) -> None:
    """Behind such a proxy all but a hundred notes would be missing."""
    notes = f"{HOME}/merge_requests/7/notes"
    web.get(notes, json=[_note(number) for number in range(1, 101)])
    web.get(notes, json=[_note(101)])
    assert len(_gitlab().comments(7)) == 101


_COMMANDS = st.sampled_from(["/merge", "/close", "/approve", "/assign @ada", "/label ~x", "//merge", " /merge", "x"])
_SEPARATORS = st.sampled_from(["\n", "\r\n", "\r", "\n\n", "\r\r", "\u2028", " "])


@given(st.lists(st.tuples(_COMMANDS | st.text(max_size=9), _SEPARATORS), max_size=8))
def test_no_line_of_a_note_is_a_quick_action(parts: list[tuple[str, str]]) -> None:
    """A value of the data, `/merge`, would merge the request with our rights."""
    sent = harmless("".join(text + separator for text, separator in parts))
    assert not any(line.startswith("/") for line in re.split(r"[\n\r]", sent))


def test_what_is_harmless_stays_as_it_is() -> None:
    """Every note would differ from what was written, and be edited for nothing."""
    body = "### closed\n\n| `/merge` | 1 |\n\n```sql\nselect 1 / 2\n```\n"
    assert harmless(body) == body


def _pending() -> CommitStatus:
    return CommitStatus("proofbot/shop", GateState.PENDING, "building", "https://gitlab.example.com/-/jobs/9001")


def test_a_status_belongs_to_the_pipeline_of_the_job(web: responses.RequestsMock) -> None:
    """GitLab would make a second pipeline for it, and the merge wait for that."""
    body = {
        "state": "pending",
        "name": "proofbot/shop",
        "description": "building",
        "target_url": "https://gitlab.example.com/-/jobs/9001",
        "pipeline_id": 501,
    }
    web.post(f"{HOME}/statuses/{HEAD}", json={}, match=[responses.matchers.json_params_matcher(body)])
    _gitlab().set_status(HEAD, _pending())


def test_in_a_pipeline_of_merged_results_the_status_is_on_the_merge(web: responses.RequestsMock) -> None:
    """GitLab finds no pipeline of that number for the head, and the gate would stay open."""
    web.get(f"{HOME}/repository/commits/{MERGED}", json={"id": MERGED, "parent_ids": [BASE, HEAD]})
    in_own = [responses.matchers.json_params_matcher({"pipeline_id": 501}, strict_match=False)]
    web.post(f"{HOME}/statuses/{MERGED}", json={}, match=in_own)
    web.post(f"{HOME}/statuses/{MERGED}", json={}, match=in_own)
    forge = _gitlab(commit=MERGED)
    forge.set_status(HEAD, _pending())
    forge.set_status(HEAD, _pending())  # the second one asks for nothing


@pytest.mark.parametrize(("pipelines", "number"), [([{"id": 499}], 499), ([], None)])
def test_of_another_commit_the_newest_pipeline_gets_the_status(
    web: responses.RequestsMock, pipelines: list[dict[str, int]], number: int | None
) -> None:
    """A request that was asked for by hand would have its gate in the pipeline of another branch."""
    web.get(f"{HOME}/repository/commits/{MERGED}", status=404, json={"message": "404 Commit Not Found"})
    web.get(f"{HOME}/pipelines", json=pipelines)
    web.post(f"{HOME}/statuses/{HEAD}", json={})
    _gitlab(commit=MERGED).set_status(HEAD, _pending())
    assert (f'"pipeline_id": {number}' in str(web.calls[-1].request.body)) is (number is not None)


def test_the_commit_before_has_a_status_of_its_own(web: responses.RequestsMock) -> None:
    """The newest commit would be said to be what an older one was found to be."""
    web.get(f"{HOME}/repository/commits/{MERGED}", json={"id": MERGED, "parent_ids": [HEAD]})
    web.get(f"{HOME}/pipelines", json=[{"id": 499}])
    web.post(f"{HOME}/statuses/{HEAD}", json={})
    _gitlab(commit=MERGED).set_status(HEAD, _pending())


_NO_PIPELINE = {"message": "404 Pipeline for pipeline_id, sha and ref Not Found"}


def test_a_child_pipeline_has_its_status_in_the_one_above(web: responses.RequestsMock) -> None:
    """A job that another pipeline includes could never set its gate: GitLab does not know child pipelines there."""
    web.post(f"{HOME}/statuses/{HEAD}", status=404, json=_NO_PIPELINE)
    web.get(f"{HOME}/pipelines", json=[{"id": 500}])
    in_parent = [responses.matchers.json_params_matcher({"pipeline_id": 500}, strict_match=False)]
    web.post(f"{HOME}/statuses/{HEAD}", json={}, match=in_parent)
    web.post(f"{HOME}/statuses/{HEAD}", json={}, match=in_parent)
    forge = _gitlab()
    forge.set_status(HEAD, _pending())
    forge.set_status(HEAD, _pending())  # the second one knows where


@pytest.mark.parametrize("pipelines", [[], [{"id": 501}]])
def test_a_pipeline_that_is_not_there_is_told(web: responses.RequestsMock, pipelines: list[dict[str, int]]) -> None:
    """GitLab would make one of its own for the status, or be asked for ever."""
    web.post(f"{HOME}/statuses/{HEAD}", status=404, json=_NO_PIPELINE)
    web.get(f"{HOME}/pipelines", json=pipelines)
    with pytest.raises(Refused, match="commit aaaaaaaaa has no pipeline that takes it"):
        _gitlab().set_status(HEAD, _pending())


def test_a_status_that_is_so_already_counts_as_set(web: responses.RequestsMock) -> None:
    """A job that is run again could not say that its gate is pending, and end."""
    said = 'Cannot transition status via :enqueue from :pending (Reason(s): Status cannot transition via "enqueue")'
    web.post(f"{HOME}/statuses/{HEAD}", status=400, json={"message": said})
    _gitlab().set_status(HEAD, _pending())


def test_another_fault_of_a_status_is_told(web: responses.RequestsMock) -> None:
    """Nobody would learn that the gate was never set."""
    web.post(f"{HOME}/statuses/{HEAD}", status=400, json={"error": "state does not have a valid value"})
    with pytest.raises(Rejected, match="GitLab did not set the status `proofbot/shop`: 400 state does not"):
        _gitlab().set_status(HEAD, _pending())


@pytest.mark.parametrize(
    ("status", "words"), [(409, "409 Conflict: pipeline is locked"), (400, "Failed to obtain a lock")]
)
def test_a_locked_pipeline_is_outwaited(web: responses.RequestsMock, status: int, words: str) -> None:
    """Where many jobs set statuses at once, some gates would never be set."""
    for _ in range(9):
        web.post(f"{HOME}/statuses/{HEAD}", status=status, json={"message": words})
    web.post(f"{HOME}/statuses/{HEAD}", json={})
    clock = Clock()
    _gitlab(clock).set_status(HEAD, _pending())
    assert len(clock.sleeps) == 9
    assert sum(clock.sleeps) < 120


@pytest.mark.parametrize(
    ("told", "state"),
    [
        ("pending", GateState.PENDING),
        ("running", GateState.PENDING),
        ("success", GateState.SUCCESS),
        ("failed", GateState.FAILURE),
        ("canceled", GateState.ERROR),
        ("skipped", GateState.ERROR),
        ("something new", GateState.ERROR),
    ],
)
def test_only_success_is_read_as_success(web: responses.RequestsMock, told: str, state: GateState) -> None:
    """A state that GitLab invents tomorrow would open a gate."""
    rows = [
        {"id": 2, "name": "proofbot/shop", "status": told, "description": None, "target_url": None},
        {"id": 1, "name": "proofbot/shop", "status": "success"},
        {"id": 3, "name": "proofbot/shop2", "status": "success"},
    ]
    web.get(f"{HOME}/repository/commits/{HEAD}/statuses", json=rows)
    assert _gitlab().status(HEAD, "proofbot/shop") == CommitStatus("proofbot/shop", state, "")


@pytest.mark.parametrize(
    ("level", "permission"),
    [
        (50, Permission.ADMIN),
        (40, Permission.ADMIN),
        (30, Permission.WRITE),
        (20, Permission.READ),
        (15, Permission.READ),
        (10, Permission.READ),
        (5, Permission.NONE),
        (0, Permission.NONE),
    ],
)
def test_a_role_is_a_permission(web: responses.RequestsMock, level: int, permission: Permission) -> None:
    """A reporter could accept what fails."""
    web.get(f"{API}/users", json=[{"id": 8, "username": "Ada"}])
    web.get(f"{HOME}/members/all/8", json={"id": 8, "access_level": level})
    assert _gitlab().permission("ada") is permission


def test_who_is_no_member_or_unknown_may_do_nothing(web: responses.RequestsMock) -> None:
    """A stranger could accept what fails."""
    web.get(f"{API}/users", json=[{"id": 8, "username": "ada"}])
    web.get(f"{HOME}/members/all/8", status=404, json={"message": "404 Not found"})
    web.get(f"{API}/users", json=[{"id": 9, "username": "adalbert"}])
    forge = _gitlab()
    assert forge.permission("ada") is Permission.NONE
    assert forge.permission("ada") is Permission.NONE


def test_nobody_is_looked_up_without_a_name(web: responses.RequestsMock) -> None:
    """For the author of a note whose account was deleted, everybody on GitLab would be listed."""
    assert _gitlab().permission("") is Permission.NONE
    assert len(web.calls) == 0


def _discussion(id_: str, *notes: dict[str, Any]) -> dict[str, Any]:
    return {"id": id_, "individual_note": False, "notes": list(notes)}


def test_the_thread_of_our_note_is_resolved_and_no_other(web: responses.RequestsMock) -> None:
    """Somebody's open question would be resolved in their stead."""
    threads = f"{HOME}/merge_requests/7/discussions"
    listed = [
        _discussion("d1", _note(1, resolvable=True, resolved=False), _note(5, resolvable=True, resolved=False)),
        _discussion("d2", _note(5, resolvable=True, resolved=False)),
    ]
    web.get(threads, json=listed)
    web.put(f"{threads}/d2", json={}, match=[responses.matchers.json_params_matcher({"resolved": True})])
    _gitlab().resolve(7, 5, is_resolved=True)


@pytest.mark.parametrize(
    "note", [_note(5, resolvable=True, resolved=True), _note(5, resolvable=False), _note(6, resolvable=True)]
)
def test_nothing_is_resolved_where_there_is_nothing_to_resolve(
    web: responses.RequestsMock, note: dict[str, Any]
) -> None:
    """Every run would say again what is said, or fail where the note is a plain one."""
    web.get(f"{HOME}/merge_requests/7/discussions", json=[_discussion("d1", note), _discussion("d2")])
    _gitlab().resolve(7, 5, is_resolved=True)


def _job(number: int, name: str | None, expires: str | None = None) -> dict[str, Any]:
    file = {"filename": f"{name}.zip", "size": 9} if name else None
    return {"id": number, "artifacts_file": file, "artifacts_expire_at": expires}


def test_the_newest_artifact_of_a_name_counts(web: responses.RequestsMock) -> None:
    """The report of a job before the last would be taken, or one be asked for that is gone."""
    jobs = [
        _job(1, "report", "2999-01-01T00:00:00.000Z"),
        _job(3, "report"),
        _job(2, "report"),
        _job(4, None),
        _job(5, "old", "2020-01-01T00:00:00.000Z"),
    ]
    web.get(f"{HOME}/pipelines/31/jobs", json=jobs)
    web.get(f"{HOME}/pipelines/31/jobs", json=jobs)
    web.get(f"{HOME}/jobs/3/artifacts", body=b"PK\x03\x04")
    forge = _gitlab()
    assert forge.artifacts(RunId(31)) == ("report",)
    assert forge.artifact(RunId(31), "report", 4) == b"PK\x03\x04"


def test_an_artifact_is_fetched_from_a_storage_without_our_token(web: responses.RequestsMock) -> None:
    """The storage of a stranger would be shown the token."""
    web.get(f"{HOME}/pipelines/31/jobs", json=[_job(3, "report")])
    web.get(f"{HOME}/jobs/3/artifacts", status=302, headers={"Location": "https://storage.example/zip?sig=1"})
    web.get("https://storage.example/zip", body=b"PK")
    assert _gitlab().artifact(RunId(31), "report", 4) == b"PK"
    assert web.calls[0].request.headers["PRIVATE-TOKEN"] == TOKEN
    assert TOKEN not in str(web.calls[-1].request.headers)


def test_an_artifact_may_lie_elsewhere_on_the_same_host(web: responses.RequestsMock) -> None:
    """An address without a host would be taken for one without encryption."""
    web.get(f"{HOME}/pipelines/31/jobs", json=[_job(3, "report")])
    web.get(f"{HOME}/jobs/3/artifacts", status=302, headers={"Location": "/storage/zip"})
    web.get("https://gitlab.example.com/storage/zip", body=b"PK")
    assert _gitlab().artifact(RunId(31), "report", 4) == b"PK"
    assert TOKEN not in str(web.calls[-1].request.headers)


def test_a_large_artifact_is_rejected(web: responses.RequestsMock) -> None:
    """A stranger could fill the memory of a job."""
    web.get(f"{HOME}/pipelines/31/jobs", json=[_job(3, "report")])
    web.get(f"{HOME}/jobs/3/artifacts", body=b"x" * 1_001)
    with pytest.raises(Rejected, match="it is larger than 1,000 bytes"):
        _gitlab().artifact(RunId(31), "report", 1_000)


def test_what_gitlab_leaves_out_is_asked_for_again_and_then_told(web: responses.RequestsMock) -> None:
    """A run would end in a defect where a proxy answers in GitLab's stead."""
    for _ in range(4):
        web.get(f"{HOME}/merge_requests/7", json={"iid": 7})
    with pytest.raises(Unavailable, match="its answer lacks what it should hold"):
        _gitlab().pull_request(7)


def test_a_token_of_a_job_is_told_what_to_be_replaced_by(web: responses.RequestsMock) -> None:
    """Whoever has set up proofbot would not know which token it wants."""
    web.post(f"{HOME}/statuses/{HEAD}", status=401, json={"message": "401 Unauthorized"})
    with pytest.raises(Refused, match="make a project access token with the role Developer and the scope `api`"):
        _gitlab(is_job_token=True).set_status(HEAD, _pending())
    assert web.calls[0].request.headers["JOB-TOKEN"] == TOKEN
    assert "PRIVATE-TOKEN" not in web.calls[0].request.headers
