"""Why something is not proven."""

from __future__ import annotations


class Doubt(Exception):
    """Nothing can be proven of this query; the words say why, for whoever debugs."""
