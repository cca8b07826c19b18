"""Tests of bot/world/forges/gitlab_events.py."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain import ForgeKind, Happening, Occasion, Place, RunId
from bot.errors import UsageError
from bot.world.forges import gitlab_events

_HEAD, _BASE, _TIP, _MERGE = ("a" * 40, "b" * 40, "c" * 40, "d" * 40)
_JOB = {
    "GITLAB_CI": "true",
    "CI_SERVER_URL": "https://gitlab.example.org/gitlab",
    "CI_API_V4_URL": "https://gitlab.example.org/gitlab/api/v4",
    "CI_PROJECT_PATH": "data/team/shop",
    "CI_PIPELINE_ID": "1700000001",
    "CI_JOB_ID": "10500000001",
    "CI_JOB_URL": "https://gitlab.example.org/gitlab/data/team/shop/-/jobs/10500000001",
    "CI_COMMIT_SHA": _HEAD,
    "CI_DEFAULT_BRANCH": "main",
}
_BRANCH = {**_JOB, "CI_PIPELINE_SOURCE": "push", "CI_COMMIT_BRANCH": "main", "CI_COMMIT_REF_NAME": "main"}
_REQUEST = {
    **_JOB,
    "CI_PIPELINE_SOURCE": "merge_request_event",
    "CI_COMMIT_REF_NAME": "cheaper",
    "CI_MERGE_REQUEST_IID": "7",
    "CI_MERGE_REQUEST_EVENT_TYPE": "detached",
    "CI_MERGE_REQUEST_PROJECT_PATH": "data/team/shop",
    "CI_MERGE_REQUEST_SOURCE_PROJECT_PATH": "data/team/shop",
    "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME": "cheaper",
    "CI_MERGE_REQUEST_SOURCE_BRANCH_SHA": "",
    "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main",
    "CI_MERGE_REQUEST_TARGET_BRANCH_SHA": "",
    "CI_MERGE_REQUEST_DIFF_BASE_SHA": _BASE,
    "CI_MERGE_REQUEST_TITLE": "Cheaper orders",
    "CI_MERGE_REQUEST_DESCRIPTION": "/merge",
    "CI_MERGE_REQUEST_LABELS": "data,two words",
    "CI_MERGE_REQUEST_DRAFT": "false",
}
_MERGED = {
    "CI_COMMIT_SHA": _MERGE,
    "CI_MERGE_REQUEST_SOURCE_BRANCH_SHA": _HEAD,
    "CI_MERGE_REQUEST_TARGET_BRANCH_SHA": _TIP,
}


def _request(**variables: str) -> Occasion:
    return gitlab_events.load(_REQUEST | variables)


def test_a_merge_request_is_read_whole() -> None:
    """The note, the status and the proof would be about another request, or another commit."""
    occasion = _request()
    request = occasion.request
    assert request is not None
    assert (occasion.happening, occasion.words) == (Happening.REQUEST, "merge_request_event.detached")
    assert occasion.number == request.number == 7
    assert (request.head, request.head_branch, request.head_repository) == (_HEAD, "cheaper", "data/team/shop")
    assert (request.base, request.base_branch) == (_BASE, "main")
    assert (request.title, request.labels, request.description) == ("Cheaper orders", ("data", "two words"), "/merge")
    assert request.url == "https://gitlab.example.org/gitlab/data/team/shop/-/merge_requests/7"
    assert (request.is_open, request.is_draft, request.is_fork, occasion.is_foreign) == (True, False, False, False)


def test_the_place_is_that_of_the_job() -> None:
    """Everything would be told to another project, or linked to a page that is none."""
    assert _request().place == Place(
        server_url="https://gitlab.example.org/gitlab",
        api_url="https://gitlab.example.org/gitlab/api/v4",
        repository="data/team/shop",
        run=RunId(1_700_000_001, 10_500_000_001),
        run_url="https://gitlab.example.org/gitlab/data/team/shop/-/jobs/10500000001",
        forge=ForgeKind.GITLAB,
        commit=_HEAD,
    )


def test_of_merged_results_the_head_is_proven_and_the_merge_is_where_it_counts() -> None:
    """What others have merged would be shown as the request's, or the status would hang where nobody looks."""
    occasion = _request(**_MERGED, CI_MERGE_REQUEST_EVENT_TYPE="merged_result")
    assert occasion.request is not None
    assert (occasion.happening, occasion.place.commit) == (Happening.REQUEST, _MERGE)
    assert (occasion.request.head, occasion.request.base) == (_HEAD, _TIP)


def test_without_a_commit_the_base_is_the_target_by_its_name() -> None:
    """A job that could fetch its base would end, because an older GitLab does not name the commit."""
    request = _request(CI_MERGE_REQUEST_DIFF_BASE_SHA="").request
    assert request is not None
    assert request.base == "main"


def test_a_description_that_is_cut_is_known_to_be() -> None:
    """What is declared at its end would pass for checked."""
    for told, is_cut in (("true", True), ("false", False), ("", False)):
        request = _request(CI_MERGE_REQUEST_DESCRIPTION_IS_TRUNCATED=told).request
        assert request is not None
        assert request.is_cut is is_cut


def test_a_train_is_a_queue() -> None:
    """A request would be merged on top of others without having been proven together with them."""
    occasion = _request(**_MERGED, CI_MERGE_REQUEST_EVENT_TYPE="merge_train")
    assert (occasion.happening, occasion.number) == (Happening.QUEUE, 7)
    assert occasion.request is not None
    assert occasion.request.description == "/merge"  # what it declares counts here, too
    assert (occasion.head, occasion.base) == (_MERGE, _TIP)
    assert (occasion.head_name, occasion.base_name) == ("cheaper", "main")


def test_a_fork_in_its_own_project_is_foreign_and_in_ours_it_is_not() -> None:
    """A fork's word would pass for ours, or what a member has started would be dismissed."""
    source = {"CI_MERGE_REQUEST_SOURCE_PROJECT_PATH": "stranger/shop"}
    abroad = _request(**source, CI_PROJECT_PATH="stranger/shop")
    assert abroad.request is not None
    assert (abroad.request.is_fork, abroad.is_foreign, abroad.place.repository) == (True, True, "data/team/shop")
    at_home = _request(**source)
    assert at_home.request is not None
    assert (at_home.request.is_fork, at_home.is_foreign) == (True, False)
    gone = _request(CI_MERGE_REQUEST_SOURCE_PROJECT_PATH="").request
    assert gone is not None
    assert (gone.is_fork, gone.head_repository) == (True, "")


def test_a_draft_is_one_by_gitlabs_word_or_by_its_title() -> None:
    """A draft would cost builds, or a request that is ready would wait for ever."""

    def is_draft(said: str, title: str) -> bool:
        request = _request(CI_MERGE_REQUEST_DRAFT=said, CI_MERGE_REQUEST_TITLE=title).request
        return request is not None and request.is_draft

    assert is_draft("true", "Orders")
    assert not is_draft("false", "Draft: orders")
    assert [is_draft("", title) for title in ("Draft: orders", "[draft] orders", "(Draft) orders")] == [True] * 3
    assert not is_draft("", "Drafts of orders")


def test_a_child_pipeline_of_a_merge_request_is_about_the_merge_request() -> None:
    """Who starts proofbot by `trigger: include:` would get no proof."""
    occasion = _request(CI_PIPELINE_SOURCE="parent_pipeline")
    assert (occasion.happening, occasion.words) == (Happening.REQUEST, "parent_pipeline.detached")


@pytest.mark.parametrize(
    ("variables", "happening"),
    [
        ({}, Happening.PUSH),
        ({"CI_COMMIT_BRANCH": "cheaper"}, Happening.OTHER),
        ({"CI_COMMIT_BRANCH": "", "CI_COMMIT_TAG": "v1"}, Happening.OTHER),
        ({"CI_PIPELINE_SOURCE": "schedule"}, Happening.SCHEDULE),
        ({"CI_PIPELINE_SOURCE": "pipeline"}, Happening.OTHER),
        ({"CI_PIPELINE_SOURCE": "external_pull_request_event"}, Happening.OTHER),
        ({"CI_PIPELINE_SOURCE": "something_new"}, Happening.OTHER),
        *(({"CI_PIPELINE_SOURCE": source}, Happening.DISPATCH) for source in ("web", "api", "trigger", "chat")),
    ],
)
def test_pipelines_of_branches(variables: dict[str, str], happening: Happening) -> None:
    """The default branch would not be built, or any push would build it."""
    occasion = gitlab_events.load(_BRANCH | variables)
    assert occasion.happening is happening
    assert occasion.number is None


def test_a_run_by_hand_proves_what_is_named() -> None:
    """Somebody would ask for one thing and be told of another."""
    by_hand = {**_BRANCH, "CI_PIPELINE_SOURCE": "web"}
    named = gitlab_events.load(by_hand | {"PROOFBOT_MERGE_REQUEST": " !17 ", "PROOFBOT_HEAD": "e" * 40})
    assert (named.number, named.head, named.base) == (17, "e" * 40, None)
    compared = gitlab_events.load(by_hand | {"PROOFBOT_HEAD": "cheaper", "PROOFBOT_BASE": "v1"})
    assert (compared.head, compared.head_name, compared.base, compared.base_name) == ("cheaper", "cheaper", "v1", "v1")
    plain = gitlab_events.load(by_hand)
    assert (plain.number, plain.head, plain.head_name, plain.base) == (None, _HEAD, "main", None)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CI_PIPELINE_SOURCE", "::error::"),
        ("CI_PROJECT_PATH", "shop"),
        ("CI_PROJECT_PATH", "../../shop?x=1"),
        ("CI_SERVER_URL", "ftp://gitlab"),
        ("CI_API_V4_URL", "https://user@gitlab.example.org/api/v4"),
        ("CI_JOB_URL", "javascript:alert(1)"),
        ("CI_JOB_ID", "0"),
        ("CI_PIPELINE_ID", "1\n"),
        ("CI_COMMIT_SHA", "main"),
        ("CI_MERGE_REQUEST_IID", "!7"),
        ("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA", "--upload-pack=x"),
        ("CI_MERGE_REQUEST_DIFF_BASE_SHA", "HEAD"),
        ("CI_MERGE_REQUEST_TARGET_BRANCH_NAME", "--exec"),
        ("CI_MERGE_REQUEST_EVENT_TYPE", "Train"),
    ],
)
def test_what_gitlab_would_not_set_is_refused_by_its_name(name: str, value: str) -> None:
    """A variable that somebody has overwritten would steer git or an address, or the job would break without a word."""
    with pytest.raises(UsageError, match=name) as caught:
        _request(**{name: value})
    assert caught.value.remedy
    assert value not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PROOFBOT_MERGE_REQUEST", "17; rm"),
        ("PROOFBOT_MERGE_REQUEST", " "),  # a request's status would go by a base of one's own choice
        ("PROOFBOT_HEAD", "--all"),
        ("PROOFBOT_BASE", "a b"),
    ],
)
def test_what_somebody_typed_wrongly_is_refused(name: str, value: str) -> None:
    """A slip of the hand would prove something else, or be an option of git."""
    with pytest.raises(UsageError, match=name):
        gitlab_events.load(_BRANCH | {"CI_PIPELINE_SOURCE": "web", name: value})


@given(st.dictionaries(st.sampled_from(sorted(_REQUEST)), st.text(max_size=30)))
def test_no_variable_breaks_the_door(overwritten: dict[str, str]) -> None:
    """A job would end with a stack trace instead of the name of the variable."""
    words = "CI_"
    try:
        words += gitlab_events.load(_REQUEST | overwritten).words
    except UsageError as error:
        words = str(error)
    assert "CI_" in words
