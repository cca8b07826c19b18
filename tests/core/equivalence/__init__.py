"""Tests of `bot.core.equivalence`."""
