"""Mail as files, for demos and tests."""

from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

from maas.core.mail import Mail


class FileOutbox:
    """Writes each mail to a file (`0001.eml`, …) instead of sending it."""

    def __init__(self, folder: Path, sender: str = "feeds@localhost") -> None:
        self._folder = folder
        self._sender = sender

    def send(self, mail: Mail) -> None:
        """Write one message in the format of RFC 5322; readable by its owner only."""
        message = EmailMessage(policy=SMTP)
        message["From"] = self._sender
        message["To"] = mail.to
        message["Subject"] = " ".join(mail.subject.split())
        message.set_content(mail.body)
        self._folder.mkdir(parents=True, exist_ok=True)
        taken = [path.stem for path in self._folder.glob("*.eml") if path.stem.isdigit()]
        number = max(map(int, taken), default=0) + 1
        with (self._folder / f"{number:04}.eml").open("xb") as out:
            (self._folder / f"{number:04}.eml").chmod(0o600)
            out.write(bytes(message))
