"""`python -m bot` is the command `proofbot`."""

from bot.cli import main

main()
