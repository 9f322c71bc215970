"""The table of place corrections: which stops are one place, and which are not."""

import csv
from pathlib import Path

from maas.core.errors import Kind, MaasError


class OverridesInvalid(MaasError):
    """The table of place corrections cannot be read."""

    code = "place-overrides-invalid"
    title = "The place corrections cannot be read"
    kind = Kind.INVALID


def read_overrides(path: Path) -> dict[str, str]:
    """
    Return stop id → label from a CSV with the columns `stop_id` and `place`.

    Stops with the same label are one place; an empty label takes a stop out of its place. Further
    columns (a reason, a reviewer) are for people.

    Raises:
        OverridesInvalid: The file is no such table; says the line.
    """
    try:
        lines = path.read_text("utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise OverridesInvalid(f"{path}: {error}", file=str(path)) from error
    rows = csv.DictReader(line for line in lines if not line.startswith("#"))
    if not {"stop_id", "place"} <= set(rows.fieldnames or ()):
        raise OverridesInvalid(
            f"{path}: the header needs stop_id and place / 見出しに stop_id と place が必要です",
            file=str(path),
            line=1,
        )
    result: dict[str, str] = {}
    try:
        for row in rows:
            stop_id = (row["stop_id"] or "").strip()
            if not stop_id:
                continue
            if stop_id in result:
                raise OverridesInvalid(
                    f"{path}: {stop_id} stands twice / {stop_id} が二度あります",
                    file=str(path),
                    line=rows.line_num,
                )
            result[stop_id] = (row["place"] or "").strip()
    except csv.Error as error:
        raise OverridesInvalid(f"{path}: {error}", file=str(path), line=rows.line_num) from error
    return result
