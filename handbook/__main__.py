"""`python -m handbook` writes the pages that are made from the code anew."""

from __future__ import annotations

from handbook.pages import texts

for path, text in texts().items():
    path.write_text(text, encoding="utf-8", newline="\n")
