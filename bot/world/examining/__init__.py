"""What `proofbot doctor` looks at outside of us: the machine, the repository, DuckDB, the forge. Nothing is left."""
