"""Stories: from a git repository to a comment, with the real dbt and the real database."""
