"""The shop of the stories on forges: a repository with a dbt project, and the branches of its requests."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from tests.stories import repositories
from tests.stories.repositories import git

ORDERS = "select 1 as id, 10 as amount union all select 2, 20"
_KEY = """models:
  - name: orders
    config: {meta: {proofbot: {key: id}}}
"""
PROJECT = {
    "models/orders.sql": ORDERS,
    "models/orders.yml": _KEY,
    "models/revenue.sql": "select sum(amount) as total from {{ ref('orders') }}",
}
# What dbt runs is the request's code: it must see neither the token nor where outputs are written. Else it fails.
_SECRET = ("PROOFBOT_GITHUB_TOKEN", "PROOFBOT_GITLAB_TOKEN", "GITHUB_OUTPUT", "GITHUB_ENV")
_SEEN = " or ".join(f"env_var('{name}', '')" for name in _SECRET)
_CURIOUS = f"{{% if {_SEEN} %}}{{{{ exceptions.raise_compiler_error('seen') }}}}{{% endif %}}"
# Rows that were there are different: the gate closes. A model that is new: it stays open.
BREAKING = {"models/orders.sql": ORDERS.replace("20", "25")}
HARMLESS = {"models/extra.sql": f"{_CURIOUS}select 1 as one"}
# No model is touched, which is proven the quickest.
BARELY = {"notes.txt": "one"}


class Shop:
    """A repository whose branch `main` holds the project, and with a branch and refs of each request.

    Args:
        folder: for the repository.
        refs: below which refs the forge keeps what requests are made of: `refs/pull`.
        files: that are there beside the project's.
    """

    def __init__(self, folder: Path, refs: str, files: Mapping[str, str] | None = None) -> None:
        self.folder = repositories.start(folder, {**PROJECT, **(files or {})})
        self._refs = refs

    def branch_off(self, number: int, changes: Mapping[str, str]) -> str:
        """A branch off main for a request, with these changes; returns its head."""
        git(self.folder, "switch", "-q", "-c", f"change-{number}", "main")
        return self._commit(number, changes)

    def push(self, number: int, changes: Mapping[str, str]) -> str:
        """Another commit on the branch of a request; returns it."""
        git(self.folder, "switch", "-q", f"change-{number}")
        return self._commit(number, changes)

    def commit_to_main(self, changes: Mapping[str, str]) -> str:
        """A commit on the default branch; returns it."""
        git(self.folder, "switch", "-q", "main")
        repositories.write(self.folder, changes)
        repositories.commit(self.folder, "Another change")
        return self.tip("main")

    def tip(self, revision: str) -> str:
        """The commit of a branch or a ref."""
        return git(self.folder, "rev-parse", revision)

    def ref(self, number: int, name: str) -> str:
        """A ref that the forge keeps of a request: its `head`, or a test `merge` of it."""
        return f"{self._refs}/{number}/{name}"

    def forget_branch(self, number: int) -> None:
        """Leaves a request's commits to its own refs, as those of a fork or of a deleted branch."""
        git(self.folder, "branch", "-q", "-D", f"change-{number}")

    def _commit(self, number: int, changes: Mapping[str, str]) -> str:
        """Commits, and lets the refs of a request follow, with a test merge as forges make it."""
        repositories.write(self.folder, changes)
        repositories.commit(self.folder, "A change")
        head = self.tip("HEAD")
        git(self.folder, "switch", "-q", "--detach", "main")
        git(self.folder, "merge", "-q", "--no-ff", "-m", "A test merge", head)
        git(self.folder, "update-ref", self.ref(number, "merge"), "HEAD")
        git(self.folder, "update-ref", self.ref(number, "head"), head)
        git(self.folder, "switch", "-q", "main")
        return head
