"""The way from a version to a release, as a workflow of Maestro's own."""
