"""By which digest a page names the report.json that it is about."""

from __future__ import annotations

from bot.domain import Report
from bot.render import json
from bot.render.dress import Dress

_DIGITS = 12


def words(report: Report, digest: str, dress: Dress) -> str:
    """`evidence abc123…`; empty where nothing was recorded.

    Args:
        digest: that of report.json as it was written, empty where that is the report as it is.
    """
    if report.evidence is None:
        return ""
    told = digest or str(json.document(report)["digest"])
    return f"evidence {dress.name(f'{told[:_DIGITS]}…')} (report.json)"
