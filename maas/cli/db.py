"""`maas db`: migrate, look at the outbox, hand out access keys."""

from typing import Annotated

import typer

from maas.cli.words import say

app = typer.Typer(no_args_is_help=True, help="Migrate the database and look after its work.")


@app.callback()
def db() -> None:
    """Migrate the database and look after its work."""


@app.command("upgrade")
def upgrade_command(
    revision: Annotated[str, typer.Argument(help="Revision, or head.")] = "head",
) -> None:
    """Bring the database up to a revision."""
    from maas.cli.database import command_engine
    from maas.migrations import current, upgrade

    engine = command_engine()
    upgrade(engine, revision)
    print(say("db.at", revision=current(engine) or "-"))


@app.command("downgrade")
def downgrade_command(
    revision: Annotated[str, typer.Argument(help="Revision, or base for an empty one.")],
) -> None:
    """Take the database down to a revision. What its tables hold is lost."""
    from maas.cli.database import command_engine
    from maas.migrations import current, downgrade

    engine = command_engine()
    downgrade(engine, revision)
    print(say("db.at", revision=current(engine) or "-"))


@app.command()
def status() -> None:
    """Say where the database is, and what waits or was given up."""
    from sqlalchemy import func, select

    from maas.cli.database import command_engine
    from maas.db.outbox import OutboxJob
    from maas.db.session import make_sessions
    from maas.migrations import current, head

    engine = command_engine()
    print(say("db.at", revision=current(engine) or "-") + f" (head {head()})")
    with make_sessions(engine)() as session:
        waiting = session.scalar(
            select(func.count())
            .select_from(OutboxJob)
            .where(OutboxJob.done_at.is_(None), OutboxJob.dead_at.is_(None))
        )
        print(say("db.waiting", n=waiting))
        for job in session.scalars(select(OutboxJob).where(OutboxJob.dead_at.is_not(None))):
            print(f"  {job.id} {job.kind} {job.key}: {job.last_error}")


@app.command()
def retry(job: Annotated[int, typer.Argument(help="Number of a job that was given up.")]) -> None:
    """Put a job that was given up back to work."""
    from maas.cli.database import open_database
    from maas.core.clock import SystemClock
    from maas.db.outbox import OutboxJob

    with open_database().begin() as session:
        row = session.get(OutboxJob, job)
        if row is None or row.dead_at is None:
            print(say("db.no-such-job", job=job))
            raise typer.Exit(1)
        row.dead_at, row.attempts, row.run_after = None, 0, SystemClock().now()


@app.command()
def grant(
    subject: Annotated[str, typer.Argument(help="Who gets the key.")],
    right: Annotated[list[str], typer.Option(help="orders:read, orders:write, refunds:write …")],
    operator: Annotated[str, typer.Option(help="Company that the key acts for.")] = "",
) -> None:
    """Make an access key and print it; it is stored as a digest only."""
    from maas.cli.database import open_database
    from maas.core.clock import SystemClock
    from maas.rest.principal import new_access_key

    now = SystemClock().now()
    secret, row = new_access_key(subject, right, now, operator_id=operator or None)
    with open_database().begin() as session:
        session.add(row)
    print(secret)
