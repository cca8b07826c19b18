"""How much of a column's values a reader may see."""

from __future__ import annotations

import pytest

from bot.core import privacy
from bot.domain import Node, Samples, Showing
from tests.core import manifests
from tests.core.manifests import node

PII: dict[str, object] = {"tags": ["pii"]}


def _orders(columns: dict[str, dict[str, object]] | None = None, **more: object) -> Node:
    declared = {name: {"name": name, **marks} for name, marks in (columns or {}).items()}
    return manifests.read({**node("orders", columns=declared), **more}).nodes["model.shop.orders"]


def _email(base: Node | None, head: Node | None, samples: Samples | None = None) -> Showing:
    return privacy.showing(samples or Samples(), (base, head), ["id", "email"])["email"]


@pytest.mark.parametrize(
    "marks",
    [
        {"tags": ["pii"]},
        {"tags": ["core", "PII"]},
        {"config": {"tags": ["pii"]}},
        {"meta": {"pii": True}},
        {"meta": {"Pii": "yes"}},
        {"config": {"meta": {"pii": {"kind": "mail"}}}},
        {"meta": {"contains": "pii"}},
        {"meta": {"contains": ["money", "PII"]}},
        {"meta": {"governance": {"classes": ["pii"]}}},
        {"meta": {"governance": {"pii": 1}}},
    ],
)
def test_a_column_marked_as_personal_is_hidden(marks: dict[str, object]) -> None:
    """An address would stand in a comment that the whole company reads."""
    marked = _orders({"email": marks})
    assert _email(None, marked) is Showing.HIDE
    assert privacy.showing(Samples(), [marked], ["id"]) == {"id": Showing.SHOW}


@pytest.mark.parametrize(
    "marks",
    [
        {},
        {"tags": ["pii_free"]},
        {"meta": {"pii": False}},
        {"meta": {"pii": None}},
        {"meta": {"pii": []}},
        {"meta": {"contains": "no pii"}},
        {"description": "pii"},
    ],
)
def test_what_is_not_marked_is_shown(marks: dict[str, object]) -> None:
    """Samples that show nothing explain nothing."""
    assert _email(None, _orders({"email": marks})) is Showing.SHOW


def test_a_mark_on_either_side_is_enough() -> None:
    """A request that takes a mark away would publish the data by that very request."""
    marked, plain = _orders({"email": PII}), _orders({"email": {}})
    assert _email(marked, plain) is Showing.HIDE
    assert _email(plain, marked) is Showing.HIDE
    assert _email(marked, None) is Showing.HIDE


@pytest.mark.parametrize("more", [{"tags": ["pii"]}, {"meta": {"pii": True}}, {"config": {"meta": {"has": ["pii"]}}}])
def test_a_marked_model_hides_all_its_columns(more: dict[str, object]) -> None:
    """A table that is personal as a whole would be shown for want of marks on its columns."""
    shown = privacy.showing(Samples(), (_orders(), _orders({"id": {}}, **more)), ["id", "undeclared"])
    assert shown == {"id": Showing.HIDE, "undeclared": Showing.HIDE}


def test_our_own_settings_are_no_mark() -> None:
    """A model that says which marks count would never be shown again."""
    ours = {"proofbot": {"samples": {"personal": ["pii"]}}}
    assert _email(None, _orders({"email": {}}, meta=ours)) is Showing.SHOW


def test_names_match_regardless_of_case_and_quotes_and_keep_their_spelling() -> None:
    """On a warehouse with names in upper case no mark would be found."""
    head = _orders({"Email": PII, '"phone"': PII})
    samples = Samples(columns={"note": Showing.MASK})
    assert privacy.showing(samples, (None, head), ["EMAIL", "email", "PHONE", "NOTE"]) == {
        "EMAIL": Showing.HIDE,
        "email": Showing.HIDE,
        "PHONE": Showing.HIDE,
        "NOTE": Showing.MASK,
    }


def test_a_personal_part_hides_the_whole_column() -> None:
    """A street would be shown inside of its address."""
    head = _orders({"address.street": PII})
    shown = privacy.showing(Samples(), [head], ["address", "addresses"])
    assert shown == {"address": Showing.HIDE, "addresses": Showing.SHOW}


def test_rules_hold_by_name() -> None:
    """A column that was to be masked would be shown."""
    samples = Samples(columns={"Email": Showing.MASK, "id": Showing.HASH, "note": Showing.HIDE, "sum": Showing.SHOW})
    assert privacy.showing(samples, (), ["email", "id", "note", "sum", "day"]) == {
        "email": Showing.MASK,
        "id": Showing.HASH,
        "note": Showing.HIDE,
        "sum": Showing.SHOW,
        "day": Showing.SHOW,
    }


def test_the_strictest_of_two_rules_holds() -> None:
    """Which of two spellings wins would be a matter of their order."""
    for columns in ({"ID": Showing.SHOW, "id": Showing.MASK}, {"id": Showing.MASK, "ID": Showing.SHOW}):
        assert privacy.showing(Samples(columns=columns), (), ["Id"]) == {"Id": Showing.MASK}


@pytest.mark.parametrize("rule", list(Showing))
def test_no_rule_shows_what_is_personal(rule: Showing) -> None:
    """A line of configuration would undo what the owner of the data declared."""
    samples = Samples(columns={"email": rule})
    assert _email(_orders({"email": PII}), _orders(), samples) is Showing.HIDE


def test_other_marks_can_be_named() -> None:
    """A team that writes `sensitive` would have to tag everything anew."""
    samples = Samples(personal=("Sensitive", "gdpr"))
    assert _email(None, _orders({"email": {"tags": ["sensitive"]}}), samples) is Showing.HIDE
    assert _email(None, _orders({"email": {"meta": {"GDPR": True}}}), samples) is Showing.HIDE
    assert _email(None, _orders({"email": PII}), samples) is Showing.SHOW


def test_a_renamed_column_is_as_personal_as_it_was() -> None:
    """Renaming a column would publish what it held."""
    base, head = _orders({"email": PII, "note": {}}), _orders({"mail": {}})
    samples = Samples(columns={"note": Showing.HASH})
    renamed = {"mail": "EMAIL", "remark": "note"}
    shown = privacy.showing(samples, (base, head), ["mail", "remark", "day"], renamed)
    assert shown == {"mail": Showing.HIDE, "remark": Showing.HASH, "day": Showing.SHOW}


@pytest.mark.parametrize(
    ("sql", "column"),
    [
        ("select email from {{ ref('orders') }}", "email"),
        ("select lower(o.EMAIL) as contact from orders o", "email"),
        ('select "Email" as x', "email"),
        ("select email/**/ as x", "EMAIL"),
        ('select "Start (ET)" as x', "Start (ET)"),
        ("select struct_extract(address, 'street')", "address.street"),
        ("select 1 -- email", "email"),
        ("select `größe`", "Größe"),
    ],
)
def test_sql_that_names_a_column_mentions_it(sql: str, column: str) -> None:
    """A personal value would be published under the other name that a query gives it."""
    assert privacy.mentions(sql, ["day", column])


@pytest.mark.parametrize(
    ("sql", "column"),
    [
        ("select id from orders", "email"),
        ("select email_count from orders", "email"),
        ("select start from trips", "Start (ET)"),
        ("select street from trips", "address.street"),
    ],
)
def test_sql_that_does_not_name_a_column_does_not_mention_it(sql: str, column: str) -> None:
    """A query beside the personal column could never show an example."""
    assert not privacy.mentions(sql, [column])
    assert not privacy.mentions(sql, [])
