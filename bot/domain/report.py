"""What is reported."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.domain.declared import Declared, Unmet
from bot.domain.findings import Finding
from bot.domain.forge import Acceptance, ForgeKind
from bot.domain.graph import Key, MetadataChange, NodeChange, NodeResult, Spared
from bot.domain.reach import Reach
from bot.domain.settings import Cost
from bot.domain.trust import Common, Evidence, Explained, Noise
from bot.domain.words import Grade, Outcome, Status


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
    `reason` says why it was skipped, errored, or has nothing to be compared with. `proposed_keys` are unique and not
    null on both sides of a model that declares no key. `rule` is the rule of the policy that decided the grade.
    `noise` is what varies without the change; rows, columns and findings are those beyond it.
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
    proposed_keys: tuple[tuple[str, ...], ...] = ()
    accepted: Acceptance | None = None
    rule: str = ""
    noise: Noise | None = None
    declared: Declared | None = None
    explained: Explained | None = None
    common: tuple[Common, ...] = ()


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


@dataclass(frozen=True)
class NamedReport:
    """What a query, an assertion or a metric of the project's configuration found; `models` are those it reads.

    One that the author of the request added `is_declared`; see `NamedCheck`. `rule` as of a model.
    """

    check: str
    name: str
    models: tuple[str, ...]
    finding: Finding
    accepted: Acceptance | None = None
    rule: str = ""
    title: str = ""
    why: str = ""
    is_declared: bool = False


@dataclass(frozen=True, slots=True)
class TestReport:
    """A dbt test on both sides: dbt's word for each, None where the test does not exist or did not run.

    `is_known`: it fails as the baseline says, and no worse than at base.
    """

    unique_id: str
    name: str
    model: str | None
    base: str | None
    head: str | None
    base_failures: int | None
    head_failures: int | None
    grade: Grade
    message: str = ""
    accepted: Acceptance | None = None
    rule: str = ""
    is_known: bool = False


@dataclass(frozen=True)
class Built:
    """What dbt said of an affected model at base and at head, and of its tests. `*_bytes` is the size of its table,
    None where it has none or the warehouse does not tell."""

    change: NodeChange
    base: NodeResult | None
    head: NodeResult | None
    tests: tuple[TestReport, ...] = ()
    base_bytes: int | None = None
    head_bytes: int | None = None


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
    """What is known of the run: who compared what, with which versions, when, at what cost. Times are UTC ISO 8601.

    `slug` names the project in comments and statuses. `is_foreign` says that the code of a fork has made this report,
    so that nobody here can vouch for its numbers. `project_dir` is the dbt project's folder in the repository, `.`
    where it is the root. `package` is the dbt project's own name, which its models carry as their package; empty where
    it is not known. `is_thread` says that the project wants the comment as a thread that somebody has to resolve.
    `cost` is what the warehouse says that the checks have taken, and the builds; None where it does not tell.
    """

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
    slug: str = ""
    is_foreign: bool = False
    project_dir: str = "."
    package: str = ""
    is_thread: bool = False
    cost: Cost | None = None


@dataclass(frozen=True)
class Report:
    """Everything a reader can be told. `headline` is the verdict in one sentence. `notices` are said apart.

    `problem` is set where nothing could be compared (head does not parse, base does not parse): title and text.
    `policy` names the policy that judged: `standard (.proofbot.yml:3)`; empty where none did. `unmet` is what was
    declared of models that the request does not affect, `sources` where the declaration was found, and `proposal` the
    text of one that declares what was seen, where nothing is declared. `reach` is what the changes reach; None where
    nothing was compared. `surroundings` and `codes` (by unique id, of models whose code differs) are for pages that are
    made where both projects are: report.json has neither.
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
    named: tuple[NamedReport, ...] = ()
    policy: str = ""
    unmet: tuple[Unmet, ...] = ()
    sources: tuple[str, ...] = ()
    proposal: str = ""
    evidence: Evidence | None = None
    equivalent: tuple[str, ...] = ()
    spared: Spared | None = None
    surroundings: Surroundings | None = None
    codes: Mapping[str, Code] = field(default_factory=dict)
    reach: Reach | None = None


@dataclass(frozen=True, slots=True)
class GraphNode:
    """What the graph of a page shows as one box. `resource_type` is dbt's word: `model`, `source`, `exposure`, ..."""

    unique_id: str
    name: str
    resource_type: str


@dataclass(frozen=True)
class Surroundings:
    """The models of a report and their neighbours on either side; an edge goes from what is read to its reader."""

    nodes: tuple[GraphNode, ...]
    edges: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Code:
    """What stands in the file of a model on each side, before dbt renders it; empty where there is none."""

    base: str
    head: str


@dataclass(frozen=True, slots=True)
class Problem:
    """Why no comparison could be made: a title, the words of git or dbt, and what to do."""

    title: str
    text: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Where the rest is of what a page has no room for: a page that holds it whole, and the artifact with report.json.

    Either is empty where there is none. `digest` is that of report.json as it was written, empty where it has to be
    taken from the report itself. `forge` says in whose words the page speaks.
    """

    url: str = ""
    artifact: str = ""
    digest: str = ""
    forge: ForgeKind = ForgeKind.GITHUB
