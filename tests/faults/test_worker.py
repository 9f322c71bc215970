"""`maas worker` over Celery and Redis does what the runner in the server does, also when killed."""

import os
import signal
import subprocess
import sys
import time

import pytest

from maas.settings import Settings
from maas.worker import make_worker
from tests.support.database import BACKENDS, REDIS, WITHOUT_REDIS, fresh_engine
from tests.support.shop import Shop
from ticketing.payments.fake_stripe import FakeStripe
from ticketing.payments.stripe_gateway import API_VERSION

needs_redis = pytest.mark.skipif(not REDIS, reason=WITHOUT_REDIS)


def start_worker(engine, fake, folder) -> subprocess.Popen[bytes]:
    environment = os.environ | {
        "MAAS_DATABASE": engine.url.render_as_string(hide_password=False),
        "MAAS_DATA_DIR": str(folder),
        "MAAS_BROKER_URL": REDIS,
        "MAAS_STRIPE_KEY": "sk_test_shop",
        "MAAS_STRIPE_URL": fake.url,
        "PYTHONPATH": ".",
    }
    return subprocess.Popen(
        [sys.executable, "-m", "maas.cli", "worker", "--concurrency", "1"],
        env=environment,
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def wait_for(shop, order, status, seconds=240.0):
    # A worker needs ten seconds of processor time to start; a busy machine makes minutes of them.
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if shop.read(order)["status"] == status:
            return True
        time.sleep(0.1)
    return False


@needs_redis
@pytest.mark.timeout(900)
@pytest.mark.servers
@pytest.mark.parametrize("backend", BACKENDS)
def test_celery_does_the_background_work_and_survives_its_death(backend, tmp_path):
    with fresh_engine(backend, tmp_path) as engine, FakeStripe(version=API_VERSION) as fake:
        shop = Shop(engine, fake, tmp_path / "mail")
        worker = start_worker(engine, fake, tmp_path)
        try:
            first = shop.order()
            shop.pay(first)
            assert wait_for(shop, first, "fulfilled")
            os.killpg(worker.pid, signal.SIGKILL)
            worker.wait()
            second = shop.order()
            shop.pay(second)  # nobody works now; the row waits
            assert shop.read(second)["status"] == "paid"
            worker = start_worker(engine, fake, tmp_path)
            assert wait_for(shop, second, "fulfilled")
            shop.confirm(second, shop.refund(second).json())
            shop.deliver()
            assert wait_for(shop, second, "refunded")
        finally:
            os.killpg(worker.pid, signal.SIGKILL)
            worker.wait()


def test_the_queue_is_set_up_so_that_a_dead_worker_loses_nothing():
    conf = make_worker(Settings(broker_url="redis://127.0.0.1:1/0")).conf

    assert conf.task_acks_late
    assert conf.task_reject_on_worker_lost
    assert conf.worker_prefetch_multiplier == 1
    assert conf.broker_transport_options["unacked_restore_throttle"] == 1
    assert conf.broker_transport_options["visibility_timeout"] > conf.task_time_limit
