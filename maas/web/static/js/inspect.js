// The inspector's page: judge codes with what was downloaded, keep every scan, send them later.

const script = document.querySelector("script[data-reader]");
const reader = await import(script.dataset.reader);
const texts = JSON.parse(document.getElementById("texts").textContent);
const language = document.documentElement.lang;
const $ = (id) => document.getElementById(id);
const t = (key, parts = {}) =>
  Object.entries(parts).reduce((text, [name, value]) => text.replaceAll(`{${name}}`, value), texts[key] ?? key);

const STORE = "kq1";
const PLACE = ["operator", "route", "mode", "from_stop", "to_stop", "point"];
const SEEN_FOR = 60 * 60_000;
const load = (name, otherwise) => {
  try {
    return JSON.parse(localStorage.getItem(`${STORE}.${name}`)) ?? otherwise;
  } catch {
    return otherwise; // A damaged entry is as good as none: it is downloaded again.
  }
};
const save = (name, value) => localStorage.setItem(`${STORE}.${name}`, JSON.stringify(value));

let held = null; // {keys, revoked, rules, words, test, clockChecked}
// What the server's clock is ahead of this device's; the wall clock alone is never trusted.
let offset = load("offset", 0);
const now = () => Date.now() + offset;

async function open(told) {
  const root = Uint8Array.from(atob(told.root), (letter) => letter.charCodeAt(0));
  const pinned = load("root", null);
  if (pinned && pinned !== told.root) throw new Error(t("inspect.root"));
  const keys = await reader.openKeys(told.keys, root, held?.keys.version);
  const revoked = await reader.openRevocations(told.revocations, keys, now(), held?.revoked.version);
  const rules = await reader.openRules(told.rules, keys, now(), held?.rules.version);
  save("root", told.root);
  held = { keys, revoked, rules, words: told.words, test: told.test, clockChecked: told.clockChecked };
}

async function update() {
  const [keys, words] = await Promise.all([fetch("/v1/keys"), fetch("/v1/verdicts")]);
  if (!keys.ok || !words.ok) throw new Error(t("inspect.offline"));
  const told = { ...(await keys.json()), words: await words.json() };
  offset = Date.parse(told.server_time) - Date.now();
  save("offset", offset);
  told.clockChecked = now();
  await open(told);
  save("told", told);
}

function place() {
  return { ...Object.fromEntries(PLACE.map((name) => [name, $(name).value.trim()])), vehicle_class: "" };
}

function fact(list, name, value) {
  if (!value) return;
  const term = document.createElement("dt");
  const text = document.createElement("dd");
  term.textContent = t(name);
  text.textContent = value;
  list.append(term, text);
}

function show(verdict) {
  const words = held.words[verdict.reason];
  const other = language === "ja" ? "en" : "ja";
  $("verdict").className = `verdict ${words.light}`;
  $("words").textContent = words[language];
  $("other-words").textContent = [words[other], ...verdict.also.map((reason) => held.words[reason][language])].join(" / ");
  const list = $("facts");
  list.replaceChildren();
  if (verdict.rules) fact(list, "inspect.product", verdict.rules.name[language]);
  if (verdict.body) {
    const kinds = ["adult", "child", "concession", "group"];
    fact(list, "inspect.riders", `${t(`inspect.rider.${kinds[verdict.body.category]}`)} × ${verdict.body.riders}`);
    const until = new Date(verdict.body.validUntil);
    fact(list, "inspect.until", until.toLocaleString(language, { timeZone: "Asia/Tokyo" }));
  }
  if (verdict.rules) fact(list, "inspect.note", verdict.rules.note[language]);
  if (words.light === "red" && navigator.vibrate) navigator.vibrate([200, 100, 200]);
}

async function check(text) {
  if (!held) {
    $("state").textContent = t("inspect.nothing");
    return;
  }
  const at = now();
  const seen = new Map(load("seen", []).filter(([, when]) => at - when < SEEN_FOR));
  const verdict = await reader.inspect(text, at, place(), { ...held, seen });
  show(verdict);
  if (verdict.body && held.words[verdict.reason].light !== "red") {
    seen.set(reader.serialText(verdict.body.serial), at);
  }
  save("seen", [...seen]);
  const { operator, ...where } = place(); // Whose device it is, its key says.
  const scan = {
    nonce: crypto.randomUUID(),
    text: text.slice(0, 1000).replace(/[\p{Cc}\p{Cs}]/gu, "\ufffd"), // no half characters, none that no server stores
    scanned_at: new Date(at).toISOString(),
    place: where,
    device_verdict: verdict.reason,
    list_version: held.revoked.version,
  };
  save("queue", [...load("queue", []), scan]);
  state();
}

async function upload() {
  const queue = load("queue", []);
  const key = load("key", "");
  if (!queue.length || !key) return state();
  const batch = queue.slice(0, 500);
  const answer = await fetch("/v1/inspections/batch", {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${key}`, "idempotency-key": `scans-${batch[0].nonce}` },
    body: JSON.stringify({ scans: batch }),
  });
  if (!answer.ok) throw new Error(t("inspect.refused", { status: answer.status }));
  const sent = new Set(batch.map((scan) => scan.nonce));
  save("queue", load("queue", []).filter((scan) => !sent.has(scan.nonce)));
  state();
}

function state(problem = "") {
  const waiting = load("queue", []).length;
  const age = held ? Math.max(0, Math.round((now() - held.revoked.issued) / 60_000)) : null;
  const parts = [
    held ? t("inspect.list", { minutes: age }) : t("inspect.nothing"),
    held?.test ? t("inspect.test") : "",
    t("inspect.waiting", { n: waiting }),
    problem,
  ];
  $("state").textContent = parts.filter(Boolean).join(" · ");
}

async function refresh() {
  try {
    await update();
    await upload();
    state();
  } catch (error) {
    if (error.cause === "older") return state(t("inspect.older"));
    state(navigator.onLine ? error.message : t("inspect.offline"));
  }
}

$("scan").addEventListener("submit", async (event) => {
  event.preventDefault();
  await check($("code").value.trim());
  $("code").value = "";
  $("code").focus();
});
$("setup").addEventListener("submit", (event) => {
  event.preventDefault();
  save("key", $("key").value.trim());
  save("place", place());
  refresh();
});
$("upload").addEventListener("click", refresh);
window.addEventListener("online", refresh);
setInterval(refresh, 5 * 60_000);

if ("BarcodeDetector" in window) {
  $("camera").hidden = false;
  let running = false;
  $("camera").addEventListener("click", async () => {
    if (running) return;
    running = true;
    const video = $("video");
    try {
      video.srcObject = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
    } catch {
      running = false;
      return state(t("inspect.nocamera"));
    }
    video.hidden = false;
    await video.play();
    const detector = new window.BarcodeDetector({ formats: ["qr_code"] });
    let last = "";
    while (running) {
      const found = await detector.detect(video).catch(() => []);
      const text = found[0]?.rawValue ?? "";
      if (text && text !== last) await check(text);
      last = text || last;
      await new Promise((resolve) => setTimeout(resolve, 150));
    }
  });
}

const known = load("place", {});
for (const name of PLACE) $(name).value = known[name] ?? "";
$("key").value = load("key", "");
const told = load("told", null);
if (told) await open(told).catch(() => {});
if ("serviceWorker" in navigator) navigator.serviceWorker.register("/inspect-worker.js").catch(() => {});
state();
await refresh();
