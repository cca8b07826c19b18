"""The schema of report.json, as this version has it."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any


def of_report() -> dict[str, Any]:
    """`report.schema.json`, which is part of the installed package."""
    found: dict[str, Any] = json.loads((files("bot") / "render" / "report.schema.json").read_text(encoding="utf-8"))
    return found
