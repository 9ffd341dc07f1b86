from marketplace.admin import installation, publisher, release, review, submission

__all__ = ["installation", "publisher", "release", "review", "submission"]
