// A ticket on this phone: activate it, show its moving code (also without a network), hand it on.
import { h, icon, t } from "../text.js";
import { get, post, download } from "./api.js";
import { draw } from "./code.js";
import { base64, boundKey, makeKey, present } from "./device.js";
import { idOfAddress, keep, kept, secretOfAddress } from "./vault.js";
import { button, fact, moment, problem, rider, said, sample, yen } from "./words.js";

const main = document.getElementById("ticket");
const NEW_CODE_MS = 10_000;
const LIVE = ["issued", "active"];
const id = idOfAddress();
let mine = null; // {id, secret, data, rules, offset, key}: all that this phone keeps of the ticket
let beat = 0;

const now = () => Date.now() + (mine?.offset ?? 0);
const remember = () => keep(`ticket:${id}`, mine);

async function openKept() {
  const told = secretOfAddress("os_");
  mine = (await kept(`ticket:${id}`)) ?? { id, secret: "", data: null, offset: 0, key: null };
  if (told && told !== mine.secret) mine = { ...mine, secret: told };
  if (!mine.secret) throw new Error(t("shop.nosecret"));
}

// The newest the server knows; without a network, what was kept.
async function refresh() {
  try {
    take(await get(`/tickets/${id}`, mine.secret));
    mine.rules ??= await get(`/products/${mine.data.product}/versions/${mine.data.product_version}`);
    await remember();
    return true;
  } catch (error) {
    if (error.code !== "offline" || !mine.data) throw error;
    return false;
  }
}

function take(data) {
  mine = { ...mine, data, offset: Date.parse(data.server_time) - Date.now() };
}

function state() {
  const { data } = mine;
  if (!LIVE.includes(data.status)) return { name: data.status, tone: "red" };
  const [from, until] = data.signed ? [data.signed.valid_from, data.signed.valid_until] : [data.usable_from, data.usable_until];
  if (now() >= Date.parse(until)) return { name: "expired", tone: "red" };
  if (!data.signed) return { name: "issued", tone: "blue" };
  if (now() < Date.parse(from)) return { name: "notyet", tone: "amber" };
  return { name: "valid", tone: "green" };
}

function head(offline) {
  const { data } = mine;
  return h("header", { class: "ticket-head" }, sample(data), h("h1", {}, said(data.name)),
    h("p", { class: "riders-line" }, `${rider(data.rider_category)} · ${t("shop.persons", { n: data.persons })}`),
    offline ? h("p", { class: "tag warn", id: "offline" }, t("shop.offline")) : null);
}

function windowWords() {
  const { data } = mine;
  if (data.signed) return t("shop.validFromUntil", { from: moment(data.signed.valid_from), until: moment(data.signed.valid_until) });
  return t(data.status === "issued" ? "shop.usableUntil" : "shop.validFromUntil", { from: moment(data.usable_from), until: moment(data.usable_until) });
}

function clockFace() {
  const time = h("time", { class: "moving-clock", id: "clock" });
  const bar = h("span", { class: "moving-bar", "aria-hidden": "true" }, h("i"));
  const run = beat;
  const tick = () => {
    if (run !== beat) return;
    time.textContent = new Intl.DateTimeFormat("ja-JP", { timeZone: "Asia/Tokyo", hour: "2-digit", minute: "2-digit", second: "2-digit" }).format(now());
    setTimeout(tick, 1000 - (now() % 1000));
  };
  tick();
  return h("div", { class: "face" }, time, bar);
}

function liveCode() {
  const place = h("div", { class: "code-place", id: "code" });
  const run = beat;
  const renew = async () => {
    if (run !== beat || state().name === "expired") return run === beat ? show() : undefined;
    const text = await present(mine.data.signed.text, mine.key, now());
    const picture = draw(text);
    picture.setAttribute("aria-label", t("shop.code"));
    place.replaceChildren(picture);
    place.dataset.text = text;
    setTimeout(renew, NEW_CODE_MS);
    return undefined;
  };
  renew().catch((error) => place.replaceChildren(problem(error)));
  return place;
}

function staticCode(text) {
  const picture = draw(text);
  picture.setAttribute("aria-label", t("shop.code"));
  return h("div", { class: "code-place", id: "code", "data-text": text }, picture);
}

// The code names the key that it is bound to; another phone's or an older one makes no live code.
const sameKey = () => mine.key && mine.data.signed?.form === "phone" && base64(boundKey(mine.data.signed.text)) === base64(mine.key.public);

function pass() {
  const { data } = mine;
  const { name, tone } = state();
  const paper = data.signed?.form === "paper";
  const code = !LIVE.includes(data.status) ? null : paper ? staticCode(data.signed.text) : sameKey() ? liveCode() : null;
  return h("section", { class: `card ticket tone-${tone}`, id: "pass", "data-state": name, "data-valid": data.signed ? `${data.signed.valid_from}/${data.signed.valid_until}` : "" },
    h("p", { class: "band" }, t(`shop.state.${name}`)), code ? clockFace() : null, code,
    h("p", { class: "window" }, windowWords()),
    code ? h("p", { class: "staff" }, t(paper ? "shop.staff.paper" : "shop.staff")) : null,
    h("dl", {}, fact(t("shop.notCovered"), said(data.not_covered))));
}

async function activate(withKey) {
  if (withKey) {
    mine.key ??= await makeKey();
    await remember(); // Kept before the server binds it: a phone that forgets its key has no ticket.
  }
  const body = withKey ? { device_key: base64(mine.key.public) } : {};
  take(await post(`/tickets/${id}/activate`, body, mine.secret));
  await remember();
  await show();
}

function start() {
  const early = Date.parse(mine.data.usable_from) > now();
  return h("section", { class: "card" }, h("h2", {}, t("shop.activate.title")), h("p", { class: "soft" }, t("shop.activate.why")),
    early ? h("p", { class: "soft" }, t("shop.activate.early", { from: moment(mine.data.usable_from) })) : null,
    h("div", {}, button({ class: "primary wide", id: "activate" }, t("shop.activate"), async () => {
      if (window.confirm(t("shop.activate.sure"))) await activate(true);
    })),
    h("details", {}, h("summary", {}, t("shop.paper.title")), h("p", { class: "soft" }, t("shop.paper.why")),
      button({ id: "paper" }, t("shop.paper"), async () => {
        if (window.confirm(t("shop.activate.sure"))) await activate(false);
      })));
}

function paperFiles() {
  return h("section", { class: "card" }, h("h2", {}, t("shop.paper.files")), h("div", { class: "row" },
    button({ id: "pdf" }, t("shop.paper.pdf"), () => download(`/tickets/${id}/paper.pdf`, mine.secret, "ticket.pdf")),
    button({ id: "png" }, t("shop.paper.png"), () => download(`/tickets/${id}/code.png`, mine.secret, "ticket.png"))));
}

function otherPhone() {
  return h("section", { class: "card" }, h("h2", {}, t("shop.lost.title")), h("p", { class: "soft" }, t("shop.lost.why")), h("p", {}, mine.rules ? t(`shop.loss.${mine.rules.loss.reissue}`, { yen: yen(mine.rules.loss.fee) }) : ""),
    button({ class: "primary", id: "reissue" }, t("shop.lost"), async () => {
      if (!window.confirm(t("shop.lost.sure"))) return;
      mine.key = await makeKey();
      await remember();
      take(await post(`/tickets/${id}/reissue`, { device_key: base64(mine.key.public), why: "lost" }, mine.secret));
      await remember();
      await show();
    }));
}

function companion() {
  const place = h("div", {});
  return h("details", { class: "card" }, h("summary", {}, t("shop.give.title")), h("p", { class: "soft" }, t("shop.give.why")),
    button({ id: "give" }, t("shop.give"), async () => {
      const made = await post(`/tickets/${id}/handover`, undefined, mine.secret);
      const link = `${location.origin}/tickets/take#${made.code}`;
      place.replaceChildren(h("p", {}, t("shop.give.until", { when: moment(made.expires_at) })), draw(link, "Byte"), h("p", { class: "give-link" }, h("a", { href: link, id: "give-link" }, link)),
        button({ class: "quiet" }, t("shop.copy"), async (node) => {
          await navigator.clipboard.writeText(link);
          node.textContent = t("result.copied");
        }));
    }), place);
}

async function show(offline = !navigator.onLine) {
  beat += 1;
  const { data } = mine;
  const sections = [head(offline), pass()];
  if (LIVE.includes(data.status) && state().name !== "expired") {
    if (!data.signed) sections.push(start());
    else if (data.signed.form === "paper") sections.push(paperFiles());
    else if (!sameKey()) sections.push(otherPhone());
    const { transfer } = mine.rules ?? {};
    if (transfer?.allowed && !(transfer.before_activation_only && data.status === "active")) sections.push(companion());
  }
  main.replaceChildren(...sections, h("p", { class: "soft honest" }, icon("warning"), t("shop.device")));
}

// A companion opened the link of a handover.
async function takeOver() {
  const code = secretOfAddress("hc_");
  if (!code) throw new Error(t("shop.take.nocode"));
  main.replaceChildren(h("section", { class: "card" }, h("h1", {}, t("shop.take.title")), h("p", {}, t("shop.take.why")),
    button({ class: "primary wide", id: "take" }, t("shop.take"), async () => {
      const taken = await post("/tickets/take", { code });
      await keep(`ticket:${taken.ticket_id}`, { id: taken.ticket_id, secret: taken.secret, data: null, offset: 0, key: null });
      location.assign(`/tickets/${taken.ticket_id}`);
    })));
}

// The worker keeps this page and everything that it loaded, so that it opens without a network.
async function keepPage() {
  if (!("serviceWorker" in navigator)) return;
  await navigator.serviceWorker.register("/ticket-worker.js", { scope: "/tickets/" });
  const { active } = await navigator.serviceWorker.ready;
  const files = performance.getEntriesByType("resource").map((entry) => entry.name).filter((name) => new URL(name).pathname.startsWith("/static/"));
  active.postMessage({ keep: [location.origin + location.pathname, ...new Set(files)] });
}

function stayAwake() {
  const ask = () => document.visibilityState === "visible" && navigator.wakeLock?.request("screen").catch(() => {});
  document.addEventListener("visibilitychange", ask);
  ask();
}

try {
  if (id === "take") {
    await takeOver();
  } else {
    await openKept();
    const online = await refresh();
    await show(!online);
    window.addEventListener("online", () => refresh().then(() => show(false)).catch(() => {}));
    window.addEventListener("offline", () => show(true));
    stayAwake();
    await keepPage().catch(() => {}); // Without a worker the ticket works online.
  }
} catch (error) {
  main.replaceChildren(problem(error), h("p", {}, h("a", { href: "/passes" }, t("shop.back"))));
}
main.setAttribute("aria-busy", "false");
