"""Which nodes read which files of the repository, as far as their code and their sources tell."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import PurePosixPath

from bot.core.graph import reach
from bot.domain import Node, Project

_JINJA = re.compile(r"\{\{.*?\}\}|\{[^{}\n]*\}", re.DOTALL)
_ANY = "\0"  # stands for what Jinja puts there
_WILD = re.compile(r"(\*\*|\*|\?|\0)")
_PATTERNS = {"**": ".*", "*": "[^/]*", "?": "[^/]", _ANY: ".*"}
_LONGEST = 400
_VARIABLE = re.compile(r"\bvar\s*\(\s*['\"]([^'\"]+)['\"]")
_IMPORT = re.compile(
    r"^[ \t]*(?:from[ \t]+(?P<package>[\w.]+)[ \t]+)?import[ \t]+\(?(?P<names>[\w., \t]+)", re.MULTILINE
)


def readers(project: Project, changed: Collection[PurePosixPath]) -> Mapping[str, tuple[str, ...]]:
    """Finds the nodes that may read some of these files.

    A path counts as named by its last parts alone, because folders often come from variables: rather one model measured
    in vain than one that reads other data and is called untouched.

    Args:
        changed: paths in the repository.

    Returns:
        the files by unique id, of the nodes that name any.
    """
    if not changed:
        return {}
    endings = _endings(changed)
    named: dict[str, frozenset[str]] = {}

    def of(text: str) -> frozenset[str]:
        if text not in named:
            named[text] = frozenset(path for word in _words(text) for path in _meant(word, endings, changed))
        return named[text]

    calls = {macro.unique_id: macro.calls for macro in project.macros.values() if macro.package == project.name}
    found = {uid: set[str]().union(*map(of, _texts(node, project, calls))) for uid, node in project.nodes.items()}
    return {uid: tuple(sorted(paths)) for uid, paths in found.items() if paths}


def _behind_words(texts: Iterable[str], project: Project) -> Iterator[str]:
    """The values of variables that texts name: a path may stand there."""
    names = {name for text in texts for name in _VARIABLE.findall(text)}
    for values in project.variables.values() if names else ():
        scoped = [value for value in values.values() if isinstance(value, Mapping)]
        yield from (f"'{known[name]}'" for known in (values, *scoped) for name in names if name in known)


def _modules(code: str) -> Iterator[str]:
    """The files that Python code may import, in quotes."""
    for line in _IMPORT.finditer(code):
        module = line["package"] or ""
        for name in re.findall(r"[\w.]+", line["names"]):
            for path in (module, f"{module}.{name}"):
                plain = path.strip(".").replace(".", "/")
                yield f"'{plain}.py' '{plain}/__init__.py'" if plain else ""


def _texts(node: Node, project: Project, calls: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    yield from (texts := list(_own_texts(node, project, calls)))
    yield from _behind_words(texts, project)


def _own_texts(node: Node, project: Project, calls: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    yield node.raw_code
    if node.language == "python":
        yield from _modules(node.raw_code)
    for uid in node.depends_on:
        if uid in project.sources:
            yield project.sources[uid].location or ""
            yield project.sources[uid].definition
    for uid in reach(node.macros, calls):
        if uid in calls:
            yield project.macros[uid].text


def _words(text: str) -> set[str]:
    """What may be a path: all that stands between quotes, whichever way round they are."""
    parts = {part.strip() for whole in (text, _JINJA.sub(_ANY, text)) for part in re.split(r"['\"\n]", whole)}
    return {part for part in parts if len(part) < _LONGEST and "://" not in part and ("." in part or "/" in part)}


def _meant(word: str, endings: Mapping[str, set[str]], changed: Iterable[PurePosixPath]) -> Iterable[str]:
    plain = "/".join(part for part in word.split("/") if part not in ("", ".", ".."))
    if not _WILD.search(plain):
        return endings.get(plain, ())
    if not re.search(r"\w", plain):
        return ()
    pattern = re.compile("(?:.*/)?" + "".join(_PATTERNS.get(part) or re.escape(part) for part in _WILD.split(plain)))
    return [str(path) for path in changed if pattern.fullmatch(str(path))]


def _endings(changed: Iterable[PurePosixPath]) -> Mapping[str, set[str]]:
    """By every last part of a path, and by every folder of two parts and more, the files meant by it."""
    endings: dict[str, set[str]] = {}
    for path in changed:
        for start in range(len(path.parts)):
            for end in range(start + 1, len(path.parts) + 1):
                if end == len(path.parts) or end - start > 1:
                    endings.setdefault("/".join(path.parts[start:end]), set()).add(str(path))
    return endings
