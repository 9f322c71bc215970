"""`maas demo`, `maas serve`, `maas doctor`."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

from maas.cli.words import say
from maas.settings import Settings

Port = Annotated[int, typer.Option(min=0, max=65535, help="0: any free port.")]
Data = Annotated[Path | None, typer.Option(help="Where the sample is kept.")]
Host = Annotated[str, typer.Option(help="Address to listen on; 0.0.0.0 lets other machines in.")]


def register(app: typer.Typer) -> None:
    """Add these commands to the top level."""
    shown = typer.Typer(help="Try the service on made-up timetables.")
    shown.callback(invoke_without_command=True)(demo)
    shown.command()(onboard)
    shown.command()(sell)
    app.add_typer(shown, name="demo")
    app.command()(serve)
    app.command()(doctor)


def demo(
    context: typer.Context,
    port: Port = 8000,
    host: Host = "127.0.0.1",
    data: Data = None,
    serve_it: Annotated[
        bool, typer.Option("--serve/--no-serve", help="Serve it afterwards.")
    ] = True,
) -> None:
    """Build the sample Kyushu, print journeys from Hakata to Yakushima, and serve the pages."""
    if context.invoked_subcommand:
        return
    settings = _settings(data_dir=data) if data else _settings()
    from rich.console import Console

    from maas.cli.demo import prepare, show

    console = Console()
    directory = prepare(settings, console)
    show(directory, console)
    from maas.cli.demo import enter_companies

    enter_companies(settings, directory, console, f"http://{host}:{port}" if serve_it else "")
    if not serve_it:
        return
    # What fewer ask for is compiled beside the server, which need not wait for it.
    command = [sys.executable, "-m", "maas.cli", "network", "warm", str(directory)]
    beside = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _run(_settings(network=directory, host=host, port=port, data_dir=settings.data_dir))
    finally:
        beside.terminate()


def onboard() -> None:
    """Take three made-up companies from an invitation to live, in an empty database of its own."""
    import tempfile

    from rich.console import Console
    from rich.table import Table

    from maas.cli.onboarding_story import tell

    _settings()
    table = Table(title=say("onboard.title"))
    for name in ("step", "facts", "count"):
        table.add_column(say(f"onboard.{name}"), overflow="fold")
    console = Console()
    with tempfile.TemporaryDirectory() as folder, console.status("…") as status:
        for step in tell(Path(folder)):
            words = say(f"onboard.{step.key}")
            status.update(words)
            facts = ", ".join(f"{name}: {value}" for name, value in step.facts.items())
            table.add_row(words, facts, str(step.counted))
    console.print(table)


def sell(
    start: Annotated[str, typer.Option("--from", help="Where the journey begins.")] = "博多",
    end: Annotated[str, typer.Option("--to", help="Where it ends.")] = "宮之浦港",
    network: Annotated[Path | None, typer.Option(help="Another network than the sample.")] = None,
    data: Data = None,
    out: Annotated[Path | None, typer.Option(help="Where tickets and receipts are put.")] = None,
) -> None:
    """
    Sell a pass from search to balanced books, on fresh books, with a fake payment account.

    Exit 1 if anything is not as it should be.
    """
    import time

    from rich.console import Console

    from maas.cli.demo import prepare

    settings = _settings(data_dir=data) if data else _settings()
    console = Console()
    directory = network or prepare(settings, console)
    from maas.cli.demo_sell import run_sale

    begin = time.perf_counter()
    failed = run_sale(directory, out or settings.data_dir / "demo-sell", console, start, end)
    seconds = f"{time.perf_counter() - begin:.1f}"
    if failed:
        console.print(f"\n[bold red]{say('sell.failed', n=failed)}[/]")
        raise typer.Exit(1)
    url = f"http://{settings.host}:{settings.port}/passes"
    console.print(f"\n[bold green]{say('sell.done', seconds=seconds, url=url)}[/]", highlight=False)


def serve(
    network: Annotated[Path | None, typer.Option(help="Directory of the network.")] = None,
    port: Port = 8000,
    host: Host = "127.0.0.1",
    processes: Annotated[
        int, typer.Option(min=1, max=256, help="That answer; they share one copy of the network.")
    ] = 1,
) -> None:
    """Serve a network: pages, API, boards. A network that is published later is taken over."""
    chosen = {"network": network} if network else {}
    settings = _settings(host=host, port=port, **chosen)
    directory = settings.network or settings.sample_dir
    if not (directory / "current").exists():
        _refuse("serve.missing", path=directory)
    _run(settings, processes)


def doctor() -> None:
    """Say what is missing on this machine and how to get it."""
    try:
        from rich.console import Console
        from rich.table import Table

        from maas.cli.doctor import findings, program_version
    except ImportError as error:
        print(f"✗ {say('doctor.packages')}: {error.name}\n  {say('doctor.packages.remedy')}")
        raise typer.Exit(1) from error
    table = Table(title=f"Kyushu MaaS {program_version()} — {say('doctor.title')}")
    for _ in range(4):
        table.add_column(overflow="fold")
    good = True
    for found in findings(_settings()):
        state = "ok" if found.ok else "missing" if found.needed else "optional"
        good &= found.ok or not found.needed
        colour = {"ok": "green", "missing": "red", "optional": "yellow"}[state]
        table.add_row(
            f"[{colour}]{say(f'doctor.{state}')}[/]",
            say(f"doctor.{found.name}"),
            found.fact,
            "" if found.ok else say(f"doctor.{found.name}.remedy"),
        )
    console = Console()
    console.print(table)
    console.print(say("doctor.good" if good else "doctor.bad"))
    raise typer.Exit(0 if good else 1)


def _settings(**chosen: object) -> Settings:
    settings = Settings.model_validate({**Settings().model_dump(), **chosen})
    # Compiled kernels lie where this user can write, wherever the package is installed.
    os.environ.setdefault("NUMBA_CACHE_DIR", str(settings.data_dir / "numba"))
    return settings


def _refuse(key: str, **parts: object) -> None:
    print(say(key, **parts), file=sys.stderr)
    print(say(f"{key}.remedy", **parts), file=sys.stderr)
    raise typer.Exit(1)


def _run(settings: Settings, processes: int = 1) -> None:
    """Serve until somebody ends it; what is being answered then is answered to its end."""
    from maas.cli.serve_processes import serve_in_one, serve_in_several, tcp_socket

    listener = tcp_socket()
    try:
        listener.bind((settings.host, settings.port))
    except OSError:
        _refuse("serve.busy", host=settings.host, port=settings.port)
    port = listener.getsockname()[1]
    shown = f"http://{settings.host}:{port}"
    print(say("demo.serving", url=shown))
    print(say("demo.shop", url=shown))
    print(say("demo.api", url=shown), flush=True)
    settings = settings.model_copy(update={"port": port})
    if processes > 1 or settings.run_jobs:
        serve_in_several(settings, listener, processes)
    else:
        serve_in_one(settings, listener)
