"""How long a Snowflake that does not answer is waited for; the connector tries until the statement's limit."""

from __future__ import annotations

import time
from collections.abc import Iterator

GAVE_UP = 259_999  # a number of failure that is none of the connector's
_PAUSES = (1, 2, 4, 8, 16)  # seconds before the second try, the third ...
_LONGEST = 90.0  # seconds, after which nothing is tried again


def pauses() -> Iterator[int]:
    """How long the connector is to wait before it sends one request once more; it fails where it has waited enough.

    A statement that works for hours is many requests, each of which is answered within a minute.

    Raises:
        snowflake.connector.errors.OperationalError: it is given up, with `GAVE_UP` as its number.
    """
    from snowflake.connector.errors import OperationalError

    began, tries = time.monotonic(), 0
    for pause in (*_PAUSES, 0):  # the connector takes the next pause when it has waited, and only then tries
        yield pause
        tries += 1
        if time.monotonic() - began > _LONGEST:
            break
    raise OperationalError(msg=f"there was no answer in {tries} tries", errno=GAVE_UP)
