"""The dbt project as its manifest tells it, and what the request did to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from bot.domain.words import CauseKind, ChangeKind, Incremental, KeySource


@dataclass(frozen=True, slots=True)
class RelationName:
    """Where a relation lives. Identifiers are verbatim, as the catalog spells them, never quoted."""

    database: str | None
    schema: str
    identifier: str


@dataclass(frozen=True)
class DeclaredColumn:
    """A column as the project's YAML declares it; `constraints` are the types of its constraints.

    `tags` and `meta` are its own, from wherever dbt lets them be written (the column, or its `config`).
    """

    name: str
    data_type: str | None = None
    description: str = ""
    constraints: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    meta: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Constraint:
    """A constraint of a model: its type (`primary_key`, `unique`, ...) and columns, in declared order."""

    type: str
    columns: tuple[str, ...]


@dataclass(frozen=True)
class Node:
    """A model, seed, snapshot or function of the manifest.

    `config` is the rendered configuration, whole. `relation` is None where nothing is materialized (ephemeral).
    `path` is relative to the root of its package. `meta` is the merged meta of node and config. `checksum` is of the
    content, and empty where dbt has none (seeds above 1 MiB). `contract_terms` is the text of all an enforced contract
    asks for, empty without one. `properties` is the YAML file that describes it, relative to its package like `path`.
    """

    unique_id: str
    name: str
    resource_type: str
    package: str
    path: str
    fqn: tuple[str, ...]
    language: str
    raw_code: str
    checksum: str
    materialization: str
    relation: RelationName | None
    config: Mapping[str, object]
    meta: Mapping[str, object]
    description: str = ""
    columns: tuple[DeclaredColumn, ...] = ()
    constraints: tuple[Constraint, ...] = ()
    contract_enforced: bool = False
    contract_terms: str = ""
    depends_on: tuple[str, ...] = ()
    macros: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    group: str | None = None
    access: str | None = None
    version: str | None = None
    latest_version: str | None = None
    properties: str = ""


@dataclass(frozen=True, slots=True)
class Source:
    """A table the project reads and does not make. `location` is an external location (a file), if any.

    `definition` is the text of whatever else decides what reading it gives (quoting, options of a plugin). The rest
    only describes it: two sources that differ there are equal.
    """

    unique_id: str
    relation: RelationName
    location: str | None = None
    definition: str = ""
    package: str = field(default="", compare=False)
    fqn: tuple[str, ...] = field(default=(), compare=False)
    path: str = field(default="", compare=False)
    tags: tuple[str, ...] = field(default=(), compare=False)
    config: Mapping[str, object] = field(default_factory=dict, compare=False)


@dataclass(frozen=True)
class Exposure:
    """What reads the project's models outside of it; `depends_on` are unique ids.

    Metrics, semantic models, saved queries, analyses and operations are told in the same way. `config` is the rendered
    configuration, whole. `kind` is what dbt calls it, of an exposure its type (`dashboard`); `owner` is a name or
    an address. `expressions` are the SQL of what a semantic model defines, by name; `measures` are those of them that
    are measures, and of a metric those that it is computed from.
    """

    unique_id: str
    name: str
    package: str
    path: str
    fqn: tuple[str, ...]
    depends_on: tuple[str, ...]
    tags: tuple[str, ...] = ()
    config: Mapping[str, object] = field(default_factory=dict)
    kind: str = ""
    label: str = ""
    owner: str = ""
    expressions: Mapping[str, str] = field(default_factory=dict)
    measures: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Macro:
    """A macro with its text; `calls` are the unique ids of the macros it uses."""

    unique_id: str
    name: str
    package: str
    text: str
    calls: tuple[str, ...] = ()


@dataclass(frozen=True)
class Test:
    """A dbt test (generic, singular or unit).

    `kind` is the generic test's name (`unique`, `not_null`, ...), `singular` or `unit`. `columns` are those it is
    about: one for a column test, several for `unique_combination_of_columns`. `model` is the node it is attached to.
    `conditional` says that a `where` limits it, so it proves nothing about all rows. `config` is the rendered
    configuration, whole.
    """

    unique_id: str
    name: str
    kind: str
    package: str
    path: str
    fqn: tuple[str, ...]
    depends_on: tuple[str, ...]
    model: str | None = None
    columns: tuple[str, ...] = ()
    conditional: bool = False
    severity: str = "error"
    raw_code: str = ""
    arguments: Mapping[str, object] = field(default_factory=dict)
    macros: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    config: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Project:
    """One side of the graph. Mappings go from unique id.

    `hooks` are on-run-start and on-run-end statements, by their unique id; `hook_macros` are the macros they use.
    `variables` are the `vars` of the dbt_project.yml of each package, by package name. `readers` are what else reads
    nodes: metrics, semantic models, saved queries, analyses, operations.
    """

    name: str
    dbt_version: str
    adapter: str
    nodes: Mapping[str, Node]
    sources: Mapping[str, Source]
    tests: Mapping[str, Test]
    macros: Mapping[str, Macro]
    hooks: Mapping[str, str]
    variables: Mapping[str, Mapping[str, object]]
    hook_macros: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    exposures: Mapping[str, Exposure] = field(default_factory=dict)
    readers: Mapping[str, Exposure] = field(default_factory=dict)


# --- what the request did to the graph ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Cause:
    """Why a node counts as modified: the kind and a word on it (the macro's name, the config's key, ...)."""

    kind: CauseKind
    detail: str = ""


@dataclass(frozen=True, slots=True)
class NodeChange:
    """A node the request affects. `upstream` names, for a downstream node, the nearest changed ancestors."""

    unique_id: str
    kind: ChangeKind
    causes: tuple[Cause, ...] = ()
    upstream: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MetadataChange:
    """A change that touches no data: `what` names it (`description`, `tests`, `tags`, `meta`, ...)."""

    unique_id: str
    what: tuple[str, ...]


@dataclass(frozen=True)
class Spared:
    """What lies below changes that are `confined` to some columns, and reads none of these.

    `models` are unique ids, `tests` how many dbt tests of them were not run. `confined`: columns by unique id.
    """

    confined: Mapping[str, tuple[str, ...]]
    models: tuple[str, ...]
    tests: int = 0


@dataclass(frozen=True)
class Change:
    """What a request did to the graph. `affected` is in topological order of head (removed ones first).

    `same_sql` are nodes whose code or macros changed and that compile to the same SQL: not affected. No more are those
    that are `equivalent`: their SQL differs, and gives the same rows on any data.

    `confined` says of modified nodes, where their SQL proves it, which columns alone may differ, in lower case.
    `spared` is what lies below and reads none of these: not affected.
    """

    affected: tuple[NodeChange, ...]
    same_sql: tuple[str, ...] = ()
    metadata: tuple[MetadataChange, ...] = ()
    equivalent: tuple[str, ...] = ()
    confined: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    spared: Spared | None = None


@dataclass(frozen=True, slots=True)
class Key:
    """A primary key: its columns as declared, and where it was found."""

    columns: tuple[str, ...]
    source: KeySource


@dataclass(frozen=True)
class Plan:
    """Everything that will be built and asked, by unique id. Builds are in no order: dbt knows it.

    `base_nodes` are built at base (affected and all they and the head's affected nodes need). `head_nodes` are
    rebuilt at head. `head_drops` are the relations to drop from the copy of base before head is built.
    `first` are nodes that must be built before the others, because a source of ours is their relation.
    `head_afresh` says that head must not start as a copy of base: what base's hooks left there would be in it.
    Where production is the origin, `shown` are the nodes that are read there and not built, with their relations in
    production; `rebuilt` says of nodes that the request does not touch why they are built nevertheless.
    `incremental` is how incremental models are built, and `increments` are those that are built as increments: with
    production's relation, of which a copy goes on, or None where it is one of base's. `as_of` is the moment as of which
    production is read.
    """

    base_nodes: tuple[str, ...]
    head_nodes: tuple[str, ...]
    head_drops: tuple[RelationName, ...]
    first: tuple[str, ...]
    base_tests: tuple[str, ...]
    head_tests: tuple[str, ...]
    head_afresh: bool = False
    shown: Mapping[str, RelationName] = field(default_factory=dict)
    rebuilt: Mapping[str, str] = field(default_factory=dict)
    increments: Mapping[str, RelationName | None] = field(default_factory=dict)
    incremental: Incremental = Incremental.FULL
    as_of: datetime | None = None


@dataclass(frozen=True, slots=True)
class NodeResult:
    """What dbt said of one node or test: `status` is dbt's word (success, error, skipped, pass, fail, warn).

    `compiled` is its SQL, where dbt told it in this run; it is not kept for later ones.
    """

    unique_id: str
    status: str
    message: str = ""
    seconds: float = 0.0
    failures: int | None = None
    compiled: str = field(default="", repr=False, compare=False)
