"""What is said of models whose key nobody declared: how they were compared, and the YAML that declares one."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from bot.domain import KeySource, ModelReport, Report
from bot.render import figures
from bot.render.dress import Dress, Labels

_LISTED = 20
_IN_YAML = 10
_ALTERNATIVES = 3
_PLAIN_YAML = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_WORDS_OF_YAML = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})
_MULTISET = "Rows were compared as a multiset, so a changed row counts as one removed and one added:"
_PLACEHOLDER = ("your_key_column",)


@dataclass(frozen=True)
class Advice:
    """`title` without names; `paragraphs` and `items` dressed; `yaml` declares keys, below `invitation`."""

    title: str
    paragraphs: tuple[str, ...]
    items: tuple[str, ...]
    invitation: str
    yaml: str


def advice(report: Report, labels: Labels, dress: Dress) -> list[Advice]:
    """What is said of the models that were compared without a key, and of those whose key was inferred."""
    return [*_without_key(report, labels, dress), *_inferred(report, labels, dress)]


def has_advice(model: ModelReport) -> bool:
    """Whether the YAML that declares this model's key is told with the others'."""
    inferred = model.key is not None and model.key.source is KeySource.INFERRED
    return inferred or (_is_without_key(model) and bool(model.proposed_keys))


def _without_key(report: Report, labels: Labels, dress: Dress) -> list[Advice]:
    models = [model for model in report.models if _is_without_key(model)]
    if not models:
        return []
    proposed = [model for model in models if model.proposed_keys]
    return [
        Advice(
            title=f"{figures.plural(len(models), 'model')} compared without a key",
            paragraphs=(f"{_MULTISET} {dress.names([labels.of(model.unique_id) for model in models])}.",),
            items=_listed([(model, model.proposed_keys) for model in proposed], labels, dress),
            invitation="With a key, changes are shown by row and column. To declare "
            + ("what the data proposes:" if proposed else "one:"),
            yaml=_yaml([(model, model.proposed_keys[0]) for model in proposed] or [(models[0], _PLACEHOLDER)]),
        )
    ]


def _inferred(report: Report, labels: Labels, dress: Dress) -> list[Advice]:
    keys = [
        (model, model.key.columns)
        for model in report.models
        if model.key is not None and model.key.source is KeySource.INFERRED
    ]
    if not keys:
        return []
    return [
        Advice(
            title=f"{figures.plural(len(keys), 'model')} compared by a key that was inferred from the data",
            paragraphs=(),
            items=_listed([(model, (columns,)) for model, columns in keys], labels, dress),
            invitation="To declare it, so that a request which breaks it is told so:",
            yaml=_yaml(keys),
        )
    ]


def _is_without_key(model: ModelReport) -> bool:
    return model.key is None and model.rows is not None and model.rows.unchanged is not None


def _listed(
    keys: Sequence[tuple[ModelReport, tuple[tuple[str, ...], ...]]], labels: Labels, dress: Dress
) -> tuple[str, ...]:
    items = [
        f"{dress.name(labels.of(model.unique_id))}: {_candidates(candidates, dress)}"
        for model, candidates in keys[:_LISTED]
    ]
    rest = len(keys) - _LISTED
    return (*items, f"and {figures.plural(rest, 'more model')}") if rest > 0 else tuple(items)


def _candidates(candidates: Sequence[tuple[str, ...]], dress: Dress) -> str:
    """`id` is unique and not null on both sides."""
    first, *others = [" with ".join(map(dress.name, columns)) for columns in candidates]
    said = f"{first} is unique and not null on both sides"
    if not others:
        return said
    more = f" and {figures.count(len(others) - _ALTERNATIVES)} more" if len(others) > _ALTERNATIVES else ""
    return f"{said}; so {'is' if len(others) == 1 else 'are'} {', '.join(others[:_ALTERNATIVES])}{more}"


def _yaml(keys: Sequence[tuple[ModelReport, tuple[str, ...]]]) -> str:
    """The YAML that declares these keys."""
    by_section: dict[str, list[str]] = defaultdict(list)
    for model, columns in keys[:_IN_YAML]:
        by_section[f"{model.resource_type}s:"] += [
            f"  - name: {_scalar(model.name)}",
            "    config:",
            f"      meta: {{proofbot: {{key: [{', '.join(map(_scalar, columns))}]}}}}",
        ]
    return "\n".join(line for section, lines in by_section.items() for line in (section, *lines))


def _scalar(name: str) -> str:
    plain = _PLAIN_YAML.fullmatch(name) and name.lower() not in _WORDS_OF_YAML
    return name if plain else json.dumps(name, ensure_ascii=False)
