"""Snowflake, through its own connector, with the credentials of the dbt profile."""
