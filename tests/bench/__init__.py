"""Benchmarks. Each says what it measured, how often, and the spread; none of them is a test."""
