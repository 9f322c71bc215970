// The search page: form, address, results, map.
import { list } from "./journeys.js";
import { JourneyMap } from "./map.js";
import { PlaceField } from "./suggest.js";
import { count, dayKey, h, icon, minutes, setup, t, ZONE } from "./text.js";

const $ = (id) => document.getElementById(id);
const MODES = {
  rail: ["HIGHSPEED_RAIL", "LONG_DISTANCE", "NIGHT_RAIL", "REGIONAL_RAIL", "SUBURBAN", "FUNICULAR", "AERIAL_LIFT", "OTHER"],
  tram: ["TRAM", "SUBWAY"],
  bus: ["BUS", "COACH", "ODM", "RIDE_SHARING"],
  ferry: ["FERRY"],
  air: ["AIRPLANE"],
};
const EXAMPLES = { ja: [["博多", "宮之浦港"], ["長崎", "鹿児島中央"], ["別府", "熊本"], ["天神", "福江港"]], en: [["Hakata", "Miyanoura"], ["Nagasaki", "Kagoshima-Chuo"], ["Beppu", "Kumamoto"], ["Tenjin", "Fukue"]] };

const form = $("search");
const results = $("results");
const map = new JourneyMap($("map"));
const fields = {};
for (const side of ["from", "to"]) fields[side] = new PlaceField(document.querySelector(`[data-side=${side}]`), () => changed());
let shown = { itineraries: [], previous: "", next: "", query: null };
let opened = null;
let synthetic = new Set();
let running = null;

const kind = () => form.elements.kind.value;

function setNow() {
  const now = new Date();
  $("date").value = dayKey(now, ZONE);
  const parts = new Intl.DateTimeFormat("sv-SE", { timeZone: ZONE, hour: "2-digit", minute: "2-digit" }).format(now);
  $("time").value = parts;
}

function showKind() {
  const fixed = ["first", "last"].includes(kind());
  $("time-label").hidden = fixed;
  $("now").hidden = fixed;
  document.querySelector(".datetime").classList.toggle("no-time", fixed);
}

function nextDay(date) {
  const day = new Date(`${date}T12:00:00Z`);
  day.setUTCDate(day.getUTCDate() + 1);
  return day.toISOString().slice(0, 10);
}

// The first journey of a day leaves after 3 a.m.; the last arrives before 3 a.m. of the next.
function moment() {
  const date = $("date").value || dayKey(new Date(), ZONE);
  if (kind() === "first") return { time: `${date}T03:00:00+09:00`, arriveBy: false };
  if (kind() === "last") return { time: `${nextDay(date)}T03:00:00+09:00`, arriveBy: true };
  return { time: `${date}T${$("time").value || "08:00"}:00+09:00`, arriveBy: kind() === "arr" };
}

function chosenModes() {
  return [...form.elements.mode].filter((box) => box.checked).map((box) => box.value);
}

function optionCount() {
  const n = [$("changes").value, $("walk").value !== "15", $("pace").value, chosenModes().length !== 5, $("wheelchair").checked, $("bikes").checked, $("no-reservation").checked].filter(Boolean).length;
  $("options-count").textContent = n;
  $("options-count").hidden = n === 0;
}

function planQuery() {
  const { time, arriveBy } = moment();
  const walk = Number($("walk").value) * 60;
  const query = new URLSearchParams({
    fromPlace: fields.from.value.id, toPlace: fields.to.value.id, time, arriveBy: String(arriveBy), language: setup.language,
    numItineraries: "5", searchWindow: "3600", maxPreTransitTime: String(walk), maxPostTransitTime: String(walk), maxDirectTime: String(Math.max(walk, 1800)),
  });
  if (kind() === "first" || kind() === "last") query.set("numItineraries", "3");
  if ($("changes").value) query.set("maxTransfers", $("changes").value);
  if ($("pace").value) query.set("pedestrianSpeed", $("pace").value);
  const modes = chosenModes();
  if (modes.length !== 5) query.set("transitModes", modes.flatMap((name) => MODES[name]).join(","));
  if ($("wheelchair").checked) query.set("pedestrianProfile", "WHEELCHAIR");
  if ($("bikes").checked) query.set("requireBikeTransport", "true");
  if ($("no-reservation").checked) query.set("noCompulsoryReservation", "true");
  return query;
}

// The address holds the whole search, so that it can be kept and shared.
function address() {
  const query = new URLSearchParams();
  for (const side of ["from", "to"]) if (fields[side].value) { query.set(side, fields[side].value.id); query.set(`${side}Name`, fields[side].value.name); }
  query.set("kind", kind());
  query.set("date", $("date").value);
  if (!$("time-label").hidden) query.set("time", $("time").value);
  for (const [name, id, usual] of [["changes", "changes", ""], ["walk", "walk", "15"], ["pace", "pace", ""]]) if ($(id).value !== usual) query.set(name, $(id).value);
  if (chosenModes().length !== 5) query.set("modes", chosenModes().join(","));
  for (const id of ["wheelchair", "bikes", "no-reservation"]) if ($(id).checked) query.set(id, "1");
  return query;
}

function restore(query) {
  for (const side of ["from", "to"]) if (query.get(side)) fields[side].set({ id: query.get(side), name: query.get(`${side}Name`) || query.get(side) });
  if (["dep", "arr", "first", "last"].includes(query.get("kind"))) form.elements.kind.value = query.get("kind");
  if (/^\d{4}-\d{2}-\d{2}$/.test(query.get("date") ?? "")) $("date").value = query.get("date");
  if (/^\d{2}:\d{2}$/.test(query.get("time") ?? "")) $("time").value = query.get("time");
  for (const id of ["changes", "walk", "pace"]) if (query.get(id)) $(id).value = query.get(id);
  const modes = query.get("modes");
  if (modes !== null) for (const box of form.elements.mode) box.checked = modes.split(",").includes(box.value);
  for (const id of ["wheelchair", "bikes", "no-reservation"]) $(id).checked = query.get(id) === "1";
  showKind();
  optionCount();
}

function message(title, text, action) {
  results.hidden = false;
  results.replaceChildren(h("div", { class: "card message" }, h("strong", {}, title), text ?? "", action ?? ""));
}

async function ask(query) {
  running?.abort();
  running = new AbortController();
  const answer = await fetch(`/api/v6/plan?${query}`, { signal: running.signal });
  const content = await answer.json();
  if (!answer.ok) throw new Error(content.error ?? answer.statusText);
  return content;
}

async function run({ keep = false } = {}) {
  const from = await fields.from.settle();
  const to = await fields.to.settle();
  if (!from) return fields.from.refuse();
  if (!to) return fields.to.refuse();
  if (!keep) history.pushState(null, "", `?${address()}`);
  $("examples").hidden = true;
  results.hidden = false;
  results.setAttribute("aria-busy", "true");
  results.replaceChildren(h("div", { class: "loading", role: "status" }, h("span", { class: "visually-hidden" }, t("search.searching")), h("div"), h("div"), h("div")));
  $("submit").disabled = true;
  try {
    const query = planQuery();
    const content = await ask(query);
    let itineraries = content.itineraries;
    if (kind() === "first") itineraries = itineraries.slice(0, 3);
    if (kind() === "last") itineraries = itineraries.slice(-3);
    shown = { itineraries, previous: content.previousPageCursor, next: content.nextPageCursor, query, direct: content.direct };
    draw(kind() === "last" || kind() === "arr" ? itineraries.length - 1 : 0);
  } catch (error) {
    if (error.name !== "AbortError") message(t("result.error"), error.message, h("button", { type: "button", class: "button", onclick: () => run({ keep: true }) }, t("result.retry")));
  } finally {
    $("submit").disabled = false;
    results.setAttribute("aria-busy", "false");
  }
}

async function more(later) {
  const query = new URLSearchParams(shown.query);
  query.set("pageCursor", later ? shown.next : shown.previous);
  try {
    const content = await ask(query);
    const known = new Set(shown.itineraries.map((row) => row.id));
    const fresh = content.itineraries.filter((row) => !known.has(row.id));
    if (later) { shown.itineraries.push(...fresh); shown.next = content.nextPageCursor; }
    else { shown.itineraries.unshift(...fresh); shown.previous = content.previousPageCursor; }
    draw(later ? shown.itineraries.length - fresh.length : Math.max(fresh.length - 1, 0));
  } catch (error) {
    if (error.name !== "AbortError") message(t("result.error"), error.message);
  }
}

function pager(key, later, cursor) {
  return cursor ? h("div", { class: "pager" }, h("button", { type: "button", class: "button quiet", onclick: () => more(later) }, t(key))) : null;
}

function choose(show, made) {
  if (!show) { opened = null; return; }
  if (opened && opened.article !== made.article) opened.toggle(false);
  opened = made;
  map.show(made.itinerary);
}

function draw(open) {
  const direct = shown.direct ?? [];
  if (!shown.itineraries.length && !direct.length) {
    message(t("result.none"), t("result.none.hint"), h("div", {}, pager("result.earlier", false, shown.previous), pager("result.later", true, shown.next)));
    map.show(null);
    return;
  }
  const cards = list(shown.itineraries, { synthetic, opened: open, onToggle: choose });
  const walks = list(direct, { synthetic, opened: shown.itineraries.length ? -1 : 0, onToggle: choose });
  const made = [...cards, ...walks];
  opened = made.find((row) => row.itinerary === (shown.itineraries[open] ?? direct[0])) ?? null;
  results.replaceChildren(
    h("div", { class: "results-head" }, h("h2", { tabindex: "-1" }, count("result.count", shown.itineraries.length + direct.length)),
      h("button", { type: "button", class: "button quiet", onclick: share }, icon("link"), t("result.share"))),
    ...[pager("result.earlier", false, shown.previous), ...walks.map((row) => row.article ?? row), ...cards.map((row) => row.article ?? row), pager("result.later", true, shown.next)].filter(Boolean));
  if (opened) map.show(opened.itinerary);
  const head = results.querySelector("h2");
  head.focus({ preventScroll: true });
  const panel = document.querySelector(".panel");
  const wide = panel.scrollHeight > panel.clientHeight;
  (wide ? panel : window).scrollTo({ top: results.offsetTop - (wide ? panel.offsetTop : 0) - 10, behavior: "smooth" });
}

async function share(event) {
  const button = event.currentTarget;
  try { await navigator.clipboard.writeText(location.href); } catch { window.prompt(t("result.share"), location.href); return; }
  button.replaceChildren(icon("link"), t("result.copied"));
}

function changed() { optionCount(); }

function examples() {
  const rows = EXAMPLES[setup.language].map(([from, to]) => h("li", {}, h("a", { href: "#", onclick: async (event) => {
    event.preventDefault();
    for (const [side, name] of [["from", from], ["to", to]]) { fields[side].set(null); fields[side].input.value = name; await fields[side].look(); await fields[side].settle(); }
    run();
  } }, icon("pin"), `${from} → ${to}`)));
  $("examples").replaceChildren(h("h2", {}, t("example.title")), h("ul", {}, rows));
  $("examples").hidden = false;
}

$("swap").addEventListener("click", () => {
  const [from, to] = [fields.from.value, fields.to.value];
  const [typedFrom, typedTo] = [fields.from.input.value, fields.to.input.value];
  fields.from.set(to);
  fields.to.set(from);
  if (!to) fields.from.input.value = typedTo;
  if (!from) fields.to.input.value = typedFrom;
  if (from && to && !results.hidden) run();
});
$("now").addEventListener("click", setNow);
form.addEventListener("submit", (event) => { event.preventDefault(); run(); });
form.addEventListener("change", (event) => { if (event.target.name === "kind") showKind(); optionCount(); });
$("map-toggle").addEventListener("click", () => {
  const open = document.querySelector(".map-pane").classList.toggle("open");
  $("map-toggle").textContent = t(open ? "map.hide" : "map.show");
  $("map-toggle").setAttribute("aria-expanded", String(open));
  if (open) map.start().then((made) => { made?.resize(); if (opened) map.show(opened.itinerary); });
});
window.addEventListener("popstate", begin);

function begin() {
  const query = new URLSearchParams(location.search);
  restore(query);
  if (fields.from.value && fields.to.value) run({ keep: true });
}

setNow();
showKind();
examples();
fetch("/v1/network").then((answer) => (answer.ok ? answer.json() : { feeds: [] })).then((content) => {
  synthetic = new Set(content.feeds.filter((feed) => feed.synthetic).map((feed) => feed.tag));
}).catch(() => {}).finally(begin);
if (window.matchMedia("(min-width: 960px)").matches) map.start();
