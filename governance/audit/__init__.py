"""The audit chain: what was decided and done, linked so that no part of it can be changed unseen."""
