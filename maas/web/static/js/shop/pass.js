// One product: its rules, the riders and the day, the offer, the final confirmation, the order.
import { h, setup, t } from "../text.js";
import { get, post } from "./api.js";
import { idOfAddress, keep } from "./vault.js";
import { button, countdown, day, fact, problem, refundWords, rider, riderNote, said, sample, serviceDay, validity, yen } from "./words.js";

const main = document.getElementById("pass");
const asked = new URLSearchParams(location.search);
const chosen = new Map();
const MOST = 10;

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

function stepper(price, changed) {
  const count = h("output", { "aria-live": "polite" }, String(chosen.get(price.category) ?? 0));
  const move = (by) => {
    const next = Math.min(MOST, Math.max(0, (chosen.get(price.category) ?? 0) + by));
    chosen.set(price.category, next);
    count.textContent = String(next);
    changed();
  };
  return h("div", { class: "rider-row" },
    h("div", {}, h("b", {}, rider(price.category)), " ", yen(price.price), h("small", {}, riderNote(price))),
    h("div", { class: "stepper" },
      h("button", { type: "button", "aria-label": t("shop.less", { who: rider(price.category) }), onclick: () => move(-1) }, "−"), count,
      h("button", { type: "button", "aria-label": t("shop.more", { who: rider(price.category) }), onclick: () => move(1) }, "+")));
}

function form(product) {
  const offerPlace = h("div", { class: "offer" });
  const left = h("small", { class: "places" });
  const first = h("input", { type: "date", id: "first-day", min: serviceDay(product.calendar), max: serviceDay(product.calendar, product.calendar.sold_ahead_days) });
  const given = asked.get("first_day") ?? "";
  first.value = given >= first.min && given <= first.max ? given : serviceDay(product.calendar, 1);
  const changed = () => offerPlace.replaceChildren();
  const places = async () => {
    changed();
    left.textContent = "";
    if (!product.quota) return;
    const answer = await get(`/products/${product.id}/places${product.start === "chosen-day" ? `?first_day=${first.value}` : ""}`);
    left.textContent = answer.left === null ? "" : t("shop.placesLeft", { n: answer.left });
  };
  first.addEventListener("change", () => places().catch(() => {}));
  places().catch(() => {});
  chosen.set(product.riders[0].category, 1);
  return h("section", { class: "card buy" }, h("h2", {}, t("shop.buy")),
    h("div", { class: "riders" }, product.riders.map((price) => stepper(price, changed))),
    product.start === "chosen-day" ? h("label", { class: "field", for: "first-day" }, t("shop.firstDay"), first) : h("p", { class: "soft" }, t("shop.startsWithUse")), left,
    button({ class: "primary wide", id: "price" }, t("shop.price"), async () => {
      const riders = Object.fromEntries([...chosen].filter(([, n]) => n > 0));
      if (!Object.keys(riders).length) throw new Error(t("shop.nobody"));
      const item = { product_id: product.id, riders, first_day: product.start === "chosen-day" ? first.value : null };
      const offer = await post("/offers", { items: [item] });
      offerPlace.replaceChildren(confirmation(product, offer, offerPlace));
      offerPlace.querySelector("h3").focus();
    }), offerPlace);
}

function lines(offer) {
  const rows = offer.lines.map((line) => h("tr", {},
    h("td", {}, said(line.details.name), h("small", {}, [rider(line.rider_category), line.first_day ? t("shop.fromDay", { day: day(line.first_day) }) : t("shop.startsWithUse")].join(" · "))),
    h("td", {}, `${yen(line.unit_price)} × ${line.quantity}`), h("td", {}, yen(line.price))));
  const tax = new Map();
  for (const line of offer.lines) tax.set(line.tax_percent, (tax.get(line.tax_percent) ?? 0) + line.price);
  const taxed = [...tax].map(([rate, sum]) => t("shop.taxIn", { rate, yen: yen(Math.floor((sum * rate) / (100 + rate))) }));
  return h("table", { class: "lines" }, h("tbody", {}, rows), h("tfoot", {}, h("tr", {}, h("td", { colspan: 2 }, t("shop.total"), h("small", {}, taxed.join(" · "))), h("td", { id: "total" }, yen(offer.total)))));
}

function parts(offer) {
  const sums = new Map();
  for (const line of offer.lines) for (const part of line.details.components) sums.set(said(part.label), (sums.get(said(part.label)) ?? 0) + part.yen);
  return h("details", {}, h("summary", {}, t("shop.components")), h("ul", { class: "parts" }, [...sums].map(([name, sum]) => h("li", {}, h("span", {}, name), h("span", {}, yen(sum))))));
}

function confirmation(product, offer, place) {
  const { terms } = setup;
  const email = h("input", { type: "email", id: "email", autocomplete: "email", required: true, maxlength: 250 });
  const name = h("input", { type: "text", id: "name", autocomplete: "name", maxlength: 100 });
  const accept = h("input", { type: "checkbox", id: "accept" });
  return h("form", { class: "confirm", onsubmit: (event) => event.preventDefault() },
    h("h3", { tabindex: -1 }, t("shop.confirm")), lines(offer), parts(offer),
    h("p", { class: "hold" }, t("shop.held"), " ", countdown(offer.expires_at, () => place.replaceChildren(h("p", { class: "problem" }, t("shop.error.offer-expired"))))),
    h("dl", { class: "terms" },
      fact(t("shop.terms.payment"), said(terms.payment)), fact(t("shop.terms.delivery"), said(terms.delivery)),
      fact(t("shop.terms.withdrawal"), refundWords(product)), fact(t("shop.notCovered"), said(product.not_covered)),
      fact(t("shop.terms.seller"), terms.seller.name, h("small", {}, t("shop.seller", terms.seller)), h("a", { href: "/legal" }, t("shop.legal")))),
    h("label", { class: "field", for: "email" }, t("shop.email"), email, h("small", {}, t("shop.email.why"))),
    h("label", { class: "field", for: "name" }, t("shop.name"), name, h("small", {}, t("shop.name.why"))),
    h("label", { class: "accept" }, accept, " ", t("shop.accept")),
    button({ class: "primary wide", id: "order" }, t("shop.order", { yen: yen(offer.total) }), async () => {
      if (!email.reportValidity()) return;
      if (!accept.checked) throw new Error(t("shop.error.terms-not-accepted"));
      const buyer = { email: email.value.trim(), language: setup.language, ...(name.value.trim() ? { name: name.value.trim() } : {}) };
      const order = await post("/orders", { offer_ids: [offer.id], buyer, terms_accepted: true });
      await keep(`order:${order.id}`, { id: order.id, secret: order.secret, title: said(product.name), at: Date.now() });
      location.assign(`/orders/${order.id}#${order.secret}`);
    }));
}

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
