"""The names under which a project is known to a forge: in markers, statuses and artifacts.

Several projects of a repository live side by side there, so two of them must never share a name.
"""

from __future__ import annotations

import hashlib
import re

LONGEST = 80
_PREFIX = "proofbot"
_UNFIT = re.compile(r"[^a-z0-9._/-]+")
_DASHES = re.compile(r"--+")  # a hidden comment of HTML may hold none
_SAYS_SOMETHING = re.compile(r"[a-z0-9]")
_ARTIFACT = re.compile(rf"{_PREFIX}-[a-z0-9._~-]{{1,{LONGEST}}}-[1-9][0-9]*")
_DIGEST = 8
_LONGEST_ATTEMPT = 20  # digits: on GitLab it is the number of a job


def slug(project_dir: str | None, repository: str | None, named: str | None) -> str:
    """The project's name: only `[a-z0-9._/-]`, never empty, at most `LONGEST` characters.

    It is the name that somebody gave, else the project's folder, else the repository's own name. A folder of the
    repository's name gets that name in front, lest it be taken for the root. Where characters had to be replaced, a
    short hash of what was meant keeps it apart from others.

    Args:
        project_dir: the project's folder relative to the repository; None or `.` where it is the root.
        repository: `owner/name`, or None where there is none.
        named: what the project wants to be called, if anything.
    """
    home = (repository or "").rpartition("/")[2].lower()
    folder = "/".join(part for part in (project_dir or "").lower().split("/") if part not in ("", "."))
    if home and folder.partition("/")[0] == home:
        folder = f"{home}/{folder}"
    return _fitted((named or "").strip().lower() or folder or home or "project")


def context(slug: str) -> str:
    """The name of the commit status of a project."""
    return f"{_PREFIX}/{slug}"


def artifact(slug: str, attempt: int) -> str:
    """The name of the artifact with a project's report. Every attempt of a run needs one of its own."""
    return f"{_PREFIX}-{slug.replace('/', '~')}-{attempt}"


def is_artifact(name: str) -> bool:
    """Whether an artifact is one of ours, by its name."""
    return _ARTIFACT.fullmatch(name) is not None


def of_artifact(name: str) -> tuple[str, int] | None:
    """The project and the attempt that `artifact` makes this name of; None where there are none.

    An artifact may be anybody's.
    """
    if not is_artifact(name):
        return None
    project, _, attempt = name.removeprefix(f"{_PREFIX}-").rpartition("-")
    found = project.replace("~", "/")
    if len(attempt) > _LONGEST_ATTEMPT or _fitted(found) != found:
        return None
    return found, int(attempt)


def _fitted(text: str) -> str:
    fit = _DASHES.sub("-", _UNFIT.sub("-", text)).strip("-/")
    if not _SAYS_SOMETHING.search(fit):
        fit = "project"
    if fit == text and len(fit) <= LONGEST:
        return fit
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGEST]
    return f"{fit[: LONGEST - _DIGEST - 1].rstrip('-/')}-{digest}"
