"""What is guessed to be personal."""

from __future__ import annotations

import pytest

from bot.core.first import personal
from tests.core.manifests import node
from tests.core.manifests import read as project_of


@pytest.mark.parametrize(
    "name",
    [
        "email",
        "customer_email",
        "EMAIL_ADDRESS",
        "phone",
        "mobile_number",
        "first_name",
        "LastName",
        "customer_name",
        "billing_address",
        "address_line_1",
        "zip_code",
        "ssn",
        "birth_date",
        "date_of_birth",
        "dob",
        "ip",
        "ip_address",
        "client_ip",
        "iban",
        "passport_number",
        "tax_id",
        "password_hash",
        "latitude",
        "card_number",
        "surname",
    ],
)
def test_personal_names(name: str) -> None:
    """A column that holds people would be shown to everybody who reads a comment."""
    assert personal.is_personal(name)


@pytest.mark.parametrize(
    "name",
    [
        "id",
        "customer_id",
        "name",
        "product_name",
        "status",
        "amount",
        "is_email_valid",
        "has_phone",
        "number_of_addresses",
        "email_count",
        "ship_date",
        "zip_file",
        "tip",
        "membership",
        "recipe",
        "script",
        "address_id",
        "location_name",
        "n_phone",
        "shipping",
        "hip",
        "emails_sent",
    ],
)
def test_names_that_are_none(name: str) -> None:
    """Whoever looks for what changed would find masks on columns that hide nobody."""
    assert not personal.is_personal(name)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("raw_customers", True),
        ("stg_shop__users", True),
        ("people", True),
        ("products", False),
        ("custom_events", False),
    ],
)
def test_whose_name_a_name_is(name: str, expected: bool) -> None:  # noqa: FBT001
    """`name` of customers would be shown, or that of products masked."""
    assert personal.is_of_people(name) is expected


def test_marks_are_found_in_tags_and_meta_of_nodes_and_columns() -> None:
    """A project that has marked its people with a word of its own would have marked them in vain."""
    shop = project_of(
        node("a", tags=["GDPR", "nightly"]),
        node("b", columns={"x": {"name": "x", "meta": {"contains": ["phi"]}}}),
        node("c", meta={"sensitive": False, "proofbot": {"samples": {"personal": ["confidential"]}}}),
    )
    assert personal.marks(shop.nodes.values()) == ("gdpr", "phi")
