"""What every app stands on. The kernel imports no app."""
