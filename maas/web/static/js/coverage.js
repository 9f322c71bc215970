// Which passes cover a journey, beside what its single fares cost; unknown stays unknown.
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

async function ask(itinerary, place) {
  const answer = await fetch(`/v1/passes?${new URLSearchParams({ itineraryId: itinerary.id })}`);
  const told = await answer.json();
  if (!answer.ok) throw new Error(told.code === "itinerary-unknown" ? t("shop.error.itinerary-unknown") : t("shop.error.other"));
  place.replaceChildren(h("p", { class: "soft" }, fareText(told.fare)),
    told.passes.length ? h("ul", {}, told.passes.slice(0, 4).map((pass) => row(pass, told.fare))) : h("p", { class: "soft" }, t("shop.journey.none")));
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
