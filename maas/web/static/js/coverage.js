// Which passes cover a journey, beside what its single tickets cost; unknown stays unknown.
import { post } from "./shop/api.js";
import { put } from "./shop/basket-kept.js";
import { button } from "./shop/words.js";
import { h, icon, setup, t } from "./text.js";

const yen = (amount) => `¥${amount.toLocaleString("en")}`;

function fareText(fare) {
  return fare.total === null ? t("shop.journey.unknown", { n: fare.unknown_rides, all: fare.rides }) : t("shop.journey.fare", { yen: yen(fare.total) });
}

function row(pass, fare) {
  const notes = [
    pass.pay_extra ? t("shop.journey.extra") : "", pass.seat_slip ? t("shop.journey.seat") : "", pass.exchange ? t("shop.journey.exchange") : "",
    pass.proof === "none" ? "" : t(`shop.proof.${pass.proof}`),
  ].filter(Boolean);
  const saved = fare.total === null || pass.pay_extra ? 0 : fare.total - pass.price;
  const address = `/passes/${pass.product.id}${pass.first_day ? `?first_day=${pass.first_day}` : ""}`;
  return h("li", {}, h("a", { href: address },
    h("span", { class: "pass-name" }, pass.product.name[setup.language],
      pass.cheapest ? h("span", { class: "tag good" }, t("shop.journey.cheapest")) : null, saved > 0 ? h("span", { class: "tag good" }, t("shop.journey.saves", { yen: yen(saved) })) : null,
      notes.length ? h("small", {}, notes.join(" · ")) : null),
    h("b", {}, yen(pass.price))));
}

// Puts the single tickets of all rides into the basket: the offer puts each on sale and names its product.
async function take(rides) {
  const items = rides.map(({ origin, destination, route, first_day }) => ({ single: { from: origin, to: destination, route }, riders: { adult: 1 }, first_day }));
  const offer = await post("/offers", { items });
  for (const line of offer.lines) if (!put({ product_id: line.product_id, riders: { adult: 1 }, first_day: line.first_day })) throw new Error(t("shop.basket.full"));
  location.assign("/basket");
}

function singles(told) {
  const rides = told.tickets.filter((ride) => ride.yen !== null);
  if (!rides.length) return null;
  const sum = rides.reduce((total, ride) => total + ride.yen, 0);
  const all = rides.length === told.tickets.length;
  const children = rides.every((ride) => ride.child_yen !== null) ? t("shop.journey.child", { yen: yen(rides.reduce((total, ride) => total + ride.child_yen, 0)) }) : t("shop.journey.noChild");
  return h("div", { class: "singles" }, h("p", { class: "soft" }, children), button({ class: "wide" }, t(all ? "shop.journey.buy" : "shop.journey.buySome", { yen: yen(sum), n: rides.length, all: told.tickets.length }), () => take(rides)));
}

async function ask(itinerary, place) {
  const answer = await fetch(`/v1/passes?${new URLSearchParams({ itineraryId: itinerary.id })}`);
  const told = await answer.json();
  if (!answer.ok) throw new Error(told.code === "itinerary-unknown" ? t("shop.error.itinerary-unknown") : t("shop.error.other"));
  place.replaceChildren(...[h("p", { class: "soft" }, fareText(told.fare)), singles(told),
    told.passes.length ? h("ul", {}, told.passes.slice(0, 4).map((pass) => row(pass, told.fare))) : h("p", { class: "soft" }, t("shop.journey.none"))].filter(Boolean));
}

// A box that asks when it is opened: a search should not wait for it.
export function coverage(itinerary) {
  const place = h("div", { "aria-live": "polite" });
  const box = h("details", { class: "passes" }, h("summary", {}, icon("link"), t("shop.journey.ask")), place);
  box.addEventListener("toggle", () => {
    if (!box.open || place.firstChild) return;
    place.replaceChildren(h("p", { class: "soft" }, t("shop.loading")));
    ask(itinerary, place).catch((error) => place.replaceChildren(h("p", { class: "soft" }, error.message)));
  });
  return box;
}
