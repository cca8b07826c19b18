"""What the forges call things, each in its own words. Whoever speaks to people about a request asks here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bot.domain import ForgeKind


@dataclass(frozen=True, slots=True)
class Words:
    """The words of one forge.

    `request` is what asks for a merge, and `sign` what stands before its number. `report` says where the report is,
    `refused` what to do where a token may not write, and `unread` where it may not read, about `{right}`. `by_hand` is
    how somebody who starts a run by hand names a commit. `accept` goes on after "What cannot be declared, ...", empty
    where nobody listens.
    """

    request: str
    sign: str
    report: str
    refused: str
    unread: str
    by_hand: str
    accept: str

    def numbered(self, number: int | None) -> str:
        """A request by its number: `merge request !7`."""
        return f"{self.request} {self.sign}{number}"


_ASKED_FOR = "Give the job a token with the scope `api` and the role Developer, as the variable PROOFBOT_GITLAB_TOKEN"
_COMMAND = "`/proofbot accept <model> <reason>` (`all` for everything)"
_WORDS: Mapping[ForgeKind, Words] = {
    ForgeKind.GITHUB: Words(
        request="pull request",
        sign="",
        report="the report is in the job summary and the artifact",
        refused="Give the job `permissions: {right}`. For a fork or Dependabot this token may only read: the report is "
        "in the job summary and the artifact; see the two-stage flow in examples/github.",
        unread="Give the job a token that may read pull requests: `pull-requests: read` at least.",
        by_hand="the input `head`",
        accept=f"somebody with write access can accept by the comment {_COMMAND}",
    ),
    ForgeKind.GITLAB: Words(
        request="merge request",
        sign="!",
        report="the report is among the job's artifacts",
        refused=f"{_ASKED_FOR}: masked, not protected, and not expired. The report is among the job's artifacts.",
        unread=f"{_ASKED_FOR}.",
        by_hand="the variable PROOFBOT_HEAD",
        accept=f"somebody with the role Developer can accept by the note {_COMMAND}, and then run the job again",
    ),
    ForgeKind.LOCAL: Words(
        request="request",
        sign="",
        report="the report is in the folder of the run",
        refused="",
        unread="",
        by_hand="`--head`",
        accept="",
    ),
}


def of(forge: ForgeKind) -> Words:
    """The words of a forge."""
    return _WORDS[forge]
