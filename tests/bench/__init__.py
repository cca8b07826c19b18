"""The bench's pure parts: what it holds proofbot against must be right itself."""
