"""Tests of bot/world/examining."""
