// The shop window: every product on sale, and what this browser bought before.
import { h, icon, t } from "../text.js";
import { get } from "./api.js";
import { basket, showCount } from "./basket-kept.js";
import { kept, names } from "./vault.js";
import { fact, moment, problem, rider, riderNote, said, sample, validity, yen } from "./words.js";

const list = document.getElementById("passes");
const mine = document.getElementById("mine");

function card(product) {
  const cheapest = Math.min(...product.prices.map((price) => price.price));
  return h("article", { class: "card pass" },
    h("div", { class: "pass-head" }, sample(product), h("h2", {}, h("a", { href: `/passes/${product.id}` }, said(product.name))),
      h("p", { class: "price" }, product.prices.length > 1 ? t("shop.from", { yen: yen(cheapest) }) : yen(cheapest))),
    h("p", { class: "soft" }, said(product.summary)),
    h("dl", {},
      fact(t("shop.area"), said(product.covers)),
      fact(t("shop.validity"), validity(product)),
      fact(t("shop.prices"), ...product.prices.map((price) => h("div", { class: "rider-price" }, h("span", {}, rider(price.category)), h("b", {}, yen(price.price)), h("small", {}, riderNote(price))))),
      fact(t("shop.notCovered"), said(product.not_covered))),
    h("a", { class: "button primary", href: `/passes/${product.id}` }, t("shop.choose")));
}

async function showMine() {
  const keys = (await names()).filter((name) => name.startsWith("order:"));
  const orders = (await Promise.all(keys.map(kept))).sort((a, b) => b.at - a.at).slice(0, 20);
  if (!orders.length) return;
  mine.replaceChildren(h("h2", {}, t("shop.mine")),
    h("ul", {}, orders.map((order) => h("li", {}, h("a", { href: `/orders/${order.id}` }, icon("link"), `${order.title} · ${moment(order.at)}`)))));
  mine.hidden = false;
}

showCount(basket());
showMine().catch(() => {}); // A browser that keeps nothing has bought nothing here.
try {
  const { products } = await get("/products");
  const shown = products.filter((product) => product.kind === "pass");
  list.replaceChildren(...(shown.length ? shown.map(card) : [h("p", { class: "message" }, t("shop.none"))]));
} catch (error) {
  list.replaceChildren(problem(error));
}
list.setAttribute("aria-busy", "false");
