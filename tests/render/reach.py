"""Reports that tell what the changes reach."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from bot.domain import Break, Reach, Reached, ReachedColumn, Reader, Report, Through
from tests.render.reports import shop

ORDERS, CUSTOMERS, DAILY = (f"model.shop.{name}" for name in ("orders", "customers", "daily_revenue"))
WEEKLY = "exposure.shop.weekly"


def reached() -> Report:
    """The shop's request: orders lose rows, a column of customers is gone, and a dashboard shows both."""
    return replace(
        shop(),
        reach=Reach(
            models=(
                Reached(ORDERS, "orders", is_changed=True, is_whole=True, is_measured=True),
                Reached(
                    CUSTOMERS,
                    "customers",
                    is_changed=True,
                    is_measured=True,
                    columns=(ReachedColumn("lifetime_value", is_measured=True),),
                    reads=(ORDERS,),
                ),
                Reached(DAILY, "daily_revenue", is_whole=True, reads=(ORDERS,), through=(Through(ORDERS),)),
            ),
            readers=(
                Reader(
                    WEEKLY,
                    "Weekly revenue",
                    "dashboard",
                    "ann@shop.example",
                    reads=(ORDERS, CUSTOMERS),
                    through=(Through(ORDERS), Through(CUSTOMERS, "lifetime_value")),
                    is_measured=True,
                ),
                Reader("metric.shop.sold", "sold", "metric", reads=(DAILY,), through=(Through(DAILY, "amount"),)),
            ),
            breaks=(
                Break(CUSTOMERS, "segment", "was removed", (WEEKLY, "metric.shop.more")),
                Break(CUSTOMERS, "orders_count", "became narrower: `BIGINT` became `INTEGER`"),
            ),
        ),
    )


def wide(models: int) -> Report:
    """One changed model and many below it."""
    below = tuple(Reached(f"model.shop.m{n}", f"m{n}", reads=(ORDERS,)) for n in range(models - 1))
    return replace(shop(), reach=Reach((Reached(ORDERS, "orders", is_changed=True, is_measured=True), *below)))


GOLDEN: Mapping[str, Callable[[], Report]] = {"reached": reached}
