"""Where the boxes of a graph stand: in columns, each right of all that it reads, with few lines that cross."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from bot.core.graph import children, order

_SWEEPS = 6
_TALLEST = 40  # boxes; what is more stands in further columns beside


def lay_out(nodes: Sequence[str], edges: Iterable[tuple[str, str]]) -> Mapping[str, tuple[int, float]]:
    """The column of each node, and its row in there, which is a half where the columns' middles need one.

    Args:
        nodes: all of them, once each.
        edges: from what is read to its reader; none of them to a node that is not known.
    """
    above: dict[str, tuple[str, ...]] = dict.fromkeys(nodes, ())
    for parent, child in edges:
        above[child] = (*above[child], parent)
    depth: dict[str, int] = {}
    for node in order(above):
        depth[node] = max((depth[parent] + 1 for parent in above[node] if parent in depth), default=0)
    layers = _untangled(_layers(nodes, _close_to_readers(depth, above)), above)
    columns = [layer[start : start + _TALLEST] for layer in layers for start in range(0, len(layer), _TALLEST) if layer]
    tallest = max(map(len, columns), default=0)
    return {
        node: (place, (tallest - len(column)) / 2 + row)
        for place, column in enumerate(columns)
        for row, node in enumerate(column)
    }


def _close_to_readers(depth: Mapping[str, int], above: Mapping[str, tuple[str, ...]]) -> Mapping[str, int]:
    """What reads nothing stands beside its first reader, and not at the far left."""
    below = children(above)
    return {
        node: depth[node] if above[node] or not below.get(node) else max(0, min(depth[one] for one in below[node]) - 1)
        for node in depth
    }


def _layers(nodes: Iterable[str], depth: Mapping[str, int]) -> list[list[str]]:
    found: dict[int, list[str]] = defaultdict(list)
    for node in nodes:
        found[depth[node]].append(node)
    return [found[level] for level in sorted(found)]


def _untangled(layers: list[list[str]], above: Mapping[str, tuple[str, ...]]) -> list[list[str]]:
    """The layers with each node near the middle of its neighbours, going to and fro (the method of Sugiyama)."""
    below = children(above)
    place = {node: float(row) for layer in layers for row, node in enumerate(layer)}
    for sweep in range(_SWEEPS):
        towards: Mapping[str, Sequence[str]] = above if sweep % 2 == 0 else below
        for layer in layers if sweep % 2 == 0 else reversed(layers):
            middle = {node: _middle(node, towards.get(node, ()), place) for node in layer}
            layer.sort(key=middle.__getitem__)
            place.update({node: float(row) for row, node in enumerate(layer)})
    return layers


def _middle(node: str, neighbours: Sequence[str], place: Mapping[str, float]) -> float:
    return sum(place[one] for one in neighbours) / len(neighbours) if neighbours else place[node]
