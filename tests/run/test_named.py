"""The named checks of the configuration: which are asked, and where their SQL comes from."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from bot.checks import assertion, metric, query
from bot.core.options import Options
from bot.domain import Change, ChangeKind, NamedCheck, NodeChange, Project, Settings
from bot.errors import UsageError
from bot.run import configuration, named
from tests.core import manifests
from tests.core.manifests import node, source

WHERE = ".proofbot.yml:7"
_PROJECT = manifests.read(node("orders"), node("other"), sources=(source("raw.orders"),))
_TOUCHED = Change(affected=(NodeChange("model.shop.orders", ChangeKind.MODIFIED),))


def _query(sql: str) -> NamedCheck:
    return _check("query", query.Options(sql=sql))


def _check(kind: str, options: Options) -> NamedCheck:
    return NamedCheck(kind, "mine", options, WHERE)


def _choose(*checks: NamedCheck, project: Project = _PROJECT, tree: Path = Path()) -> tuple[named.Asked, ...]:
    read = partial(configuration.read_file, tree)
    return named.choose(Settings({}, named=checks), _TOUCHED, (project, project), read)


@pytest.mark.parametrize(
    ("check", "asked"),
    [
        (_query("select * from {{ ref('orders') }}"), True),
        (_query("select * from {{ ref('other') }}"), False),
        (_query("select * from {{ ref('other') }} join {{ base_ref('orders') }} using (id)"), True),
        (_query("select 1"), True),
        (_query("select * from {{ source('raw', 'orders') }}"), True),
        (_check("metric", metric.Options(model="orders", value="count(*)")), True),
        (_check("metric", metric.Options(model="other", value="count(*)")), False),
        (_check("assertion", assertion.Options(sql="select 1 from {{ base_ref('orders') }}")), True),
    ],
)
def test_what_the_request_cannot_touch_is_not_asked(check: NamedCheck, *, asked: bool) -> None:
    """A user would wait for a query that nothing can have changed, or miss one that something did."""
    assert bool(_choose(check)) is asked


def test_a_wrong_query_is_refused_though_it_is_not_asked() -> None:
    """A team would learn of a misspelt model only in the request that touches the other one."""
    with pytest.raises(UsageError, match="did you mean 'other'") as caught:
        _choose(_query("select * from {{ ref('othr') }}"))
    assert caught.value.where == WHERE


def test_sql_can_stand_in_a_file_of_the_repository(tmp_path: Path) -> None:
    """A user would have to put long SQL into YAML."""
    (tmp_path / "checks").mkdir()
    (tmp_path / "checks" / "orders.sql").write_text("select 'ü' as x from {{ ref('orders') }}", encoding="utf-8")
    asked = _choose(_check("query", query.Options(file="checks/orders.sql")), tree=tmp_path)
    assert [one.sql for one in asked] == ["select 'ü' as x from {{ ref('orders') }}"]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("../secret.sql", "lies outside of the repository"),
        ("checks/../../secret.sql", "lies outside of the repository"),
        ("{folder}/secret.sql", "lies outside of the repository"),
        ("link.sql", "lies outside of the repository"),
        ("missing.sql", "cannot be read at base"),
        ("checks", "cannot be read at base"),
        ("binary.sql", "cannot be read at base"),
    ],
)
def test_a_file_that_is_none_of_the_repository_is_refused(tmp_path: Path, name: str, words: str) -> None:
    """A configuration could read a file of the CI machine, or a user not learn which line names a missing one."""
    tree = tmp_path / "tree"
    (tree / "checks").mkdir(parents=True)
    (tree / "binary.sql").write_bytes(b"\xff\xfe")
    (tmp_path / "secret.sql").write_text("select 1")
    (tree / "link.sql").symlink_to(tmp_path / "secret.sql")
    written = name.replace("{folder}", str(tmp_path))
    with pytest.raises(UsageError, match=words) as caught:
        _choose(_check("query", query.Options(file=written)), tree=tree)
    assert caught.value.where == WHERE
    assert written in str(caught.value)


def test_checks_that_are_not_asked_are_named() -> None:
    """A reader who looks for the metric of the month would not know whether it was equal or not looked at."""
    settings = Settings({}, named=(_query("select * from {{ ref('other') }}"), _query("select 1")))
    asked = named.choose(settings, _TOUCHED, (_PROJECT, _PROJECT), str)
    assert len(asked) == 1
    assert named.not_asked(settings, asked) == ("not asked, because nothing that they read is affected: `mine`",)
    assert named.not_asked(Settings({}), ()) == ()
