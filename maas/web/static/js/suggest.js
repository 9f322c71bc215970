// A text field with place suggestions: the combobox pattern of the ARIA Authoring Practices.
import { h, icon, MODE_ICONS, setup, t } from "./text.js";

const RANK = ["AIRPLANE", "FERRY", "HIGHSPEED_RAIL", "LONG_DISTANCE", "REGIONAL_RAIL", "SUBURBAN", "SUBWAY", "TRAM", "COACH", "BUS"];

function placeIcon(match) {
  const mode = RANK.find((name) => (match.modes ?? []).includes(name));
  return match.type === "STOP" ? MODE_ICONS[mode] ?? "pin" : "pin";
}

function marked(name, tokens) {
  const parts = [];
  let at = 0;
  for (const [from, length] of tokens ?? []) {
    parts.push(name.slice(at, from), h("mark", {}, name.slice(from, from + length)));
    at = from + length;
  }
  return [...parts, name.slice(at)];
}

export class PlaceField {
  constructor(root, onChange) {
    this.root = root;
    this.input = root.querySelector("input");
    this.list = root.querySelector("ul");
    this.clear = root.querySelector(".clear");
    this.onChange = onChange;
    this.value = null;
    this.matches = [];
    this.active = -1;
    this.input.addEventListener("input", () => this.typed());
    this.input.addEventListener("keydown", (event) => this.pressed(event));
    this.input.addEventListener("focus", () => { this.input.select(); if (this.matches.length && !this.value) this.open(); });
    this.input.addEventListener("blur", () => setTimeout(() => this.close(), 150));
    this.clear.addEventListener("click", () => { this.set(null); this.onChange(); this.input.focus(); });
  }

  set(place) {
    this.value = place;
    this.input.value = place?.name ?? "";
    this.clear.hidden = !this.input.value;
    this.matches = [];
    this.root.classList.remove("wrong");
    this.input.removeAttribute("aria-invalid");
    this.close();
  }

  typed() {
    this.value = null;
    this.clear.hidden = !this.input.value;
    this.root.classList.remove("wrong");
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.look(), 110);
  }

  async look() {
    const text = this.input.value.trim();
    this.request?.abort();
    if (!text) { this.matches = []; this.close(); return []; }
    this.request = new AbortController();
    const query = new URLSearchParams({ text, language: setup.language, numResults: "8" });
    try {
      const answer = await fetch(`/api/v1/geocode?${query}`, { signal: this.request.signal });
      this.matches = answer.ok ? await answer.json() : [];
    } catch (error) {
      if (error.name === "AbortError") return [];
      this.matches = [];
    }
    if (document.activeElement === this.input) this.open();
    return this.matches;
  }

  // What was typed without choosing means its best suggestion.
  async settle() {
    if (this.value || !this.input.value.trim()) return this.value;
    clearTimeout(this.timer);
    const matches = this.matches.length ? this.matches : await this.look();
    if (matches.length) this.choose(0, false);
    return this.value;
  }

  refuse() {
    this.root.classList.add("wrong");
    this.input.setAttribute("aria-invalid", "true");
    this.input.focus();
  }

  open() {
    this.active = -1;
    const rows = this.matches.map((match, place) => h("li", {
      role: "option", id: `${this.list.id}-${place}`, "aria-selected": "false",
      onmousedown: (event) => { event.preventDefault(); this.choose(place); },
    }, icon(placeIcon(match)), h("span", { class: "name" }, marked(match.name, match.tokens)),
    h("span", { class: "area" }, (match.areas ?? []).map((area) => area.name).join(" "))));
    this.list.replaceChildren(...(rows.length ? rows : [h("li", { class: "empty", role: "option", "aria-disabled": "true" }, t("suggest.none"))]));
    this.list.hidden = false;
    this.input.setAttribute("aria-expanded", "true");
  }

  close() {
    this.list.hidden = true;
    this.input.setAttribute("aria-expanded", "false");
    this.input.removeAttribute("aria-activedescendant");
  }

  move(step) {
    if (!this.matches.length) return;
    if (this.list.hidden) this.open();
    const rows = this.list.children;
    rows[this.active]?.setAttribute("aria-selected", "false");
    this.active = (this.active + step + rows.length) % rows.length;
    rows[this.active].setAttribute("aria-selected", "true");
    rows[this.active].scrollIntoView({ block: "nearest" });
    this.input.setAttribute("aria-activedescendant", rows[this.active].id);
  }

  pressed(event) {
    if (event.isComposing) return;
    if (event.key === "ArrowDown") { event.preventDefault(); this.move(1); }
    else if (event.key === "ArrowUp") { event.preventDefault(); this.move(this.active < 0 ? 0 : -1); }
    else if (event.key === "Escape") this.close();
    else if (event.key === "Enter" && !this.list.hidden && this.matches.length && !this.value) {
      event.preventDefault();
      this.choose(Math.max(this.active, 0));
    }
  }

  choose(place, tell = true) {
    const match = this.matches[place];
    if (!match) return;
    const id = match.type === "STOP" ? match.id : `${match.lat},${match.lon}`;
    this.set({ id, name: match.name, lat: match.lat, lon: match.lon });
    if (tell) this.onChange();
  }
}
