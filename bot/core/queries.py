"""SQL of the project's configuration: what it reads, and its text for one side.

`{{ ref('x') }}` and `{{ source('s', 't') }}` are the relations of the side that is asked; `{{ base_ref('x') }}` and
`{{ base_source('s', 't') }}` are base's, whichever side is asked. Nothing else of dbt's Jinja is known here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import jinja2
import sqlglot
from jinja2.sandbox import ImmutableSandboxedEnvironment
from pydantic import Field, model_validator
from sqlglot import exp
from sqlglot.errors import SqlglotError

from bot.core.options import Options
from bot.core.wording import nearest
from bot.domain import Side
from bot.errors import UsageError

_PLACEHOLDER = "proofbot_relation"
_FUNCTIONS = ("ref", "source", "base_ref", "base_source")
_JINJA = ImmutableSandboxedEnvironment(undefined=jinja2.StrictUndefined, autoescape=False)
# What changes something, wherever it stands in a statement: Postgres takes `with x as (delete ...) select ...`.
_WRITES = (exp.DML, exp.DDL, exp.Command, exp.Into)
_WRITING_WORDS = frozenset({"insert", "update", "delete", "merge"})
_STARTS = frozenset({"select", "with", "values", "from", "table", "("})


class SqlOptions(Options):
    """SQL, or the file it stands in."""

    sql: str | None = Field(
        None,
        min_length=1,
        description="one query; `{{ ref('x') }}` and `{{ source('s', 't') }}` are the relations of the side that is "
        "asked, `{{ base_ref('x') }}` and `{{ base_source('s', 't') }}` are base's",
    )
    file: str | None = Field(
        None, min_length=1, description="a file with the query in place of `sql`; its path from the repository's root"
    )

    @model_validator(mode="after")
    def _one_of_both(self) -> SqlOptions:
        if (self.sql is None) == (self.file is None):
            raise ValueError("expected either `sql` or `file`")
        return self

    def text(self, read: Callable[[str], str]) -> str:
        """The SQL; `read` gives the text of a file of the repository."""
        return self.sql if self.sql is not None else read(str(self.file))


@dataclass(frozen=True, slots=True)
class Reference:
    """A relation that SQL names: a model (`package` and `version` where they are told), or a table of a `source`.

    `at_base` says that base's is meant, whichever side is asked.
    """

    name: str
    package: str | None = None
    version: str | None = None
    source: str | None = None
    at_base: bool = False

    def __str__(self) -> str:
        """As it is written, without `base_`."""
        if self.source is not None:
            return f"source({self.source!r}, {self.name!r})"
        version = f", v={self.version}" if self.version is not None else ""
        return f"ref({f'{self.package!r}, ' if self.package else ''}{self.name!r}{version})"


def references(sql: str, *, where: str, dialect: str) -> tuple[Reference, ...]:
    """What a query reads, in the order in which it is named.

    Args:
        sql: the text with its Jinja.
        where: file and line of the configuration.
        dialect: the adapter's name, as sqlglot knows it.

    Raises:
        UsageError: the Jinja does not render, or what it gives is not one query.
    """
    found: dict[Reference, None] = {}

    def note(reference: Reference) -> str:
        found[reference] = None
        return _PLACEHOLDER

    _cut(_render(sql, note, where), where, dialect)
    return tuple(found)


def resolve(sql: str, expression_of: Callable[[Reference, Side], str], side: Side, *, where: str, dialect: str) -> str:
    """A query as one side is asked, without semicolons and comments at its end.

    Args:
        sql: the text with its Jinja.
        expression_of: what stands for a relation after `from`; told base where base's is meant.
        side: the side that is asked.
        where: file and line of the configuration.
        dialect: the adapter's name, as sqlglot knows it.

    Raises:
        UsageError: the Jinja does not render, or what it gives is not one query.
    """

    def express(reference: Reference) -> str:
        return expression_of(reference, Side.BASE if reference.at_base else side)

    return _cut(_render(sql, express, where), where, dialect)


def _render(sql: str, express: Callable[[Reference], str], where: str) -> str:
    try:
        return _JINJA.from_string(sql).render(_functions(express))
    except UsageError:
        raise
    except jinja2.TemplateSyntaxError as error:
        words = f"the Jinja of this SQL is wrong in its line {error.lineno}: {error.message}"
        raise UsageError(words, where=where, remedy="Mend the Jinja there.") from None
    except jinja2.UndefinedError as error:
        raise UsageError(f"this SQL does not render: {error.message}", where=where, remedy=_known(str(error))) from None
    except _Misused as error:
        remedy = "Write `ref('model')`, `ref('package', 'model')`, `ref('model', v=2)` or `source('source', 'table')`."
        raise UsageError(f"this SQL does not render: {error}", where=where, remedy=remedy) from None
    except Exception as error:  # noqa: BLE001 (whatever a template does is the configuration's fault)
        words = " ".join(str(error).split())
        raise UsageError(f"this SQL does not render: {words}", where=where, remedy=_known("")) from None


def _known(words: str) -> str:
    named = words.split("'")[1] if words.count("'") > 1 else ""
    close = nearest(named, _FUNCTIONS) if named else None
    meant = f" Was `{close}` meant?" if close else ""
    return f"Known are {', '.join(f'`{name}`' for name in _FUNCTIONS)}, and no variables or macros of dbt's.{meant}"


class _Misused(Exception):
    """A function of ours was called in another way."""


def _functions(express: Callable[[Reference], str]) -> Mapping[str, Callable[..., str]]:
    def ref(*names: object, v: object = None, version: object = None) -> str:
        return express(_model(names, version if v is None else v))

    def base_ref(*names: object, v: object = None, version: object = None) -> str:
        return express(replace(_model(names, version if v is None else v), at_base=True))

    def source(*names: object) -> str:
        return express(_table(names))

    def base_source(*names: object) -> str:
        return express(replace(_table(names), at_base=True))

    return {"ref": ref, "base_ref": base_ref, "source": source, "base_source": base_source}


def _model(names: tuple[object, ...], version: object) -> Reference:
    texts = _texts("ref", names)
    if len(texts) not in (1, 2):
        raise _Misused(f"ref takes a model, or a package and a model, not {len(texts)} names")
    return Reference(texts[-1], texts[0] if len(texts) == 2 else None, None if version is None else str(version))


def _table(names: tuple[object, ...]) -> Reference:
    texts = _texts("source", names)
    if len(texts) != 2:
        raise _Misused(f"source takes a source and a table, not {len(texts)} name{'' if len(texts) == 1 else 's'}")
    return Reference(texts[1], source=texts[0])


def _texts(function: str, names: tuple[object, ...]) -> tuple[str, ...]:
    texts = tuple(name for name in names if isinstance(name, str) and name)
    if len(texts) != len(names):
        raise _Misused(f"{function} takes names in quotes")
    return texts


def _cut(text: str, where: str, dialect: str) -> str:
    """One query without what may follow it. It is a guard against mistakes: the configuration is the project's own."""
    fault: str | None
    try:
        tokens = sqlglot.tokenize(text, dialect=dialect)
    except SqlglotError:
        tokens, fault = [], "has a text or a name without its closing quote"
    else:
        words = [text[token.start : token.end + 1].lower() for token in tokens]  # with their quotes
        while words and words[-1] == ";":
            words.pop()
        tokens = tokens[: len(words)]
        fault = _fault(words)
    query = text[: tokens[-1].end + 1].lstrip() if tokens else ""
    fault = fault or _fault_inside(query, dialect)
    if fault:
        remedy = "Write one query: `select ...`, `with ... select ...` or `values ...`."
        raise UsageError(f"this SQL {fault}", where=where, remedy=remedy)
    return query


def _fault(words: Sequence[str]) -> str | None:
    """What its words tell, also of SQL that sqlglot does not understand: newer syntax is the warehouse's to judge."""
    if not words:
        return "is empty"
    if words[0] not in _STARTS:
        return f"starts with `{words[0]}`, and only queries are asked"
    if ";" in words:
        return "holds more than one statement"
    inner = next((word for before, word in pairwise(words) if before == "(" and word in _WRITING_WORDS), None)
    return f"holds a statement that writes: `{inner}`" if inner else None


def _fault_inside(query: str, dialect: str) -> str | None:
    try:
        statement = sqlglot.parse_one(query, dialect=dialect)
    except (SqlglotError, ValueError, RecursionError):
        return None
    writing = statement.find(*_WRITES)
    return f"holds a statement that writes: `{writing.key}`" if writing else None
