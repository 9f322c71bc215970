"""What whoever runs the service sets: environment variables `MAAS_…`, read once."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


def default_data_dir() -> Path:
    """Return where data is kept when nobody says: the user's cache directory."""
    return Path.home() / ".cache" / "kyushu-maas"


class Settings(BaseSettings):
    """The settings of one process."""

    model_config = SettingsConfigDict(env_prefix="MAAS_", extra="ignore")

    data_dir: Path = Field(default_factory=default_data_dir)
    """Networks, the sample and caches; any user can write there."""
    network: Path | None = None
    """Directory of the network to serve; None: the sample's, under `data_dir`."""
    host: str = "127.0.0.1"
    port: int = Field(8000, ge=0, le=65535)
    threads: int = Field(8, ge=1, le=64)
    """Searches that run at the same time; the kernels release the interpreter lock."""
    tiles_url: str = ""
    """`https://…/{z}/{x}/{y}.png`: raster tiles under the map; empty: the bundled outline."""
    tiles_attribution: str = ""
    reload_s: float = Field(5.0, gt=0)
    """How often to look whether a new network was published."""

    database: str = ""
    """`postgresql://…`, or empty: an SQLite file under `data_dir`."""
    run_jobs: bool = True
    """Whether this process works off the outbox; False where `maas worker` does."""
    stripe_key: str = Field("", repr=False)
    """Empty: a fake account on loopback takes the payments."""
    broker_url: str = Field("", repr=False)
    """`redis://…`: `maas worker` works through Celery; empty: in its own process."""
    stripe_url: str = ""
    """Another server than Stripe's own; for test keys only."""
    stripe_webhook_secret: str = Field("", repr=False)
    """Empty: the endpoint for webhooks is off."""

    public_url: str = ""
    """`https://maas.example.jp`: where people reach this service, for links in mails."""
    smtp_url: str = Field("", repr=False)
    """`smtp://user:password@host:port`; empty: mails are written to `mail` under `data_dir`."""
    admin_mail: str = ""
    """Who is told of what a person must do (keys to change, refunds that fail); empty: the log."""
    mail_from: str = "feeds@localhost"
    """Who mails are from."""
    gtfs_data_jp_url: str = "https://api.gtfs-data.jp/v2"
    odpt_portal_url: str = "https://members-portal.odpt.org/api/v1/resources"
    """Catalogues of feeds; ODPT's files are fetched with the key MAAS_FEED_ODPT_KEY."""
    realtime_s: float = Field(20.0, gt=0)
    """How often the companies' realtime addresses are asked."""
    fetch_private: bool = False
    """Whether feeds may also be fetched from this machine and private networks: for trials."""

    @property
    def database_address(self) -> str:
        """Where the database is."""
        if self.database:
            return self.database
        self.data_dir.mkdir(parents=True, exist_ok=True)
        return f"sqlite:///{self.data_dir / 'maas.db'}"

    @property
    def sample_dir(self) -> Path:
        """Where the demonstration keeps the sample network."""
        return self.data_dir / "sample"
