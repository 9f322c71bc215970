"""Give the wheel the direct dependencies of requirements/base.in, so that they are named once."""

from pathlib import Path

from hatchling.metadata.plugin.interface import MetadataHookInterface


class DirectDependencies(MetadataHookInterface):
    """Reads requirements/base.in."""

    def update(self, metadata: dict) -> None:
        lines = (Path(self.root) / "requirements" / "base.in").read_text().splitlines()
        metadata["dependencies"] = [x.strip() for x in lines if x.strip() and x[0] != "#"]
