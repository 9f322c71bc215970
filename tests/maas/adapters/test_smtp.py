"""Mail over SMTP against a tiny server on this machine."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy

import pytest

from maas.adapters.smtp import SmtpOutbox
from maas.core.mail import Mail


@contextmanager
def mail_server(*, refuse: bool = False) -> Iterator[tuple[int, list[bytes]]]:
    """Speak as much SMTP as one message needs, without TLS, and keep what was said."""
    said: list[bytes] = []

    def talk(listener: socket.socket) -> None:
        connection, _ = listener.accept()
        with connection, connection.makefile("rwb") as line:

            def answer(text: bytes) -> None:
                line.write(text + b"\r\n")
                line.flush()

            answer(b"220 ready")
            while command := line.readline():
                said.append(command)
                verb = command[:4].upper()
                if verb == b"DATA":
                    answer(b"354 go on")
                    while (row := line.readline()) not in {b".\r\n", b""}:
                        said.append(row)
                    answer(b"250 taken")
                elif verb == b"RCPT" and refuse:
                    answer(b"550 nobody here")
                elif verb == b"QUIT":
                    answer(b"221 bye")
                    return
                else:
                    answer(b"250 ok")

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=talk, args=(listener,), daemon=True)
        thread.start()
        yield listener.getsockname()[1], said
        thread.join(timeout=5)


MAIL = Mail("info@bus.example.jp", "件名", "本文です。\n")


def test_a_mail_arrives_with_its_japanese_text() -> None:
    with mail_server() as (port, said):
        SmtpOutbox(f"smtp://127.0.0.1:{port}", "feeds@maas.example.jp").send(MAIL)

    begin = next(at for at, row in enumerate(said) if row.startswith(b"From:"))
    message = message_from_bytes(b"".join(said[begin:-1]), policy=policy.default)
    assert message["To"] == "info@bus.example.jp"
    assert message["Subject"] == "件名"
    assert "本文です。" in message.get_content()


def test_a_refusal_is_an_os_error_so_that_the_warning_is_tried_again() -> None:
    with mail_server(refuse=True) as (port, _), pytest.raises(OSError, match="nobody"):
        SmtpOutbox(f"smtp://127.0.0.1:{port}", "feeds@maas.example.jp").send(MAIL)


def test_a_password_is_not_sent_without_tls() -> None:
    with mail_server() as (port, said), pytest.raises(OSError, match="TLS"):
        SmtpOutbox(f"smtp://me:s3cret@127.0.0.1:{port}", "feeds@maas.example.jp").send(MAIL)
    assert not any(b"s3cret" in row or row.upper().startswith(b"AUTH") for row in said)


def test_an_address_that_names_no_server_is_refused() -> None:
    for url in ("", "mail.example.jp", "https://mail.example.jp", "smtp://"):
        with pytest.raises(ValueError, match="mail server"):
            SmtpOutbox(url, "feeds@maas.example.jp")
