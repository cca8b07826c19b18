"""Touches, never decides: git, dbt, files, processes, warehouses."""
