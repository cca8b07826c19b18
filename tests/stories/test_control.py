"""One request over models that vary by themselves, refactored or changed: what is noise, and what is not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.stories import repositories
from tests.stories.repositories import Ran

pytestmark = pytest.mark.story

_ROWS = 400
_EVENTS = "id,customer,amount,kind\n" + "".join(
    f"{number},{number % 40},{number * 7 % 101}.{number % 10}{number % 7},{'abc'[number % 3]}\n"
    for number in range(_ROWS)
)


def _keyed(*names: str) -> str:
    return "models:\n" + "".join(f"  - {{name: {name}, meta: {{proofbot: {{key: id}}}}}}\n" for name in names)


_BASE = {
    "seeds/events.csv": _EVENTS,
    "models/keys.yml": _keyed(
        "stamped", "tokens", "ranked", "some", "fewer", "sums", "runs", "shifted", "nulled", "child", "later", "mixed"
    ),
    "models/stamped.sql": "select id, amount, current_timestamp as loaded_at from {{ ref('events') }}\n",
    "models/tokens.sql": "select id, amount, uuid() as token from {{ ref('events') }}\n",
    "models/surrogate.sql": "{{ config(meta={'proofbot': {'key': 'row_id'}}) }}\n"
    "select uuid() as row_id, customer, amount, kind from {{ ref('events') }}\n",
    "models/ranked.sql": "select id, customer, kind, row_number() over (partition by customer order by kind) as place\n"
    "from {{ ref('events') }}\n",
    "models/some.sql": "select id, amount from {{ ref('events') }} limit 100\n",
    "models/fewer.sql": "select id, amount from {{ ref('events') }} limit 100\n",
    "models/sums.sql": "select customer as id, sum(amount::double / 3) as total from {{ ref('events') }} group by 1\n",
    "models/runs.sql": "select id, kind, '{{ invocation_id }}' as run from {{ ref('events') }}\n",
    "models/shifted.sql": "select id, random() as chance from {{ ref('events') }}\n",
    "models/nulled.sql": "select id, amount, uuid() as token from {{ ref('events') }}\n",
    "models/child.sql": "select id, loaded_at, amount from {{ ref('stamped') }}\n",
    "models/later.sql": "select id, md5(id::varchar) as token from {{ ref('events') }}\n",
    "models/mixed.sql": "select id, amount, kind from {{ ref('events') }}\n",
    "models/steady.sql": "select kind, count(*) as n from {{ ref('events') }} group by 1\n",
    # What its hook makes is there already when it is built once more.
    "models/once.sql": "{{ config(pre_hook='create table only_once (x int)') }}\n"
    "select kind, count(*) as n, now() as at from {{ ref('events') }} group by 1\n",
}
_REQUEST = {
    # Harmless: the same data, written otherwise.
    "models/stamped.sql": "with e as (select * from {{ ref('events') }})\n"
    "select id, amount, current_timestamp as loaded_at from e\n",
    "models/surrogate.sql": "{{ config(meta={'proofbot': {'key': 'row_id'}}) }}\n"
    "with e as (select * from {{ ref('events') }})\nselect uuid() as row_id, customer, amount, kind from e\n",
    "models/ranked.sql": "with e as (select * from {{ ref('events') }} order by id desc)\n"
    "select id, customer, kind, row_number() over (partition by customer order by kind) as place from e\n",
    "models/some.sql": "with e as (select * from {{ ref('events') }} order by id desc)\n"
    "select id, amount from e limit 100\n",
    "models/sums.sql": "with e as (select * from {{ ref('events') }} order by id desc)\n"
    "select customer as id, sum(amount::double / 3) as total from e group by 1\n",
    "models/runs.sql": "with e as (select * from {{ ref('events') }})\n"
    "select id, kind, '{{ invocation_id }}' as run from e\n",
    # Changes beside noise, and of what is noisy.
    "models/tokens.sql": "select id, case when id % 100 = 0 then amount + 1 else amount end as amount,\n"
    "uuid() as token from {{ ref('events') }}\n",
    "models/fewer.sql": "select id, amount from {{ ref('events') }} limit 50\n",
    "models/shifted.sql": "select id, 10 * random() as chance from {{ ref('events') }}\n",
    "models/nulled.sql": "select id, amount, case when id % 4 > 0 then uuid() end as token from {{ ref('events') }}\n",
    "models/later.sql": "select id, md5(id::varchar || uuid()::varchar) as token from {{ ref('events') }}\n",
    "models/mixed.sql": "select id, amount * 2 as amount, kind from {{ ref('events') }}\n",
    "models/once.sql": "select kind, count(*) as n, now() as at from {{ ref('events') }} group by kind\n",
    "models/steady.sql": "select kind, count(*) + 0 as n from {{ ref('events') }} group by 1\n",
}


# name: outcome, rows by name, changed columns, and what is told of its noise
_EXPECTED: dict[str, tuple[str, dict[str, int], dict[str, int], dict[str, Any]]] = {
    "stamped": ("noise", {"unchanged": _ROWS}, {}, {"columns": {"loaded_at": "current_timestamp"}, "differing": _ROWS}),
    "child": ("noise", {"unchanged": _ROWS}, {}, {"columns": {"loaded_at": "current_timestamp"}}),
    "runs": ("noise", {"unchanged": _ROWS}, {}, {"columns": {"run": "invocation_id"}}),
    "surrogate": ("noise", {"unchanged": _ROWS, "added": 0}, {}, {"columns": {"row_id": "uuid"}, "key": True}),
    "ranked": ("noise", {"unchanged": _ROWS}, {}, {"columns": {"place": "ties of row_number"}}),
    "sums": ("noise", {"unchanged": 40}, {}, {"columns": {}, "tolerated": {"total": 1e-9}}),
    "some": ("noise", {"base": 100, "head": 100}, {}, {"rows": True, "rows_cause": "limit without order"}),
    "fewer": ("changed", {"base": 100, "head": 50}, {}, {"rows": True, "controls": 3}),
    "tokens": ("changed", {"changed": 4, "unchanged": _ROWS - 4}, {"amount": 4}, {"columns": {"token": "uuid"}}),
    "shifted": ("changed", {"changed": _ROWS}, {"chance": _ROWS}, {"columns": {}, "partly": {"chance": _ROWS}}),
    "nulled": ("changed", {"changed": _ROWS}, {"token": _ROWS}, {"columns": {}, "partly": {"token": _ROWS}}),
    "later": ("changed", {"changed": _ROWS}, {"token": _ROWS}, {"columns": {}, "became": {"token": "uuid"}}),
}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project, with the request checked out."""
    shop = repositories.start(tmp_path_factory.mktemp("control") / "shop", _BASE)
    repositories.request(shop, _REQUEST)
    return shop


@pytest.fixture(scope="module")
def ran(shop: Path) -> Ran:
    """The first run."""
    return repositories.prove(shop, out=shop.parent / "first")


@pytest.fixture(scope="module")
def again(shop: Path, ran: Ran) -> Ran:
    """A run over a later request with the same base, of which only what is known to vary by itself is left."""
    assert ran.report, ran.log
    kept = ("models/stamped.sql", "models/runs.sql", "models/shifted.sql")
    repositories.write(shop, {name: text for name, text in _BASE.items() if name in _REQUEST and name not in kept})
    repositories.write(shop, {"models/shifted.sql": "select e.id, random() as chance from {{ ref('events') }} e\n"})
    repositories.commit(shop, "Less")
    return repositories.prove(shop, out=shop.parent / "second")


@pytest.mark.parametrize("name", sorted(_EXPECTED))
def test_what_varies_by_itself_is_told_from_what_changed(ran: Ran, name: str) -> None:
    """A user would be stopped by what no request can mend, or have a change waved through beside it."""
    outcome, rows, columns, noise = _EXPECTED[name]
    model = ran.model(name)
    assert model["outcome"] == outcome, model
    assert {key: model["rows"][key] for key in rows} == rows
    assert model["columns"]["changed"] == columns
    assert {key: model["noise"][key] for key in noise} == noise


def test_what_does_not_vary_has_no_noise(ran: Ran) -> None:
    """A user would read of noise where the control shows none."""
    assert ran.model("mixed")["outcome"] == "changed"
    assert ran.model("mixed")["columns"]["changed"] == {"amount": _ROWS - 1}
    assert [ran.model(name)["noise"] for name in ("mixed", "steady")] == [None, None]


def test_without_a_control_it_is_a_change(ran: Ran) -> None:
    """A user would have a change waved through because nobody could tell whether it is one."""
    model = ran.model("once")
    assert (model["outcome"], model["noise"]) == ("changed", None)
    told = [notice for notice in ran.report["notices"] if "control of `once` could not be built" in notice]
    assert len(told) == 1, ran.report["notices"]


def test_a_limit_that_is_halved_is_a_change_though_its_rows_vary(ran: Ran) -> None:
    """A user would lose half of a table because which half is left to chance."""
    findings = ran.model("fewer")["findings"]
    assert (findings["row_count"]["outcome"], findings["values"]["outcome"]) == ("changed", "noise")


def test_only_what_changed_is_built_once_more(ran: Ran) -> None:
    """A user would pay for the control with builds of the whole project."""
    built = ran.report["run"]["models_built"]
    twins = 17 + 16  # a seed and sixteen models at base, sixteen at head
    controls = 15 + 2 * 3 + 1  # what changed; three times in all where one draw cannot tell; one at head
    assert built <= twins + controls, ran.log


def test_the_next_run_knows_what_varies(again: Ran) -> None:
    """A user would wait for the same control at each push."""
    for name, column in (("stamped", "loaded_at"), ("child", "loaded_at"), ("runs", "run"), ("shifted", "chance")):
        model = again.model(name)
        assert model["outcome"] == "noise", model
        assert (list(model["noise"]["columns"]), model["noise"]["controls"]) == ([column], 0)
    assert again.report["run"]["models_built"] == 4, again.log
