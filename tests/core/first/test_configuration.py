"""The first `.proofbot.yml`."""

from __future__ import annotations

import pytest

from bot.core import config
from bot.core.first import configuration
from bot.core.first.outlook import survey
from bot.domain import Preset, Project, Showing
from bot.run.configuration import KINDS
from tests.core.first.shops import SHOP
from tests.core.manifests import node
from tests.core.manifests import read as project_of

HEADERS = {"seed.shop.raw_customers": ("id", "name", "phone"), "seed.shop.raw_orders": ("id", "note")}


def _text(project: Project) -> str:
    return configuration.text(survey(project, HEADERS))


def test_our_own_loader_takes_it_and_all_of_it_fits() -> None:
    """The first thing a new user did would end in an error, or in notices of settings that are about nothing."""
    loaded = config.read(_text(SHOP), ".proofbot.yml", KINDS)
    settings, notices = config.settle(loaded, SHOP, SHOP)
    assert not notices
    assert loaded.policy.preset is Preset.ADVISORY
    assert settings.models["seed.shop.raw_customers"].samples.columns["name"] is Showing.MASK
    assert settings.models["model.shop.stg_customers"].samples.columns["email"] is Showing.MASK
    assert "name" not in settings.models["seed.shop.raw_orders"].samples.columns
    assert settings.models["model.shop.stg_customers"].samples.personal == ("pii", "gdpr")


def test_it_is_as_it_was_read() -> None:
    """Its words would change without anybody having looked at them."""
    assert _text(SHOP) == EXPECTED


def test_what_is_proposed_is_right_without_its_sign() -> None:
    """Who takes out the sign of a proposal would have a file that is refused."""
    text = _text(SHOP).replace("  # - {select", "  - {select")
    loaded = config.read(text, ".proofbot.yml", KINDS)
    assert not config.settle(loaded, SHOP, SHOP)[1]


@pytest.mark.parametrize("name", ["on", "Orders of 'today'", "a: b", "{x}", "né", "1st"])
def test_odd_names_are_written_so_that_they_are_read(name: str) -> None:
    """A project with a model called `on` could not begin."""
    odd = project_of(node(name, "select 1 as id", original_file_path=f"models/{name}/staging/x.sql"))
    loaded = config.read(_text(odd).replace("  # - {select", "  - {select"), ".proofbot.yml", KINDS)
    assert not config.settle(loaded, odd, odd)[1]


def test_a_project_without_anything_gets_a_small_file() -> None:
    """Who has nothing to be told would read about it."""
    text = configuration.text(survey(project_of(), {}))
    assert "models" not in text.replace("# What", "")
    assert "samples" not in text
    config.read(text, ".proofbot.yml", KINDS)


EXPECTED = """\
# What proofbot checks in shop. Written by `proofbot init`, and yours from now on.
# What may stand here: docs/configuration.md of proofbot. `proofbot config --check` reads it over.
version: 1

# Everything is told, and nothing closes the gate. Once you trust the comments: `standard`, then `strict`.
policy: advisory

# Incremental: fct_orders. `both` also builds them as increments, which tells whether
# a change needs a full refresh.
# incremental: both

# Comments show no rows unless you say so: `rows: 5`. What is personal is not shown even then.
samples:
  rows: 0
  columns:  # called like something personal: take out what is none, add what is missing
    email: mask  # int_people, stg_customers
    phone: mask  # raw_customers
  personal: [pii, gdpr]  # tags, and words in meta, of what is never shown

# 5 declare no key: fct_orders, int_people, raw_customers and 2 more. Only with a key rows
# are compared one by one: `true` takes one that the data proves, unique and never null on both sides.
infer_keys: true

# Which models (dbt's selection syntax), and what holds for them; later entries win.
models:
  # Staging: what changes here is seen where it is read; profiles cost statements, and tell little.
  - select: path:models/staging
    checks: {profile: false}
  # Intermediate: the same.
  - select: path:models/marts/intermediate
    checks: {profile: false}
  # Marts are what people look at. `values` still tells of every row.
  - select: path:models/marts
    exclude: path:models/marts/intermediate
    checks: {row_count: {warn: 5%, fail: {down: 1%}}}
  # Here a `name` is somebody's.
  - select: raw_customers
    samples: {columns: {name: mask}}
  # By their names these could be keys. Where one is: test unique and not_null, or take out the #.
  # - {select: fct_orders, key: order_id}
  # - {select: int_people, key: customer_id}
  # - {select: raw_customers, key: id}
  # - {select: raw_orders, key: id}
  # - {select: stg_customers, key: customer_id}
"""
