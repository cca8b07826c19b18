"""Tests of warehouses that are asked by dbt's adapters."""
