"""Tests of what touches each warehouse."""
