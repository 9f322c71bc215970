"""`maas feeds sheet` and `maas feeds template`: timetable workbooks to GTFS-JP."""

from pathlib import Path
from typing import Annotated, Any

import typer

from maas.cli.feeds_mend import Format
from maas.cli.output import write_file


def register(app: typer.Typer) -> None:
    """Add the commands to `maas feeds`."""

    @app.command()
    def template(
        out: Annotated[Path, typer.Argument(help="Where the workbook (xlsx) is written.")],
    ) -> None:
        """Write the workbook that a company fills in: stops, timetables, fares."""
        from gtfs_feeds.sheets import write_template

        write_file(out, write_template())
        typer.echo(f"{out}")

    @app.command()
    def sheet(
        files: Annotated[
            list[Path], typer.Argument(help="Workbooks, csv files, or a folder of them.")
        ],
        out: Annotated[Path, typer.Option(help="Where the GTFS-JP zip is written.")],
        operator: Annotated[str, typer.Option(help="Where no sheet says it: 事業者名.")] = "",
        number: Annotated[str, typer.Option(help="法人番号, 13 digits.")] = "",
        url: Annotated[str, typer.Option(help="Website of the company.")] = "",
        mode: Annotated[str, typer.Option(help="バス, 船, 鉄道, 路面電車, 航空.")] = "",
        first_day: Annotated[str, typer.Option("--from", help="First day, YYYY-MM-DD.")] = "",
        last_day: Annotated[str, typer.Option("--until", help="Last day, YYYY-MM-DD.")] = "",
        days: Annotated[str, typer.Option(help="Days where no sheet says them: 毎日.")] = "",
        form: Annotated[Format, typer.Option("--format", help="Of the report.")] = Format.TEXT,
    ) -> None:
        """Turn timetable sheets into GTFS-JP v4, or name every cell that needs a person."""
        from gtfs_feeds.sheets import Defaults, SheetRefused, convert_files

        defaults = Defaults(operator, number, url, mode, first_day, last_day, days)
        try:
            converted = convert_files(files, defaults)
        except SheetRefused as refused:
            show([], [], list(refused.problems), form)
            raise typer.Exit(1) from refused
        write_file(out, converted.data)
        show(list(converted.suggestions), list(converted.remarks), [], form)
        if form is Format.TEXT:
            typer.echo(f"便 / trips {converted.trips}, 停留所 / stops {converted.stops}: {out}")


def show(suggestions: list[Any], remarks: list[Any], problems: list[Any], form: Format) -> None:
    """Print what needs a person, what was taken as usual, and what is only suggested."""
    if form is Format.JSON:
        import json

        values = {
            "problems": [
                {"at": str(one.at), "code": one.trouble, "value": one.value}
                | {"ja": one.ja, "en": one.en}
                for one in problems
            ],
            "remarks": [
                {"at": str(one.at), "code": one.note, "value": one.value}
                | {"ja": one.ja, "en": one.en}
                for one in remarks
            ],
            "suggestions": [
                {"at": str(one.at), "field": one.field, "value": one.value, "source": one.source}
                for one in suggestions
            ],
        }
        typer.echo(json.dumps(values, ensure_ascii=False, indent=1))
        return
    for one in problems:
        typer.echo(f"✗ {one.at} «{one.value}» {one.ja} / {one.en}")
    for one in remarks:
        typer.echo(f"・ {one.at} «{one.value}» {one.ja} / {one.en}")
    for one in suggestions:
        typer.echo(f"? {one.at} 候補 / suggested {one.field}: {one.value} ({one.source})")
