"""`maas network places`."""

from pathlib import Path
from typing import Annotated

import typer

from maas.cli.network_build import UNUSABLE


def register(app: typer.Typer) -> None:
    """Add the command to `maas network`."""

    @app.command()
    def places(
        folder: Annotated[Path, typer.Argument(help="A network that was built.")],
        below: Annotated[
            float, typer.Option(min=0, max=1, help="Only places of at most this confidence.")
        ] = 1.0,
        method: Annotated[
            str, typer.Option(help="Only places gathered so: name, hand, parent, single.")
        ] = "",
        name: Annotated[str, typer.Option(help="Only places whose name holds this.")] = "",
    ) -> None:
        """
        List places and their stops as CSV, to review how stops were gathered.

        The first two columns are those of `build --places-overrides`: keep the rows to correct,
        give stops that belong together the same place, or none to the stop that stands alone.
        """
        import csv
        import sys

        from maas.core.errors import MaasError
        from maas.usecases.survey_network import place_rows, stored_network

        try:
            network = stored_network(folder)
        except MaasError as error:
            typer.echo(error.detail, err=True)
            raise typer.Exit(UNUSABLE) from error
        rows = place_rows(network)
        writer = csv.DictWriter(sys.stdout, next(rows), lineterminator="\n")
        writer.writeheader()
        for row in rows:
            fits = float(row["confidence"]) <= below and name in row["place_name"]
            if fits and (not method or method in row["method"].split("+")):
                writer.writerow(row)
