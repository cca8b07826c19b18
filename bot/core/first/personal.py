"""Which columns hold what is personal, guessed by name; and by which words a project marks it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from bot.domain import Node

_NAMES = re.compile(
    r"""(?:^|_)(?:
      e_?mail(?:_addr(?:ess)?)? | (?:tele)?phone(?:_?(?:no|number|nr))? | mobile(?:_?(?:no|number|phone))?
    | msisdn | fax
    | (?:first|last|middle|full|maiden|given|family|user|nick|display|legal|preferred)_?name | sur_?name | forename
    | (?:customer|client|person|people|employee|contact|patient|member|owner|guest|subscriber|cardholder|holder
        |recipient|sender|author|buyer|seller|student|applicant|candidate|driver|passenger)_name
    | (?:street|home|postal|mailing|billing|shipping|delivery)?_?address(?:_?(?:line)?_?\d)?
    | street(?:_?(?:name|no|number))?
    | post_?code | zip(?:_?code)? | postal_code
    | ssn | social_security(?:_?(?:no|number|nr))? | national_id | passport(?:_?(?:no|number|id|nr))?
    | tax_?(?:id|number) | drivers?_licen[cs]e(?:_?(?:no|number))?
    | (?:date_of_)?birth(?:_?(?:day|date|dt|year|place|name))? | dob | birthday
    | ip(?:v[46])?(?:_?addr(?:ess)?)? | mac_addr(?:ess)? | (?:device|advertising)_id | idfa | gaid
    | iban | bic | (?:bank_)?account_(?:no|number|nr) | (?:credit_?)?card_(?:no|number|nr) | credit_card | cvv | cvc
    | password(?:_hash)? | passwd | latitude | longitude
    )$""",
    re.VERBOSE,
)
_FACTS = re.compile(r"^(?:is|has|num|number|count|n|total|avg|pct|percent|share|days|was|can|valid|verified)_")
_PERSONS = re.compile(
    r"(?:^|_)(?:customer|client|person|people|employee|contact|patient|member|user|guest|subscriber|student|driver)s?(?:_|$)"
)
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_MARKS = frozenset(
    {"pii", "personal", "personal_data", "gdpr", "dsgvo", "phi", "hipaa", "sensitive", "confidential", "contains_pii"}
)


def is_personal(column: str) -> bool:
    """Returns whether a column is called like something personal: `email`, `billing_address`, `customerName`.

    What counts such things, or says that there is one, is called otherwise: `is_email_valid`, `number_of_addresses`.
    """
    name = _CAMEL.sub("_", column.strip("\"`[]' ")).lower()
    return _FACTS.match(name) is None and _NAMES.search(name) is not None


def is_of_people(node: str) -> bool:
    """Returns whether a model is called as if its rows were people: their `name` is personal, a product's is not."""
    return node.lower().endswith("people") or _PERSONS.search(node.lower().rpartition("__")[2]) is not None


def marks(nodes: Iterable[Node]) -> tuple[str, ...]:
    """Returns the words by which a project marks what is personal, as tags or in `meta`, of nodes or of columns."""
    found: set[str] = set()
    for node in nodes:
        for tags, meta in ((node.tags, node.meta), *((column.tags, column.meta) for column in node.columns)):
            found |= {tag.lower() for tag in tags} | set(_words({k: v for k, v in meta.items() if k != "proofbot"}))
    return tuple(sorted(found & _MARKS))


def _words(value: object) -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, entry in value.items():
            if entry:
                yield str(key).lower()
                yield from _words(entry)
    elif isinstance(value, list | tuple):
        for entry in value:
            yield from _words(entry)
    elif isinstance(value, str):
        yield value.lower()
