"""Whatever dbt's graph holds, told in one way, so that a selection can look at it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

from bot.core.graph import children
from bot.domain import Exposure, Node, Project, Source, Test


@dataclass(frozen=True)
class Member:
    """Whatever dbt's graph holds, as far as it can be selected by it."""

    unique_id: str
    resource_type: str
    name: str
    package: str
    path: str
    fqn: tuple[str, ...]
    depends_on: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    config: Mapping[str, object] = field(default_factory=dict)
    group: str | None = None
    access: str | None = None
    version: str | None = None
    latest_version: str | None = None
    properties: str = ""


@dataclass(frozen=True, slots=True)
class Name:
    """A name by which a member can be called: its fqn, or that without the package.

    `last` is its last part, of a model with versions the one before; `versioned` is then both (`orders_v2`). Points in
    a name separate parts, too.
    """

    unique_id: str
    parts: tuple[str, ...]
    last: str
    versioned: str | None


class Members:
    """Everything in dbt's graph of one project, and the folders and files that its own nodes lie in."""

    def __init__(self, project: Project) -> None:
        found = (
            *map(_of_node, project.nodes.values()),
            *map(_of_source, project.sources.values()),
            *map(_of_test, project.tests.values()),
            *map(_of_reader, (*project.exposures.values(), *project.readers.values())),
        )
        self.project_name = project.name
        self.by_id: Mapping[str, Member] = {member.unique_id: member for member in found}

    def __iter__(self) -> Iterator[Member]:
        return iter(self.by_id.values())

    @cached_property
    def names(self) -> tuple[Name, ...]:
        """What they are called. Sources are called by their method alone."""
        called = (member for member in self if member.resource_type != "source")
        return tuple(_name(member, fqn) for member in called for fqn in (member.fqn, member.fqn[1:]) if fqn)

    @cached_property
    def files(self) -> frozenset[str]:
        """Files of the project itself: dbt looks for a path there, even for that of a node of a package."""
        own = (member for member in self if member.package == self.project_name)
        return frozenset(path for member in own for path in (member.path, member.properties) if path)

    @cached_property
    def folders(self) -> frozenset[str]:
        """The folders of these files, and the project's root, which is ``."""
        return frozenset(folder for path in self.files for folder in folders_of(path))

    @cached_property
    def above(self) -> Mapping[str, Sequence[str]]:
        """What each of them reads. It is dbt's graph alone: what selects is dbt's word, too."""
        return {member.unique_id: [u for u in member.depends_on if u in self.by_id] for member in self}

    @cached_property
    def below(self) -> Mapping[str, Sequence[str]]:
        """What reads each of them."""
        return children(self.above)


@lru_cache(maxsize=65536)
def folders_of(path: str) -> tuple[str, ...]:
    """Returns the folders that a file lies in, the nearest first, the root (``) last."""
    parts = path.split("/")
    return tuple("/".join(parts[:depth]) for depth in range(len(parts) - 1, -1, -1))


def _name(member: Member, fqn: tuple[str, ...]) -> Name:
    versioned = member.resource_type == "model" and member.version is not None and len(fqn) > 1
    parts = tuple(part for segment in fqn for part in segment.split("."))
    last = fqn[-2] if versioned else fqn[-1]
    return Name(member.unique_id, parts, last, "_".join(fqn[-2:]) if versioned else None)


def _of_node(node: Node) -> Member:
    return Member(
        unique_id=node.unique_id,
        resource_type=node.resource_type,
        name=node.name,
        package=node.package,
        path=node.path,
        fqn=node.fqn,
        depends_on=node.depends_on,
        tags=node.tags,
        config=node.config,
        group=node.group,
        access=node.access,
        version=node.version,
        latest_version=node.latest_version,
        properties=node.properties,
    )


def _of_source(source: Source) -> Member:
    uid, fqn = source.unique_id, source.fqn
    return Member(uid, "source", uid, source.package, source.path, fqn, (), source.tags, source.config)


def _of_test(test: Test) -> Member:
    kind = "unit_test" if test.kind == "unit" else "test"
    return Member(
        test.unique_id, kind, test.name, test.package, test.path, test.fqn, test.depends_on, test.tags, test.config
    )


def _of_reader(reader: Exposure) -> Member:
    kind = reader.unique_id.partition(".")[0]
    return Member(
        unique_id=reader.unique_id,
        resource_type=kind,
        name=reader.name,
        package=reader.package,
        path=reader.path,
        fqn=reader.fqn,
        depends_on=reader.depends_on,
        tags=reader.tags,
        config=reader.config,
    )
