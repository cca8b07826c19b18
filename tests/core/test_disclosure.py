"""How much may be seen of what a query makes of columns of which not all may be seen."""

from __future__ import annotations

import pytest

from bot.core import disclosure
from bot.domain import Column, Showing

HIDE, MASK, HASH, SHOW = Showing.HIDE, Showing.MASK, Showing.HASH, Showing.SHOW
RULES = {"id": SHOW, "email": HIDE, "Phone": MASK, "note": SHOW, "born": HIDE}


def _seen(sql: str, *columns: str, types: str = "VARCHAR") -> dict[str, Showing]:
    names = {name for column in columns for name in (column, disclosure.unnumbered(column))}
    rules = {**dict.fromkeys(names, SHOW), **RULES}
    return dict(disclosure.of_query(sql, "duckdb", [Column(name, types) for name in columns], rules, RULES))


@pytest.mark.parametrize(
    "sql",
    [
        "select id, note, email, Phone from r",
        "select distinct r.email, id, note, r.Phone from r where note <> ''",
        "select * from r",
        "select * from r where note = 'x' and id in (select id from other)",
    ],
)
def test_columns_that_are_handed_on_go_by_their_own_rules(sql: str) -> None:
    """A query over a table with one personal column could never show an example."""
    assert _seen(sql, "id", "note", "email", "Phone") == {"id": SHOW, "note": SHOW, "email": HIDE, "Phone": MASK}


@pytest.mark.parametrize(
    "sql",
    [
        "select lower(email) as contact from r",
        "select email as contact, id from r",
        "select email contact from r",
        "select email, email as contact from r",
        "select *, upper(Phone) as contact from r",
        "select (select email from r limit 1) as contact",
        "select contact from (select email as contact from r)",
        "with c(contact) as (select email from r) select contact from c",
        "select note as contact from r union all select email from r",
        "select concat(note, email, note) as contact from r",
        'select "EMAIL" || note as contact from r',
        "this is not sql of email",
    ],
)
@pytest.mark.parametrize("name", ["contact", "note"])
def test_a_personal_value_under_another_name_is_hidden(sql: str, name: str) -> None:
    """A personal value would be published under the name that a query gives it, be it the name of another column."""
    assert _seen(sql.replace("contact", name), name) == {name: HIDE}


def test_a_personal_value_in_place_of_a_number_is_hidden() -> None:
    """A year of birth would be published as an age."""
    assert _seen("select 2026 - born as age from r", "age", types="BIGINT") == {"age": HIDE}


def test_a_column_that_got_a_number_goes_by_its_own_name() -> None:
    """A join of a table with itself would publish its personal columns."""
    assert _seen("select a.*, b.* from r a join r b using (id)", "email", "email_1", "Phone_1", "note_1") == {
        "email": HIDE,
        "email_1": HIDE,
        "Phone_1": MASK,
        "note_1": HIDE,  # a text, of which no rule is known
    }
    assert _seen("select a.*, b.* from r a join r b using (id)", "born:1", types="INTEGER") == {"born:1": HIDE}


@pytest.mark.parametrize(
    ("type_name", "expected"),
    [
        ("VARCHAR", HIDE),
        ("STRUCT(email VARCHAR)", HIDE),
        ("JSON", HIDE),
        ("VARCHAR[]", HIDE),
        ("BIGINT", SHOW),
        ("DECIMAL(18,2)", SHOW),
        ("DATE", SHOW),
        ("BOOLEAN", SHOW),
    ],
)
def test_a_whole_row_under_another_name_is_hidden(type_name: str, expected: Showing) -> None:
    """A row as one value would publish all that is in it; numbers of rows could not be seen."""
    assert _seen("select r as anyone from r", "anyone", types=type_name) == {"anyone": expected}


def test_where_nothing_is_restricted_everything_is_shown() -> None:
    """A query could show no texts of its own making, in a project without personal data."""
    rules = {"id": SHOW, "label": SHOW, "row": SHOW}
    columns = [Column("label", "VARCHAR"), Column("row", "STRUCT(a INTEGER)")]
    assert disclosure.of_query("select upper(id) as label, r as row from r", "duckdb", columns, rules, ["id"]) == {
        "label": SHOW,
        "row": SHOW,
    }


def test_the_strictest_of_both_sides_holds() -> None:
    """A column that is a number at head alone would show what it was at base."""
    both = [Column("anyone", "JSON"), Column("anyone", "INTEGER")]
    rules = {**RULES, "anyone": SHOW}
    assert disclosure.of_query("select 1", "duckdb", both, rules, RULES) == {"anyone": HIDE}
    assert disclosure.strictest([]) is SHOW
    assert disclosure.strictest([HASH, MASK, SHOW]) is MASK


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("note", SHOW),
        ("phone", MASK),
        (' "Phone" ', MASK),
        ("email", HIDE),
        ("lower(email)", HIDE),
        ("substr(Phone, 1, 3)", HIDE),
        ("max(born)", HIDE),
        ("count(*)", SHOW),
        ("count(distinct email)", SHOW),
        ("count(distinct email) + max(born)", HIDE),
        ("sum(id)", SHOW),
    ],
)
def test_a_part_of_a_metric_goes_by_its_expression(expression: str, expected: Showing) -> None:
    """A metric by a part of an address would publish addresses, or one that counts them show no number."""
    assert disclosure.of_expressions({"x": expression}, RULES) == {"x": expected}


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (
            "Conversion Error: Could not convert string 'a@b.org' to INT32 when casting from source column email",
            "Conversion Error: Could not convert string … to INT32 when casting from source column email",
        ),
        (
            "Conversion Error: Could not convert string 'O'Brien' to INT32",
            "Conversion Error: Could not convert string … to INT32",
        ),
        (
            "Conversion Error: Type INT64 with value 491701234 can't be cast because it is out of range for INT8",
            "Conversion Error: Type INT64 with value … can't be cast because it is out of range for INT8",
        ),
        ('Constraint Error: Duplicate key "email: a" violates', "Constraint Error: Duplicate key … violates"),
        (
            "Binder Error: Referenced column \"a\" not found in 'x'",
            "Binder Error: Referenced column \"a\" not found in 'x'",
        ),
        ("stopped after 3 seconds", "stopped after 3 seconds"),
        (
            "could not count rows: Conversion Error: Could not convert string 'a@b.org' to DATE",
            "could not count rows: Conversion Error: Could not convert string … to DATE",
        ),
        (
            "Runtime Error in model a1\n  Conversion Error: invalid date field '5'\n\n  LINE 1: select 'x'",
            "Runtime Error in model a1\n  Conversion Error: invalid date field …\n\n  LINE 1: select 'x'",
        ),
        (
            "Invalid Input Error: CSV Error on Line: 3\nOriginal Line: 1,a@b.org\nToo many columns",
            "Invalid Input Error: CSV Error on Line: …\nOriginal Line: …\nToo many columns",
        ),
        (
            "Conversion Error: Could not convert string 'Ann\n\na@b.org' to INT32\n\nLINE 1: select 'x'",
            "Conversion Error: Could not convert string … to INT32\n\nLINE 1: select 'x'",
        ),
        (
            'Invalid Input Error: Could not parse string "a@b.org" by "%Y"\na@b.org\n^\nError: Expected a number',
            "Invalid Input Error: Could not parse string …\n…",
        ),
        (
            'Database Error in model a1 (a1.sql)\n  invalid input syntax for type integer: "a@b.org"\n  LINE 1: x',
            "Database Error in model a1 (a1.sql)\n  invalid input syntax for type integer: …\n  LINE 1: x",
        ),
        (
            'duplicate key value violates unique constraint "u"\nDETAIL:  Key (email)=(a@b.org) already exists.',
            "duplicate key value violates unique constraint …\nDETAIL: …",
        ),
        (
            "null value violates not-null constraint\nLINE 1: x\n   ^\nDETAIL:  Failing row contains (1,\nAnn).",
            "null value violates not-null constraint\nLINE 1: x\n   ^\nDETAIL: …",
        ),
        ('value "99999999999" is out of range for type integer', "value … is out of range for type integer"),
        ("100038 (22018): Numeric value 'a@b.org' is not recognized", "… (…): Numeric value … is not recognized"),
        ('Failed to cast variant value "Ann" to FIXED', "Failed to cast variant value … to FIXED"),
        ("Bad int64 value: a@b.org", "Bad int64 value: …"),
        ("[CAST_INVALID_INPUT] The value 'Ann' of the type", "[CAST_INVALID_INPUT] The value … of the type"),
        (
            "Conversion failed when converting the varchar value 'Ann' to",
            "Conversion failed when converting the varchar value … to",
        ),
        ('relation "raw.orders" does not exist', 'relation "raw.orders" does not exist'),
        (
            "Object 'RAW.ORDERS' does not exist or not authorized.",
            "Object 'RAW.ORDERS' does not exist or not authorized.",
        ),
    ],
)
def test_words_of_a_failure_tell_no_values(words: str, expected: str) -> None:
    """A value that a query cannot convert would be published in the words that say so."""
    assert disclosure.without_values(words) == expected
