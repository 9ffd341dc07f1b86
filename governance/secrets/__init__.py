"""Where the value of a tenant's secret is kept, when it is not sealed in the database."""
