// What a buyer chooses of a product: how many of whom, and the first day.
import { h, t } from "../text.js";
import { MOST } from "./basket-kept.js";
import { rider, riderNote, serviceDay, yen } from "./words.js";

// Steppers for the riders of a product; `riders` is changed in place.
export function riderRows(product, riders, changed) {
  return h("div", { class: "riders" }, product.riders.map((price) => {
    const count = h("output", { "aria-live": "polite" }, String(riders[price.category] ?? 0));
    const move = (by) => {
      const next = Math.min(MOST, Math.max(0, (riders[price.category] ?? 0) + by));
      if (next) riders[price.category] = next;
      else delete riders[price.category];
      count.textContent = String(next);
      changed();
    };
    return h("div", { class: "rider-row" },
      h("div", {}, h("b", {}, rider(price.category)), " ", yen(price.price), h("small", {}, riderNote(price))),
      h("div", { class: "stepper" },
        h("button", { type: "button", "aria-label": t("shop.less", { who: rider(price.category) }), onclick: () => move(-1) }, "−"), count,
        h("button", { type: "button", "aria-label": t("shop.more", { who: rider(price.category) }), onclick: () => move(1) }, "+")));
  }));
}

// The first day's field, or that the pass counts from its first use.
export function firstDay(product, value, changed) {
  if (product.start !== "chosen-day") return h("p", { class: "soft" }, t("shop.startsWithUse"));
  const field = h("input", { type: "date", min: serviceDay(product.calendar), max: serviceDay(product.calendar, product.calendar.sold_ahead_days), value });
  field.addEventListener("change", () => changed(field.value));
  return h("label", { class: "field first-day" }, t("shop.firstDay"), field);
}
