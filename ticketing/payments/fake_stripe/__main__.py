"""`python -m ticketing.payments.fake_stripe --port 12111`: run it by itself."""

import argparse
import threading

from ticketing.payments.fake_stripe.server import FakeStripe


def main() -> None:
    """Answer until the process is ended."""
    parser = argparse.ArgumentParser(description="A stateful fake Stripe on 127.0.0.1.")
    parser.add_argument("--port", type=int, default=12111)
    parser.add_argument("--webhook-url", default="")
    parser.add_argument("--webhook-secret", default="")
    arguments = parser.parse_args()
    with FakeStripe(
        port=arguments.port,
        webhook_url=arguments.webhook_url,
        webhook_secret=arguments.webhook_secret,
    ) as fake:
        print(fake.url, flush=True)  # noqa: T201  # whoever started it reads the address
        threading.Event().wait()


if __name__ == "__main__":
    main()
