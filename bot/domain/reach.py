"""What the changes of a request reach."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Through:
    """A column by which something is reached; without one, the model's rows, or all of it."""

    unique_id: str
    column: str = ""


@dataclass(frozen=True, slots=True)
class ReachedColumn:
    """A column that is reached. `is_measured`: it was seen to have changed; else it may have. `through` are the columns
    that it is made of and that are reached; none where the model's own code changed it, or its rows."""

    name: str
    is_measured: bool = False
    through: tuple[Through, ...] = ()


@dataclass(frozen=True)
class Reached:
    """A model that is reached, or changed itself.

    `is_whole`: its rows are reached, and with them every column; `is_measured` says that this was seen. `reads` are the
    affected nodes that it reads. `through` is what reaches its rows. `doubt` says why its lineage is not known.
    """

    unique_id: str
    name: str
    is_changed: bool = False
    is_whole: bool = False
    is_measured: bool = False
    columns: tuple[ReachedColumn, ...] = ()
    reads: tuple[str, ...] = ()
    through: tuple[Through, ...] = ()
    doubt: str = ""


@dataclass(frozen=True)
class Reader:
    """Something outside of the models that reads one: an exposure, a metric, a semantic model, a saved query.

    `kind` is dbt's word for it (of an exposure its type: `dashboard`), `owner` a name or an address. `through` is what
    reaches it; `is_measured`: of that, something was seen to have changed.
    """

    unique_id: str
    name: str
    kind: str
    owner: str = ""
    reads: tuple[str, ...] = ()
    through: tuple[Through, ...] = ()
    is_measured: bool = False


@dataclass(frozen=True, slots=True)
class Break:
    """A change that those who read a model may not survive. `what` says it: `was removed`. `column` is empty
    where it is about the whole model. `readers` are the unique ids of those that read it from outside."""

    unique_id: str
    column: str
    what: str
    readers: tuple[str, ...] = ()


@dataclass(frozen=True)
class Reach:
    """What a request's changes reach: `models` in topological order, `readers`, and what may break them."""

    models: tuple[Reached, ...] = ()
    readers: tuple[Reader, ...] = ()
    breaks: tuple[Break, ...] = ()
