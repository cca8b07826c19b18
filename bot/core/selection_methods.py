"""What each method of dbt's selection (`tag:`, `path:`, `source:`, ...) looks at, and how it compares."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from functools import partial
from pathlib import PurePosixPath

from bot.core.selection_members import Members, folders_of
from bot.core.wording import nearest

_WILD = frozenset("*?[]")
_CONFIGURABLE = frozenset({"model", "seed", "snapshot", "source", "test", "analysis", "operation", "sql_operation"})
_GROUPABLE = (_CONFIGURABLE | {"metric"}) - {"source"}
_RESOURCE_TYPES = (
    "model", "seed", "snapshot", "source", "exposure", "test", "unit_test", "analysis", "metric", "semantic_model",
    "saved_query", "function", "operation", "sql_operation",
)  # fmt: skip
_ACCESS = ("private", "protected", "public")
_VERSIONS = ("latest", "prerelease", "old", "none")


class SelectionError(ValueError):
    """An expression that selects nothing anywhere.

    `message` says what is wrong and what to write instead; `nearest` is what was most likely meant, ready to be
    written in its place (`tag:nightly` for `tags:nightly`), or None.
    """

    def __init__(self, message: str, nearest: str | None = None) -> None:
        super().__init__(f"{message}; did you mean `{nearest}`?" if nearest else message)
        self.message = str(self)
        self.nearest = nearest


Method = Callable[[Members, str], Iterable[str]]


def find(name: str, value: str) -> Method:
    """Returns the method of a name, `tag` or `config.materialized`. Raises SelectionError where there is none, or where
    none of its values can be `value`."""
    first, _, rest = name.partition(".")
    if first in _REFUSED:
        raise SelectionError(f"`{name}:{value}` cannot be used here: {_REFUSED[first]}")
    if first == "config":
        if not all(rest.split(".")):
            raise SelectionError(f"`{name}:{value}` names no setting: write `config.materialized:{value}`")
        return partial(_by_config, tuple(rest.split(".")))
    if first not in _METHODS or rest:
        close = nearest(first, (*_METHODS, "config"))
        raise SelectionError(f"`{name}:` is no method of dbt's selection", close and f"{close}:{value}")
    parts, values = value.count(".") + 1, _VALUES.get(first)
    if values and value not in values:
        raise SelectionError(f"`{name}:` is one of {', '.join(values)}, and not `{value}`", nearest(value, values))
    if parts > _MOST_PARTS.get(first, parts):
        raise SelectionError(f"`{name}:{value}` has too many parts: {_FORMS[_MOST_PARTS[first]].format(name=first)}")
    if first == "path" and value.startswith("/"):
        raise SelectionError(f"`{value}` is not relative to the dbt project")
    return _METHODS[first]


def _by_fqn(members: Members, value: str) -> Iterator[str]:
    """By the last part of the fqn, by its first parts, or by a pattern of all of them."""
    wanted = tuple(value.split("."))
    plain = next((place for place, part in enumerate(wanted) if _WILD & set(part)), len(wanted))
    ending, start, pattern = "_".join(wanted[-2:]), wanted[:plain], ".".join(wanted[plain:])
    for name in members.names:
        if value == name.last or ending == name.versioned:
            yield name.unique_id
        elif len(wanted) <= len(name.parts) and name.parts[:plain] == start:
            # dbt did not look for `stg_*` in folders before 2026: here it is found with any dbt, as everybody expects.
            bare = len(wanted) == 1 and fnmatchcase(name.last, value)
            if not pattern or bare or fnmatchcase(".".join(name.parts[plain:]), pattern):
                yield name.unique_id


def _by_path(members: Members, value: str) -> Iterator[str]:
    pattern = PurePosixPath(value).parts
    found = {folder for folder in members.folders if _fits(tuple(filter(None, folder.split("/"))), pattern)}
    if not value.endswith(("/", "**")):
        found |= {file for file in members.files if _fits(tuple(file.split("/")), pattern)}
    for member in members:
        if member.path in found or member.properties in found - {""} or not found.isdisjoint(folders_of(member.path)):
            yield member.unique_id


def _fits(parts: tuple[str, ...], pattern: tuple[str, ...]) -> bool:
    """Whether a path is what a pattern says, folder by folder; `**` is any number of them."""
    if not pattern:
        return not parts
    if pattern[0] == "**":
        return any(_fits(parts[skipped:], pattern[1:]) for skipped in range(len(parts) + 1))
    return bool(parts) and fnmatchcase(parts[0], pattern[0]) and _fits(parts[1:], pattern[1:])


def _by_file(members: Members, value: str) -> Iterator[str]:
    for member in members:
        path = PurePosixPath(member.path)
        if fnmatchcase(path.name, value) or fnmatchcase(path.stem, value):
            yield member.unique_id


def _by_tag(members: Members, value: str) -> Iterator[str]:
    return (member.unique_id for member in members if any(fnmatchcase(tag, value) for tag in member.tags))


def _by_package(members: Members, value: str) -> Iterator[str]:
    wanted = members.project_name if value == "this" else value
    return (member.unique_id for member in members if fnmatchcase(member.package, wanted))


def _by_resource_type(members: Members, value: str) -> Iterator[str]:
    return (member.unique_id for member in members if member.resource_type == value)


def _by_config(place: tuple[str, ...], members: Members, value: str) -> Iterator[str]:
    for member in members:
        if member.resource_type not in _CONFIGURABLE:
            continue
        setting: object = member.config
        for key in place:
            setting = setting.get(key) if isinstance(setting, Mapping) else None
        if _is_set_to(setting, value, folded=place == ("severity",)):
            yield member.unique_id


def _is_set_to(setting: object, value: str, *, folded: bool) -> bool:
    """Texts and truth alone can be asked for, as in dbt; one entry of a list is enough."""
    truth = {"true": True, "false": False}.get(value.lower())
    for entry in setting if isinstance(setting, list) else [setting]:
        if entry == value or (truth is not None and entry is truth):
            return True
        if folded and isinstance(entry, str) and entry.lower() == value.lower():
            return True
    return False


def _by_source(members: Members, value: str) -> Iterator[str]:
    parts = value.split(".")
    package, group, table = ("*", *parts, "*") if len(parts) == 1 else ("*", *parts)[-3:]
    for member in members:
        if member.resource_type == "source":
            # The name of a source is nowhere but in its place among the others.
            wanted = zip((member.package, *member.fqn[-2:]), (package, group, table), strict=False)
            if len(member.fqn) > 1 and all(fnmatchcase(name, pattern) for name, pattern in wanted):
                yield member.unique_id


def _by_name(kind: str, members: Members, value: str) -> Iterator[str]:
    package, name = ("*", *value.split("."))[-2:]
    for member in members:
        if member.resource_type == kind and fnmatchcase(member.package, package) and fnmatchcase(member.name, name):
            yield member.unique_id


def _by_group(members: Members, value: str) -> Iterator[str]:
    for member in members:
        group = member.config.get("group") or member.group
        if member.resource_type in _GROUPABLE and isinstance(group, str) and fnmatchcase(group, value):
            yield member.unique_id


def _by_access(members: Members, value: str) -> Iterator[str]:
    return (m.unique_id for m in members if m.resource_type == "model" and m.access == value)


def _by_version(members: Members, value: str) -> Iterator[str]:
    models = (member for member in members if member.resource_type == "model")
    return (member.unique_id for member in models if _which(member.version, member.latest_version) == value)


def _which(version: str | None, latest: str | None) -> str:
    if version is None or version == latest:
        return "none" if version is None else "latest"
    if latest is None:
        return ""
    try:
        before = float(version) < float(latest)
    except ValueError:
        before = version < latest
    return "old" if before else "prerelease"


_METHODS: Mapping[str, Method] = {
    "fqn": _by_fqn,
    "path": _by_path,
    "file": _by_file,
    "tag": _by_tag,
    "package": _by_package,
    "resource_type": _by_resource_type,
    "source": _by_source,
    "exposure": partial(_by_name, "exposure"),
    "metric": partial(_by_name, "metric"),
    "semantic_model": partial(_by_name, "semantic_model"),
    "saved_query": partial(_by_name, "saved_query"),
    "group": _by_group,
    "access": _by_access,
    "version": _by_version,
}
_VALUES = {"resource_type": _RESOURCE_TYPES, "access": _ACCESS, "version": _VERSIONS}
_MOST_PARTS = {"source": 3, "exposure": 2, "metric": 2, "semantic_model": 2, "saved_query": 2}
_FORMS = {
    3: "write `source:name`, `source:name.table` or `source:package.name.table`",
    2: "write `{name}:name` or `{name}:package.name`",
}
_TESTS = "it selects tests, and here models, seeds and snapshots are selected: name the model itself"
_RUNS = "it reads the results of an earlier run, and there is none"
_REFUSED = {
    "state": "only what the request changes, and what is below it, is compared anyway: leave it out",
    "result": f"{_RUNS}: name the models themselves, or give them a tag",
    "source_status": f"{_RUNS}: write `source:name+` for what is below a source",
    "selector": "selectors.yml is not read: write the selection out",
    "test_name": _TESTS,
    "test_type": _TESTS,
    "unit_test": _TESTS,
}
