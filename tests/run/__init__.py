"""Tests of the chapters that can be read alone."""
