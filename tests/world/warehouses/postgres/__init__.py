"""PostgreSQL: a real server, asked and built in."""
