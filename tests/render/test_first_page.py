"""Tests of bot/render/first_page.py."""

from __future__ import annotations

import io

from rich.console import Console

from bot.core.first.outlook import survey
from bot.domain import Fate, FirstFile, FirstLook, ForgeKind
from bot.render import first_page
from tests.core.first.shops import SHOP

LOOK = FirstLook(
    files=(
        FirstFile(".proofbot.yml", Fate.KEPT, "a: 1\nb: 2\n", there="a: 1\nb: 3\x1b[2J\n"),
        FirstFile("same.yml", Fate.KEPT, "x\n", there="x\n"),
        FirstFile("link.yml", Fate.KEPT, "text\n"),
        FirstFile(".gitlab/proofbot.yml", Fate.WRITTEN, "include:\n\n  - x\n"),
    ),
    forge=ForgeKind.GITLAB,
    include=".gitlab/proofbot.yml",
    project="transform",
    secrets=("PASSWORD",),
    variables=("HOST", "USER"),
    notices=("a notice",),
    to_add=("../.gitlab/proofbot.yml", "a b"),
)


def _page(encoding: str) -> list[str]:
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    first_page.page(LOOK, survey(SHOP, {}), Console(file=stream, width=60))
    stream.seek(0)
    return stream.read().splitlines()


def test_the_page() -> None:
    """A user would not learn what was found, written or kept, and what to do next."""
    assert [line.rstrip() for line in _page("utf-8")] == EXPECTED.splitlines()


def test_a_terminal_without_our_signs() -> None:
    """The whole command would end in a stack trace, after it has written its files."""
    assert "+ .gitlab/proofbot.yml: written" in _page("ascii")


EXPECTED = """\
shop, dbt-duckdb
                there are  with a key  without
  staging               2           1        1
  intermediate          1           0        1
  marts                 1           0        1
  seeds                 2           0        2
Keys found: 1 by unique and not_null tests.
Keys missing: fct_orders, int_people, raw_customers, raw_orders, stg_customers.
  → test unique and not_null, or say `key:`; until then the data proposes one (infer_keys)
  → by name these could be it: fct_orders by order_id, int_people by customer_id, stg_customers by customer_id
Personal by name, masked: email.
Personal by tag or meta, never shown: gdpr.

· .proofbot.yml: there already, and kept as it is. To what it would be:
    --- as it is
    +++ as proposed
    @@ -1,2 +1,2 @@
     a: 1
    -b: 3␛[2J
    +b: 2

· same.yml: there already, and the same

· link.yml: there already, and kept as it is. It would be:
    text

✓ .gitlab/proofbot.yml: written
    include:

      - x

Next
  → a notice
  → add to .gitlab-ci.yml:  include: [{local: .gitlab/proofbot.yml}]
  → set 1 secret in Settings, CI/CD, Variables (not protected): PASSWORD
  → set 2 variables in Settings, CI/CD, Variables (not protected): HOST, USER
  → make a token with the scope api: the CI/CD variable PROOFBOT_GITLAB_TOKEN, masked, not protected
  → `proofbot doctor --project-dir transform` says what works here
  → `proofbot run --working-tree --project-dir transform` compares what you change with the last commit
  → commit: `git add ../.gitlab/proofbot.yml 'a b'`. The configuration counts once it is merged
"""
