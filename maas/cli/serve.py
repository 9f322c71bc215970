"""`maas demo`, `maas serve`, `maas plan`, `maas doctor`."""

import typer


def register(app: typer.Typer) -> None:
    """Add these commands to the top level."""

    @app.command()
    def doctor() -> None:
        """Say what is missing on this machine and how to get it."""
        import platform

        print(f"python {platform.python_version()}")
