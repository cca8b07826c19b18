"""Tests of bot/core/lineage/."""
