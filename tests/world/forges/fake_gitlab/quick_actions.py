"""Quick actions: lines of a note that GitLab obeys instead of showing them.

As lib/gitlab/quick_actions/extractor.rb and lib/banzai/filter/quick_action_filter.rb of gitlabhq have it: a line that
begins with a slash and a known word, in a paragraph that stands in nothing else (no list, quote, fence or HTML), and
not within code. They are obeyed in new notes and in changed ones, and every note loses its carriage returns and the
space at its end on the way.
"""

from __future__ import annotations

import re
from html.parser import HTMLParser

from cmarkgfm import cmark

from tests.world.forges.fake_gitlab.things import DEVELOPER, MergeRequest, User

# Those for merge requests (doc/user/project/quick_actions.md): what they set, and what GitLab tells of it.
_SETTING: dict[str, tuple[str, object, str, object]] = {
    "close": ("state", "closed", "state_event", "close"),
    "reopen": ("state", "opened", "state_event", "reopen"),
    "merge": ("state", "merged", "merge", "head"),
    "draft": ("is_draft", True, "wip_event", "draft"),
    "ready": ("is_draft", False, "wip_event", "ready"),
    "lock": ("is_locked", True, "discussion_locked", True),
    "unlock": ("is_locked", False, "discussion_locked", False),
}
_TELLING = {"title": "title", "target_branch": "target_branch"}
_LABELLING = ("label", "labels", "relabel", "remove_label", "unlabel")
_OTHERS = frozenset(
    {"approve", "assign", "assign_reviewer", "award", "cc", "clear_milestone", "copy_metadata", "done", "due"}
    | {"estimate", "invite_email", "mark_as_done", "milestone", "react", "reassign", "reassign_reviewer", "rebase"}
    | {"remove_estimate", "remove_milestone", "remove_reviewer", "remove_time_spent", "request_review", "reviewer"}
    | {"run_pipeline", "ship", "shrug", "spend", "spend_time", "submit_review", "subscribe", "tableflip", "time"}
    | {"todo", "unapprove", "unassign", "unassign_reviewer", "unsubscribe"}
)
_WORDS = "|".join(sorted((*_SETTING, *_TELLING, *_LABELLING, *_OTHERS), key=len, reverse=True))
_COMMAND = re.compile(
    rf"`.+?`|^<[^>]+?>\n.+?\n</[^>]+?>$|^/(?P<command>{_WORDS})(?: (?P<told>[^\n]*))?(?:\s*\n|$)",
    re.MULTILINE | re.DOTALL | re.IGNORECASE,
)
_LABEL = re.compile(r'~"([^"]+)"|~(\S+)')
_FENCE_OF_QUOTE = re.compile(r"^>>>[ \t]*\n.*?\n>>>[ \t]*$", re.MULTILINE | re.DOTALL)
_VOID = frozenset({"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"})


def extract(body: str) -> tuple[str, list[tuple[str, str]]]:
    """What is left of a note, and the commands in it: the word in small letters, and what it was told."""
    body = body.replace("\r", "")
    lines = [f"{line}\n" for line in body.split("\n")]
    commands: list[tuple[str, str]] = []

    def take(match: re.Match[str]) -> str:
        if not match["command"]:
            return match[0]
        commands.append((match["command"].lower(), (match["told"] or "").strip()))
        return ""

    for first, last in _paragraphs(body):
        if any(line.startswith("/") for line in lines[first - 1 : last]):
            lines[first - 1] = _COMMAND.sub(take, "".join(lines[first - 1 : last]))
            lines[first:last] = [""] * (last - first)
    return "".join(lines).rstrip(), commands


class _Paragraphs(HTMLParser):
    """Finds the paragraphs that stand in nothing else: their first line and their last."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[int, int]] = []
        self._open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Notes where a paragraph lies, by what the renderer says of it."""
        place = dict(attrs).get("data-sourcepos")
        if tag == "p" and place and not self._open:
            begin, end = place.split("-")
            self.found.append((int(begin.split(":")[0]), int(end.split(":")[0])))
        if tag not in _VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Closes what was opened, and what was left open in it."""
        if tag in self._open:
            while self._open.pop() != tag:
                pass


def _paragraphs(body: str) -> list[tuple[int, int]]:
    quoted = _FENCE_OF_QUOTE.sub(lambda match: re.sub(r"(?m)^", "> ", match[0]), body)
    options = cmark.Options.CMARK_OPT_SOURCEPOS | cmark.Options.CMARK_OPT_UNSAFE
    parser = _Paragraphs()
    parser.feed(cmark.markdown_to_html_with_extensions(quoted, options, extensions=["table", "strikethrough"]))
    return parser.found


def obey(request: MergeRequest, user: User, command: tuple[str, str]) -> dict[str, object]:
    """Does what a command says where this user may, and tells what changed. Not all of them change what we remember."""
    word, told = command
    if user.level < DEVELOPER and user is not request.author:
        return {}
    if word in _SETTING:
        name, value, key, change = _SETTING[word]
        setattr(request, name, value)
        return {key: change}
    if word in _TELLING:
        setattr(request, _TELLING[word], told)
        return {_TELLING[word]: told}
    if word in _LABELLING:
        return _label(request, word, tuple(quoted or plain for quoted, plain in _LABEL.findall(told)))
    if word == "approve":
        request.approved_by.append(user)
    return {}


def _label(request: MergeRequest, word: str, labels: tuple[str, ...]) -> dict[str, object]:
    if word in ("unlabel", "remove_label"):
        request.labels = tuple(one for one in request.labels if labels and one not in labels)
    else:
        request.labels = labels if word == "relabel" else (*request.labels, *labels)
    return {"label_ids": len(request.labels)}
