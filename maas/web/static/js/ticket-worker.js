// Keeps the ticket's page and its files, so that a ticket opens without a network. Tickets and keys
// are not kept here: they are in the page's own store.
const CACHE = "tickets-1";
const page = (url) => url.pathname.startsWith("/tickets/");
const ours = (url) => url.origin === location.origin && (page(url) || url.pathname.startsWith("/static/"));

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
// The page names what it loaded before this worker was there.
self.addEventListener("message", (event) => {
  const files = (event.data?.keep ?? []).filter((name) => ours(new URL(name)));
  event.waitUntil(caches.open(CACHE).then((cache) => Promise.all(files.map((name) => cache.add(name)))));
});

async function kept(request) {
  const cache = await caches.open(CACHE);
  const found = await cache.match(request, { ignoreSearch: true, ignoreVary: true });
  if (found || request.mode !== "navigate") return found ?? Response.error();
  // One page shows every ticket, so any that was kept will do.
  const other = (await cache.keys()).find((known) => page(new URL(known.url)));
  return (other && (await cache.match(other, { ignoreVary: true }))) ?? Response.error();
}

self.addEventListener("fetch", (event) => {
  if (event.request.method !== "GET" || !ours(new URL(event.request.url))) return;
  event.respondWith(
    fetch(event.request)
      .then(async (answer) => {
        if (answer.ok) (await caches.open(CACHE)).put(event.request, answer.clone());
        return answer;
      })
      .catch(() => kept(event.request)),
  );
});
