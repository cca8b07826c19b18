"""The nouns: frozen, typed, without behaviour. This module imports nothing of ours.

`base` and `head` are the only names of the two sides. Added and removed are seen from base to head, always.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Side(StrEnum):
    """Which of the twins."""

    BASE = "base"
    HEAD = "head"


class Outcome(StrEnum):
    """What was seen."""

    EQUIVALENT = "equivalent"  # proven from the SQL, nothing needed to be asked
    UNCHANGED = "unchanged"  # measured
    VACUOUS = "vacuous"  # no rows on either side, so nothing was shown
    NOISE = "noise"  # varies without the change
    CHANGED = "changed"
    SKIPPED = "skipped"  # with the reason
    ERRORED = "errored"


class Grade(StrEnum):
    """What the policy makes of an outcome."""

    PASS = "pass"
    WARN = "warn"
    FAIL = "fail"
    ERROR = "error"


class Status(StrEnum):
    """What the commit shows."""

    SUCCESS = "success"
    FAILURE = "failure"
    ERROR = "error"


class ChangeKind(StrEnum):
    """What a request did to a node of the graph."""

    ADDED = "added"
    REMOVED = "removed"
    MODIFIED = "modified"
    DOWNSTREAM = "downstream"


class CauseKind(StrEnum):
    """By what a node counts as modified."""

    SQL = "sql"  # its own SQL or Python
    MACRO = "macro"
    VARIABLE = "variable"  # vars of a dbt_project.yml
    CONFIG = "config"
    CONTRACT = "contract"
    SEED = "seed"  # the content of its CSV
    FILE = "file"  # the content of a file of the repository that it reads
    SOURCE = "source"  # the definition of a source it reads
    HOOK = "hook"  # on-run-start, on-run-end
    RELATION = "relation"  # its database, schema or name
    NAME = "name"  # another one wrote the same relation at base


class KeySource(StrEnum):
    """Where a key was found, in order of trust."""

    META = "meta.proofbot.key"
    CONSTRAINT = "primary key constraint"
    UNIQUE_NOT_NULL = "unique and not_null tests"
    COMBINATION = "unique_combination_of_columns test"
    UNIQUE = "unique test"
    UNIQUE_KEY = "unique_key"


# --- the dbt project, as its manifest tells it -----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RelationName:
    """Where a relation lives. Identifiers are verbatim, as the catalog spells them, never quoted."""

    database: str | None
    schema: str
    identifier: str


@dataclass(frozen=True, slots=True)
class DeclaredColumn:
    """A column as the project's YAML declares it; `constraints` are the types of its constraints."""

    name: str
    data_type: str | None = None
    description: str = ""
    constraints: tuple[str, ...] = ()


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
    asks for, empty without one.
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


@dataclass(frozen=True, slots=True)
class Source:
    """A table the project reads and does not make. `location` is an external location (a file), if any.

    `definition` is the text of whatever else decides what reading it gives (quoting, options of a plugin)."""

    unique_id: str
    relation: RelationName
    location: str | None = None
    definition: str = ""


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
    `conditional` says that a `where` limits it, so it proves nothing about all rows.
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


@dataclass(frozen=True)
class Project:
    """One side of the graph. Mappings go from unique id.

    `hooks` are on-run-start and on-run-end statements, by their unique id; `hook_macros` are the macros they use.
    `variables` are the `vars` of the dbt_project.yml of each package, by package name.
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
class Change:
    """What a request did to the graph. `affected` is in topological order of head (removed ones first).

    `same_sql` are nodes whose code or macros changed and that compile to the same SQL: not affected.
    """

    affected: tuple[NodeChange, ...]
    same_sql: tuple[str, ...] = ()
    metadata: tuple[MetadataChange, ...] = ()


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
    """

    base_nodes: tuple[str, ...]
    head_nodes: tuple[str, ...]
    head_drops: tuple[RelationName, ...]
    first: tuple[str, ...]
    base_tests: tuple[str, ...]
    head_tests: tuple[str, ...]
    head_afresh: bool = False


@dataclass(frozen=True, slots=True)
class NodeResult:
    """What dbt said of one node or test: `status` is dbt's word (success, error, skipped, pass, fail, warn)."""

    unique_id: str
    status: str
    message: str = ""
    seconds: float = 0.0
    failures: int | None = None


# --- relations and what is asked of them -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a relation as the warehouse's catalog tells it; `type` in the warehouse's own spelling."""

    name: str
    type: str


@dataclass(frozen=True, slots=True)
class Table:
    """A relation that exists in a twin, and the SQL expression under which it can be asked (already quoted)."""

    name: RelationName
    expression: str
    columns: tuple[Column, ...]


@dataclass(frozen=True, slots=True)
class Pairing:
    """A column that both sides have. `base` and `head` are its names there; they differ in case at most.

    `type_changed` says that the types differ; `comparable` that values can still be compared.
    """

    base: Column
    head: Column
    type_changed: bool = False
    comparable: bool = True


@dataclass(frozen=True)
class Pair:
    """The two relations of one affected model, and how they are lined up.

    `key` holds only columns that both sides have, in the head's spelling; None means rows are compared as a
    multiset. `uncompared` are columns left out of the comparison of values, each with the reason.
    """

    unique_id: str
    base: Table
    head: Table
    shared: tuple[Pairing, ...]
    key: Key | None
    uncompared: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RowCount:
    """How many rows has this side? Answer: int."""

    side: Side


@dataclass(frozen=True, slots=True)
class KeyFacts:
    """How good is the key on this side? Answer: KeyCounts. Only asked of a pair with a key."""

    side: Side


@dataclass(frozen=True, slots=True)
class RowChanges:
    """How do the rows compare? Answer: RowCounts."""


@dataclass(frozen=True, slots=True)
class ColumnChanges:
    """In how many of the rows present on both sides does this column (head's spelling) differ?

    Answer: int. Only asked of a pair with a key.
    """

    column: str


Question = RowCount | KeyFacts | RowChanges | ColumnChanges


@dataclass(frozen=True, slots=True)
class KeyCounts:
    """`null_rows`: rows with a null in any key column. `duplicate_keys`: keys without null that occur more than
    once. `duplicate_rows`: the rows that carry them."""

    null_rows: int
    duplicate_keys: int
    duplicate_rows: int


@dataclass(frozen=True, slots=True)
class RowCounts:
    """How rows compare; `added + changed + unchanged` is the head's row count, `removed + changed + unchanged` the
    base's. `unkeyed` says how many rows (both sides together) had an unusable key (null or repeated on either
    side) and were compared as a multiset."""

    base: int
    head: int
    added: int
    removed: int
    changed: int
    unchanged: int
    unkeyed: int = 0


Answer = int | KeyCounts | RowCounts
Answers = Mapping[Question, Answer]
Cell = object
Row = tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL for the warehouse, and a word on what it is for (shown with -v)."""

    sql: str
    purpose: str


# A conversation of the engine with the warehouse: yields statements, is sent their rows, returns answers.
Inquiry = Generator[Statement, list[Row], Answers]


@dataclass(frozen=True)
class Finding:
    """What one check has to say of one model.

    `message` is one plain sentence without values from the data. `measures` are numbers and names, JSON types only.
    A check says what it saw; the grade is the policy's (`core.verdict`), and an error until the policy has spoken.
    """

    check: str
    outcome: Outcome
    message: str
    grade: Grade = Grade.ERROR
    measures: Mapping[str, object] = field(default_factory=dict)


# A check's conversation with the interview: yields questions, is sent the answers, returns a finding.
Conversation = Generator[tuple[Question, ...], Answers, Finding]


# --- what is reported -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ColumnReport:
    """Columns of a pair. `type_changed`: name to (base type, head type). `changed`: name to count of changed rows.

    `compared` are the columns whose values were compared; `uncompared`: name to reason."""

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    type_changed: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    changed: Mapping[str, int] = field(default_factory=dict)
    order_changed: bool = False
    compared: tuple[str, ...] = ()
    uncompared: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class ModelReport:
    """One affected model: what happened to it, and what was seen.

    `rows` holds `base` or `head` alone where the other side has no relation; see `RowReport`.
    `reason` says why it was skipped, errored, or has nothing to be compared with.
    """

    unique_id: str
    name: str
    resource_type: str
    package: str
    path: str
    materialization: str
    change: NodeChange
    outcome: Outcome
    grade: Grade
    key: Key | None = None
    rows: RowReport | None = None
    columns: ColumnReport | None = None
    findings: tuple[Finding, ...] = ()
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class RowReport:
    """Row counts of a model; None where it could not be known (no relation on that side, not compared)."""

    base: int | None = None
    head: int | None = None
    added: int | None = None
    removed: int | None = None
    changed: int | None = None
    unchanged: int | None = None
    unkeyed: int = 0


@dataclass(frozen=True, slots=True)
class TestReport:
    """A dbt test on both sides: dbt's word for each, None where the test does not exist or did not run."""

    unique_id: str
    name: str
    model: str | None
    base: str | None
    head: str | None
    base_failures: int | None
    head_failures: int | None
    grade: Grade
    message: str = ""


@dataclass(frozen=True, slots=True)
class Revision:
    """A commit: full hash, the words the user knows it by (a branch, a tag), and its subject line.

    `working_tree` says that uncommitted changes on top of it were taken in."""

    commit: str
    name: str
    subject: str = ""
    working_tree: bool = False


@dataclass(frozen=True)
class RunReport:
    """What is known of the run: who compared what, with which versions, when, at what cost. Times are UTC ISO 8601."""

    version: str
    project: str
    base: Revision
    head: Revision
    started_at: str
    seconds: float
    dbt_version: str
    adapter: str
    warehouse: str
    statements: int = 0
    models_built: int = 0


@dataclass(frozen=True)
class Report:
    """Everything a reader can be told. `headline` is the verdict in one sentence. `notices` are said apart.

    `problem` is set where nothing could be compared (head does not parse, base does not parse): title and text.
    """

    run: RunReport
    status: Status
    headline: str
    models: tuple[ModelReport, ...]
    tests: tuple[TestReport, ...] = ()
    same_sql: tuple[str, ...] = ()
    metadata: tuple[MetadataChange, ...] = ()
    notices: tuple[str, ...] = ()
    problem: Problem | None = None


@dataclass(frozen=True, slots=True)
class Problem:
    """Why no comparison could be made: a title, the words of git or dbt, and what to do."""

    title: str
    text: str
    remedy: str
