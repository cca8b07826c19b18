"""The profile and the target of a call: as it names them, or as the project does."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from bot.core import profile as profiles
from bot.core.profile import Profile
from bot.run.parsing import project_file
from bot.run.stage import Request
from bot.world import layout


def choose(request: Request, path: Path, where: str, projects: Sequence[Path]) -> Profile:
    """Reads a profiles.yml, and takes what is meant of it.

    Args:
        where: what messages call the file.
        projects: folders with a dbt_project.yml; the first that names a profile counts, where the call names none.

    Raises:
        UsageError: the file is wrong, or it has no such profile or target.
    """
    return profiles.choose(
        profiles.load(path.read_text(encoding="utf-8"), where),
        where,
        profile=named(request, projects),
        target=request.target,
        environment=os.environ,
        variables=request.variables,
    )


def named(request: Request, projects: Sequence[Path]) -> str | None:
    """The name of the profile: the call's, or that of the first project that has one.

    Raises:
        UsageError: it does not render.
    """
    written = request.profile or next(
        (one for folder in projects if (one := project_file(folder).get("profile"))), None
    )
    where = f"{layout.PROJECT_FILE}, profile"
    return profiles.render(written, os.environ, request.variables, where) if written else None
