"""Dresses: a report becomes Markdown, a terminal page or JSON. All escaping lives here."""
