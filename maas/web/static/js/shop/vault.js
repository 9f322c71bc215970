// What this browser keeps: secrets of orders and tickets, tickets for use without a network, and the
// phone's key, which never leaves it (IndexedDB; nothing of it goes to the server).
const NAME = "kyushu-maas";
const STORE = "kept";

function open() {
  return new Promise((done, fail) => {
    const asked = indexedDB.open(NAME, 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore(STORE);
    asked.onsuccess = () => done(asked.result);
    asked.onerror = () => fail(asked.error);
  });
}

async function within(mode, act) {
  const base = await open();
  try {
    return await new Promise((done, fail) => {
      const step = base.transaction(STORE, mode);
      const asked = act(step.objectStore(STORE));
      step.oncomplete = () => done(asked.result);
      step.onerror = () => fail(step.error);
      step.onabort = () => fail(step.error);
    });
  } finally {
    base.close();
  }
}

export const kept = (name) => within("readonly", (store) => store.get(name));
export const keep = (name, value) => within("readwrite", (store) => store.put(value, name));
export const drop = (name) => within("readwrite", (store) => store.delete(name));

// Looking does not make the store: a page that is left while it is being made would hold up the next.
export async function names() {
  const known = await indexedDB.databases?.();
  if (known && !known.some(({ name }) => name === NAME)) return [];
  return within("readonly", (store) => store.getAllKeys());
}

// A secret travels behind the # of an address, which no server ever sees, and is taken off at once.
export function secretOfAddress(prefix) {
  const text = decodeURIComponent(location.hash.slice(1));
  if (!text.startsWith(prefix) || !/^[A-Za-z0-9_-]{10,100}$/.test(text)) return "";
  history.replaceState(null, "", location.pathname + location.search);
  return text;
}

export const idOfAddress = () => location.pathname.split("/").filter(Boolean).at(-1);
