"""Whole runs on the servers of warehouses: from git to the comment, and what is left behind there."""
