"""PostgreSQL, Valkey and the supervision of processes, for `make run` and the tests.

Nothing here imports Django: it runs before there are settings.
"""
