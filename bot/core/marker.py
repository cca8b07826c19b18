"""The first line of a comment of ours: hidden, and all that is known of the comment later.

It is an HTML comment whose values are of a closed alphabet; what people wrote goes in as base64. So nothing in it can
end it, and nothing below it can be taken for it.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterable

from bot.domain import Acceptance, GateState, Marker, RunId

_VALUE = r"[A-Za-z0-9._/+-]*"
_LINE = re.compile(rf"<!-- proofbot:v1((?: [a-z][a-z0-9_-]*={_VALUE})+) -->")
_SLUG = re.compile(r"(?!.*--)[a-z0-9._/-]{1,200}")  # HTML does not like two dashes in what it hides
_COMMIT = re.compile(r"[0-9a-f]{7,64}")
# What stands for an attempt on GitLab is the number of a job.
_RUN = re.compile(r"([0-9]{1,20})\.([0-9]{1,20})")
_DIGEST = re.compile(r"[0-9a-f]{16,64}")
_DIGEST_LENGTH = 32
_LONGEST_WORDS = 200
_FORK = "fork"
_MOST_ACCEPTED = 20_000  # characters; a comment has 60,000 for everything


def write(marker: Marker) -> str:
    """The marker as one line, without a line end.

    Reasons are cut to 200 characters on one line. Acceptances beyond 20,000 characters in all are left out: what they
    accepted fails again, which somebody sees.

    Raises:
        ValueError: the project is no slug, the head no commit, or the digest none of ours.
    """
    for pattern, value in ((_SLUG, marker.project), (_COMMIT, marker.head), (_DIGEST, marker.digest)):
        if not pattern.fullmatch(value):
            raise ValueError(f"a marker can't hold {value!r}")
    pairs = {
        "project": marker.project,
        "head": marker.head,
        "run": f"{marker.run.number}.{marker.run.attempt}",
        "hash": marker.digest,
        "state": marker.state.value if marker.state else "",
        "accepted": _encoded(marker.accepted),
    }
    pairs |= {"origin": _FORK} if marker.is_foreign else {}
    return f"<!-- proofbot:v1 {' '.join(f'{name}={value}' for name, value in pairs.items())} -->"


def read(body: str) -> Marker | None:
    """The marker with which a comment starts; None where there is none, or one that is not well-formed.

    Pairs that this version does not know are ignored.
    """
    line = _LINE.fullmatch(body.partition("\n")[0].removesuffix("\r"))
    if line is None:
        return None
    pairs = [pair.split("=", 1) for pair in line[1].split()]
    values = dict(pairs)
    if len(values) < len(pairs):
        return None
    try:
        accepted = _decoded(values.get("accepted", ""))
    except (ValueError, RecursionError):
        return None
    project, head, digested = (values.get(name, "") for name in ("project", "head", "hash"))
    run = _RUN.fullmatch(values.get("run", ""))
    if not (run and _SLUG.fullmatch(project) and _COMMIT.fullmatch(head) and _DIGEST.fullmatch(digested)):
        return None
    state = values.get("state", "")
    return Marker(
        project,
        head,
        RunId(int(run[1]), int(run[2])),
        digested,
        accepted,
        GateState(state) if state in set(GateState) else None,
        values.get("origin") == _FORK,
    )


def kept(accepted: Iterable[Acceptance]) -> tuple[Acceptance, ...]:
    """Acceptances as a marker keeps them: on one line each, none twice, as many as there is room for."""
    return _decoded(_encoded(accepted))


def visible(body: str) -> str:
    """What a reader sees of a comment: all of it but the marker, with the line ends that we write."""
    text = body.partition("\n")[2] if read(body) else body
    return text.replace("\r\n", "\n")


def digest(text: str) -> str:
    """The digest of what a reader sees. Line ends, and blanks around it, which forges change, do not count."""
    said = text.replace("\r\n", "\n").strip()
    return hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGEST_LENGTH]


def _encoded(accepted: Iterable[Acceptance]) -> str:
    entries = dict.fromkeys((_one_line(one.model), _one_line(one.by), _one_line(one.reason)) for one in accepted)
    said, encoded = [], ""
    for entry in entries:
        said.append(entry)
        longer = _base64(json.dumps(said, separators=(",", ":")))
        if len(longer) > _MOST_ACCEPTED:
            break
        encoded = longer
    return encoded


def _decoded(text: str) -> tuple[Acceptance, ...]:
    """Raises ValueError, or RecursionError, where it is nothing that was encoded here."""
    if not text:
        return ()
    entries = json.loads(base64.b64decode(text + "=" * (-len(text) % 4), validate=True).decode())
    if not isinstance(entries, list):
        raise ValueError("no list")
    return tuple(_acceptance(entry) for entry in entries)


def _acceptance(entry: object) -> Acceptance:
    match entry:
        case [str(model), str(by), str(reason)]:
            return Acceptance(model, by, _one_line(reason))
    raise ValueError("no acceptance")


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode().rstrip("=")


def _one_line(text: str) -> str:
    return " ".join(text.split())[:_LONGEST_WORDS].rstrip()
