"""`maas network warm`."""

from pathlib import Path
from typing import Annotated

import typer

from maas.cli.network_build import UNUSABLE


def register(app: typer.Typer) -> None:
    """Add the command to `maas network`."""

    @app.command()
    def warm(
        folder: Annotated[Path, typer.Argument(help="A network that was built.")],
    ) -> None:
        """
        Search once in every way, so that all kernels are compiled before somebody waits for one.

        What a plain question needs is compiled when a server starts; the rest when it is first
        asked for, or here: once on a machine, in most of a minute.
        """
        from maas.core.clock import SystemClock
        from maas.core.errors import MaasError
        from maas.wiring import served_timetable
        from routing.timetable.store import load_timetable

        try:
            served_timetable(load_timetable(folder), SystemClock()).warm_all()
        except MaasError as error:
            typer.echo(error.detail, err=True)
            raise typer.Exit(UNUSABLE) from error
