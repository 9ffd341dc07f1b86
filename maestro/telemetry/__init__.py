"""Log context now; metrics and tracing join it later."""
