"""Conductor: executions, their steps, and the engine that moves them."""
