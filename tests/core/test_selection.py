"""What dbt's own selection syntax selects: the same as dbt itself."""

from __future__ import annotations

import pytest

from bot.core import selection
from bot.core.selection import SelectionError
from tests.core import manifests, market
from tests.core.manifests import node

EXPRESSIONS: tuple[str, ...] = (
    # by name
    "*", "fqn:*", "orders", "shop.marts.orders", "marts.orders", "marts", "shop", "local", "local.*", "shop.*",
    "marts.finance", "marts.*.by_month", "*.stg_orders", "*stg_[oc]*", "marts.finance.*", "staging.erp.stg_????er",
    "dotted.name", "marts.dotted", "revenue", "revenue.v2", "revenue_v1", "marts.revenue.v3", "marts.revenue.v[12]",
    "top", "weekly", "+weekly", "+no_loss", "+adds_up", "+unique_orders_id", "top countries orders_history",
    # by place
    "models/marts", "models/marts/", "./models/staging", "models/marts/*.sql", "models/**/stg_*.sql",
    "models/*/finance", "path:models", "path:seeds/geo", "path:models/**", "path:mod*", "path:*",
    "path:models/schema.yml", "+models/schema.yml", "models/staging/staging.yml", "models/schema.yml+",
    "dbt_packages/local/models/packaged.sql", "models/only_there", "path:models/staging/*", "models/marts/**/",
    "orders.sql", "scores.py", "countries.csv", "file:by_month", "file:stg_*", "file:revenue_v?.sql", "file:schema.yml",
    "+file:schema.yml", "snapshots/orders_history.sql",
    # by a property
    "tag:nightly", "tag:staging", "tag:finance", "tag:n*", "tag:vendor", "tag:reference", "tag:from_app+",
    "tag:personal+", "+tag:critical", "+tag:keyed", "+tag:board", "+tag:thorough", "package:local", "package:this",
    "package:l?cal", "package:shop", "resource_type:seed", "resource_type:snapshot", "+resource_type:unit_test",
    "resource_type:source+", "1+resource_type:exposure", "config.materialized:table", "config.materialized:incremental",
    "+config.materialized:view", "config.meta.owner.team:money", "config.meta.owner.on_call:TRUE",
    "config.meta.reads:b", "config.tags:core", "config.enabled:true", "config.contract.enforced:False",
    "config.quote_columns:false", "+config.severity:warn", "config.group:finance", "config.strategy:check",
    "group:finance", "group:f*", "access:public", "access:private", "access:protected", "version:latest", "version:old",
    "version:prerelease", "version:none",
    # by what is around it
    "source:raw+", "source:raw.orders+", "source:shop.raw.customers+1", "source:*.ledger+", "source:e*+",
    "exposure:weekly", "+exposure:weekly", "1+exposure:weekly", "+exposure:shop.*", "+exposure:yearly",
    "+metric:takings", "+semantic_model:takings_of", "3+exposure:yearly",
    "+orders", "orders+", "+orders+", "1+orders", "orders+1", "2+orders+1", "0+orders", "@stg_customers", "@regions",
    "@packaged", "@revenue.v1", "@source:erp", "@+orders", "3+by_month", "countries+2", "+revenue", "stg_orders+1",
    "+package:local", "@tag:vendor",
    # together
    "marts,tag:nightly", "marts,tag:nightly tag:vendor", "+by_month,orders+", "models/marts,config.materialized:table",
    "source:raw+,tag:nightly+", "stg_orders+,@customers", "path:models,package:local", "@orders,staging",
)  # fmt: skip
EXCLUDING: tuple[tuple[str, str], ...] = (
    ("*", "tag:staging"),
    ("marts", "config.materialized:ephemeral +by_month"),
    ("+orders+", "orders"),
    ("tag:nightly marts", "marts.finance,config.materialized:incremental"),
    ("package:this", "resource_type:seed models/staging @revenue.v1"),
    ("source:raw+", "source:raw.customers+"),
)
# dbt found none of these in folders until a fix of 2026.
FIXED = ("stg_*", "by_mont?", "rev*", "+orders_hist*")
# Here dbt itself finds nothing: an exposure is no model, a package's files are not the project's.
NOTHING = frozenset(
    {"weekly", "exposure:weekly", "file:schema.yml", "models/only_there", "dbt_packages/local/models/packaged.sql"}
)
ASKED: tuple[market.Asked, ...] = (*((expression, None) for expression in (*EXPRESSIONS, *FIXED)), *EXCLUDING)


@pytest.fixture(scope="module")
def listed(tmp_path_factory: pytest.TempPathFactory) -> market.Listed:
    """What dbt selects."""
    return market.ask_dbt(tmp_path_factory.mktemp("market"), ASKED)


@pytest.mark.parametrize(("select", "exclude"), [*((expression, None) for expression in EXPRESSIONS), *EXCLUDING])
def test_what_is_selected_is_what_dbt_selects(listed: market.Listed, select: str, exclude: str | None) -> None:
    """A check would run on models that `dbt ls` does not show for the same words, or pass one by."""
    found = listed.found[select, exclude]
    assert selection.select(select, exclude, listed.project) == found
    assert bool(found) is (select not in NOTHING)


@pytest.mark.parametrize("select", FIXED)
def test_a_pattern_finds_models_in_folders_with_every_dbt(listed: market.Listed, select: str) -> None:
    """`stg_*` in the configuration would meet nothing with dbt 1.8, and all of staging with the next one."""
    found = selection.select(select, None, listed.project)
    assert found
    if listed.found["stg_*", None]:  # this dbt has the fix
        assert listed.found[select, None] == found
    else:
        assert listed.found[select, None] <= found


def test_entries_of_a_list_add_up(listed: market.Listed) -> None:
    """A list in YAML would mean something else than the same words in one line."""
    found = selection.select(["orders", "tag:vendor top"], ["packaged", "top"], listed.project)
    assert found == selection.select("orders tag:vendor", "packaged", listed.project)


def test_every_side_is_looked_at_by_itself() -> None:
    """A model that only head has could not be configured; on base its name would be an error."""
    base, head = manifests.read(node("orders")), manifests.read(node("orders"), node("refunds"))
    assert selection.select("refunds", None, base) == frozenset()
    assert selection.select("refunds", None, head) == {"model.shop.refunds"}


def test_a_circle_of_readers_ends() -> None:
    """A broken manifest would hang the run."""
    around = manifests.read(node("a", reads=["model.shop.b"]), node("b", reads=["model.shop.a", "model.shop.gone"]))
    assert selection.select("+a+", None, around) == {"model.shop.a", "model.shop.b"}


@pytest.mark.parametrize(
    ("written", "words", "nearest"),
    [
        ("tags:nightly", "`tags:` is no method of dbt's selection", "tag:nightly"),
        ("pacakge:local", "is no method", "package:local"),
        ("materialized:table", "is no method", None),
        ("tag.x:nightly", "`tag.x:` is no method", "tag:nightly"),
        ("config:table", "names no setting: write `config.materialized:table`", None),
        ("config..x:table", "names no setting", None),
        ("resource_type:models", "`resource_type:` is one of model, seed", "model"),
        ("access:publik", "is one of private, protected, public", "public"),
        ("version:lastest", "is one of latest, prerelease, old, none", "latest"),
        ("source:a.b.c.d", "has too many parts: write `source:name`", None),
        ("exposure:a.b.c", "has too many parts: write `exposure:name` or `exposure:package.name`", None),
        ("state:modified+", "only what the request changes, and what is below it, is compared anyway", None),
        ("state.x:modified", "leave it out", None),
        ("result:error", "there is none: name the models themselves", None),
        ("source_status:fresher+", "write `source:name+`", None),
        ("selector:nightly", "selectors.yml is not read: write the selection out", None),
        ("test_type:unit", "it selects tests", None),
        ("test_name:unique", "it selects tests", None),
        ("unit_test:adds_up", "name the model itself", None),
        ("/srv/models/orders.sql", "is not relative to the dbt project", None),
        ("@orders+", "has both `@` and a `+` at its end", None),
        ("orders, tag:nightly", "`orders,` has a comma with nothing beside it: `a,b` is what both have", None),
        (",", "has a comma with nothing beside it", None),
        ("+", "`+` names nothing", None),
        ("tag:", "`tag:` names nothing", None),
        ("", "the selection is empty", None),
        ("  \n", "the selection is empty", None),
        ([], "write `*` for all", None),
    ],
)
def test_what_cannot_be_selected_is_refused_with_a_way_out(
    written: str | list[str], words: str, nearest: str | None
) -> None:
    """A slip would select nothing, and every check be silent about it."""
    for select, exclude in ((written, None), ("*", written)):
        with pytest.raises(SelectionError) as caught:
            selection.select(select, exclude, manifests.read(node("orders")))
        assert words in caught.value.message
        assert caught.value.nearest == nearest
        assert nearest is None or f"did you mean `{nearest}`?" in caught.value.message
