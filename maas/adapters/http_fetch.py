"""Feeds over HTTP, for `gtfs_feeds.watch`: conditional, limited, and not into our own network."""

import ipaddress
import socket
import time
from collections.abc import Callable
from typing import Any, Final
from urllib.request import getproxies, proxy_bypass

import httpx2

from gtfs_feeds.watch import Answer, FetchFailed

REDIRECTS: Final = 5
LIMIT_BYTES: Final = 200 * 1024 * 1024
TIMEOUT_S: Final = 30.0
"""For a connection, and for each piece of a body."""
WITHIN_S: Final = 300.0
"""For a whole body: a server that sends a byte a second must not hold us up for ever."""
REDIRECTING: Final = frozenset({301, 302, 303, 307, 308})

Resolve = Callable[[str], list[str]]
"""The addresses of a host name."""


def resolve(host: str) -> list[str]:
    """Return the addresses of a host; none where it is unknown."""
    try:
        return [str(entry[4][0]) for entry in socket.getaddrinfo(host, None)]
    except (OSError, UnicodeError):
        return []


class HttpFetch:
    """
    Fetches over HTTP and HTTPS.

    Operators name the addresses, so every hop must lead to a public address: a feed address must
    not be a way to ask our own machines. The connection goes to the very address that was checked,
    for a name may have another a moment later; only a proxy of the environment looks names up
    itself, and must know what it may reach. Bodies end at a limit. Messages name no address,
    since one may hold a key.
    """

    def __init__(
        self,
        *,
        allow_private: bool = False,
        limit_bytes: int = LIMIT_BYTES,
        timeout_s: float = TIMEOUT_S,
        within_s: float = WITHIN_S,
        transport: httpx2.BaseTransport | None = None,
        addresses_of: Resolve = resolve,
    ) -> None:
        self._allow_private = allow_private
        self._limit_bytes = limit_bytes
        self._within_s = within_s
        self._addresses_of = addresses_of
        self._proxies = getproxies() if transport is None else {}
        self._client = httpx2.Client(
            timeout=timeout_s,
            transport=transport,
            trust_env=transport is None,
            headers={"User-Agent": "kyushu-maas feed watcher"},
        )

    def __call__(self, url: str, *, etag: str, last_modified: str) -> Answer:
        """
        Return the answer to a conditional GET, after redirects.

        Raises:
            FetchFailed: No answer, a forbidden address, too many redirects or too many bytes.
        """
        headers: dict[str, str] = {}
        if etag:
            headers["If-None-Match"] = etag
        if last_modified:
            headers["If-Modified-Since"] = last_modified
        try:
            target = httpx2.URL(url)
            for _ in range(REDIRECTS + 1):
                with self._client.stream("GET", **self._checked(target, headers)) as response:
                    location = response.headers.get("location", "")
                    if response.status_code in REDIRECTING and location:
                        target = target.join(location)
                        continue
                    return self._answer(response)
        except httpx2.InvalidURL:
            raise FetchFailed("The address is malformed.") from None
        except (httpx2.HTTPError, httpx2.StreamError) as error:
            raise FetchFailed(f"No answer ({type(error).__name__}).") from None
        except (ValueError, UnicodeError):
            raise FetchFailed("The address or a header is malformed.") from None
        raise FetchFailed("There are too many redirects.")

    def _checked(self, url: httpx2.URL, headers: dict[str, str]) -> dict[str, Any]:
        """Return what to ask, by the address that was found to be public."""
        if url.scheme not in {"http", "https"} or not url.host:
            raise FetchFailed("Only http and https are fetched.")
        if self._allow_private:
            return {"url": url, "headers": headers}
        addresses = [address.partition("%")[0] for address in self._addresses_of(url.host)]
        if not addresses:
            raise FetchFailed("The host is unknown.")
        if not all(ipaddress.ip_address(address).is_global for address in addresses):
            raise FetchFailed("The host is not on the public internet.")
        if url.scheme in self._proxies and not proxy_bypass(url.host):
            return {"url": url, "headers": headers}
        # One is asked, so the one that every machine can reach.
        chosen = min(addresses, key=lambda address: ":" in address)
        return {
            "url": url.copy_with(host=chosen),
            "headers": headers | {"Host": url.netloc.decode()},
            "extensions": {"sni_hostname": url.host},
        }

    def _answer(self, response: httpx2.Response) -> Answer:
        parts: list[bytes] = []
        size = 0
        until = time.monotonic() + self._within_s
        for part in response.iter_bytes():
            size += len(part)
            if size > self._limit_bytes:
                raise FetchFailed("The answer is larger than any feed.")
            if time.monotonic() > until:
                raise FetchFailed("The answer takes too long.")
            parts.append(part)
        rest = response.headers.get("retry-after", "")
        return Answer(
            status=response.status_code,
            body=b"".join(parts),
            etag=response.headers.get("etag", ""),
            last_modified=response.headers.get("last-modified", ""),
            retry_after_s=int(rest) if rest.isascii() and rest.isdigit() else 0,
        )
