"""The configuration: `.proofbot.yml` and `meta.proofbot` become the settings of every model.

`read` makes a Config of the text, or says everything that is wrong with it. `settle` lets it meet the projects. Which
checks there are, and what their options look like, is handed in as `Kinds`.
"""

from __future__ import annotations

from bot.core.config.differences import tell as differences
from bot.core.config.effective import Line, budget_lines, lines, origin_lines, policy_lines, warehouse_lines
from bot.core.config.frame import CheckKind, Kinds, NamedKind
from bot.core.config.reading import Config, Entry, read
from bot.core.config.schema import json_schema
from bot.core.config.settling import settle

__all__ = [
    "CheckKind",
    "Config",
    "Entry",
    "Kinds",
    "Line",
    "NamedKind",
    "budget_lines",
    "differences",
    "json_schema",
    "lines",
    "origin_lines",
    "policy_lines",
    "read",
    "settle",
    "warehouse_lines",
]
