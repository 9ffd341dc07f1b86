"""What a worker does with an execution: read it, think, call, write."""
