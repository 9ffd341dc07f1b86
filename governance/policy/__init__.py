"""The policy engine: what goes in, who answers, what comes out."""
