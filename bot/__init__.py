"""proofbot: a CI bot that proves what a dbt pull request does to the data."""
