"""The payload of an event of GitHub: objects whose parts are checked for their form before they are believed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from bot.errors import UsageError

COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
WORD = re.compile(r"[a-z][a-z0-9_]{0,63}")
REPOSITORY = re.compile(r"[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+")
WRITTEN_BY_ACTIONS = (
    "GitHub Actions writes the event to the file that GITHUB_EVENT_PATH names; run proofbot in such a job, and leave "
    "the file as it is."
)
_GREATEST = 2**63


@dataclass(frozen=True, slots=True)
class Part:
    """An object of the payload and its path there.

    Every method raises UsageError for what is missing or of a wrong type; those that end in `_or_none` take what is
    missing, or null, for None.
    """

    fields: Mapping[str, object]
    path: str = ""

    def part_or_none(self, name: str) -> Part | None:
        """An object in it."""
        value = self.fields.get(name)
        if value is None:
            return None
        if not isinstance(value, Mapping):
            raise self._wrong(name, "an object")
        return Part(value, self._path(name))

    def part(self, name: str) -> Part:
        """An object in it that must be there."""
        part = self.part_or_none(name)
        if part is None:
            raise self._wrong(name, "an object")
        return part

    def parts(self, name: str) -> tuple[Part, ...]:
        """The objects of a list in it; none where there is no list."""
        value = self.fields.get(name)
        if value is None:
            return ()
        if not isinstance(value, list | tuple) or not all(isinstance(one, Mapping) for one in value):
            raise self._wrong(name, "a list of objects")
        return tuple(Part(one, self._path(name)) for one in value)

    def text_or_none(self, name: str) -> str | None:
        """A text in it, as it is."""
        value = self.fields.get(name)
        if value is None or isinstance(value, str):
            return value
        raise self._wrong(name, "a text")

    def text(self, name: str, form: re.Pattern[str] | None = None, meaning: str = "a text") -> str:
        """A text in it that must be there, and have a form, which `meaning` puts into words."""
        value = self.fields.get(name)
        if not isinstance(value, str) or (form and not form.fullmatch(value)):
            raise self._wrong(name, meaning)
        return value

    def commit(self, name: str) -> str:
        """The full hash of a commit."""
        return self.text(name, COMMIT, "the hash of a commit")

    def word(self, name: str) -> str:
        """One of GitHub's own words, as `opened`: safe to be said."""
        return self.text(name, WORD, "a word of GitHub's")

    def repository(self) -> str:
        """The name of the repository that this object describes."""
        return self.text("full_name", REPOSITORY, "a repository (`owner/name`)")

    def number(self, name: str) -> int:
        """A positive number."""
        value = self.fields.get(name)
        if not isinstance(value, int) or isinstance(value, bool) or not 0 < value < _GREATEST:
            raise self._wrong(name, "a positive number")
        return value

    def flag(self, name: str) -> bool:
        """True or false; false where it is missing."""
        value = self.fields.get(name)
        if value is None or isinstance(value, bool):
            return bool(value)
        raise self._wrong(name, "true or false")

    def _path(self, name: str) -> str:
        return f"{self.path}.{name}" if self.path else name

    def _wrong(self, name: str, expected: str) -> UsageError:
        what = "is not" if name in self.fields else "is missing; it should be"
        return UsageError(
            f"the payload of the event is wrong: `{self._path(name)}` {what} {expected}",
            where="GITHUB_EVENT_PATH",
            remedy=WRITTEN_BY_ACTIONS,
        )
