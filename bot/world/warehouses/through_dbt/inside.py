"""Speaks to a warehouse by dbt's adapter. Runs as a program of its own, in the Python that dbt is installed in.

The one place that knows dbt's internals. It imports nothing of proofbot's, which may not be installed there. What is to
be done comes as lines of JSON on stdin, and what came of it goes out as lines of JSON, on what was stdout: whatever dbt
or a driver prints goes to stderr. Each session is a thread with a connection of its own.
"""

from __future__ import annotations

import argparse
import datetime
import decimal
import json
import os
import queue
import sys
import threading
from typing import Any

_MOST_WORDS = 2000
# Where the name of a new view must not tell its database.
_OF_ITS_DATABASE = frozenset({"sqlserver", "synapse", "fabric"})


def encode(value: Any) -> Any:
    """A cell as JSON has it: what JSON does not know is a mapping of its kind to its text."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, decimal.Decimal):
        return {"decimal": format(value, "f")}
    if isinstance(value, datetime.datetime):
        return {"moment": value.isoformat()}
    if isinstance(value, datetime.date):
        return {"date": value.isoformat()}
    if isinstance(value, bytes | bytearray | memoryview):
        return {"bytes": bytes(value).hex()}
    return str(value)


def connect(wanted: dict[str, Any]) -> Any:
    """The adapter, with its macros.

    Args:
        wanted: `project` and `profiles`, which are folders, `profile`, `target`, `variables`, `threads`.
    """
    from dbt.adapters.factory import get_adapter, register_adapter, reset_adapters
    from dbt.config.runtime import RuntimeConfig
    from dbt.context.providers import generate_runtime_macro_context
    from dbt.flags import set_from_args
    from dbt.mp_context import get_mp_context
    from dbt.parser.manifest import ManifestLoader
    from dbt_common.context import set_invocation_context

    set_invocation_context(os.environ)
    arguments = argparse.Namespace(
        project_dir=wanted["project"],
        profiles_dir=wanted["profiles"],
        profile=wanted["profile"],
        target=wanted["target"],
        vars=wanted["variables"],
        threads=wanted["threads"],
        send_anonymous_usage_stats=False,
        which="run",
    )
    set_from_args(arguments, None)
    config = RuntimeConfig.from_args(arguments)
    reset_adapters()  # type: ignore[no-untyped-call]
    register_adapter(config, get_mp_context())
    adapter = get_adapter(config)
    macros = ManifestLoader.load_macros(config, adapter.connections.set_query_header)
    adapter.set_macro_resolver(macros)
    adapter.set_macro_context_generator(generate_runtime_macro_context)
    return adapter


class Server:
    """Does what is asked, each session in a thread of its own."""

    def __init__(self, adapter: Any, out: Any) -> None:
        self._adapter, self._out = adapter, out
        self._telling = threading.Lock()
        self._sessions: dict[str, queue.Queue[dict[str, Any] | None]] = {}
        self._threads: list[threading.Thread] = []
        self._connections: dict[str, Any] = {}

    def tell(self, **answer: Any) -> None:
        """One line."""
        with self._telling:
            self._out.write(json.dumps(answer) + "\n")
            self._out.flush()

    def take(self, asked: dict[str, Any]) -> None:
        """Hands a request to its session. `cancel` is done at once."""
        session = asked["session"]
        if asked["do"] == "cancel":
            connection = self._connections.get(session)
            if connection is not None:
                threading.Thread(target=self._cancel, args=(connection,), daemon=True).start()
            return
        if asked["do"] == "end":
            waiting = self._sessions.pop(session, None)
            if waiting is not None:
                waiting.put(None)
            return
        if session not in self._sessions:
            self._sessions[session] = queue.Queue()
            thread = threading.Thread(target=self._work, args=(session, self._sessions[session]), daemon=True)
            self._threads.append(thread)
            thread.start()
        self._sessions[session].put(asked)

    def end(self) -> None:
        """All sessions end, once they have done what they were asked."""
        for waiting in self._sessions.values():
            waiting.put(None)
        for thread in self._threads:
            thread.join(5)
        self._adapter.cleanup_connections()

    def _cancel(self, connection: Any) -> None:
        try:
            # Postgres, for one, is told by another connection.
            with self._adapter.connection_named("proofbot_cancel"):
                self._adapter.connections.cancel(connection)
        except Exception as error:  # noqa: BLE001 (whoever asked stops waiting by itself)
            print(f"could not cancel: {type(error).__name__}", file=sys.stderr)  # noqa: T201

    def _work(self, session: str, waiting: queue.Queue[dict[str, Any] | None]) -> None:
        asked = waiting.get()
        while asked is not None:
            # A connection that an error has closed is opened again for the next request.
            with self._adapter.connection_named(f"proofbot_{session}"):
                while asked is not None:
                    failed = self._answer(session, asked)
                    asked = waiting.get()
                    if failed:
                        break

    def _answer(self, session: str, asked: dict[str, Any]) -> bool:
        """Whether it failed."""
        try:
            self._connections[session] = self._adapter.connections.get_thread_connection()
            answer = getattr(self, f"_do_{asked['do']}")(asked)
        except Exception as error:  # noqa: BLE001 (whatever it is, it is told)
            words = str(getattr(error, "msg", None) or error) or type(error).__name__
            self.tell(id=asked["id"], error=" ".join(words.split())[:_MOST_WORDS])
            return True
        self.tell(id=asked["id"], answer=answer)
        return False

    # --- what can be asked ----------------------------------------------------------------------------------------

    def _do_hello(self, asked: dict[str, Any]) -> Any:  # noqa: ARG002 (nothing is told)
        self._rows("select 1 as one")
        return {"type": self._adapter.type()}

    def _do_ask(self, asked: dict[str, Any]) -> Any:
        return [[encode(cell) for cell in row] for row in self._rows(asked["sql"])]

    def _rows(self, sql: str) -> list[tuple[Any, ...]]:
        connections = self._adapter.connections
        if hasattr(connections, "add_query"):
            _, cursor = connections.add_query(sql)
            rows = [tuple(row) for row in cursor.fetchall()] if getattr(cursor, "description", True) else []
            self._commit()
            return rows
        if hasattr(connections, "raw_execute"):  # BigQuery
            _, found = connections.raw_execute(sql)
            return [tuple(row.values()) for row in found]
        _, table = self._adapter.execute(sql, fetch=True)
        return [tuple(row) for row in table.rows]

    def _commit(self) -> None:
        connection = self._adapter.connections.get_if_exists()
        if connection is not None and connection.transaction_open:
            self._adapter.connections.commit()

    def _relation(self, name: list[str | None]) -> Any:
        database, schema, identifier = name
        names = {"database": database or self._adapter.config.credentials.database, "schema": schema}
        quoted = {"database": True, "schema": True, "identifier": True}
        return self._adapter.Relation.create(**names, identifier=identifier, quote_policy=quoted)

    def _do_expression(self, asked: dict[str, Any]) -> Any:
        return self._relation(asked["name"]).render()

    def _do_relations(self, asked: dict[str, Any]) -> Any:
        """Names and kinds of what is in a schema, nothing if there is none."""
        schema = self._relation([*asked["schema"], None]).without_identifier()
        existing = {name.lower() for name in self._adapter.list_schemas(schema.database)}
        if schema.schema.lower() not in existing:
            return []
        found = self._adapter.list_relations_without_caching(schema)
        return [[one.schema, one.identifier, str(one.type or "table")] for one in found]

    def _do_columns(self, asked: dict[str, Any]) -> Any:
        columns = self._adapter.get_columns_in_relation(self._relation(asked["name"]))
        return [[column.name, column.data_type] for column in columns]

    def _do_schemas(self, asked: dict[str, Any]) -> Any:
        return list(self._adapter.list_schemas(asked["database"] or self._adapter.config.credentials.database))

    def _do_create_schema(self, asked: dict[str, Any]) -> Any:
        self._adapter.create_schema(self._relation([*asked["schema"], None]).without_identifier())
        self._commit()

    def _do_drop_schema(self, asked: dict[str, Any]) -> Any:
        self._adapter.drop_schema(self._relation([*asked["schema"], None]).without_identifier())
        self._commit()

    def _do_create_view(self, asked: dict[str, Any]) -> Any:
        relation = self._relation(asked["name"])
        if self._adapter.type() in _OF_ITS_DATABASE:
            relation = relation.include(database=False)
        self._rows(f"create view {relation.render()} as {asked['sql']}")

    def _do_drop(self, asked: dict[str, Any]) -> Any:
        relation = self._relation(asked["name"])
        kinds = type(relation).get_relation_type
        self._adapter.drop_relation(relation.incorporate(type=kinds(asked["kind"])))
        self._commit()


def main() -> None:
    """Reads what is wanted, connects, and does what is asked until stdin ends."""
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    wanted = json.loads(sys.stdin.readline())
    try:
        server = Server(connect(wanted), out)
    except Exception as error:  # noqa: BLE001 (whatever it is, it is told)
        words = " ".join(str(getattr(error, "msg", None) or error).split())
        out.write(json.dumps({"id": 0, "error": words[:_MOST_WORDS] or type(error).__name__}) + "\n")
        out.flush()
        return
    server.tell(id=0, answer=None)
    for line in sys.stdin:
        server.take(json.loads(line))
    server.end()


if __name__ == "__main__":
    main()
