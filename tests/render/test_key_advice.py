"""Tests of bot/render/key_advice.py."""

from __future__ import annotations

from dataclasses import replace

import pytest
import yaml

from bot.domain import Key, KeySource, ModelReport, Report
from bot.render.dress import Labels
from bot.render.key_advice import Advice, advice, has_advice
from bot.render.markdown import comment
from bot.render.markdown_style import DRESS
from tests.render.evidence import finding, shown
from tests.render.reports import equal, no_key, untouched


def advised(*models: ModelReport) -> list[Advice]:
    """What is said of these models."""
    report: Report = replace(untouched(), models=models)
    return advice(report, Labels(models), DRESS)


def without_key(name: str, *proposed: tuple[str, ...], resource_type: str = "model") -> ModelReport:
    """A model that was compared as a multiset."""
    return replace(equal(name, 9), key=None, proposed_keys=proposed, resource_type=resource_type)


def test_proposed_keys_are_told_with_the_yaml_to_add() -> None:
    """The reader would be asked for a key and have to search for it."""
    (made,) = advised(
        without_key("sessions", ("session_id",), ("visitor_id", "started at")),
        without_key("codes", ("code",), resource_type="seed"),
        without_key("page_views"),
    )
    assert made.title == "3 models compared without a key"
    assert made.items == (
        "`sessions`: `session_id` is unique and not null on both sides; so is `visitor_id` with `started at`",
        "`codes`: `code` is unique and not null on both sides",
    )
    assert yaml.safe_load(made.yaml) == {
        "models": [{"name": "sessions", "config": {"meta": {"proofbot": {"key": ["session_id"]}}}}],
        "seeds": [{"name": "codes", "config": {"meta": {"proofbot": {"key": ["code"]}}}}],
    }


def test_without_proposals_a_placeholder_shows_how() -> None:
    """The reader would not know how a key is declared."""
    (made,) = advised(without_key("page_views"))
    assert made.items == ()
    assert yaml.safe_load(made.yaml)["models"][0]["config"]["meta"]["proofbot"]["key"] == ["your_key_column"]


def test_an_inferred_key_is_told_apart() -> None:
    """A key that nobody declared would be taken for one that the project vouches for."""
    inferred = replace(equal("visits", 3), key=Key(("id", "day"), KeySource.INFERRED))
    (made,) = advised(inferred, equal("orders", 5))
    assert made.title == "1 model compared by a key that was inferred from the data"
    assert made.items == ("`visits`: `id` with `day` is unique and not null on both sides",)
    assert yaml.safe_load(made.yaml)["models"][0]["config"]["meta"]["proofbot"]["key"] == ["id", "day"]


@pytest.mark.parametrize("name", ["on", "Null", "a b", 'quo"te', "12", "a: b", "ünï", "a\\b", "😀", "]"])
def test_names_survive_yaml(name: str) -> None:
    """Pasting what the comment says would break the project's YAML, or name another column."""
    (made,) = advised(without_key(name, (name,)))
    (entry,) = yaml.safe_load(made.yaml)["models"]
    assert (entry["name"], entry["config"]["meta"]["proofbot"]["key"]) == (name, [name])


def test_many_models_make_a_short_list() -> None:
    """A project without keys would get a comment of nothing else."""
    (made,) = advised(*(without_key(f"m{n}", *((f"k{k}",) for k in range(9))) for n in range(100)))
    assert made.items[-1] == "and 80 more models"
    assert made.items[0].endswith("; so are `k1`, `k2`, `k3` and 5 more")
    assert len(yaml.safe_load(made.yaml)["models"]) == 10


def test_nothing_is_said_of_declared_keys_and_of_models_that_were_not_compared() -> None:
    """Advice where there is nothing to do trains readers to skip it."""
    assert advised(equal("orders", 5)) == []
    gone_or_new = [model for model in no_key().models if model.rows and model.rows.unchanged is None]
    assert len(gone_or_new) == 2
    assert advised(*gone_or_new) == []


def test_the_advice_of_the_keys_check_is_not_said_twice() -> None:
    """The same YAML in two places would make a reader look for the difference."""
    told = replace(finding("keys", "no key"), advice="the advice of the check")
    orders = replace(shown().models[0], findings=(told,))
    assert not has_advice(orders)
    assert "the advice of the check" in comment(replace(untouched(), models=(orders,)))
    proposed = replace(orders, key=None, proposed_keys=(("id",),))
    assert has_advice(proposed)
    assert "the advice of the check" not in comment(replace(untouched(), models=(proposed,)))
