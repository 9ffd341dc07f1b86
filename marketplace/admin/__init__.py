from marketplace.admin import installation, release, review, submission

__all__ = ["installation", "release", "review", "submission"]
