"""The command `proofbot`, also as `python -m bot`."""

from __future__ import annotations

import sys


def start() -> None:
    """Opens the door. What cannot even be imported must not look like a closed gate, which exits with 1."""
    try:
        from bot.cli import main

        main()  # which imports the command that is called
    except ImportError as error:
        sys.stderr.write(
            f"proofbot: it is not installed completely: {error}\n  Install it again: pip install proofbot\n"
        )
        sys.exit(3)


if __name__ == "__main__":
    start()
