"""One folder per kind of connector. Kinds do not know each other."""
