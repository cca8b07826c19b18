"""What the changes reach as a picture, in Mermaid, which GitHub and GitLab draw."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain import Reach, Reached, Reader
from bot.render import figures
from bot.render.dress import Labels
from bot.render.escape import shown

MOST = 40  # nodes; what is beyond is counted
_CAP = 48  # characters of a name
_SAFE = frozenset("_ ")
# No colours: the page may be light or dark.
_CLASSES = ("classDef changed stroke-width:4px", "classDef may stroke-dasharray:5")


def diagram(reach: Reach, labels: Labels) -> str:
    """A flow chart of the models that changed, of what they reach, and of who reads that.

    What the request itself changed has a thick frame, what may be reached and was not compared a dashed one. Of more
    than `MOST` nodes those are drawn that changed, the readers, and what was seen to differ, first; the rest is one.
    """
    models, readers = _drawn(reach)
    nodes: list[Reached | Reader] = [*models, *readers]
    names = {one.unique_id: f"n{number}" for number, one in enumerate(nodes)}
    lines = [f'{names[one.unique_id]}["{_model(one, labels)}"]{_class(one)}' for one in models]
    lines += [f'{names[one.unique_id]}(["{_reader(one)}"])' for one in readers]
    lines += [f"{names[uid]} --> {names[node.unique_id]}" for node in nodes for uid in node.reads if uid in names]
    rest = len(reach.models) + len(reach.readers) - len(names)
    if rest:
        lines.append(f'more["{_escaped(f"and {figures.count(rest)} more")}"]')
    return "\n".join(["flowchart LR", *(f"  {line}" for line in (*lines, *_CLASSES))])


def _drawn(reach: Reach) -> tuple[Sequence[Reached], Sequence[Reader]]:
    """The models and readers that have room, in their order."""
    by_worth: list[Reached | Reader] = [one for one in reach.models if one.is_changed]
    by_worth += reach.readers
    by_worth += [one for one in reach.models if not one.is_changed and one.is_measured]
    by_worth += [one for one in reach.models if not one.is_changed and not one.is_measured]
    kept = {one.unique_id for one in by_worth[:MOST]}
    return [m for m in reach.models if m.unique_id in kept], [r for r in reach.readers if r.unique_id in kept]


def _model(model: Reached, labels: Labels) -> str:
    name = _escaped(shown(labels.of(model.unique_id), _CAP))
    return f"{name} #40;changed#41;" if model.is_changed else name


def _reader(reader: Reader) -> str:
    return f"{_escaped(shown(reader.kind, _CAP))} {_escaped(shown(reader.name, _CAP))}"


def _class(model: Reached) -> str:
    return ":::changed" if model.is_changed else "" if model.is_measured else ":::may"


def _escaped(text: str) -> str:
    """A text for a label in quotes: whatever is no letter, digit or blank by its number, so that nothing means
    anything, neither to Mermaid nor to the HTML that it makes, nor to Markdown around it."""
    return "".join(sign if sign.isalnum() or sign in _SAFE else f"#{ord(sign)};" for sign in text)
