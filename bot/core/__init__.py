"""Thinks: pure functions over the nouns. Knows no file, process, clock, driver or network."""
