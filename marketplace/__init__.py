"""The marketplace: submissions, reviews, releases and installations. Built on everything below it."""
