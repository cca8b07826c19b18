"""Which columns of something that is read are reached, by their names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator

from bot.core.lineage.scopes import Doubt
from bot.core.lineage.sources import UNNAMED, Inputs, Output, Relation, Source, Without


def reached_names(
    source: Source, is_hit: Callable[[Inputs], object], of_relation: Callable[[Relation], Iterable[str]]
) -> Iterator[str]:
    """The columns that are reached, in lower case.

    Args:
        is_hit: whether something among some inputs is reached.
        of_relation: the columns of a relation that are.

    Raises:
        Doubt: one is reached whose name nobody knows.
    """
    if isinstance(source, Relation):
        yield from of_relation(source)
    elif isinstance(source, Without):
        yield from (name for name in reached_names(source.source, is_hit, of_relation) if name not in source.names)
    elif isinstance(source, Output):
        yield from _of_output(source, is_hit)
        for one in source.open:
            yield from reached_names(one, is_hit, of_relation)
    else:
        raise Doubt(f"{type(source).__name__} is not known here")


def _of_output(output: Output, is_hit: Callable[[Inputs], object]) -> Iterator[str]:
    times = Counter(name for name, _ in output.items)
    if output.loose is not None and is_hit(output.loose):
        raise Doubt("a column is reached whose name is not known")
    for name, made in output.items:
        if is_hit(made):
            # Of two columns of one name, a warehouse gives one another name.
            if name.startswith(UNNAMED) or times[name] > 1:
                raise Doubt("a column is reached whose name is not known")
            yield name
