"""`proofbot diff`, from the working tree to the page."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.stories.repositories import command, start, write

pytestmark = [pytest.mark.story, pytest.mark.once]

_FILES = {
    "seeds/raw.csv": "id,amount\n" + "".join(f"{number},{number * 10}\n" for number in range(1, 101)),
    "models/stg.sql": "select id, amount from {{ ref('raw') }}\n",
    "models/orders.sql": "select id, amount, now() as loaded_at from {{ ref('stg') }}\n",
    "models/totals.sql": "select count(*) as orders from {{ ref('orders') }}\n",
    "models/other.sql": "select 1 as id\n",
    "models/keys.yml": "models:\n  - {name: orders, meta: {proofbot: {key: id}}}\n",
}
_SAMPLES = "samples: {rows: 2, columns: {amount: mask}}\n"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with uncommitted work: a parent drops rows, the model changes a value, and its child is broken."""
    folder = start(tmp_path_factory.mktemp("diff") / "shop", _FILES)
    write(
        folder,
        {
            "models/stg.sql": "select id, amount from {{ ref('raw') }} where id > 4\n",
            "models/orders.sql": "select id, amount + (id = 7)::int as amount, now() as loaded_at, 1 as "
            "\"[b]new[/b]\" from {{ ref('stg') }}\n",
            "models/totals.sql": "select nope from {{ ref('orders') }}\n",
            "models/fresh.sql": "select id from {{ ref('stg') }}\n",
        },
    )
    return folder


def _diff(
    folder: Path, *arguments: str, environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        command("diff", *arguments),
        cwd=folder,
        env={**os.environ, "COLUMNS": "100", **(environment or {})},
        capture_output=True,
        text=True,
        check=False,
        timeout=280,
    )
    assert "Traceback" not in done.stderr
    return done


def test_a_model_is_compared_in_a_loop(shop: Path, kept: Path, tmp_path: Path) -> None:
    """A developer would have to commit first, wait for the whole project, or build base anew each time."""
    first = _diff(shop, "orders", "--exit-code")
    assert first.returncode == 1, first.stderr
    verdict = "orders differs: all 96 rows changed, 4 rows removed, column [b]new[/b] added\n"
    assert first.stdout.startswith(verdict), first.stdout
    assert "Key id, by meta.proofbot.key" in first.stdout
    assert "totals" not in first.stderr, "what reads the model is not built"
    assert "`--control` finds out" in first.stdout

    config = tmp_path / "mine.yml"
    config.write_text(_SAMPLES, encoding="utf-8")
    second = _diff(shop, "shop.orders", "--control", "--config", str(config), environment={"NO_COLOR": "1"})
    assert second.returncode == 0, second.stderr
    assert "building base: 0 nodes" in second.stderr, "base's build is kept"
    assert second.stdout.startswith("orders differs: 1 of 96 rows changed, 4 rows removed"), second.stdout
    assert "varies by itself" in second.stdout
    assert "Rows that differ" in second.stdout
    assert "~ changed  7   ••• → •••" in second.stdout, "what is masked is not shown"
    assert "\x1b" not in second.stdout
    assert not list((kept / "runs").iterdir())


def test_what_cannot_be_compared_is_told_apart(shop: Path) -> None:
    """A developer would take a model that nobody asked about, or that does not build, for one that is equal."""
    equal = _diff(shop, "other", "--exit-code")
    assert (equal.returncode, equal.stdout.split(":")[0]) == (0, "other is equal, without asking"), equal.stdout
    new = _diff(shop, "fresh", "--exit-code")
    assert (new.returncode, new.stdout.splitlines()[0]) == (1, "fresh is new: 96 rows, 1 column"), new.stdout
    broken = _diff(shop, "totals")
    assert (broken.returncode, broken.stdout.splitlines()[0]) == (3, "totals could not be compared"), broken.stdout
    assert '"nope"' in broken.stdout
    unknown = _diff(shop, "ordrs")
    assert (unknown.returncode, unknown.stdout) == (2, "")
    assert "Did you mean `orders`?" in unknown.stderr
