"""What the catalog's pages show, worked out from what the services found."""
