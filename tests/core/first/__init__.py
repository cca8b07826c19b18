"""Tests of the first look at a project."""
