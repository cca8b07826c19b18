"""The story of `proofbot doctor`: what works here, and what doesn't, before the first request. Nothing is built."""

from __future__ import annotations

import importlib.metadata
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from bot.domain import Diagnosis, Health
from bot.render import doctor_page
from bot.run.doctor import project, warehouse
from bot.run.doctor.case import Case
from bot.run.stage import Request
from bot.world.diagnosing import advise, guarded
from bot.world.examining import machine, repository
from bot.world.workspace import root

Examination = Callable[[], Iterator[Diagnosis]]

_USAGE, _SURROUNDINGS = 2, 3


@dataclass(frozen=True)
class Visit:
    """What is to be looked at, and how it is told.

    `forge` examines the forge of the CI job that this is, if it is one (`in_job`). Offline, neither a warehouse nor a
    forge nor a registry of packages is asked.
    """

    request: Request
    forge: Examination
    in_job: bool
    is_offline: bool
    as_json: bool


def run(visit: Visit, console: Console, page: Console) -> int:
    """Examines everything, and shows it.

    Args:
        console: where progress goes.
        page: where the result goes.

    Returns:
        the exit code; see `exit_code`.
    """
    found = []
    with tempfile.TemporaryDirectory(prefix="proofbot-") as scratch, console.status("looking") as status:
        for one in _examine(visit, Case(visit.request, Path(scratch).resolve(), is_offline=visit.is_offline)):
            status.update(f"looking: {one.topic}")
            found.append(one)
    code = exit_code(found)
    if visit.as_json:
        text = doctor_page.json_text(found, code, importlib.metadata.version("proofbot"))
        page.print(text, soft_wrap=True, highlight=False, markup=False, end="")
    else:
        doctor_page.page(found, page)
    return code


def exit_code(found: Sequence[Diagnosis]) -> int:
    """0 where nothing is ill; 2 where something of the call or the configuration is, which is to be mended first, as
    the rest may come of it; else 3."""
    ill = [one for one in found if one.health is Health.ILL]
    if any(one.is_usage for one in ill):
        return _USAGE
    return _SURROUNDINGS if ill else 0


def _examine(visit: Visit, case: Case) -> Iterator[Diagnosis]:
    """Every topic in order. One that fails ends with that; those that need it say what they lack."""
    here = visit.request.project_dir or visit.request.here
    topics: list[tuple[str, Examination]] = [
        ("programs", machine.programs),
        ("cache folder", lambda: machine.cache(root())),
        ("git", lambda: repository.examine(here, in_job=visit.in_job)),
        ("dbt", lambda: project.toolchain(case)),
        ("project", lambda: project.find(case)),
        ("profile", lambda: project.profile(case)),
        ("configuration", lambda: project.configuration(case)),
        ("parse", lambda: project.parse(case)),
    ]
    if not visit.is_offline:
        topics += [("warehouse", lambda: warehouse.examine(case)), ("forge", visit.forge)]
    for topic, examination in topics:
        yield from guarded(topic, _begun(examination))
    if visit.is_offline:
        remedy = "Leave out `--offline` where they can be reached."
        yield advise("offline", "offline", "no warehouse and no forge was asked", remedy)


def _begun(examination: Examination) -> Iterator[Diagnosis]:
    """What fails before the first diagnosis fails within."""
    yield from examination()
