"""The configuration of a run: found in the tree of base, read, and settled with both projects."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from bot.checks import BUILD_CHECKS, NAMED_CHECKS, PAIR_CHECKS, BuildCheck, PairCheck
from bot.core import config
from bot.core.config import CheckKind, Config, Kinds, NamedKind
from bot.domain import Project, Settings, Side
from bot.errors import UsageError
from bot.run import named
from bot.run.stage import Setting, Stage
from bot.world import layout
from bot.world.workspace import SideFolders

FILE = layout.CONFIGURATION_FILE
_MISSPELT = (".proofbot.yaml", "proofbot.yml", "proofbot.yaml")
_AT_BASE = (
    "The configuration of the base revision counts: mend it there. A request that mends it cannot prove itself, and is "
    "merged by hand; `proofbot config --config FILE` tries it before."
)
_AT_HEAD = "Mend it before the merge: every later run would fail by it."


def _about(check: Callable[..., Any]) -> str:
    """The first sentence of a check's documentation."""
    first = inspect.cleandoc(check.__doc__ or "").split("\n\n", maxsplit=1)[0]
    return " ".join(first.split())


def _kind(check: PairCheck | BuildCheck) -> CheckKind:
    return CheckKind(check.name, check.options, check.default, _about(check.check))


KINDS = Kinds(
    checks=tuple(_kind(check) for checks in (PAIR_CHECKS, BUILD_CHECKS) for check in checks),
    named=tuple(NamedKind(kind.name, kind.section, kind.options, _about(kind.check)) for kind in NAMED_CHECKS),
)
"""Everything that can be configured, in the order in which it is told."""


@dataclass(frozen=True, slots=True)
class _File:
    """A configuration: what it is called, and its text."""

    name: str
    text: str


def load(stage: Stage, base: SideFolders) -> Config:
    """Reads the configuration: that of the base revision, or the file that the user names; nothing where there is none.

    Args:
        base: where the base revision lies.

    Raises:
        UsageError: the file cannot be read, or something in it is wrong.
    """
    chosen = stage.request.config
    if chosen is not None:
        return config.read(_text(chosen, str(chosen)), _name(chosen, stage.request.here), KINDS)
    found = _find(base)
    try:
        return config.read(found.text, found.name, KINDS) if found else Config(KINDS)
    except UsageError as error:
        raise UsageError(error.message, where=error.where, remedy=_AT_BASE) from None


def text(stage: Stage, setting: Setting) -> str:
    """The text of the configuration that counts; empty where there is none.

    Raises:
        UsageError: it cannot be read.
    """
    chosen = stage.request.config
    if chosen is not None:
        return _text(chosen, str(chosen))
    found = _find(setting.base)
    return found.text if found else ""


def settle(
    stage: Stage, setting: Setting, loaded: Config, projects: tuple[Project, Project]
) -> tuple[Settings, tuple[str, ...]]:
    """Says what is configured for every model, base's projects first.

    Returns:
        the settings; and notices: what is configured in vain, and what of the request waits for the merge.

    Raises:
        UsageError: something in the models' `meta.proofbot` is wrong, or the request leaves a configuration behind that
            every later run would refuse.
    """
    base, head = projects
    if stage.request.config is not None:
        settings, notices = config.settle(loaded, base, head)
        return settings, (f"the configuration is {loaded.where}, and not that of the base revision", *notices)
    try:
        settings, notices = config.settle(loaded, base, head)
    except UsageError as error:
        raise UsageError(error.message, where=error.where, remedy=_AT_BASE) from None
    return settings, (*notices, *_waiting(setting, head), *_misspelt(setting.head))


def read_file(tree: Path, name: str) -> str:
    """The text of a file that the configuration names.

    Args:
        tree: base's.
        name: its path from the repository's root.

    Raises:
        UsageError: it is not there, is no text, or lies outside.
    """
    path = (tree / name).resolve()
    if not path.is_relative_to(tree.resolve()):
        raise UsageError(f"the file {name} lies outside of the repository", remedy="Name a file inside of it.")
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise UsageError(
            f"the file {name} cannot be read at base", remedy="Its path starts at the repository's root."
        ) from None


def _waiting(setting: Setting, head: Project) -> tuple[str, ...]:
    """What the request changes in the configuration, which must be right by itself."""
    ours, theirs = _find(setting.base), _find(setting.head)
    of_head = f"{theirs.name} of head" if theirs else ""
    try:
        after = config.read(theirs.text, of_head, KINDS) if theirs else Config(KINDS)
        _, notices = config.settle(after, head, head)
        for check in after.named:
            named.resolve(check, (head, head), partial(read_file, setting.head.tree))
    except UsageError as error:
        raise UsageError(error.message, where=error.where, remedy=_AT_HEAD) from None
    if theirs is None:
        return (f"`{ours.name}` is removed: that takes effect after the merge",) if ours else ()
    if ours is None:
        return (f"`{theirs.name}` is new: it takes effect after the merge", *notices)
    if ours.text == theirs.text:
        return ()
    told = "; ".join(config.differences(ours.text, theirs.text))
    differing = f", and this request is judged by the old one: {told}" if told else ""
    return (f"`{theirs.name}` changed: the change takes effect after the merge{differing}", *notices)


def _misspelt(folders: SideFolders) -> tuple[str, ...]:
    if _find(folders):
        return ()
    places = dict.fromkeys((folders.project, folders.tree))
    found = [folder / name for folder in places for name in _MISSPELT if (folder / name).is_file()]
    return tuple(f"`{_name(path, folders.tree)}` is not read: its name must be `{FILE}`" for path in found)


def _find(folders: SideFolders) -> _File | None:
    """The configuration in a tree: in the project's folder, else at the repository's root."""
    for folder in (folders.project, folders.tree):
        path = folder / FILE
        if path.is_file():
            name = _name(path, folders.tree)
            return _File(name, _text(path, f"{name} of {'base' if folders.side is Side.BASE else 'head'}"))
    return None


def _text(path: Path, name: str) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise UsageError(f"there is no file {name}", remedy="Name an existing one by `--config`.") from None
    except IsADirectoryError:
        raise UsageError(f"{name} is a folder", remedy="Name a file by `--config`.") from None
    except UnicodeDecodeError:
        raise UsageError(f"{name} is not written in UTF-8", remedy="Save it as UTF-8.") from None


def _name(path: Path, folder: Path) -> str:
    return path.relative_to(folder).as_posix() if path.is_relative_to(folder) else str(path)
