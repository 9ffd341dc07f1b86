"""What can be proved to somebody who trusts nothing here but a public key."""
