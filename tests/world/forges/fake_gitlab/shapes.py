"""How GitLab spells what it knows: the entities of its API (lib/api/entities of gitlabhq, examples of doc/api)."""

from __future__ import annotations

from typing import Any

from tests.world.forges.fake_gitlab.state import State
from tests.world.forges.fake_gitlab.things import Award, Job, MergeRequest, Note, Pipeline, Project, Status, User


def user(state: State, one: User) -> dict[str, Any]:
    """Somebody, in short. Whether it is a bot is not said here."""
    return {
        "id": one.number,
        "username": one.username,
        "public_email": None,
        "name": one.username,
        "state": "active",
        "locked": False,
        "avatar_url": None,
        "web_url": f"{state.server_url}/{one.username}",
    }


def project(state: State, one: Project) -> dict[str, Any]:
    """A project."""
    space, _, name = one.path.rpartition("/")
    home = f"{state.server_url}/{one.path}"
    told = {
        "id": one.number,
        "description": None,
        "name": name,
        "name_with_namespace": one.path.replace("/", " / "),
        "path": name,
        "path_with_namespace": one.path,
        "created_at": "2026-01-05T08:00:00.000Z",
        "default_branch": "main",
        "ssh_url_to_repo": f"git@gitlab.invalid:{one.path}.git",
        "http_url_to_repo": f"{home}.git",
        "web_url": home,
        "visibility": one.visibility,
        "archived": False,
        "namespace": {"id": 1, "name": space, "path": space.rpartition("/")[2], "full_path": space, "kind": "group"},
    }
    if one.is_fork:
        origin = project(state, state.project)
        kept = ("id", "name", "name_with_namespace", "path", "path_with_namespace", "web_url")
        told["forked_from_project"] = {key: origin[key] for key in kept}
    return told


def request(state: State, one: MergeRequest) -> dict[str, Any]:
    """A merge request, as lists tell of it."""
    author = user(state, one.author)
    is_closed, is_merged = one.state == "closed", one.state == "merged"
    return {
        "id": 500_000 + one.iid,
        "iid": one.iid,
        "project_id": state.project.number,
        "title": f"Draft: {one.title}" if one.is_draft else one.title,
        "description": one.description,
        "state": one.state,
        "created_at": "2026-03-01T09:00:00.000Z",
        "updated_at": "2026-03-01T09:00:00.000Z",
        "merged_by": author if is_merged else None,
        "merge_user": author if is_merged else None,
        "merged_at": "2026-03-02T09:00:00.000Z" if is_merged else None,
        "closed_by": author if is_closed else None,
        "closed_at": "2026-03-02T09:00:00.000Z" if is_closed else None,
        "target_branch": one.target_branch,
        "source_branch": one.source_branch,
        "user_notes_count": sum(not note.is_system for note in state.notes_of(one.iid)),
        "upvotes": 0,
        "downvotes": 0,
        "author": author,
        "assignees": [],
        "assignee": None,
        "reviewers": [],
        "source_project_id": None if one.source is None else one.source.number,
        "target_project_id": state.project.number,
        "labels": list(one.labels),
        "draft": one.is_draft,
        "work_in_progress": one.is_draft,
        "milestone": None,
        "merge_when_pipeline_succeeds": False,
        "merge_status": "can_be_merged",
        "detailed_merge_status": "draft_status" if one.is_draft else "mergeable",
        "sha": one.head,
        "merge_commit_sha": None,
        "squash_commit_sha": None,
        "discussion_locked": one.is_locked or None,
        "should_remove_source_branch": None,
        "force_remove_source_branch": True,
        "prepared_at": "2026-03-01T09:00:05.000Z" if one.is_prepared else None,
        "reference": f"!{one.iid}",
        "references": {
            "short": f"!{one.iid}",
            "relative": f"!{one.iid}",
            "full": f"{state.project.path}!{one.iid}",
        },
        "web_url": f"{state.server_url}/{state.project.path}/-/merge_requests/{one.iid}",
        "squash": False,
        "has_conflicts": False,
        "blocking_discussions_resolved": all(
            note.is_resolved for note in state.notes_of(one.iid) if note.is_resolvable
        ),
    }


def whole_request(state: State, one: MergeRequest) -> dict[str, Any]:
    """A merge request by itself: with the commits that its diff is between, once GitLab has worked them out."""
    commits = {"base_sha": state.merge_base(one.base, one.head), "head_sha": one.head, "start_sha": one.base}
    newest = next(iter(state.pipelines_for(one.head)), None)
    about = {
        "subscribed": False,
        "changes_count": "1" if one.is_prepared else None,
        "latest_build_started_at": None,
        "latest_build_finished_at": None,
        "first_deployed_to_production_at": None,
        "head_pipeline": None if newest is None else pipeline(state, newest),
        "diff_refs": commits if one.is_prepared else None,
        "merge_error": None,
        "user": {"can_merge": False},
    }
    return request(state, one) | about


def commit(state: State, sha: str) -> dict[str, Any]:
    """A commit."""
    return {
        "id": sha,
        "short_id": sha[:8],
        "created_at": "2026-03-01T09:00:00.000Z",
        "parent_ids": list(state.parents.get(sha, ())),
        "title": "A commit",
        "message": "A commit",
        "web_url": f"{state.server_url}/{state.project.path}/-/commit/{sha}",
    }


def note(state: State, one: Note, changes: dict[str, object] | None = None) -> dict[str, Any]:
    """A note, and what the commands in it changed."""
    told: dict[str, Any] = {
        "id": one.number,
        "type": "DiscussionNote" if one.is_resolvable else None,
        "body": one.body,
        "attachment": None,
        "author": user(state, one.author),
        "created_at": one.created_at,
        "updated_at": one.updated_at,
        "system": one.is_system,
        "noteable_id": 500_000 + one.iid,
        "noteable_type": "MergeRequest",
        "project_id": state.project.number,
        "resolvable": one.is_resolvable,
        "confidential": False,
        "internal": False,
        "imported": False,
        "imported_from": "none",
        "noteable_iid": one.iid,
        "commands_changes": changes or {},
    }
    if one.is_resolvable:
        by = None if one.resolved_by is None else user(state, one.resolved_by)
        told |= {"resolved": one.is_resolved, "resolved_by": by, "resolved_at": one.updated_at if by else None}
    return told


def discussion(state: State, one: Note) -> dict[str, Any]:
    """What a note started. Most are notes that stand alone."""
    return {"id": one.discussion, "individual_note": not one.is_resolvable, "notes": [note(state, one)]}


def award(state: State, one: Award, on: Note) -> dict[str, Any]:
    """A receipt on a note."""
    return {
        "id": one.number,
        "name": one.name,
        "user": user(state, one.user),
        "created_at": one.created_at,
        "updated_at": one.created_at,
        "awardable_id": on.number,
        "awardable_type": "Note",
        "url": None,
    }


def status(state: State, one: Status | Job) -> dict[str, Any]:
    """A status of a commit; every job of its pipelines has one, too."""
    current = one.status if isinstance(one, Job) else one.state
    return {
        "id": one.number,
        "sha": one.pipeline.sha,
        "ref": one.pipeline.ref,
        "status": current,
        "name": one.name,
        "target_url": f"{_jobs(state)}/{one.number}" if isinstance(one, Job) else one.target_url or None,
        "description": None if isinstance(one, Job) else one.description or None,
        "created_at": one.created_at,
        "started_at": None,
        "finished_at": one.created_at if current in ("success", "failed", "canceled") else None,
        "allow_failure": False,
        "coverage": None,
        "pipeline_id": one.pipeline.number,
        "author": user(state, state.user("dev") if isinstance(one, Job) else one.author),
    }


def _jobs(state: State) -> str:
    return f"{state.server_url}/{state.project.path}/-/jobs"


def pipeline(state: State, one: Pipeline) -> dict[str, Any]:
    """A pipeline, in short."""
    return {
        "id": one.number,
        "iid": one.number,
        "project_id": state.project.number,
        "sha": one.sha,
        "ref": one.ref,
        "status": one.status,
        "source": one.source,
        "created_at": one.created_at,
        "updated_at": one.created_at,
        "web_url": f"{state.server_url}/{state.project.path}/-/pipelines/{one.number}",
    }


def job(state: State, one: Job) -> dict[str, Any]:
    """A job of a pipeline. What has expired is not among its artifacts any more."""
    kept = None if one.artifact is None or one.artifact.is_expired else one.artifact
    about = {} if kept is None else {"filename": kept.file_name, "size": len(kept.content)}
    told = {
        "id": one.number,
        "status": one.status,
        "stage": "test",
        "name": one.name,
        "ref": one.pipeline.ref,
        "tag": False,
        "coverage": None,
        "allow_failure": False,
        "created_at": one.created_at,
        "started_at": one.created_at,
        "finished_at": None if one.status == "running" else one.created_at,
        "erased_at": None,
        "duration": None,
        "queued_duration": None,
        "user": user(state, state.user("dev")),
        "commit": {"id": one.pipeline.sha, "short_id": one.pipeline.sha[:8]},
        "pipeline": pipeline(state, one.pipeline),
        "project": {"ci_job_token_scope_enabled": False},
        "web_url": f"{_jobs(state)}/{one.number}",
        "artifacts": [] if kept is None else [{**about, "file_type": "archive", "file_format": "zip"}],
        "runner": None,
        "artifacts_expire_at": None if one.artifact is None else "2126-06-01T00:00:00.000Z",
        "tag_list": [],
    }
    return told if kept is None else told | {"artifacts_file": about}
