// The map: land outline that comes with the page, tiles where the server names some, the journey on top.
import { clock, h, legColors, setup, t, ZONE } from "./text.js";

export function decode(points, precision) {
  const factor = 10 ** precision;
  const line = [];
  let [at, lat, lon] = [0, 0, 0];
  const next = () => {
    let [result, shift, byte] = [0, 1, 0];
    do { byte = points.charCodeAt(at++) - 63; result += (byte & 31) * shift; shift *= 32; } while (byte >= 32);
    return result % 2 ? -(result + 1) / 2 : result / 2;
  };
  while (at < points.length) { lat += next(); lon += next(); line.push([lon / factor, lat / factor]); }
  return line;
}

function style() {
  const tiles = setup.tiles.url;
  return {
    version: 8,
    sources: {
      land: { type: "geojson", data: new URL(setup.land, location.href).href, attribution: "Natural Earth" },
      ...(tiles ? { tiles: { type: "raster", tiles: [tiles], tileSize: 256, attribution: setup.tiles.attribution } } : {}),
      journey: { type: "geojson", data: { type: "FeatureCollection", features: [] } },
      spots: { type: "geojson", data: { type: "FeatureCollection", features: [] } },
    },
    layers: [
      { id: "sea", type: "background", paint: { "background-color": "#cfe3ea" } },
      { id: "land", type: "fill", source: "land", paint: { "fill-color": "#f6f3ea" } },
      { id: "coast", type: "line", source: "land", paint: { "line-color": "#9db4bb", "line-width": 1 } },
      ...(tiles ? [{ id: "tiles", type: "raster", source: "tiles" }] : []),
      { id: "casing", type: "line", source: "journey", filter: ["!", ["get", "walk"]], layout: { "line-cap": "round", "line-join": "round" }, paint: { "line-color": "#ffffff", "line-width": 8 } },
      { id: "rides", type: "line", source: "journey", filter: ["!", ["get", "walk"]], layout: { "line-cap": "round", "line-join": "round" }, paint: { "line-color": ["get", "color"], "line-width": 5 } },
      { id: "walks", type: "line", source: "journey", filter: ["get", "walk"], paint: { "line-color": "#4a5d67", "line-width": 3, "line-dasharray": [1, 1.2] } },
      { id: "stops", type: "circle", source: "spots", paint: { "circle-radius": ["match", ["get", "size"], "big", 7, "middle", 5.5, 3], "circle-color": "#ffffff", "circle-stroke-width": ["match", ["get", "size"], "small", 1.5, 3], "circle-stroke-color": ["get", "color"] } },
    ],
  };
}

const HOME = { center: [130.75, 32.6], zoom: 6.1 };

export class JourneyMap {
  constructor(element) {
    this.element = element;
    this.pins = [];
    this.ready = null;
  }

  start() {
    this.ready ??= this.load().catch(() => {
      this.element.replaceChildren(h("p", { class: "map-note" }, t("map.unavailable")));
      return null;
    });
    return this.ready;
  }

  async load() {
    const library = await import(setup.maplibre);
    library.setWorkerUrl(new URL(setup.worker, location.href).href);
    this.library = library;
    const map = new library.Map({ container: this.element, style: style(), ...HOME, minZoom: 4, maxZoom: 17, attributionControl: { compact: true }, dragRotate: false, pitchWithRotate: false, fadeDuration: 0 });
    map.touchZoomRotate.disableRotation();
    map.addControl(new library.NavigationControl({ showCompass: false }), "top-right");
    await new Promise((resolve, reject) => { map.once("load", resolve); map.once("error", (event) => (map.loaded() ? resolve() : reject(event.error))); });
    new ResizeObserver(() => map.resize()).observe(this.element);
    this.map = map;
    return map;
  }

  async show(itinerary) {
    this.shown = itinerary;
    const map = await this.start();
    if (!map || this.shown !== itinerary) return;
    const lines = [], spots = [];
    const bounds = new this.library.LngLatBounds();
    this.pins.splice(0).forEach((pin) => pin.remove());
    const rides = itinerary?.legs.filter((leg) => leg.displayName !== undefined) ?? [];
    for (const leg of itinerary?.legs ?? []) {
      const walk = leg.displayName === undefined;
      const color = legColors(leg).fill;
      let line = decode(leg.legGeometry.points, leg.legGeometry.precision);
      if (line.length < 2) line = [[leg.from.lon, leg.from.lat], [leg.to.lon, leg.to.lat]];
      line.forEach((point) => bounds.extend(point));
      lines.push({ type: "Feature", properties: { walk, color }, geometry: { type: "LineString", coordinates: line } });
      for (const stop of leg.intermediateStops ?? []) spots.push(this.spot(stop, color, "small"));
      if (!walk) spots.push(this.spot(leg.from, color, "middle"), this.spot(leg.to, color, "middle"));
    }
    map.getSource("journey").setData({ type: "FeatureCollection", features: lines });
    map.getSource("spots").setData({ type: "FeatureCollection", features: spots });
    const legs = itinerary?.legs ?? [];
    if (legs.length) {
      this.pin(rides[0]?.from ?? legs[0].from, legs[0].startTime, false);
      rides.slice(1).forEach((leg) => this.pin(leg.from, leg.startTime, true));
      this.pin(rides.at(-1)?.to ?? legs.at(-1).to, legs.at(-1).endTime, false);
    }
    if (!bounds.isEmpty()) map.fitBounds(bounds, { padding: { top: 60, bottom: 60, left: 70, right: 90 }, maxZoom: 14, duration: 350 });
  }

  spot(place, color, size) {
    return { type: "Feature", properties: { color, size }, geometry: { type: "Point", coordinates: [place.lon, place.lat] } };
  }

  pin(place, time, small) {
    const name = place.name === "START" ? t("result.start") : place.name === "END" ? t("result.end") : place.name;
    const element = h("div", { class: small ? "pin small" : "pin" }, `${clock(time, place.tz ?? ZONE)} ${name}`);
    this.pins.push(new this.library.Marker({ element, anchor: "bottom", offset: [0, -8] }).setLngLat([place.lon, place.lat]).addTo(this.map));
  }
}
