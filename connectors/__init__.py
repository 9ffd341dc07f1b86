"""Connectors: the contract that tasks keep, the registry that finds them, one folder per kind."""
