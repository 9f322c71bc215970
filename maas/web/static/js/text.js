// Texts, times and small DOM building; nothing here writes HTML from data.
const words = JSON.parse(document.getElementById("texts").textContent);
export const setup = JSON.parse(document.getElementById("setup").textContent);
export const ZONE = "Asia/Tokyo";

export function t(key, parts = {}) {
  let text = words[key] ?? key;
  for (const [name, value] of Object.entries(parts)) text = text.replaceAll(`{${name}}`, value);
  return text;
}

// English has a form for one; Japanese catalogues simply lack that key.
export function count(key, n) {
  return t(n === 1 && words[`${key}.1`] ? `${key}.1` : key.endsWith(".n") || words[key] ? key : `${key}.n`, { n });
}

export function changesText(n) {
  if (n === 0) return t("result.changes.0");
  return n === 1 && words["result.changes.1"] ? t("result.changes.1") : t("result.changes.n", { n });
}

export function minutes(seconds) {
  const all = Math.max(0, Math.round(seconds / 60));
  const [h, m] = [Math.floor(all / 60), all % 60];
  if (!h) return t("time.m", { m });
  return m ? t("time.hm", { h, m }) : t("time.h", { h });
}

const formats = new Map();
function formatter(zone, options) {
  const key = zone + JSON.stringify(options);
  if (!formats.has(key)) formats.set(key, new Intl.DateTimeFormat(setup.language, { timeZone: zone, ...options }));
  return formats.get(key);
}

export function clock(iso, zone = ZONE) {
  return formatter(zone, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(new Date(iso));
}

export function dayName(iso, zone = ZONE) {
  return formatter(zone, { month: "short", day: "numeric", weekday: "short" }).format(new Date(iso));
}

// Calendar date in a zone, as YYYY-MM-DD: Swedish writes it so.
export function dayKey(iso, zone = ZONE) {
  return new Intl.DateTimeFormat("sv-SE", { timeZone: zone }).format(new Date(iso));
}

export function daysBetween(from, to, zone = ZONE) {
  return Math.round((Date.parse(dayKey(to, zone)) - Date.parse(dayKey(from, zone))) / 86400000);
}

export function h(name, attributes = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (key === "style") for (const [property, setting] of Object.entries(value)) node.style.setProperty(property, setting);
    else if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else node.setAttribute(key, value === true ? "" : value);
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false && child !== ""));
  return node;
}

const SVG = "http://www.w3.org/2000/svg";
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `${setup.icons}#${name}`);
  svg.append(use);
  return svg;
}

export const MODE_ICONS = {
  WALK: "walk", BIKE: "bike", CAR: "car", AIRPLANE: "plane", HIGHSPEED_RAIL: "shinkansen", LONG_DISTANCE: "train",
  NIGHT_RAIL: "train", REGIONAL_FAST_RAIL: "train", REGIONAL_RAIL: "train", SUBURBAN: "train", SUBWAY: "subway",
  TRAM: "tram", BUS: "bus", COACH: "bus", FERRY: "ferry", ODM: "car", RIDE_SHARING: "car",
};
export const MODE_COLORS = {
  WALK: "#66777f", AIRPLANE: "#5b3e96", HIGHSPEED_RAIL: "#1a4fa3", LONG_DISTANCE: "#b4232d", NIGHT_RAIL: "#40356f",
  REGIONAL_RAIL: "#2d6a4f", SUBURBAN: "#2d6a4f", SUBWAY: "#8a3ffc", TRAM: "#8f5a00", BUS: "#0b6e7f", COACH: "#9a3412",
  FERRY: "#075e9c", FUNICULAR: "#6b4f1d", AERIAL_LIFT: "#6b4f1d", OTHER: "#4a5d67", ODM: "#6d4c7d", RIDE_SHARING: "#6d4c7d",
};

const MONORAIL = new Set([12, 405]);
export function modeName(leg) {
  return t(leg.mode === "OTHER" && MONORAIL.has(leg.routeType) ? "mode.MONORAIL" : `mode.${leg.mode}`);
}
export function modeIcon(leg) {
  return MODE_ICONS[leg.mode] ?? (MONORAIL.has(leg.routeType) ? "tram" : "other");
}

function luminance(hex) {
  const parts = [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16) / 255).map((v) => (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
  return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2];
}

// The operator's colour where it has one; ink that can be read on it (WCAG contrast).
export function legColors(leg) {
  const own = /^[0-9a-fA-F]{6}$/.test(leg.routeColor ?? "") ? `#${leg.routeColor}` : null;
  const fill = own && luminance(own) < 0.9 ? own : MODE_COLORS[leg.mode] ?? MODE_COLORS.OTHER;
  return { fill, ink: luminance(fill) > 0.36 ? "#14262f" : "#ffffff" };
}
