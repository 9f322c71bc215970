"""`maas worker`: do the background work of the service."""

from typing import Annotated

import typer

from maas.cli.words import say


def register(app: typer.Typer) -> None:
    """Add the command to the top level."""
    app.command()(worker)


def worker(
    concurrency: Annotated[int, typer.Option(min=1, max=64, help="Processes.")] = 2,
) -> None:
    """Work off the outbox: through Celery where MAAS_BROKER_URL is set, else in this process."""
    from maas.core.clock import SystemClock
    from maas.settings import Settings
    from maas.trade import open_trade

    settings = Settings()
    if not settings.stripe_key:
        print(say("worker.no-gateway"))
        raise typer.Exit(1)
    run_jobs = not settings.broker_url
    trade = open_trade(settings.model_copy(update={"run_jobs": run_jobs}), SystemClock())
    print(say("worker.ready"), flush=True)
    if run_jobs:
        import threading

        trade.start("")
        threading.Event().wait()
        return
    trade.stop()
    from maas.worker import attach_relay, make_worker

    app = make_worker(settings)
    attach_relay(app, settings)
    app.worker_main(["worker", f"--concurrency={concurrency}", "--loglevel=WARNING"])
