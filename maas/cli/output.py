"""How commands write a file: whole or not at all."""

from pathlib import Path

import typer

NOT_WRITTEN = 2


def write_file(path: Path, data: bytes) -> None:
    """
    Write a file in one step, so that a failure leaves what was there before.

    Where that cannot be done, the command says so and ends.
    """
    part = path.with_name(f"{path.name}.part")
    try:
        part.write_bytes(data)
        part.replace(path)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        typer.echo(f"{path}: 書き込めません / cannot be written: {reason}", err=True)
        raise typer.Exit(NOT_WRITTEN) from error
