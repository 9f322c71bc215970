"""What the project cannot do (yet), said by name."""


class Missing(Exception):
    """A query needs something that is not there; its text names it."""
