"""The marketplace: submissions, reviews, releases, installations. Built on all that is below it."""
