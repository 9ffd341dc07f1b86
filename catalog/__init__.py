"""The catalog: what a workflow is, its versions, and how they are found."""
