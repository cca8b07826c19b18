"""What one place says of a model's settings, and how several places add up."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

Leaf = tuple[str, ...]
_SECTIONS = ("key", "infer_keys", "samples", "checks")


@dataclass(frozen=True, slots=True)
class Said:
    """A value, and where it was said."""

    value: object
    origin: str


@dataclass(frozen=True)
class Fragment:
    """Some settings of a model. `leaves` are the values that are no mappings, by their path: (`checks`, `values`,
    `tolerance`). `switches` say which checks are on."""

    leaves: Mapping[Leaf, Said] = field(default_factory=dict)
    switches: Mapping[str, Said] = field(default_factory=dict)


def take(value: Mapping[str, object], origin: Callable[[Leaf], str]) -> Fragment:
    """The settings in a mapping that is known to be right; `origin` tells where what is at a path was said."""
    leaves: dict[Leaf, Said] = {}
    switches: dict[str, Said] = {}
    for name in _SECTIONS:
        said = value.get(name)
        if name == "samples" and isinstance(said, int):
            leaves["samples", "rows"] = Said(said, origin(("samples",)))
        elif name == "checks" and isinstance(said, Mapping):
            for check, options in said.items():
                switches[check] = Said(options is not False, origin(("checks", check)))
                if isinstance(options, Mapping):
                    _flatten(options, ("checks", check), origin, leaves)
        elif said is not None:
            _flatten(said, (name,), origin, leaves)
    return Fragment(leaves, switches)


def add_up(fragments: Iterable[Fragment]) -> Fragment:
    """The later ones win, key by key: mappings are merged, all else is replaced."""
    leaves: dict[Leaf, Said] = {}
    switches: dict[str, Said] = {}
    for fragment in fragments:
        switches.update(fragment.switches)
        for path, said in fragment.leaves.items():
            for other in [other for other in leaves if other[: len(path)] == path or path[: len(other)] == other]:
                del leaves[other]
            leaves[path] = said
    return Fragment(leaves, switches)


def value_at(fragment: Fragment, path: Leaf) -> object:
    """The value at a path: what is below it as a mapping again; None where nothing is said."""
    if path in fragment.leaves:
        return fragment.leaves[path].value
    inner: dict[str, object] = {}
    for name in dict.fromkeys(leaf[len(path)] for leaf in fragment.leaves if leaf[: len(path)] == path):
        inner[name] = value_at(fragment, (*path, name))
    return inner or None


def _flatten(value: object, path: Leaf, origin: Callable[[Leaf], str], leaves: dict[Leaf, Said]) -> None:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            # Names of columns are the same in upper and lower case, so that no rule can slip by another.
            folded = name.lower() if path == ("samples", "columns") else name
            _flatten(inner, (*path, folded), origin if folded == name else _as(origin, (*path, name)), leaves)
    else:
        leaves[path] = Said(value, origin(path))


def _as(origin: Callable[[Leaf], str], path: Leaf) -> Callable[[Leaf], str]:
    return lambda _: origin(path)
