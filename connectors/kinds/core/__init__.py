"""Core tasks: values, failing on purpose, and the steps that the engine itself carries out."""

from connectors.kinds.core.control import APPROVAL, CALL, WAIT
from connectors.kinds.core.values import FailStep, SetValues, TransformValue

__all__ = ["APPROVAL", "CALL", "WAIT", "FailStep", "SetValues", "TransformValue"]
