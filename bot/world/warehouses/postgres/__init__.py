"""PostgreSQL, by psycopg: one database, in which environments lie in schemas that are swapped."""
