"""The warehouse, by its own kind: connection, grants, sources; and what dead runs left there."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial

from bot.core import profile as profiles
from bot.core.profile import Profile
from bot.domain import Diagnosis, Health, Project, RelationName, WarehouseOptions
from bot.errors import ProofbotError
from bot.run import warehouses
from bot.run.doctor.case import Case
from bot.run.warehouses import Checkup, Kind
from bot.world.diagnosing import advise, of_error, well
from bot.world.warehouses.grounds import Site
from bot.world.warehouses.leftovers import Sought

TOPIC = "warehouse"
_SECRET = ("password", "pass", "token", "private_key", "private_key_passphrase", "oauth_client_secret")
_SHORTEST = 6  # a shorter value would be found in harmless words


def examine(case: Case) -> Iterator[Diagnosis]:
    """All that its kind looks at. Whatever it makes to try grants is gone at the end.

    Raises:
        ProofbotError: the profile says what can't be used, or the warehouse can't be asked.
    """
    profile = case.profile
    if profile is None or case.folder is None:
        yield advise(TOPIC, TOPIC, "not looked at: dbt or the profile is not well", "Mend that first.")
        return
    kind = warehouses.find(profile)
    site = _site(case, profile)
    checkup = Checkup(profile, site, case.folder, _sources(case.project), case.variables)
    for one in kind.examine(checkup):
        yield _without_secrets(one, site.output)
        if one.what == "connection" and one.health is Health.ILL:
            return  # another attempt would fail alike
    for one in _leftovers(kind, site, case.variables):
        yield _without_secrets(one, site.output)


def _site(case: Case, profile: Profile) -> Site:
    return Site(
        output=profiles.rendered(profile, os.environ, case.variables),
        where=profile.where,
        profile_with=partial(profiles.replaced, profile),
        label="doctor",
        options=case.config.warehouse if case.config else WarehouseOptions(),
        tag={"run": "doctor", "request": "doctor"},
        threads=1,
        scratch=case.scratch,
    )


def _sources(project: Project | None) -> tuple[RelationName, ...]:
    """What models read in the warehouse and dbt does not build."""
    if project is None:
        return ()
    read = {uid for node in project.nodes.values() for uid in node.depends_on}
    found = [source.relation for uid, source in project.sources.items() if uid in read and not source.location]
    return tuple(dict.fromkeys(found))


def _leftovers(kind: Kind, site: Site, variables: Mapping[str, object]) -> Iterator[Diagnosis]:
    what = "dead runs"
    if kind.sweep is None:
        return
    try:
        left = kind.sweep(site, Sought(is_dry=True), variables)
    except ProofbotError as error:
        yield of_error(TOPIC, what, error)
        return
    if left:
        listed = ", ".join(left[:3]) + (", ..." if len(left) > 3 else "")
        remedy = "The next run drops them; `proofbot cleanup --older-than 1h` does it now."
        yield advise(TOPIC, what, f"{len(left)} left by runs that were killed: {listed}", remedy)
    else:
        yield well(TOPIC, what, "nothing was left")


def _without_secrets(one: Diagnosis, output: Mapping[str, object]) -> Diagnosis:
    """Drivers repeat what they were given, in some of their words."""
    words, remedy = one.words, one.remedy
    for name in _SECRET:
        value = str(output.get(name) or "")
        if len(value) >= _SHORTEST:
            words, remedy = words.replace(value, "***"), remedy.replace(value, "***")
    return replace(one, words=words, remedy=remedy)
