"""How declarations are spoken of, and how their names are written."""

from __future__ import annotations

WHAT = "the declaration"
REMEDY = "Mend it; docs/declarations.md says what may stand there."


def is_pattern(models: str) -> bool:
    """Whether a key of a declaration may name many models."""
    return "*" in models
