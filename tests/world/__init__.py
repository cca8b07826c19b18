"""Tests of the hands: real git, real processes, real locks, real files."""
