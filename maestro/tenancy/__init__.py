"""Tenants, people, memberships and tokens; builds the Actor of a request or a job."""
