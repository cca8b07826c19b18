"""What is kept between runs is kept under keys: they differ whenever what was kept could not be used again."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import time
from datetime import UTC, datetime
from pathlib import PurePosixPath

from bot.core import plan as plans
from bot.domain import Project, Side
from bot.run.stage import Setting, Unfolded
from bot.world import git

_FORMAT = "2"  # of what is kept; raise it when an older version's must not be used
_CHECKOUT = "<checkout>"  # of which attached files lie at the same place, wherever it is


def fingerprint(text: str) -> str:
    """A digest that tells whether a text is the same, without telling the text."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def project_key(unfolded: Unfolded) -> str:
    """The folder name under which things of this project are kept.

    All clones of a repository share it, wherever they lie, so that what a CI cache restores is found. What a thing is
    made of is told by its own key; this one only says which of them push out each other.
    """
    address = git.origin_address(unfolded.repository)
    project = f"{address}/{unfolded.project}" if address else str(unfolded.checkout)
    return f"{PurePosixPath(project).name}-{fingerprint(project)[:8]}"


def parse_key(setting: Setting, unfolded: Unfolded) -> str:
    """What a parse of base is kept under. The day is part of it: a configuration may be made of the time.

    So are the places of attached files: dbt parses anew where its profile is another.
    """
    settings = {
        **_always(setting, setting.grounds.profile(Side.BASE), unfolded),
        "names": [setting.profile.name, setting.profile.target],
        "day": datetime.now(UTC).date().isoformat(),
    }
    return fingerprint(json.dumps(settings, sort_keys=True))


def origin_key(setting: Setting, unfolded: Unfolded, base: Project) -> str | None:
    """What an origin is kept under: it differs whenever a build of base could differ. None: it is not kept, because
    nobody can compare what it read."""
    state = None if plans.reads_elsewhere(base) else setting.grounds.state()
    if state is None:
        return None
    profile = setting.grounds.profile(Side.BASE)
    names = plans.environment_variables(base, profile)
    settings = {
        **_always(setting, profile.replace(str(unfolded.repository.root), _CHECKOUT), unfolded),
        **setting.grounds.versions,
        "machine": f"{platform.machine()} {' '.join(time.tzname)}",  # sums of floats, and what a time without zone is
        "environment": fingerprint("\0".join(f"{name}={os.environ.get(name, '')}" for name in names)),
        "state": state,
        "day": datetime.now(UTC).date().isoformat() if plans.reads_clock(base) else "",
    }
    return plans.digest(base, settings)


def _always(setting: Setting, profile_text: str, unfolded: Unfolded) -> dict[str, str]:
    return {
        "format": _FORMAT,
        "commit": unfolded.base.commit,
        "dbt": setting.toolchain.version,
        "adapter": setting.adapter_version,
        "profile": fingerprint(profile_text),
        "variables": setting.variables_text,
    }
