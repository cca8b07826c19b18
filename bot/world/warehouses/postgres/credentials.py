"""The credentials of a dbt target, as psycopg takes them: the same as dbt-postgres gives psycopg2."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import TYPE_CHECKING

from bot.errors import EnvironmentFailure, UsageError
from bot.world.secrets import mask
from bot.world.warehouses.grounds import Site
from bot.world.warehouses.postgres.spelling import text
from bot.world.warehouses.postgres.values import load_all

if TYPE_CHECKING:
    import psycopg

_CONNECT_SECONDS = 10
_IDLE_SECONDS = 30
_SILENT_MILLISECONDS = 60_000  # what was sent and is not confirmed for so long was sent to nobody
_MOST_RETRIES = 5
_FIRST_PAUSE = 0.5
_LONGEST_PAUSE = 8.0
_LONGEST_NAME = 63
_PASSED_ON = ("sslmode", "sslcert", "sslkey", "sslrootcert")
# What is refused for a reason is refused the next time, too.
_FINAL = ("authentication failed", "does not exist", "pg_hba.conf", "permission denied", "not permitted", "certificate")
_REMEDIES = {
    "authentication failed": "Mend `user` and `password` of the target.",
    "no password supplied": "Give the target its `password`.",
    "does not exist": "Mend `dbname` and `user` of the target, or make what is not there.",
    "pg_hba.conf": "Let the server take this user from this machine (`pg_hba.conf`), or mend `sslmode` of the target.",
    "permission denied for database": "Let the user in: `GRANT CONNECT ON DATABASE ... TO ...`.",
    "certificate": "Mend `sslmode`, `sslrootcert`, `sslcert` and `sslkey` of the target.",
}
_OTHERWISE = "Check `host` and `port` of the target, and that the server runs and lets this machine in (firewall, VPN)."


@dataclass(frozen=True)
class Server:
    """How a server is reached. `arguments` are psycopg's and hold a password; `settings` are said to each session."""

    arguments: Mapping[str, str | int]
    settings: tuple[str, ...]
    where: str
    retries: int

    @property
    def database(self) -> str:
        """The database of the target."""
        return str(self.arguments["dbname"])

    @property
    def user(self) -> str:
        """Who signs in."""
        return str(self.arguments["user"])

    def connect(
        self, database: str | None = None, rest: Callable[[float], object] = time.sleep
    ) -> psycopg.Connection[tuple[object, ...]]:
        """A connection that commits each statement, to this database or to that of the target.

        Args:
            rest: waits between two attempts.

        Raises:
            EnvironmentFailure: there is no connection, after as many attempts as the target wants.
        """
        driver = find_driver()
        for attempt in range(self.retries + 1):
            try:
                return self._connect(driver, database or self.database)
            except driver.Error as error:
                words = mask(" ".join(str(error).split()))
                if attempt == self.retries or any(word in words for word in _FINAL):
                    raise EnvironmentFailure(
                        f"there is no connection to Postgres: {words}",
                        where=self.where,
                        remedy=next((said for word, said in _REMEDIES.items() if word in words), _OTHERWISE),
                    ) from None
            rest(min(_FIRST_PAUSE * 2**attempt, _LONGEST_PAUSE))
        raise AssertionError("the last attempt returns or raises")

    def _connect(self, driver: ModuleType, database: str) -> psycopg.Connection[tuple[object, ...]]:
        made: psycopg.Connection[tuple[object, ...]] = driver.connect(
            **{**self.arguments, "dbname": database}, autocommit=True, prepare_threshold=None
        )
        try:
            made.execute("; ".join(self.settings).encode())
            load_all(made)
        except BaseException:
            made.close()
            raise
        return made


def find_driver() -> ModuleType:
    """The package psycopg. Raises EnvironmentFailure where it is not installed."""
    try:
        import psycopg
    except ImportError:
        raise EnvironmentFailure(
            "the Python package psycopg is not installed", remedy="Install it with `pip install 'proofbot[postgres]'`."
        ) from None
    return psycopg


def server(site: Site) -> Server:
    """The server of a target.

    Raises:
        UsageError: the target does not say enough.
    """
    output = site.output
    found = {
        "host": output.get("host"),
        "user": output.get("user"),
        "dbname": output.get("dbname") or output.get("database"),
    }
    missing = [name for name, value in found.items() if not value]
    if missing:
        raise UsageError(f"the profile says no {missing[0]}", where=site.where, remedy=f"Set `{missing[0]}:`.")
    made: dict[str, str | int] = {name: str(value) for name, value in found.items()}
    password = output.get("password") or output.get("pass")
    if password:
        made["password"] = str(password)
    made |= {name: str(output[name]) for name in _PASSED_ON if output.get(name)}
    made |= {
        "port": _number(output, "port", 5432),
        "connect_timeout": max(2, _number(output, "connect_timeout", _CONNECT_SECONDS)),
        "keepalives": 1,
        "keepalives_idle": _number(output, "keepalives_idle", _IDLE_SECONDS),
        "keepalives_interval": 10,
        "keepalives_count": 3,
        "tcp_user_timeout": _SILENT_MILLISECONDS,
        "client_encoding": "utf8",
        "application_name": " ".join(["proofbot", *site.tag.values()])[:_LONGEST_NAME],
    }
    retries = min(_number(output, "retries", 1), _MOST_RETRIES)
    return Server(made, _settings(site), site.where, retries)


def _settings(site: Site) -> tuple[str, ...]:
    """What each session is told, whatever the role's defaults are."""
    made = [
        "set time zone 'UTC'",
        f"set statement_timeout = {max(1, site.options.statement_seconds) * 1000}",
        "set standard_conforming_strings = on",
        "set datestyle = 'ISO, MDY'",
        "set intervalstyle = 'postgres'",
        "set extra_float_digits = 1",
    ]
    if site.output.get("role"):
        made.append(f"set role {site.output['role']}")  # unquoted, as dbt says it
    if site.output.get("search_path"):
        made.append(f"select set_config('search_path', {text(str(site.output['search_path']))}, false)")
    return tuple(made)


def _number(output: Mapping[str, object], name: str, otherwise: int) -> int:
    try:
        return max(0, int(str(output[name]))) or otherwise
    except (LookupError, ValueError):
        return otherwise
