"""The component with its inputs put in, and the plain include that is made of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from bot.cli.ci import ci
from tests.gitlab import components

_OF_PEOPLE = ("project-dir", "profiles-dir", "profile", "target", "vars", "config", "slug")
_HOSTILE = (
    '{"start": "2026-01-01"}',
    "it's: a mess # no comment",
    '"; touch /tmp/gone; echo "',
    "`id` $(id) | & > < ; \\ \\n",
    "- a list: [1, {",
    "  spaces around  ",
    "*alias &anchor !tag %directive @at",
)


def test_the_plain_include_is_the_component(assert_golden: Callable[[Path, str], None]) -> None:
    """Whoever can't include components would get other jobs than docs/gitlab.md tells of."""
    assert_golden(components.PLAIN, components.plain())


@pytest.mark.parametrize("text", _HOSTILE)
def test_an_input_is_a_value_whatever_stands_in_it(text: str) -> None:
    """A quote in `vars` would end the YAML around it, or be run by the shell."""
    plain, told = components.jobs({}), components.jobs(dict.fromkeys(_OF_PEOPLE, text))
    for name in _OF_PEOPLE:
        variable = f"PROOFBOT_{name.upper().replace('-', '_')}"
        assert told[".proofbot"]["variables"].pop(variable).strip() == text.strip()
        assert plain[".proofbot"]["variables"].pop(variable) == ""
    assert told == plain


@pytest.mark.parametrize("name", _OF_PEOPLE)
def test_an_input_of_several_lines_is_refused(name: str) -> None:
    """Its second line would be YAML of its own: another script, for one."""
    with pytest.raises(ValueError, match=f"{name}: "):
        components.interpolated({name: "a\nscript: [id]"})


@pytest.mark.parametrize(
    "wrong",
    [
        {"job": "a b"},
        {"job": "x\n"},
        {"stage": 'a"'},
        {"image": "an image"},
        {"on-draft": "yes"},
        {"refresh": 1},
        {"older-than": "7 days"},
        {"colour": "red"},
    ],
    ids=str,
)
def test_what_is_no_such_input_is_refused(wrong: dict[str, object]) -> None:
    """A typing error would be a job that does something else."""
    with pytest.raises(ValueError, match="inputs" if "colour" in wrong else next(iter(wrong))):
        components.interpolated(wrong)


def test_no_input_and_no_text_of_people_stands_in_a_script() -> None:
    """What somebody writes there would be run, with the secrets of the job."""
    whole = yaml.safe_load(components.COMPONENT.read_text(encoding="utf-8").partition("\n---\n")[2])
    scripts = [line for job in whole.values() for key in ("script", "after_script") for line in job.get(key, [])]
    assert len(scripts) == 4
    for line in scripts:
        assert "$[[" not in line
        assert {word for word in line.split() if "$" in word} <= {'"$CI_MERGE_REQUEST_IID"', "$CI_MERGE_REQUEST_IID"}


def test_two_projects_have_jobs_and_a_cache_of_their_own() -> None:
    """The second include of the component would change the jobs of the first."""
    one, other = (components.jobs({"job": name}) for name in ("shop", "finance"))
    assert one.keys().isdisjoint(other.keys())
    assert one["shop"]["cache"]["key"] != other["finance"]["cache"]["key"]
    assert one["shop:environment"]["environment"] != other["finance:environment"]["environment"]
    assert one["shop:environment"]["environment"]["on_stop"] in one


def test_every_variable_of_the_jobs_is_one_that_proofbot_or_the_runner_reads() -> None:
    """An input would be described, and have no effect."""
    read = {name for option in ci.params for name in _names(getattr(option, "envvar", None))}
    read |= {"PROOFBOT_CACHE_DIR", "PROOFBOT_REFRESH", "PROOFBOT_CLEANUP"}  # of the workspace, and of the rules
    assert set(components.jobs({})[".proofbot"]["variables"]) <= read


def _names(envvar: object) -> list[str]:
    return [envvar] if isinstance(envvar, str) else list(envvar) if isinstance(envvar, (list, tuple)) else []
