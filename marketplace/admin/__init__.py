from marketplace.admin import installation, publisher, release, review, submission, template

__all__ = ["installation", "publisher", "release", "review", "submission", "template"]
