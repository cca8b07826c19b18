"""A small shop in dbt, and a pull request that loses rows without failing a test."""
