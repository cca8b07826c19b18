"""The credentials of a target of dbt-postgres, as psycopg takes them."""

from __future__ import annotations

import sys
import uuid
from dataclasses import replace
from typing import Any

import pytest

from bot.domain import Side
from bot.errors import EnvironmentFailure, UsageError
from bot.world.warehouses.postgres.credentials import server
from bot.world.warehouses.postgres.grounds import lay_out
from tests.postgres_server import Database
from tests.world.warehouses.contract_cases import rows
from tests.world.warehouses.postgres.conftest import Lay


def test_a_target_is_reached_as_dbt_reaches_it(database: Database, site_of: Lay) -> None:
    """A target that dbt connects by would be refused, or be sent a password without encryption."""
    told = {"sslmode": "verify-full", "sslrootcert": "/ca.pem", "sslcert": "/c.pem", "sslkey": "/k.pem", "port": "6543"}
    made = server(site_of(database, output={**told, "pass": "other", "keepalives_idle": 0, "connect_timeout": 1}))
    assert [made.arguments[name] for name in ("sslmode", "sslrootcert", "sslcert", "sslkey")] == [
        *("verify-full", "/ca.pem", "/c.pem", "/k.pem")
    ]
    assert made.arguments["port"] == 6543
    assert made.arguments["connect_timeout"] == 2  # libpq's shortest
    assert made.arguments["application_name"] == "proofbot 0123456789ab pr_7"


def test_role_and_search_path_of_the_target_hold(database: Database, site_of: Lay) -> None:
    """What dbt builds as one role would be read as another one, and refused."""
    role = f"role_{uuid.uuid4().hex[:8]}"
    with database.connect() as connection:
        connection.execute(f"create role {role}".encode())
        grounds = lay_out(site_of(database, output={"role": role, "search_path": "one, two"}))
        warehouse = grounds.open(lambda *_: None, lambda *_: None)
        assert rows(warehouse, "select current_user::text, current_setting('search_path')") == [(role, "one, two")]
        warehouse.close()
        grounds.remove()
        connection.execute(f"drop role {role}".encode())


@pytest.mark.parametrize("missing", ["host", "user", "dbname"])
def test_a_target_that_says_too_little_is_told(database: Database, site_of: Lay, missing: str) -> None:
    """A typing error in profiles.yml would be a traceback."""
    with pytest.raises(UsageError, match=missing):
        lay_out(site_of(database, output={missing: ""}))


def test_a_missing_driver_is_told_with_the_remedy(
    database: Database, site_of: Lay, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who installed proofbot without an extra would see an ImportError, or look for what is wrong in the call."""
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(EnvironmentFailure) as caught:
        lay_out(site_of(database))
    assert "pip install 'proofbot[postgres]'" in caught.value.remedy


@pytest.mark.parametrize(
    ("wrong", "remedy"),
    [
        ({"dbname": "nothing"}, "Mend `dbname`"),
        ({"user": "nobody"}, "Mend `dbname` and `user`"),
        ({"host": "/nowhere"}, "Check `host` and `port`"),
    ],
)
def test_who_is_not_let_in_is_told_what_to_mend(
    database: Database, site_of: Lay, wrong: dict[str, Any], remedy: str
) -> None:
    """Somebody with a typo in a profile would look for a server that is down."""
    with pytest.raises(EnvironmentFailure, match="there is no connection to Postgres") as caught:
        server(site_of(replace(database, **wrong), retries=0)).connect()
    assert remedy in caught.value.remedy


def test_laying_out_connects_to_nobody(database: Database, site_of: Lay) -> None:
    """`proofbot config` would need the warehouse."""
    grounds = lay_out(site_of(database, output={"port": 1}))
    assert grounds.profile(Side.BASE).startswith("{'schema': 'proofbot_pr_7_")
    grounds.remove()
