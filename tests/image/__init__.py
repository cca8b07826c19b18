"""The container image: what the Dockerfile says, and, by `make test-image`, what becomes of it."""
