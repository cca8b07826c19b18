"""Tests of the checks: conversations fed with answers."""
