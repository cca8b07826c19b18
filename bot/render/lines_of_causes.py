"""The lines of a report about what comes from where."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bot.domain import ChangeKind, Explained, ModelReport, Outcome, Proof
from bot.render import figures
from bot.render.dress import Dress, Labels, Line
from bot.render.words import causes

_PROVEN = {
    Proof.SAME_CODE: "its own code is the same on both sides",
    Proof.HYBRID: "its base code, built on head's parents, gives what head gives",
}
_NAMED = 2


def details(model: ModelReport, members: Sequence[str], labels: Labels, dress: Dress) -> Iterator[Line]:
    """Why one model is affected, what explains it beside its own code, and which models it explains."""
    is_told = model.explained is not None and model.explained.roots and model.change.kind is ChangeKind.DOWNSTREAM
    if not is_told:
        yield Line("Why", causes(model.change, labels, dress))
    if model.explained is not None and model.explained.roots:
        yield Line("Cause", _cause(model.explained, labels, dress))
    if members:
        names = dress.names([labels.of(unique_id) for unique_id in members])
        yield Line("Downstream", f"{figures.plural(len(members), 'model')} changed only because of it: {names}")


def because(model: ModelReport, labels: Labels, dress: Dress) -> str:
    """`because of orders`, where a model changed for others' sake alone; empty where it stands alone."""
    explained = model.explained
    is_alone = explained is None or not explained.roots or explained.own is not False
    if explained is None or is_alone or model.outcome is not Outcome.CHANGED:
        return ""
    return f"because of {roots(explained, labels, dress)}"


def roots(explained: Explained, labels: Labels, dress: Dress) -> str:
    """The first models that explain another, and how many more there are."""
    named = [dress.name(labels.of(unique_id)) for unique_id in explained.roots[:_NAMED]]
    more = len(explained.roots) - len(named) + explained.more
    return f"{', '.join(named)} and {figures.count(more)} more" if more else " and ".join(named)


def _cause(explained: Explained, labels: Labels, dress: Dress) -> str:
    above = roots(explained, labels, dress)
    if explained.own is False:
        proven = _PROVEN.get(explained.proof)
        return f"changed only because of {above}{f': {proven}' if proven else ', most likely'}"
    if explained.own:
        return f"its own code, and {'perhaps ' if explained.inherited is None else ''}{above}"
    return f"perhaps {above}; whether its own code changes it, too, is not known"
