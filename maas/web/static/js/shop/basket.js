// The basket: several products and riders, priced together, the final confirmation, one order.
import { h, icon, setup, t } from "../text.js";
import { get, post } from "./api.js";
import { basket, keepBasket, NAME, showCount } from "./basket-kept.js";
import { firstDay, riderRows } from "./choice.js";
import { keep } from "./vault.js";
import { button, countdown, day, fact, problem, refundWords, rider, said, sample, validity, yen } from "./words.js";

const main = document.getElementById("basket");
const products = new Map();
const offerPlace = h("section", { class: "card offer", "aria-live": "polite" });
// Kept while the price is asked again.
const email = h("input", { type: "email", id: "email", autocomplete: "email", required: true, maxlength: 250 });
const name = h("input", { type: "text", id: "name", autocomplete: "name", maxlength: 100 });
const accept = h("input", { type: "checkbox", id: "accept" });
let rows = [];
let turn = 0;
let asked = { text: "", key: "" };

const soon = (ms) => new Promise((done) => setTimeout(done, ms));

function listed(row) {
  const product = products.get(row.product_id);
  const remove = h("button", { type: "button", class: "button quiet remove", onclick: () => changed(rows.filter((one) => one !== row)) }, t("shop.basket.remove"));
  if (!product) return h("li", { class: "card basket-row", "data-product": row.product_id }, problem(new Error(t("shop.error.product-not-found"))), h("small", {}, row.product_id), remove);
  return h("li", { class: "card basket-row", "data-product": product.id },
    h("div", { class: "pass-head" }, sample(product), h("h2", {}, h("a", { href: `/passes/${product.id}` }, said(product.name))), h("p", { class: "soft" }, validity(product))),
    riderRows(product, row.riders, () => changed(Object.keys(row.riders).length ? rows : rows.filter((one) => one !== row))),
    firstDay(product, row.first_day, (value) => {
      row.first_day = value;
      changed(rows);
    }), remove);
}

function show() {
  const more = h("a", { class: "button", href: "/passes" }, t("shop.basket.more"));
  if (!rows.length) return main.replaceChildren(h("div", {}, h("h1", {}, t("shop.title.basket")), h("p", { class: "message" }, t("shop.basket.empty")), more));
  return main.replaceChildren(h("div", { class: "basket-rows" }, h("h1", {}, t("shop.title.basket")), h("ul", {}, rows.map(listed)), more), offerPlace);
}

async function changed(next) {
  const fewer = next.length !== rows.length;
  rows = next;
  if (fewer) show();
  keepBasket(rows);
  await price(400);
}

function lines(offer) {
  const parts = offer.lines.map((line) => h("tr", {},
    h("td", {}, said(line.details.name), h("small", {}, [rider(line.rider_category), line.first_day ? t("shop.fromDay", { day: day(line.first_day) }) : t("shop.startsWithUse")].join(" · "))),
    h("td", {}, `${yen(line.unit_price)} × ${line.quantity}`), h("td", {}, yen(line.price))));
  const tax = new Map();
  for (const line of offer.lines) tax.set(line.tax_percent, (tax.get(line.tax_percent) ?? 0) + line.price);
  const taxed = [...tax].map(([rate, sum]) => t("shop.taxIn", { rate, yen: yen(Math.floor((sum * rate) / (100 + rate))) }));
  return h("table", { class: "lines" }, h("tbody", {}, parts), h("tfoot", {}, h("tr", {}, h("td", { colspan: 2 }, t("shop.total"), h("small", {}, taxed.join(" · "))), h("td", { id: "total" }, yen(offer.total)))));
}

function components(offer) {
  const sums = new Map();
  for (const line of offer.lines) for (const part of line.details.components) sums.set(said(part.label), (sums.get(said(part.label)) ?? 0) + part.yen);
  return h("details", {}, h("summary", {}, t("shop.components")), h("ul", { class: "parts" }, [...sums].map(([who, sum]) => h("li", {}, h("span", {}, who), h("span", {}, yen(sum))))));
}

// What a rule says of each product; named where there are several.
function each(offer, says) {
  const ordered = [...new Set(offer.lines.map((line) => line.product_id))].map((id) => products.get(id));
  return ordered.map((product) => h("div", {}, ordered.length > 1 ? h("b", {}, said(product.name), ": ") : null, says(product)));
}

function confirmation(offer) {
  const { terms } = setup;
  return h("form", { class: "confirm", onsubmit: (event) => event.preventDefault() },
    h("h2", {}, t("shop.confirm")), lines(offer), components(offer),
    h("p", { class: "hold" }, t("shop.held"), " ", countdown(offer.expires_at, () => price(0))),
    h("dl", { class: "terms" },
      fact(t("shop.terms.payment"), said(terms.payment)), fact(t("shop.terms.delivery"), said(terms.delivery)),
      fact(t("shop.terms.withdrawal"), ...each(offer, refundWords)), fact(t("shop.notCovered"), ...each(offer, (product) => said(product.not_covered))),
      fact(t("shop.terms.seller"), terms.seller.name, h("small", {}, t("shop.seller", terms.seller)), h("a", { href: "/legal" }, t("shop.legal")))),
    h("label", { class: "field", for: "email" }, t("shop.email"), email, h("small", {}, t("shop.email.why"))),
    h("label", { class: "field", for: "name" }, t("shop.name"), name, h("small", {}, t("shop.name.why"))),
    h("label", { class: "accept" }, accept, " ", t("shop.accept")),
    button({ class: "primary wide", id: "order" }, t("shop.order", { yen: yen(offer.total) }), () => order(offer)));
}

async function order(offer) {
  if (!email.reportValidity()) return;
  if (!accept.checked) throw new Error(t("shop.error.terms-not-accepted"));
  const buyer = { email: email.value.trim(), language: setup.language, ...(name.value.trim() ? { name: name.value.trim() } : {}) };
  const wish = { offer_ids: [offer.id], buyer, terms_accepted: true };
  const placed = await post("/orders", wish, "", keyOf(wish)).catch((error) => {
    point(error);
    throw error;
  });
  const first = said(products.get(rows[0].product_id).name);
  await keep(`order:${placed.id}`, { id: placed.id, secret: placed.secret, title: rows.length > 1 ? t("shop.basket.andMore", { first, n: rows.length - 1 }) : first, at: Date.now() });
  // Of another tab's basket only what was ordered here goes.
  keepBasket(basket().filter((kept) => !rows.some((row) => row.product_id === kept.product_id && row.first_day === kept.first_day)));
  location.assign(`/orders/${placed.id}#${placed.secret}`);
}

// The same order keeps its key: where the answer was lost, pressing again brings it, with the order's secret.
function keyOf(wish) {
  const text = JSON.stringify(wish);
  if (asked.text !== text) asked = { text, key: crypto.randomUUID() };
  return asked.key;
}

// Says in its row which product cannot be had.
function point(error) {
  for (const node of main.querySelectorAll(".basket-row")) node.classList.toggle("refused", node.dataset.product === error.facts?.product);
}

// Asks for the price of all that is chosen; of answers that overtake each other only the last counts.
async function price(pause) {
  turn += 1;
  const mine = turn;
  accept.checked = false;
  offerPlace.replaceChildren(h("p", { class: "message" }, t("shop.loading")));
  await soon(pause);
  if (mine !== turn || !rows.length) return;
  try {
    const offer = await post("/offers", { items: rows });
    if (mine !== turn) return;
    point({});
    offerPlace.replaceChildren(confirmation(offer));
  } catch (error) {
    if (mine !== turn) return;
    point(error);
    offerPlace.replaceChildren(problem(error), button({ id: "price" }, t("shop.price"), () => price(0)));
  }
}

// What is no product, or none any more, stays as a row that can be taken out.
async function begin() {
  try {
    rows = basket();
    await Promise.all([...new Set(rows.map((row) => row.product_id))].map((id) =>
      get(`/products/${encodeURIComponent(id)}`).then((product) => products.set(id, product)).catch((error) => {
        if (![404, 422].includes(error.status)) throw error;
      })));
    showCount(rows);
    show();
    if (rows.length) await price(0);
  } catch (error) {
    main.replaceChildren(problem(error), h("p", {}, h("a", { href: "/passes" }, t("shop.back"))));
  }
  main.setAttribute("aria-busy", "false");
}

// Another tab changed the basket, or the browser shows this page as it was before the order.
window.addEventListener("storage", (event) => (event.key === null || event.key === NAME) && begin());
window.addEventListener("pageshow", (event) => event.persisted && begin());
await begin();
