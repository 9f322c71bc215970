// One product: its rules, the riders and the day; into the basket.
import { h, t } from "../text.js";
import { get } from "./api.js";
import { basket, put, showCount } from "./basket-kept.js";
import { firstDay, riderRows } from "./choice.js";
import { idOfAddress } from "./vault.js";
import { button, fact, problem, refundWords, said, sample, serviceDay, validity, yen } from "./words.js";

const main = document.getElementById("pass");

function rules(product) {
  const seats = product.area.covers.some((rule) => rule.seat_slip);
  const extra = product.area.covers.some((rule) => rule.surcharge === "pay-extra");
  return h("dl", {},
    fact(t("shop.area"), said(product.area.description)),
    fact(t("shop.validity"), validity(product), product.calendar.service_day_ends ? h("small", {}, t("shop.dayEnds", { time: product.calendar.service_day_ends })) : null),
    fact(t("shop.notCovered"), h("strong", {}, said(product.not_covered))),
    extra || seats || product.exchange ? fact(t("shop.extra"), [extra ? t("shop.extra.surcharge") : "", seats ? t("shop.extra.seat") : "", product.exchange ? t("shop.extra.exchange", { where: said(product.exchange.counters) }) : ""].filter(Boolean).join(" ")) : null,
    fact(t("shop.refund"), refundWords(product)),
    fact(t("shop.loss"), t(`shop.loss.${product.loss.reissue}`, { yen: yen(product.loss.fee) })),
    fact(t("shop.companion"), t(product.transfer.allowed ? (product.transfer.before_activation_only ? "shop.companion.before" : "shop.companion.yes") : "shop.companion.no")),
    product.perks.length ? fact(t("shop.perks"), product.perks.map((perk) => h("div", {}, `${said(perk.partner)}: ${said(perk.what)}`))) : null);
}

function form(product) {
  const choice = { product_id: product.id, riders: { [product.riders[0].category]: 1 }, first_day: null };
  const left = h("small", { class: "places" });
  const places = async () => {
    left.textContent = "";
    if (!product.quota) return;
    const answer = await get(`/products/${product.id}/places${choice.first_day ? `?first_day=${choice.first_day}` : ""}`);
    left.textContent = answer.left === null ? "" : t("shop.placesLeft", { n: answer.left });
  };
  if (product.start === "chosen-day") {
    const given = new URLSearchParams(location.search).get("first_day") ?? "";
    choice.first_day = given >= serviceDay(product.calendar) && given <= serviceDay(product.calendar, product.calendar.sold_ahead_days) ? given : serviceDay(product.calendar, 1);
  }
  const day = firstDay(product, choice.first_day, (value) => {
    choice.first_day = value;
    places().catch(() => {});
  });
  places().catch(() => {});
  return h("section", { class: "card buy" }, h("h2", {}, t("shop.buy")), riderRows(product, choice.riders, () => {}), day, left,
    button({ class: "primary wide", id: "add" }, t("shop.add"), async () => {
      if (!Object.keys(choice.riders).length) throw new Error(t("shop.nobody"));
      if (!put(choice)) throw new Error(t("shop.basket.full"));
      location.assign("/basket");
    }));
}

showCount(basket());
try {
  const product = await get(`/products/${encodeURIComponent(idOfAddress())}`);
  document.title = `${said(product.name)} · ${document.title.split(" · ").at(-1)}`;
  main.replaceChildren(
    h("section", { class: "card pass" }, h("div", { class: "pass-head" }, sample(product), h("h1", {}, said(product.name))), h("p", { class: "soft" }, said(product.summary)), rules(product)),
    form(product));
} catch (error) {
  main.replaceChildren(problem(error), h("p", {}, h("a", { href: "/passes" }, t("shop.back"))));
}
main.setAttribute("aria-busy", "false");
