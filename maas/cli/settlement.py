"""`maas settlement`: check a statement without our server."""

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, help="Settlement among operators (事業者間精算).")


@app.callback()
def settlement() -> None:
    """Settlement among operators (事業者間精算)."""


@app.command()
def verify(
    statement: Annotated[Path, typer.Argument(help="精算書 (JSON)")],
    previous: Annotated[
        Path | None, typer.Option(help="前回の精算書 / your previous statement")
    ] = None,
    lang: Annotated[str, typer.Option(help="ja or en")] = "ja",
) -> None:
    """
    Recompute a statement from itself alone; exit 0 where it is right, 1 where not.

    精算書を、その中身だけから計算し直します。
    """
    import json

    from operators.settlement.statement import verify as verify_statement

    def read(path: Path) -> dict[str, object]:
        try:
            document = json.loads(path.read_bytes())
        except (OSError, ValueError) as error:
            print(f"{path}: 読めません / cannot be read: {error}")
            raise typer.Exit(2) from error
        if not isinstance(document, dict):
            print(f"{path}: 精算書ではありません / not a statement")
            raise typer.Exit(2)
        return document

    document = read(statement)
    before = str(read(previous).get("hash")) if previous else None
    checks = verify_statement(document, previous_hash=before)
    for check in checks:
        print(("OK   " if check.passed else "NG   ") + (check.en if lang == "en" else check.ja))
    raise typer.Exit(0 if all(check.passed for check in checks) else 1)
