from maestro.runtime.models.event import ExecutionEvent
from maestro.runtime.models.execution import Execution, Trigger
from maestro.runtime.models.grant import Environment, Grant, Withdrawal, WithdrawalMode
from maestro.runtime.models.run_preset import RunPreset
from maestro.runtime.models.saved_filter import SavedFilter
from maestro.runtime.models.step_run import StepRun

__all__ = [
    "Environment",
    "Execution",
    "ExecutionEvent",
    "Grant",
    "RunPreset",
    "SavedFilter",
    "StepRun",
    "Trigger",
    "Withdrawal",
    "WithdrawalMode",
]
