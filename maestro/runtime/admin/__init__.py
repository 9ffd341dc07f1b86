"""Runs in the console, and the approvals that hold them."""

from maestro.runtime.admin.approval import ApprovalRequestAdmin
from maestro.runtime.admin.event import ExecutionEventAdmin
from maestro.runtime.admin.execution import ExecutionAdmin
from maestro.runtime.admin.grant import GrantAdmin, WithdrawalAdmin
from maestro.runtime.admin.run_preset import RunPresetAdmin
from maestro.runtime.admin.saved_filter import SavedFilterAdmin
from maestro.runtime.admin.step_run import StepRunAdmin

__all__ = [
    "ApprovalRequestAdmin",
    "ExecutionAdmin",
    "ExecutionEventAdmin",
    "GrantAdmin",
    "RunPresetAdmin",
    "SavedFilterAdmin",
    "StepRunAdmin",
    "WithdrawalAdmin",
]
