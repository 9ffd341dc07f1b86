"""The tasks that the engine itself carries out, as documents name them. Pure."""

WAIT, APPROVAL, CALL = "core.wait@1", "core.approval@1", "workflow.call@1"
