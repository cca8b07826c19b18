"""What users copy: the examples for CI systems."""
