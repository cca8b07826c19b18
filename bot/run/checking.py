"""The story of `proofbot config --check`: is what we are told well written? Asked of files alone, without dbt."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from bot.core import config, declarations
from bot.core.declarations import Source
from bot.errors import UsageError
from bot.render.figures import plural
from bot.run import declaring
from bot.run.configuration import FILE, KINDS
from bot.world import git


def check(files: Sequence[Path], folder: Path, page: Console) -> None:
    """Reads configurations and declarations over, and says that all is well.

    Args:
        files: those to check; none is all `.proofbot.yml` and `.proofbot/expect.yml` of the repository.
        folder: where relative paths start, and whose repository is meant.
        page: where the result goes.

    Raises:
        UsageError: something is wrong; it says all that is, with file and line.
    """
    paths = [folder / file for file in files] if files else _found(folder)
    faults = [fault for path in paths if (fault := _fault(path, _name(path, folder)))]
    if faults:
        raise UsageError("\n".join(fault.message for fault in faults), remedy=faults[0].remedy)
    told = f"{plural(len(paths), 'file')} checked: well written" if paths else f"There is no {FILE}: nothing to check"
    page.print(f"{told}.", highlight=False)


def _found(folder: Path) -> list[Path]:
    repository = git.find_repository(folder)
    return [repository.root / name for name in git.known_files(repository, FILE, declaring.FILE)]


def _fault(path: Path, name: str) -> UsageError | None:
    try:
        text = _text(path, name)
        if path.name == Path(declaring.FILE).name:
            declarations.read([Source(name, text)], KINDS)
        else:
            config.read(text, name, KINDS)
    except UsageError as error:
        return error
    return None


def _text(path: Path, name: str) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise UsageError(f"there is no file {name}", remedy="Name an existing one.") from None
    except UnicodeDecodeError:
        raise UsageError(f"{name} is not written in UTF-8", remedy="Save it as UTF-8.") from None
    except OSError as error:
        raise UsageError(f"{name} cannot be read: {error.strerror}", remedy="Name a file that can be.") from None


def _name(path: Path, folder: Path) -> str:
    return path.relative_to(folder).as_posix() if path.is_relative_to(folder) else str(path)
