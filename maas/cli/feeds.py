"""`maas feeds`: read, validate, mend."""

import typer

from maas.cli import (
    feeds_describe,
    feeds_diff,
    feeds_mend,
    feeds_sample,
    feeds_sheets,
    feeds_validate,
    feeds_watch,
)

app = typer.Typer(no_args_is_help=True, help="Read, validate and mend timetable feeds.")


@app.callback()
def feeds() -> None:
    """Read, validate and mend timetable feeds."""


feeds_sample.register(app)
feeds_validate.register(app)
feeds_diff.register(app)
feeds_watch.register(app)
feeds_mend.register(app)
feeds_describe.register(app)
feeds_sheets.register(app)
