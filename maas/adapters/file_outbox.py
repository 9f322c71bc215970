"""Mail as files, for demos and tests."""

from email.message import EmailMessage
from email.parser import BytesHeaderParser
from email.policy import SMTP
from pathlib import Path
from tempfile import NamedTemporaryFile

from maas.core.mail import Mail


class FileOutbox:
    """Writes each mail to a file (`0001.eml`, …) instead of sending it."""

    def __init__(self, folder: Path, sender: str = "feeds@localhost") -> None:
        self._folder = folder
        self._sender = sender

    def send(self, mail: Mail) -> None:
        """
        Write one message in the format of RFC 5322; readable by its owner only.

        A message with an id is a file of that name, so a second time changes nothing.
        """
        message = EmailMessage(policy=SMTP)
        message["From"] = self._sender
        message["To"] = mail.to
        message["Subject"] = " ".join(mail.subject.split())
        message.set_content(mail.body)
        self._folder.mkdir(parents=True, exist_ok=True)
        if mail.id:
            message["Message-ID"] = f"<{mail.id}@localhost>"
            path = self._folder / f"{mail.id}.eml"
            if path.exists():
                return
        else:
            taken = [path.stem for path in self._folder.glob("*.eml") if path.stem.isdigit()]
            path = self._folder / f"{max(map(int, taken), default=0) + 1:04}.eml"
        # Whole or not at all, and never over another: a message that is there is taken for sent.
        with NamedTemporaryFile(dir=self._folder, suffix=".part") as out:
            out.write(bytes(message))
            out.flush()
            path.hardlink_to(out.name)

    def forget(self, address: str) -> None:
        """Delete the messages to an address."""
        for path in (*self._folder.glob("*.eml"), *self._folder.glob("*.part")):
            with path.open("rb") as file:
                to = BytesHeaderParser(policy=SMTP).parse(file)["To"]
            if to == address:
                path.unlink(missing_ok=True)
