"""Faults, tried for real: processes are killed, brokers emptied, the database restarted.

Workers and beats here are processes of their own, as `make run` starts them, on the tests' database.
"""
