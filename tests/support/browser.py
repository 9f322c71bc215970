"""A real browser for tests: Chromium without a window, spoken to over a pipe (DevTools protocol)."""

import base64
import itertools
import json
import os
import queue
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), ""
)
needs_browser = pytest.mark.skipif(
    not CHROMIUM, reason="no Chromium: maas doctor says how to get it"
)
WAIT_S = 90.0
ONTO_3_AND_4 = """
import fcntl, os, sys
ends = [fcntl.fcntl(int(number), fcntl.F_DUPFD, 10) for number in sys.argv[1:3]]
for place, end in enumerate(ends, 3):
    os.dup2(end, place)
os.execv(sys.argv[3], sys.argv[3:])
"""
"""The browser reads commands from 3 and writes answers to 4."""


class PageFailed(Exception):
    """What the page threw, or what never became true on it."""


class Page:
    """One tab."""

    def __init__(self, pipe: "Pipe", session: str) -> None:
        self._pipe = pipe
        self._session = session
        for domain in ("Page", "Runtime"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **parameters: Any) -> Any:
        return self._pipe.call(method, parameters, self._session)

    def open(self, url: str) -> None:
        told = self.call("Page.navigate", url=url)
        if told.get("errorText"):
            raise PageFailed(told["errorText"])
        self.until("document.readyState === 'complete'")

    def before_pages(self, script: str) -> None:
        """Run a script at the start of every page from now on."""
        self.call("Page.addScriptToEvaluateOnNewDocument", source=script)

    def run(self, script: str) -> Any:
        """The value of an expression, awaited."""
        told = self.call(
            "Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True
        )
        if "exceptionDetails" in told:
            raise PageFailed(json.dumps(told["exceptionDetails"])[:600])
        return told["result"].get("value")

    def until(self, script: str) -> None:
        """Wait until an expression is true."""
        end = time.monotonic() + WAIT_S
        while time.monotonic() < end:
            with suppress(PageFailed):  # between two pages there is nothing to ask
                if self.run(f"(async () => Boolean(await ({script})))()"):
                    return
            time.sleep(0.1)
        raise PageFailed(f"never true: {script}; the page says: …{self.text()[-900:]}")

    def text(self) -> str:
        return self.run("document.body?.innerText ?? ''")

    def click(self, selector: str) -> None:
        self.until(
            f"document.querySelector({selector!r}) && !document.querySelector({selector!r}).disabled"
        )
        self.run(f"document.querySelector({selector!r}).click()")

    def type(self, selector: str, text: str) -> None:
        self.until(f"document.querySelector({selector!r})")
        self.run(
            f"(() => {{ const field = document.querySelector({selector!r}); field.value = {json.dumps(text)};"
            " field.dispatchEvent(new Event('input', {bubbles: true}));"
            " field.dispatchEvent(new Event('change', {bubbles: true})); })()"
        )

    def picture(self, selector: str) -> bytes:
        """PNG of a part of the page, as a camera in front of the screen sees it."""
        box = self.run(
            f"(() => {{ const node = document.querySelector({selector!r}); node.scrollIntoView({{block: 'center'}});"
            " const {x, y, width, height} = node.getBoundingClientRect();"
            " return {x: x + scrollX, y: y + scrollY, width, height}; })()"
        )
        clip = box | {"scale": 2}
        told = self.call(
            "Page.captureScreenshot", format="png", clip=clip, captureBeyondViewport=True
        )
        return base64.b64decode(told["data"])


class Pipe:
    """Messages to and from the browser; dialogs are answered with yes."""

    def __init__(self, read: int, write: int) -> None:
        self._in = os.fdopen(read, "rb", buffering=0)
        self._out = os.fdopen(write, "wb", buffering=0)
        self._ids = itertools.count(1)
        self._answers: dict[int, queue.Queue[dict[str, Any]]] = {}
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def close(self) -> None:
        self._listener.join(10)
        self._in.close()
        self._out.close()

    def send(self, method: str, parameters: dict[str, Any], session: str = "") -> int:
        number = next(self._ids)
        self._answers[number] = queue.Queue()
        message = {"id": number, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        self._out.write(json.dumps(message).encode() + b"\0")
        return number

    def call(self, method: str, parameters: dict[str, Any], session: str = "") -> Any:
        number = self.send(method, parameters, session)
        told = self._answers[number].get(timeout=WAIT_S)
        del self._answers[number]
        if "error" in told:
            raise PageFailed(f"{method}: {told['error']['message']}")
        return told["result"]

    def _listen(self) -> None:
        held = b""
        while part := self._in.read(1 << 16):
            *whole, held = (held + part).split(b"\0")
            for text in whole:
                told = json.loads(text)
                if told.get("method") == "Page.javascriptDialogOpening":
                    self.send("Page.handleJavaScriptDialog", {"accept": True}, told["sessionId"])
                elif told.get("id") in self._answers:
                    self._answers[told["id"]].put(told)


@contextmanager
def open_page(profile: Path, *, width: int = 390, height: int = 844) -> Iterator[Page]:
    """Start a browser with a profile of its own and open a tab as wide as a phone."""
    from_us, to_browser = os.pipe()
    from_browser, to_us = os.pipe()
    options = [
        "--headless", "--no-sandbox", "--disable-gpu", "--remote-debugging-pipe", "--no-first-run",
        f"--user-data-dir={profile}", f"--window-size={width},{height}", "about:blank",
    ]  # fmt: skip
    numbers = [str(from_us), str(to_us)]
    command = [sys.executable, "-c", ONTO_3_AND_4, *numbers, CHROMIUM, *options]
    process = subprocess.Popen(
        command, pass_fds=(from_us, to_us), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    os.close(from_us)
    os.close(to_us)
    pipe = Pipe(from_browser, to_browser)
    try:
        target = pipe.call("Target.createTarget", {"url": "about:blank"})["targetId"]
        attached = pipe.call("Target.attachToTarget", {"targetId": target, "flatten": True})
        yield Page(pipe, attached["sessionId"])
    finally:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(10)
        process.kill()
        pipe.close()
