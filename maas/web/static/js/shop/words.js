// Products, riders, money and time in words.
import { h, icon, setup, t, ZONE } from "../text.js";

export const yen = (amount) => `¥${amount.toLocaleString("en")}`;
export const said = (text) => text?.[setup.language] ?? "";
export const rider = (category) => t(`shop.rider.${category}`);

export function validity(product) {
  const { kind, days, hours, rides, within_days: within } = product.counting;
  const n = days ?? hours ?? rides;
  const start = product.start === "chosen-day" ? "chosen" : "first";
  return t(`shop.valid.${kind}.${start}`, { n, within });
}

export function riderNote(price) {
  const parts = [];
  if (price.adults + price.children > 1) parts.push(t("shop.group", { adults: price.adults, children: price.children }));
  if (price.age) parts.push(t("shop.age", { from: price.age[0], to: price.age[1] }));
  if (price.proof !== "none") parts.push(t(`shop.proof.${price.proof}`));
  return parts.join(" · ");
}

export function refundWords(product) {
  const rule = product.refunds;
  if (!rule.before_use) return t("shop.refund.never");
  const until = rule.deadline === "day-before" ? t("shop.refund.dayBefore", { time: rule.deadline_time ?? "24:00" }) : t("shop.refund.firstUse");
  const fee = rule.handling_fee ? t("shop.refund.fee", { yen: yen(rule.handling_fee) }) : t("shop.refund.free");
  return [until + fee, rule.cancellation.length ? t("shop.refund.tiers") : "", t(`shop.refund.after.${rule.after_use}`)].filter(Boolean).join(" ");
}

const formats = {
  minute: { dateStyle: "medium", timeStyle: "short" },
  day: { year: "numeric", month: "short", day: "numeric", weekday: "short" },
};
const format = (name, instant) => new Intl.DateTimeFormat(setup.language, { timeZone: ZONE, ...formats[name] }).format(new Date(instant));
export const moment = (instant) => format("minute", instant);
export const day = (date) => format("day", `${date}T12:00:00+09:00`);
// The service day of this moment, and days after it: at half past midnight yesterday's last buses still run.
export function serviceDay(calendar, ahead = 0) {
  const [hour, minute] = calendar.service_day_ends.split(":").map(Number);
  const change = (hour * 60 + minute + 1) * 60_000;
  return new Intl.DateTimeFormat("sv-SE", { timeZone: ZONE }).format(Date.now() - change + ahead * 86_400_000);
}

// Counts down to an instant and says when it is over.
export function countdown(until, over) {
  const node = h("span", { class: "countdown", role: "timer" });
  const tick = () => {
    const left = Math.max(0, Math.floor((Date.parse(until) - Date.now()) / 1000));
    const [hours, rest] = [Math.floor(left / 3600), left % 3600];
    const short = `${Math.floor(rest / 60)}:${String(rest % 60).padStart(2, "0")}`;
    node.textContent = hours >= 24 ? moment(until) : hours ? t("shop.left.hours", { h: hours, m: Math.floor(rest / 60) }) : short;
    if (left > 0) setTimeout(tick, 1000);
    else over?.();
  };
  tick();
  return node;
}

export const sample = (product) => (product.sample ? h("span", { class: "tag warn" }, t("shop.sample")) : null);
export const fact = (name, ...value) => h("div", { class: "fact" }, h("dt", {}, name), h("dd", {}, ...value));
export const problem = (error) => h("p", { class: "problem", role: "alert" }, icon("warning"), error.message);

// Runs what a button does, once at a time, and says beside it what went wrong.
export function button(attributes, label, act) {
  const { class: more = "", ...others } = attributes;
  const node = h("button", { type: "button", class: `button ${more}`, ...others }, label);
  node.addEventListener("click", async () => {
    if (node.disabled) return;
    node.disabled = true;
    node.parentElement?.querySelector(":scope > .problem")?.remove();
    try {
      await act(node);
    } catch (error) {
      node.after(problem(error));
    } finally {
      node.disabled = false;
    }
  });
  return node;
}
