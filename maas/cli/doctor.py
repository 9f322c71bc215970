"""What a machine has and lacks, and how to get it."""

import importlib
import os
import platform
import re
import shutil
import socket
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from maas.cli.words import say
from maas.settings import Settings

NEEDED = (
    "fastapi", "numba", "numpy", "polars", "orjson", "rapidfuzz", "jaconv", "jinja2",
    "pydantic_settings", "rich", "starlette", "typer", "uvicorn", "networkx", "sqlalchemy",
    "alembic",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    name: str
    """Key of its texts."""
    ok: bool
    fact: str
    needed: bool = True


def findings(settings: Settings) -> Iterator[Finding]:
    """Look at everything, needed things first."""
    yield Finding("python", sys.version_info >= (3, 11), platform.python_version())
    missing = [name for name in NEEDED if not _importable(name)]
    fact = say(
        "doctor.packages.fact",
        n=len(NEEDED) - len(missing),
        all=len(NEEDED),
        missing=f": {', '.join(missing)}" if missing else "",
    )
    yield Finding("packages", not missing, fact)
    yield _folder("data", settings.data_dir)
    cache = os.environ.get("NUMBA_CACHE_DIR")
    yield _folder("cache", Path(cache) if cache else settings.data_dir / "numba")
    yield _disk(settings.data_dir)
    yield _memory()
    yield _network(settings)
    yield _server("postgresql", ("psql", "postgres"), 5432)
    yield _server("redis", ("redis-server",), 6379)
    yield _server("chromium", ("chromium", "chromium-browser", "google-chrome"), None)


def _importable(name: str) -> bool:
    try:
        importlib.import_module(name)
    except ImportError:
        return False
    return True


def _folder(name: str, path: Path) -> Finding:
    try:
        path.mkdir(parents=True, exist_ok=True)
        probe = path / f".probe-{os.getpid()}"
        probe.write_bytes(b"")
        probe.unlink()
    except OSError:
        return Finding(name, ok=False, fact=f"{path}: {say('doctor.notwritable')}")
    return Finding(name, ok=True, fact=f"{path}: {say('doctor.writable')}")


def _disk(path: Path) -> Finding:
    while not path.exists() and path != path.parent:
        path = path.parent
    free = shutil.disk_usage(path).free / 1e9
    return Finding("disk", free >= 1, f"{free:.1f} GB")


def _memory() -> Finding:
    try:
        match = re.search(
            r"MemTotal:\s+(\d+) kB", Path("/proc/meminfo").read_text(encoding="ascii")
        )
    except OSError:
        match = None
    if match is None:
        return Finding("memory", ok=True, fact="?")
    size = int(match.group(1)) / 1e6
    return Finding("memory", size >= 1, f"{size:.1f} GB")


def _network(settings: Settings) -> Finding:
    path = settings.network or settings.sample_dir
    pointer = path / "current"
    if not pointer.exists():
        fact = say("doctor.network.none", path=path)
        return Finding("network", ok=False, fact=fact, needed=False)
    return Finding("network", ok=True, fact=f"{path} ({pointer.read_text().strip()})", needed=False)


def _server(name: str, programs: tuple[str, ...], port: int | None) -> Finding:
    for program in programs:
        if path := shutil.which(program):
            return Finding(name, ok=True, fact=path, needed=False)
    if port is not None:
        with socket.socket() as probe:
            probe.settimeout(0.2)
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return Finding(name, ok=True, fact=f"127.0.0.1:{port}", needed=False)
    return Finding(name, ok=False, fact=say("doctor.notfound"), needed=False)


def program_version() -> str:
    """Return the version of this service, `dev` where it runs from its source."""
    try:
        return version("kyushu-maas")
    except PackageNotFoundError:
        return "dev"
