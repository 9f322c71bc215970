"""`maas keys`: the offline root, new signing keys, and which are due for change."""

import os
from pathlib import Path
from typing import Annotated, Any

import typer

from maas.cli.words import language, say

app = typer.Typer(no_args_is_help=True, help="Keys that tickets and lists are signed with.")

Folder = Annotated[Path, typer.Argument(help="Folder of the root, on a machine without a network.")]
ROOT, SET = "root.key", "key-set.json"


@app.callback()
def keys() -> None:
    """Keys that tickets and lists are signed with."""


@app.command()
def root(folder: Folder) -> None:
    """Make the offline root; readers pin its public half, so it is made once."""
    from nacl.signing import SigningKey

    path = folder / ROOT
    if path.exists():
        _refuse("keys.root_exists", path=path)
    folder.mkdir(parents=True, exist_ok=True)
    key = SigningKey.generate()
    _write_secret(path, bytes(key))
    print(f"MAAS_TICKET_ROOT={_text(bytes(key.verify_key))}")


@app.command()
def rotate(
    folder: Folder,
    use: Annotated[str, typer.Option(help="ticket or list")] = "ticket",
    days: Annotated[int, typer.Option(min=200, max=3660, help="How long it holds.")] = 730,
    issuer: Annotated[str, typer.Option(help="Whose key it is.")] = "kyushu-maas",
) -> None:
    """
    Make a new signing key, and a key set that the root signs; old tickets stay good.

    Publish the key set first (MAAS_TICKET_KEY_SET), let readers fetch it, then sign with the new
    key (MAAS_TICKET_ISSUER_KEY or MAAS_TICKET_LIST_KEY).
    """
    import base64
    import json
    from datetime import timedelta

    from nacl.signing import SigningKey

    from maas.core.clock import SystemClock
    from ticketing.tickets.keys import KeyListRefused, KeyUse, Sealed, open_keys, seal_keys
    from ticketing.tickets.rotation import NoKeyId
    from ticketing.tickets.rotation import rotate as add_key

    try:
        kind = KeyUse(use)
        own = SigningKey(base64.b64decode((folder / ROOT).read_text(), validate=True))
        path = folder / SET
        held = None
        if path.exists():
            sealed = Sealed.from_json(json.loads(path.read_text("utf-8")))
            held = open_keys(sealed, bytes(own.verify_key))
        key = SigningKey.generate()
        now = SystemClock().now()
        fresh = add_key(held, kind, key, now, lasts=timedelta(days=days), issuer=issuer)
    except (OSError, ValueError, KeyListRefused, NoKeyId) as error:
        _refuse("keys.unreadable", path=folder, cause=error)
    added = fresh.keys[-1]
    _write_secret(folder / f"{use}-{added.key_id}.key", bytes(key))
    document = json.dumps(seal_keys(fresh, own).to_json())
    path.write_text(document, "utf-8")
    print(say("keys.publish_first", version=fresh.version, days=days))
    print(f"MAAS_TICKET_KEY_SET='{document}'")
    print(say("keys.then_sign"))
    name = "ISSUER" if kind is KeyUse.TICKET else "LIST"
    print(f"MAAS_TICKET_{name}_KEY={_text(bytes(key))}")


@app.command()
def show() -> None:
    """List the keys of this service and what is due; exit 1 where a change is late."""
    from maas.core.clock import SystemClock
    from ticketing.tickets.keyring import KeyringInvalid, keyring_from
    from ticketing.tickets.rotation import reminders

    try:
        ring = keyring_from(os.environ)
    except KeyringInvalid as error:
        _refuse("keys.unreadable", path="MAAS_TICKET_…", cause=error)
    now = SystemClock().now()
    if ring.demo:
        print(say("keys.demo"))
    for key in ring.keys.keys:
        left = (key.not_after - now).days
        dates = f"{key.not_before:%Y-%m-%d} – {key.not_after:%Y-%m-%d} ({left:,} d)"
        print(f"{key.key_id:3} {key.use.value:6} {dates} {_text(key.public)[:12]}… {key.issuer}")
    due = reminders(ring, now)
    for reminder in due:
        print(f"! {reminder.ja if language() == 'ja' else reminder.en}")
    raise typer.Exit(1 if any(reminder.days <= 0 for reminder in due) else 0)


def _text(value: bytes) -> str:
    import base64

    return base64.b64encode(value).decode()


def _write_secret(path: Path, value: bytes) -> None:
    """Write a secret that only its owner may read, and never over another."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
    with os.fdopen(os.open(path, flags, 0o600), "w") as file:
        file.write(_text(value))


def _refuse(key: str, **parts: Any) -> Any:
    print(f"✗ {say(key, **parts)}")
    raise typer.Exit(1)
