"""Which nodes read which files, on small manifests."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest

from bot.core import change, files
from bot.domain import CauseKind
from tests.core import manifests
from tests.core.manifests import affected, causes, macro, node, source

ORDERS = PurePosixPath("shop/data/2024/orders.csv")


@pytest.mark.parametrize(
    "code",
    [
        "select * from read_csv('data/2024/orders.csv')",
        "select * from '../shop/data/2024/orders.csv'",
        "select * from './data/2024/orders.csv'",
        "select * from read_csv('data/*/orders.csv')",
        "select * from read_csv('data/**/*.csv')",
        "select * from read_csv('data/202?/orders.csv')",
        "select * from read_csv('{{ var(\"folder\") }}/orders.csv')",
        "select * from read_csv('{{ var(\"folder\") ~ '/orders.csv' }}')",
        "select * from delta_scan('data/2024')",
        "-- it's here\nselect * from 'data/2024/orders.csv'",
        'dbt.read(f"{root}/2024/orders.csv")',
        'os.path.join("data", "orders.csv")',
    ],
)
def test_a_model_that_names_a_file_reads_it(code: str) -> None:
    """A request that changes a data file would pass as one that touches no data."""
    project = manifests.read(node("orders", code))
    assert files.readers(project, [ORDERS]) == {"model.shop.orders": (str(ORDERS),)}


@pytest.mark.parametrize(
    "code",
    [
        "select * from 'data/2023/orders.csv'",
        "select * from 'data/2024/orders.csv.gz'",
        "select * from 'all_orders.csv'",
        "select * from 's3://bucket/data/2024/orders.csv'",
        "select * from read_csv('data/*.csv')",
        "select count(*), a.*, {{ cents('x') }} / 100 from {{ ref('orders') }} where kind = 'orders'",
    ],
)
def test_a_model_that_names_another_file_does_not(code: str) -> None:
    """One data file would have everything rebuilt and asked."""
    assert files.readers(manifests.read(node("orders", code)), [ORDERS]) == {}


def test_a_file_behind_a_source_or_a_macro_is_read() -> None:
    """Most projects name their files in sources, once."""
    project = manifests.read(
        node("direct", reads=["source.shop.raw.orders"]),
        node("by_macro", "{{ load() }}", macros=["macro.shop.load"]),
        node("other", reads=["source.shop.raw.stores"]),
        sources=[
            source("raw.orders", relation_name="'data/2024/orders.csv'"),
            source("raw.stores", relation_name="'data/2024/stores.csv'"),
        ],
        macros=[macro("macro.shop.load", "read_csv('orders.csv')")],
    )
    assert set(files.readers(project, [ORDERS])) == {"model.shop.direct", "model.shop.by_macro"}


def test_a_changed_file_makes_its_reader_modified_whatever_its_sql() -> None:
    """Equal SQL would clear a model whose data the request replaces."""
    project = manifests.read(node("orders", "select 1"), node("below", reads=["model.shop.orders"]))
    read = {"model.shop.orders": (str(ORDERS),)}
    assert change.to_compile(project, project, (), read) == ()
    found = change.between(project, project, (), {"model.shop.orders": ("select 1", "select 1")}, read)
    assert affected(found) == {"orders": "modified", "below": "downstream"}
    assert causes(found, "orders") == [(CauseKind.FILE, str(ORDERS))]


def test_a_path_in_a_variable_counts() -> None:
    """The data behind `read_csv('{{ var("input") }}')` would change unseen."""
    code = "select * from read_csv('{{ var(\"input\") }}')"
    project = manifests.read(
        manifests.node("a", code), manifests.node("b"), variables={"shop": {"shop": {"input": "data/x.csv"}}}
    )
    assert files.readers(project, [PurePosixPath("data/x.csv")]) == {"model.shop.a": ("data/x.csv",)}


@pytest.mark.parametrize(
    "line",
    ["import lib.rates", "from lib import rates", "from lib.rates import x as y", "    from lib import (a, rates)"],
)
def test_a_module_that_a_python_model_imports_counts(line: str) -> None:
    """The code of a Python model may stand elsewhere, and would change unseen."""
    reads = manifests.node("a", f"import os\n{line}\ndef model(dbt, session): ...", language="python")
    project = manifests.read(reads, manifests.node("b", "import libs", language="python"))
    assert files.readers(project, [PurePosixPath("lib/rates.py")]) == {"model.shop.a": ("lib/rates.py",)}
