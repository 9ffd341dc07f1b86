"""What the pages of the marketplace show, as plain data."""
