"""How each peer is asked for what proofbot tells: a script for each, or for two that are alike, run by the Python
of that peer's own environment.

    python bench/runners/PEER.py prepare|ask DATABASE FOLDER COLUMN...

DATABASE is a DuckDB file with the tables base.orders and head.orders, whose key is `id`; or how a Postgres with them is
reached, in JSON: `host`, `port`, `user`, `password`, `database`. FOLDER is the script's own.
`ask` prints a line of JSON: `added`, `removed`, `changed`, null for what the peer does not tell.
"""
