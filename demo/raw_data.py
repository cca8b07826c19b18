"""The raw tables of the shop: some 50,000 rows, the same on every machine."""

from __future__ import annotations

import csv
import random
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import duckdb

CUSTOMERS = 3_000
PRODUCTS = 240
FREE_SAMPLES = 6  # the last products; they cost nothing and are never ordered
ORDERS = 12_000
GUEST_SHARE = 0.04

_SEED = 20251101
_YEAR = datetime(2025, 1, 1)  # noqa: DTZ001  (the shop's clock has no time zone)
_MINUTES_OF_YEAR = 365 * 24 * 60
_COUNTRIES = ("DE", "DE", "DE", "FR", "FR", "GB", "GB", "US", "US", "NL", "AT", "CH", "IT", "BE", "DK", "PL", "CA")
_CATEGORIES = ("books", "garden", "kitchen", "outdoor", "toys")
_METHODS = ("card", "card", "card", "wallet", "wallet", "invoice", "transfer")
_STATUSES = ("completed",) * 22 + ("returned", "cancelled", "placed")

_COLUMNS = {
    "customers": "customer_id integer, full_name varchar, email varchar, country_code varchar, "
    "signed_up_at timestamp, newsletter boolean, updated_at timestamp",
    "products": "product_id integer, product_name varchar, category varchar, price_cents integer, "
    "cost_cents integer, discontinued boolean",
    "orders": "order_id integer, customer_id integer, ordered_at timestamp, status varchar, channel varchar",
    "order_items": "order_item_id integer, order_id integer, product_id integer, quantity integer, "
    "unit_price_cents integer",
    "payments": "payment_id integer, order_id integer, method varchar, amount_cents integer, paid_at timestamp",
}

Row = tuple[object, ...]


@dataclass
class _Sales:
    """What the orders leave behind, row by row."""

    orders: list[Row] = field(default_factory=list)
    order_items: list[Row] = field(default_factory=list)
    payments: list[Row] = field(default_factory=list)


class _Dice:
    """Random numbers from nothing but `Random.random`, whose sequence no Python version may change."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def below(self, limit: int, *, skew: float = 1.0) -> int:
        """A whole number from 0 up to `limit`, exclusive; a skew above 1 favours the small ones."""
        return int(self._random.random() ** skew * limit)

    def one_of(self, choices: tuple[str, ...]) -> str:
        """One of the choices."""
        return choices[self.below(len(choices))]

    def happens(self, share: float) -> bool:
        """True in this share of the cases."""
        return self._random.random() < share


def write_raw_tables(database: Path) -> dict[str, int]:
    """Create `database` with the schema `raw`; returns how many rows each table got, by its name."""
    tables = _invent_tables()
    with tempfile.TemporaryDirectory() as folder, duckdb.connect(str(database)) as connection:
        connection.execute("create schema raw")
        for name, rows in tables.items():
            file = Path(folder) / f"{name}.csv"
            with file.open("w", newline="", encoding="utf-8") as stream:
                csv.writer(stream).writerows(rows)
            connection.execute(f"create table raw.{name} ({_COLUMNS[name]})")
            connection.execute(f"copy raw.{name} from '{str(file).replace(chr(39), chr(39) * 2)}' (header false)")
    return {name: len(rows) for name, rows in tables.items()}


def _invent_tables() -> dict[str, list[Row]]:
    dice = _Dice(_SEED)
    customers = list(_invent_customers(dice))
    products = list(_invent_products(dice))
    sales = _invent_sales(dice, prices=[int(str(product[3])) for product in products])
    return {
        "customers": customers,
        "products": products,
        "orders": sales.orders,
        "order_items": sales.order_items,
        "payments": sales.payments,
    }


def _invent_customers(dice: _Dice) -> Iterator[Row]:
    for number in range(1, CUSTOMERS + 1):
        signed_up = _YEAR - timedelta(minutes=dice.below(2 * _MINUTES_OF_YEAR)) + timedelta(days=90)
        updated = signed_up + timedelta(days=dice.below(200))
        email = f"Customer{number}@example.com"
        yield number, f"Customer {number}", email, dice.one_of(_COUNTRIES), signed_up, dice.happens(0.3), updated


def _invent_products(dice: _Dice) -> Iterator[Row]:
    for number in range(1, PRODUCTS + 1):
        category = dice.one_of(_CATEGORIES)
        price = 0 if number > PRODUCTS - FREE_SAMPLES else 295 + 50 * dice.below(190, skew=2)
        cost = price * (40 + dice.below(35)) // 100
        yield number, f"{category} article {number}", category, price, cost, dice.happens(0.1)


def _invent_sales(dice: _Dice, *, prices: list[int]) -> _Sales:
    sales = _Sales()
    for number in range(1, ORDERS + 1):
        # Who orders without an account has no customer: the rows that an inner join loses.
        guest = dice.happens(GUEST_SHARE)
        customer = "" if guest else 1 + dice.below(CUSTOMERS, skew=1.5)
        channel = dice.one_of(("web", "shop") if guest else ("web", "web", "app", "shop"))
        ordered_at = _YEAR + timedelta(minutes=number * _MINUTES_OF_YEAR // (ORDERS + 1) + dice.below(30))
        status = dice.one_of(_STATUSES)
        sales.orders.append((number, customer, ordered_at, status, channel))
        total = 0
        for _ in range(1 + dice.below(4, skew=1.5)):
            product = dice.below(PRODUCTS - FREE_SAMPLES, skew=1.3)
            quantity = 1 + dice.below(3, skew=2.5)
            unit_price = prices[product] * (90 if dice.happens(0.15) else 100) // 100
            sales.order_items.append((len(sales.order_items) + 1, number, product + 1, quantity, unit_price))
            total += quantity * unit_price
        if status in ("completed", "returned"):
            _invent_payments(dice, sales, order=number, total=total, ordered_at=ordered_at)
    return sales


def _invent_payments(dice: _Dice, sales: _Sales, *, order: int, total: int, ordered_at: datetime) -> None:
    parts = [total // 2, total - total // 2] if dice.happens(0.05) else [total]
    for part in parts:
        paid_at = ordered_at + timedelta(minutes=1 + dice.below(4_000))
        sales.payments.append((len(sales.payments) + 1, order, dice.one_of(_METHODS), part, paid_at))
