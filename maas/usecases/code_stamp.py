"""What was computed is right as long as the code that computed it is the same."""

from collections.abc import Iterator
from functools import cache
from hashlib import sha256
from importlib.resources import files
from importlib.resources.abc import Traversable


@cache
def code_stamp(*packages: str) -> str:
    """Return a hash of the code and tables of these packages."""
    digest = sha256()
    for package in packages:
        for path in sorted(_sources(files(package)), key=str):
            digest.update(path.name.encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _sources(folder: Traversable) -> Iterator[Traversable]:
    for path in folder.iterdir():
        if path.is_dir() and path.name != "__pycache__":
            yield from _sources(path)
        elif path.name.endswith((".py", ".csv", ".psv")):
            yield path
