"""Measurements: what proofbot costs. Nothing here is a test."""
