"""The project: settings, entry points, and Conductor, the part that runs workflows."""
