"""The documentation: pages made from the code (`python -m handbook`), and what `make docs` adds to mkdocs."""
