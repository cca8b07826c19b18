"""Tests of Snowflake, mostly on fakesnow."""
