"""A world to practise in: services and a mail sink on loopback, so that examples do real work.

Nothing here knows Maestro: it is the other side of the wire.
"""
