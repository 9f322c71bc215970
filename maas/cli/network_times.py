"""`maas network times`."""

from pathlib import Path
from typing import Annotated

import typer

from maas.cli.network_build import UNUSABLE


def register(app: typer.Typer) -> None:
    """Add the command to `maas network`."""

    @app.command()
    def times(
        folder: Annotated[Path, typer.Argument(help="A network that was built.")],
        origins: Annotated[Path, typer.Argument(help="CSV: stop_id, or lat and lon; name.")],
        destinations: Annotated[Path, typer.Argument(help="CSV of the same kind.")],
        at: Annotated[str, typer.Option(help="When all leave: 2026-12-01T09:00.")],
        minutes: Annotated[int, typer.Option(min=1, max=2880, help="Longest journey.")] = 240,
        walk: Annotated[int, typer.Option(min=0, max=180, help="Minutes on foot at an end.")] = 15,
        threads: Annotated[int, typer.Option(min=1, max=64, help="Of each process.")] = 1,
        processes: Annotated[int, typer.Option(min=1, max=64)] = 1,
        part: Annotated[str, typer.Option(help="K/N: the K-th of N parts of the origins.")] = "1/1",
    ) -> None:
        """
        Write the seconds from every origin to every destination as CSV; empty where none goes.

        Machines that map the same network share the work: each takes another part, and the rows
        of the parts one below the other are the table.
        """
        import csv
        import sys

        from maas.cli.plan import moment_of
        from maas.core.errors import MaasError
        from maas.usecases.travel_times import Workers, read_places, table_rows
        from routing.model import SearchRequest
        from routing.raptor.matrix import part_of

        number, _, parts = part.partition("/")
        if not (number.isdigit() and parts.isdigit() and 1 <= int(number) <= int(parts)):
            raise typer.BadParameter(f"--part {part}: 1/4")
        workers = Workers(threads, processes, int(number) - 1, int(parts))
        request = SearchRequest(
            (), (), moment_of(at), max_travel_s=minutes * 60, max_access_s=walk * 60,
            max_egress_s=walk * 60, max_direct_s=walk * 60,
        )  # fmt: skip
        try:
            starts, ends = read_places(origins), read_places(destinations)
            writer = csv.writer(sys.stdout, lineterminator="\n")
            if workers.part == 0:
                writer.writerow(["", *ends])
            rows = table_rows(folder, request, list(starts.values()), list(ends.values()), workers)
            names = list(starts)[part_of(len(starts), workers.part, workers.parts)]
            for name, row in zip(names, rows, strict=True):
                writer.writerow([name, *("" if took < 0 else took for took in row.tolist())])
        except MaasError as error:
            typer.echo(error.detail, err=True)
            raise typer.Exit(UNUSABLE) from error
