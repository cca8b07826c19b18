"""A GitHub of our own for the tests: it remembers, it is as strict as the real one, and it fails when it is told to."""
