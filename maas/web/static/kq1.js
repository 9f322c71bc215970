// Reader of KQ1 tickets for the inspector's page: the twin of ticketing.inspection in Python.
// Specified in docs/ticket-format.md; both readers pass the same vectors. No library: Ed25519 and
// SHA-256 come from Web Crypto (Chrome 137+, Firefox 129+, Safari 17+), which needs a secure page.

const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";
const VALUE = new Map([...ALPHABET].map((letter, value) => [letter, value]));
const PREFIX = "KQ1:";
const TEST_PREFIX = "KT1:";
const STATIC = 0x11;
const BOUND = 0x12;
const BODY = 26;
const KEY = 32;
const SIGNATURE = 64;
const STATIC_BYTES = BODY + SIGNATURE;
const BOUND_BYTES = BODY + KEY + SIGNATURE;
const LIVE_BYTES = BOUND_BYTES + 4 + SIGNATURE;
const MINUTE = 60_000;
const AHEAD_MS = 10 * MINUTE;

const ascii = (text) => new TextEncoder().encode(text);
const KEYS_CONTEXT = ascii("KQ1-keys\0");
const REVOKED_CONTEXT = ascii("KQ1-revoked\0");
const RULES_CONTEXT = ascii("KQ1-rules\0");
const DEVICE_CONTEXT = ascii("KQ1-device\0");

export const POLICY = {
  skewMs: 90_000,
  listAmberMs: 24 * 3_600_000,
  listRedMs: 7 * 24 * 3_600_000,
  clockAmberMs: 24 * 3_600_000,
};

/** Bytes of base45 text (RFC 9285), or null where it is no base45. */
export function decodeBase45(text) {
  if (text.length % 3 === 1) return null;
  const out = new Uint8Array(Math.floor(text.length / 3) * 2 + (text.length % 3 ? 1 : 0));
  let at = 0;
  for (let i = 0; i < text.length; i += 3) {
    const a = VALUE.get(text[i]);
    const b = VALUE.get(text[i + 1]);
    if (a === undefined || b === undefined) return null;
    if (i + 2 < text.length) {
      const c = VALUE.get(text[i + 2]);
      if (c === undefined) return null;
      const value = a + 45 * b + 2025 * c;
      if (value > 0xffff) return null;
      out[at++] = value >> 8;
      out[at++] = value & 0xff;
    } else {
      const value = a + 45 * b;
      if (value > 0xff) return null;
      out[at++] = value;
    }
  }
  return out;
}

function decodeBase64(text) {
  const raw = atob(text);
  return Uint8Array.from(raw, (letter) => letter.charCodeAt(0));
}

function join(...parts) {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

async function importKey(bytes) {
  return crypto.subtle.importKey("raw", bytes, { name: "Ed25519" }, false, ["verify"]);
}

async function holds(message, signature, publicKey) {
  try {
    const key = publicKey instanceof Uint8Array ? await importKey(publicKey) : publicKey;
    return await crypto.subtle.verify({ name: "Ed25519" }, key, signature, message);
  } catch {
    return false; // A key that is no point on the curve signs nothing.
  }
}

async function openSealed(sealed, context, publicKeys) {
  const payload = decodeBase64(sealed.payload);
  const signature = decodeBase64(sealed.signature);
  for (const publicKey of publicKeys) {
    if (await holds(join(context, payload), signature, publicKey)) return payload;
  }
  throw new Error("No trusted key signed it.");
}

/** The key set, if the pinned root (Uint8Array) signed it and it is not older. Throws otherwise. */
export async function openKeys(sealed, root, newerThan = 0) {
  const document = JSON.parse(new TextDecoder().decode(await openSealed(sealed, KEYS_CONTEXT, [root])));
  notOlder(document.version, newerThan);
  const keys = [];
  for (const row of document.keys) {
    keys.push({
      keyId: row.kid,
      use: row.use,
      public: await importKey(decodeBase64(row.public)),
      notBefore: Date.parse(row.not_before),
      notAfter: Date.parse(row.not_after),
    });
  }
  return { version: document.version, keys };
}

const holdsAt = (key, at) => key.notBefore <= at && at < key.notAfter;
const listKeys = (keys, at) =>
  keys.keys.filter((key) => key.use === "list" && holdsAt(key, at)).map((key) => key.public);

/** A version below that of the document in use would bring back what it took away. */
function notOlder(version, newerThan) {
  if (version < newerThan) throw new Error("It is older than the one in use.", { cause: "older" });
}

/** The revocation list, if a list key that holds at `at` signed it and it is not older. Throws otherwise. */
export async function openRevocations(sealed, keys, at, newerThan = 0) {
  const payload = await openSealed(sealed, REVOKED_CONTEXT, listKeys(keys, at));
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
  const count = view.getUint32(12);
  if (payload.length !== 16 + 8 * count) throw new Error("The list does not have its rows.");
  notOlder(view.getUint32(0), newerThan);
  if (view.getUint32(4) * 1000 > at + AHEAD_MS) throw new Error("The list was issued in the future.");
  const hashes = new Set();
  for (let row = 0; row < count; row += 1) hashes.add(view.getBigUint64(16 + 8 * row));
  return {
    version: view.getUint32(0),
    issued: view.getUint32(4) * 1000,
    notAfter: view.getUint32(8) * 1000,
    hashes,
  };
}

/** The rule book, if a list key that holds at `at` signed it and it is not older. Throws otherwise. */
export async function openRules(sealed, keys, at, newerThan = 0) {
  const payload = await openSealed(sealed, RULES_CONTEXT, listKeys(keys, at));
  const document = JSON.parse(new TextDecoder().decode(payload));
  notOlder(document.version, newerThan);
  const products = new Map(document.products.map((row) => [`${row.product}.${row.version}`, row]));
  return { version: document.version, products, holidays: new Set(document.holidays) };
}

async function revokes(list, serial) {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", serial));
  return list.hashes.has(new DataView(digest.buffer).getBigUint64(0));
}

function unpack(data) {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const from = view.getUint32(5) * MINUTE;
  const minutes = (data[9] << 16) | (data[10] << 8) | data[11];
  if (!minutes || !data[13] || data[12] > 3) return null;
  return {
    product: view.getUint16(2),
    productVersion: data[4],
    validFrom: from,
    validUntil: from + minutes * MINUTE,
    category: data[12],
    riders: data[13],
    serial: data.slice(14, 26),
    deviceKey: data.slice(BODY),
  };
}

/** Open a scanned text: `{refusal}` or `{body, shownAt}` (shownAt null on a static ticket). */
export async function openTicket(text, keys, at, test = false) {
  const prefix = test ? TEST_PREFIX : PREFIX;
  if (!text.startsWith(prefix)) {
    if (text.startsWith(TEST_PREFIX)) return { refusal: "test-ticket" };
    return { refusal: /^[A-Z]{2}[0-9]:/.test(text) ? "foreign" : "not-a-ticket" };
  }
  if (!/^[0-9A-Z $%*+\-./:]{1,400}$/.test(text)) return { refusal: "damaged" };
  const data = decodeBase45(text.slice(4));
  const lengths = data && { [STATIC]: [STATIC_BYTES], [BOUND]: [BOUND_BYTES, LIVE_BYTES] }[data[0]];
  if (!lengths || !lengths.includes(data.length)) return { refusal: "damaged" };
  const signed = data[0] === STATIC ? BODY : BODY + KEY;
  const issued = join(ascii(prefix), data.slice(0, signed));
  const signature = data.slice(signed, signed + SIGNATURE);
  const candidates = keys.keys.filter((key) => key.keyId === data[1] && key.use === "ticket");
  if (!candidates.length) return { refusal: "unknown-key" };
  let signer = null;
  for (const key of candidates) {
    if (!signer && (await holds(issued, signature, key.public))) signer = key;
  }
  if (!signer) return { refusal: "bad-signature" };
  const body = unpack(data.slice(0, signed));
  if (!body) return { refusal: "damaged" };
  if (!holdsAt(signer, at) || body.validUntil > signer.notAfter) return { refusal: "key-expired" };
  if (data[0] === STATIC) return { body, shownAt: null };
  if (data.length === BOUND_BYTES) return { refusal: "not-live" };
  const stamped = data.slice(0, BOUND_BYTES + 4);
  if (!(await holds(join(DEVICE_CONTEXT, stamped), data.slice(-SIGNATURE), body.deviceKey))) {
    return { refusal: "bad-device-signature" };
  }
  const stamp = new DataView(stamped.buffer, stamped.byteOffset + BOUND_BYTES, 4);
  return { body, shownAt: stamp.getUint32(0) * 1000 };
}

const fits = (set, value) => !set.length || set.includes(value);
const fit = (rides, place) =>
  fits(rides.operators, place.operator) &&
  fits(rides.routes, place.route ?? "") &&
  fits(rides.modes, place.mode ?? "") &&
  fits(rides.classes, place.vehicle_class ?? "") &&
  [place.from_stop, place.to_stop].every((stop) => !stop || fits(rides.stops ?? [], stop));

function allows(rules, place) {
  return rules.covers.some((rides) => fit(rides, place)) && !rules.excludes.some((rides) => fit(rides, place));
}

function timeAllows(rules, at, holidays) {
  const japan = new Date(at + 9 * 3_600_000); // Japan has no summer time.
  let minute = japan.getUTCHours() * 60 + japan.getUTCMinutes();
  let day = Date.UTC(japan.getUTCFullYear(), japan.getUTCMonth(), japan.getUTCDate());
  if (minute < rules.day_change) {
    minute += 1440;
    day -= 24 * 3_600_000;
  }
  const iso = new Date(day).toISOString().slice(0, 10);
  const free = [0, 6].includes(new Date(day).getUTCDay()) || holidays.has(iso);
  const isOne = (days) => days === "all" || free === (days === "weekends-and-holidays");
  if (!isOne(rules.days)) return false;
  if (rules.blackout.some(([first, last]) => first <= iso && iso <= last)) return false;
  return (
    !rules.bands.length ||
    rules.bands.some(([since, until, days]) => since <= minute && minute < until && isOne(days))
  );
}

async function refusal(opened, at, place, reader, rules) {
  const { body, shownAt } = opened;
  const policy = reader.policy ?? POLICY;
  if (await revokes(reader.revoked, body.serial)) return "revoked";
  if (at - reader.revoked.issued > policy.listRedMs || at >= reader.revoked.notAfter) return "list-too-old";
  if (shownAt !== null) {
    const shownFor = (rules ? rules.display_s : 60) * 1000;
    if (at - shownAt > shownFor + policy.skewMs) return "screenshot";
    if (shownAt - at > policy.skewMs) return "code-from-future";
  }
  if (at < body.validFrom) return "not-yet";
  if (at >= body.validUntil) return "expired";
  if (rules && !allows(rules, place)) return "not-here";
  if (rules && !timeAllows(rules, at, reader.rules.holidays)) return "not-now";
  return "";
}

function doubts(opened, at, reader, rules) {
  const policy = reader.policy ?? POLICY;
  const found = [];
  if (!rules) found.push("valid-product-unknown");
  const last = reader.seen.get(serialText(opened.body.serial));
  const window = (rules ? rules.again_after_min : 10) * MINUTE;
  if (last !== undefined && at >= last && at - last < window) found.push("seen-again");
  if (opened.shownAt === null) found.push("valid-check-identity");
  if (at - reader.revoked.issued > policy.listAmberMs) found.push("valid-list-old");
  if (at - reader.clockChecked > policy.clockAmberMs) found.push("valid-clock-unsure");
  return found;
}

/** A serial as text, the key of `reader.seen`. */
export function serialText(serial) {
  return Array.from(serial, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * The verdict on a scanned text: `{reason, also, body, rules}`.
 * reader: {keys, revoked, rules, seen: Map(serial text → ms), clockChecked: ms, policy, test}.
 * Total: any text gives a verdict.
 */
export async function inspect(text, at, place, reader) {
  const opened = await openTicket(text, reader.keys, at, reader.test);
  if (opened.refusal) return { reason: opened.refusal, also: [], body: null, rules: null };
  const { body } = opened;
  const rules = reader.rules.products.get(`${body.product}.${body.productVersion}`) ?? null;
  const red = await refusal(opened, at, place, reader, rules);
  if (red) return { reason: red, also: [], body, rules };
  const amber = doubts(opened, at, reader, rules);
  return { reason: amber[0] ?? "valid", also: amber.slice(1), body, rules };
}
