// Itineraries as cards and, opened, as timelines.
import { coverage } from "./coverage.js";
import { changesText, clock, count, dayKey, dayName, daysBetween, h, icon, legColors, minutes, modeIcon, modeName, setup, t, ZONE } from "./text.js";

const ride = (leg) => leg.displayName !== undefined;
const placeName = (place) => (place.name === "START" ? t("result.start") : place.name === "END" ? t("result.end") : place.name);
const feedOf = (leg) => (leg.routeId ?? "").split("_")[0];

function walkSeconds(itinerary) {
  return itinerary.legs.filter((leg) => leg.mode === "WALK").reduce((sum, leg) => sum + leg.duration, 0);
}

function label(leg) {
  return leg.displayName || leg.routeLongName || modeName(leg);
}

// The width follows the time, but short legs stay readable.
function bar(itinerary) {
  const legs = itinerary.legs.filter((leg) => ride(leg) || leg.duration >= 120);
  const spans = legs.map((leg) => {
    const weight = Math.max(leg.duration, itinerary.duration / 14);
    if (!ride(leg)) return h("span", { class: "walk", style: { "flex-grow": Math.max(leg.duration, itinerary.duration / 40), "flex-basis": "0" } }, icon(modeIcon(leg)));
    const { fill, ink } = legColors(leg);
    return h("span", { style: { "flex-grow": weight, "flex-basis": "0", background: fill, color: ink } }, icon(modeIcon(leg)), h("b", {}, label(leg)));
  });
  return h("span", { class: "bar", "aria-hidden": "true" }, spans);
}

function spoken(itinerary) {
  return itinerary.legs.filter((leg) => ride(leg) || leg.duration >= 120)
    .map((leg) => (ride(leg) ? `${modeName(leg)} ${label(leg)}` : `${modeName(leg)} ${minutes(leg.duration)}`)).join(", ");
}

function tags(itinerary, synthetic) {
  const rides = itinerary.legs.filter(ride);
  const found = [];
  if (rides.some((leg) => leg.cancelled)) found.push(h("span", { class: "tag bad" }, t("result.cancelled")));
  const late = Math.max(0, ...rides.map((leg) => (Date.parse(leg.endTime) - Date.parse(leg.scheduledEndTime)) / 1000));
  if (late >= 60) found.push(h("span", { class: "tag bad" }, t("result.delayed", { min: minutes(late) })));
  else if (rides.length && rides.every((leg) => leg.realTime)) found.push(h("span", { class: "tag good" }, t("result.onTime")));
  if (rides.some((leg) => leg.reservation === "COMPULSORY")) found.push(h("span", { class: "tag" }, t("result.reservation")));
  if (rides.some((leg) => leg.loopedCalendarSince)) found.push(h("span", { class: "tag warn" }, t("result.looped")));
  if (rides.some((leg) => synthetic.has(feedOf(leg)))) found.push(h("span", { class: "tag warn" }, t("result.synthetic")));
  return found;
}

function later(from, to) {
  const days = daysBetween(from, to);
  if (days <= 0) return null;
  return h("sup", {}, days === 1 ? t("result.nextDay") : t("result.daysLater", { n: days }));
}

function stopRow(place, times, color) {
  const [planned, real] = times;
  const zone = place.tz ?? ZONE;
  const moved = planned && real && clock(planned, zone) !== clock(real, zone);
  return h("div", { class: "stop-row", style: color ? { "--leg": color } : null },
    h("div", { class: "at" }, moved ? h("s", {}, clock(planned, zone)) : null, h("span", { class: moved ? "late" : null }, real ? clock(real, zone) : "")),
    h("span", { class: "knob", "aria-hidden": "true" }),
    h("div", { class: "where" }, placeName(place), place.track ? h("span", { class: "tag" }, t("result.platform", { n: place.track })) : null));
}

function rideRow(leg) {
  const { fill, ink } = legColors(leg);
  const stops = leg.intermediateStops ?? [];
  return h("div", { class: "leg-row", style: { "--leg": fill, "--leg-ink": ink } }, h("span"), h("span", { class: "rail", "aria-hidden": "true" }),
    h("div", { class: "what" },
      h("div", { class: "line" }, h("span", { class: "name" }, icon(modeIcon(leg)), label(leg)),
        leg.headsign ? h("span", {}, t("result.toward", { sign: leg.headsign })) : null,
        leg.cancelled ? h("span", { class: "tag bad" }, t("result.cancelled")) : null),
      h("div", { class: "soft" }, [modeName(leg), leg.routeLongName && leg.routeLongName !== label(leg) ? leg.routeLongName : null, leg.tripShortName && leg.tripShortName !== label(leg) ? leg.tripShortName : null, minutes(leg.duration)].filter(Boolean).join(" · ")),
      h("div", { class: "soft" }, leg.agencyName),
      (leg.alerts ?? []).map((alert) => h("div", { class: "tag warn" }, alert.headerText)),
      stops.length ? h("details", { class: "between" }, h("summary", {}, count("result.stops", stops.length)),
        h("ol", {}, stops.map((stop) => h("li", { class: stop.cancelled ? "cancelled" : null }, h("span", {}, clock(stop.departure ?? stop.arrival, stop.tz ?? ZONE)), placeName(stop))))) : null));
}

function walkRow(leg, waits) {
  const text = leg.from.stopId && leg.from.stopId === leg.to.stopId ? t("result.change") : t("result.walk", { min: minutes(leg.duration) });
  const far = leg.distance >= 50 ? ` (${Math.round(leg.distance / 10) * 10} m)` : "";
  return h("div", { class: "leg-row on-foot" }, h("span"), h("span", { class: "rail", "aria-hidden": "true" }),
    h("div", { class: "what soft" }, h("div", { class: "line" }, icon(modeIcon(leg)), text + far), waits >= 60 ? h("div", { class: "soft" }, t("result.wait", { min: minutes(waits) })) : null));
}

export function timeline(itinerary) {
  const rows = [];
  itinerary.legs.forEach((leg, place) => {
    const next = itinerary.legs[place + 1];
    const before = itinerary.legs[place - 1];
    if (ride(leg)) {
      const color = legColors(leg).fill;
      rows.push(stopRow(leg.from, [leg.scheduledStartTime, leg.startTime], color), rideRow(leg), stopRow(leg.to, [leg.scheduledEndTime, leg.endTime], color));
    } else {
      if (!before) rows.push(stopRow(leg.from, [null, leg.startTime], null));
      const waits = next ? (Date.parse(next.startTime) - Date.parse(leg.endTime)) / 1000 : 0;
      rows.push(walkRow(leg, waits));
      if (!next) rows.push(stopRow(leg.to, [null, leg.endTime], null));
    }
  });
  return h("div", { class: "timeline" }, rows);
}

export function card(itinerary, { best, synthetic, open, onToggle }) {
  const rides = itinerary.legs.filter(ride);
  const operators = [...new Set(rides.map((leg) => leg.agencyName).filter(Boolean))];
  const id = `d${Math.random().toString(36).slice(2)}`;
  const summary = h("button", { type: "button", class: "summary", "aria-expanded": open ? "true" : "false", "aria-controls": id },
    h("span", { class: "headline" },
      h("span", { class: "times" }, clock(itinerary.startTime), h("span", { class: "arrow", "aria-label": "–" }, "→"), clock(itinerary.endTime), later(itinerary.startTime, itinerary.endTime)),
      h("span", { class: "duration" }, minutes(itinerary.duration)),
      h("span", { class: "facts" }, [rides.length ? changesText(itinerary.transfers) : null, walkSeconds(itinerary) >= 60 ? t("result.walk", { min: minutes(walkSeconds(itinerary)) }) : null].filter(Boolean).join(" · ")),
      h("span", { class: "badges" }, best.map((key) => h("span", { class: "tag good" }, t(key))))),
    bar(itinerary), h("span", { class: "visually-hidden" }, spoken(itinerary)),
    operators.length ? h("span", { class: "operators" }, `${t("result.operators")}: ${operators.join(setup.language === "ja" ? "・" : ", ")}`) : null,
    h("span", { class: "row-tags" }, tags(itinerary, synthetic)));
  const details = h("div", { class: "details", id, hidden: !open });
  const fill = () => details.append(timeline(itinerary), ...(rides.length && itinerary.id ? [coverage(itinerary)] : []));
  if (open) fill();
  const article = h("article", { class: `card itinerary${open ? " chosen" : ""}` }, summary, details);
  const toggle = (show) => {
    if (show && !details.firstChild) fill();
    details.hidden = !show;
    summary.setAttribute("aria-expanded", String(show));
    article.classList.toggle("chosen", show);
  };
  summary.addEventListener("click", () => { const show = details.hidden; toggle(show); onToggle(show, { article, toggle, itinerary }); });
  return { article, toggle, itinerary };
}

// Cards by day, the best of each kind marked.
export function list(itineraries, options) {
  const fastest = Math.min(...itineraries.map((row) => row.duration));
  const fewest = Math.min(...itineraries.map((row) => row.transfers));
  const many = itineraries.length > 1;
  let day = "";
  return itineraries.flatMap((itinerary, place) => {
    const best = [];
    if (many && itinerary.duration === fastest) best.push("result.fastest");
    if (many && itinerary.transfers === fewest && itineraries.some((row) => row.transfers > fewest)) best.push("result.fewest");
    const made = card(itinerary, { ...options, best, open: place === options.opened });
    const heading = dayKey(itinerary.startTime) === day ? null : h("h3", { class: "day" }, dayName(itinerary.startTime));
    day = dayKey(itinerary.startTime);
    return [heading, made].filter(Boolean);
  });
}
