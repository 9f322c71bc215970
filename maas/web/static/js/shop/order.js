// An order, opened by its secret: pay, see how it stands, the tickets, receipts, refunds.
import { h, icon, setup, t } from "../text.js";
import { download, get, post } from "./api.js";
import { basket, showCount } from "./basket-kept.js";
import { idOfAddress, keep, kept, secretOfAddress } from "./vault.js";
import { button, countdown, day, fact, moment, problem, rider, said, yen } from "./words.js";

const main = document.getElementById("order");
const id = idOfAddress();
const UNPAID = ["awaiting-payment", "payment-pending"];
const WITH_TICKETS = ["fulfilled", "partly-refunded", "refunded", "disputed", "charged-back"];
const wait = (seconds) => new Promise((done) => setTimeout(done, seconds * 1000));
let secret = "";

async function openSecret() {
  const told = secretOfAddress("os_");
  const known = await kept(`order:${id}`);
  if (told) await keep(`order:${id}`, { title: "", at: Date.now(), ...known, id, secret: told });
  return told || known?.secret || "";
}

function head(order) {
  return h("section", { class: "card order-head" },
    h("h1", {}, t("shop.orderNumber", { number: order.number })), h("p", {}, h("span", { class: `tag ${tone(order.status)}`, id: "status" }, t(`shop.status.${order.status}`))),
    h("table", { class: "lines" }, h("tbody", {}, order.lines.map((line) => h("tr", {},
      h("td", {}, said(line.details.name), h("small", {}, [rider(line.rider_category), line.first_day ? t("shop.fromDay", { day: day(line.first_day) }) : ""].filter(Boolean).join(" · "))),
      h("td", {}, `× ${line.quantity}`), h("td", {}, yen(line.price))))), h("tfoot", {}, h("tr", {}, h("td", { colspan: 2 }, t("shop.total")), h("td", {}, yen(order.total))))),
    h("details", {}, h("summary", {}, t("shop.keepLink")), h("p", { class: "soft" }, t("shop.keepLink.why")),
      button({ class: "quiet" }, t("shop.copy"), async (node) => {
        await navigator.clipboard.writeText(`${location.origin}/orders/${id}#${secret}`);
        node.textContent = t("result.copied");
      })));
}

// What was confirmed with the order, word for word (特商法).
function confirmed({ confirmation: was }) {
  return h("details", { class: "card", id: "confirmation" }, h("summary", {}, t("shop.confirmed")), h("dl", { class: "terms" },
    fact(t("shop.confirmedAt"), moment(was.confirmed_at)),
    fact(t("shop.ordered"), ...was.quantity.map((row) => h("div", {}, `${said(row.name)} (${rider(row.category)}) ${yen(row.unit_price)} × ${row.tickets}`))),
    fact(t("shop.total"), yen(was.total)),
    fact(t("shop.terms.payment"), said(was.payment)), fact(t("shop.terms.delivery"), said(was.delivery)), fact(t("shop.terms.withdrawal"), said(was.withdrawal)),
    fact(t("shop.terms.seller"), was.seller.name, h("small", {}, t("shop.seller", was.seller)), h("a", { href: "/legal" }, t("shop.legal")))));
}

const tone = (status) => (WITH_TICKETS.slice(0, 2).includes(status) || status === "paid" ? "good" : UNPAID.includes(status) ? "warn" : "");

async function pay(method, token) {
  const back = new URL(`/orders/${id}`, location.origin);
  // A fresh key for every press; while an answer is lost, the same one is sent again (api.js).
  const payment = await post("/checkout", { order_id: id, method, return_url: back.href, ...(token ? { token } : {}) }, secret);
  await keep(`payment:${id}`, payment.id);
  const next = payment.next_action?.redirect_to_url?.url;
  if (next) return location.assign(next);
  if (payment.failure) throw new Error(payment.failure[setup.language]);
  return show();
}

function payBox(order, last) {
  const cards = ["pm_card_threeDSecure2Required", "pm_card_visa", "pm_card_visa_chargeDeclined", "pm_card_visa_chargeDeclinedInsufficientFunds"];
  const card = h("select", { id: "card" }, cards.map((token) => h("option", { value: token }, t(`shop.card.${token}`))));
  const byCard = setup.fake
    ? [h("label", { class: "field", for: "card" }, t("shop.card"), card), button({ class: "primary wide", id: "pay-card" }, t("shop.payCard", { yen: yen(order.total) }), () => pay("card", card.value))]
    : [button({ class: "primary wide", id: "pay-card" }, t("shop.payCard", { yen: yen(order.total) }), () => pay("checkout"))];
  return h("section", { class: "card pay" }, h("h2", {}, t("shop.pay")),
    h("p", { class: "hold" }, t("shop.holdUntil"), " ", countdown(order.hold_until, () => wait(2).then(show))),
    last?.failure ? h("p", { class: "problem", role: "alert" }, icon("warning"), last.failure[setup.language]) : null,
    last?.status === "voucher-out" ? voucher(last) : null,
    setup.fake ? h("p", { class: "soft" }, t("shop.fake")) : null, h("div", {}, byCard), h("p", { class: "soft" }, t("shop.3ds")),
    h("div", {}, button({ class: "wide", id: "pay-konbini" }, t("shop.payKonbini"), () => pay("konbini"))), h("p", { class: "soft" }, t("shop.konbini.why")),
    h("div", {}, button({ class: "quiet", id: "cancel" }, t("shop.cancel"), async () => {
      if (!window.confirm(t("shop.cancel.sure"))) return;
      await post(`/orders/${id}/cancel`, undefined, secret);
      await show();
    })));
}

function voucher(payment) {
  const details = payment.next_action?.konbini_display_details;
  if (!details) return null;
  const stores = Object.entries(details.stores ?? {}).filter(([, store]) => store);
  return h("div", { class: "voucher" }, h("h3", {}, t("shop.voucher")), h("p", {}, t("shop.voucher.until", { when: moment(payment.voucher_until) })),
    h("dl", {}, stores.map(([name, store]) => fact(t(`shop.store.${name}`), `${t("shop.voucher.confirmation")} ${store.confirmation_number}`, h("small", {}, store.payment_code ? `${t("shop.voucher.code")} ${store.payment_code}` : "")))),
    details.hosted_voucher_url ? h("a", { class: "button", href: details.hosted_voucher_url, rel: "noreferrer" }, t("shop.voucher.open")) : null,
    button({ class: "quiet" }, t("shop.voucher.check"), show));
}

function ticketList(tickets) {
  return h("section", { class: "card tickets" }, h("h2", {}, t("shop.tickets")),
    tickets.length ? h("ul", {}, tickets.map((ticket) => h("li", {},
      h("a", { class: "ticket-link", href: `/tickets/${ticket.id}#${secret}` }, icon("link"),
        h("span", {}, h("b", {}, said(ticket.name)), h("small", {}, `${rider(ticket.rider_category)} · ${t("shop.persons", { n: ticket.persons })}`)),
        h("span", { class: "tag" }, t(`shop.ticket.${ticket.status}`)))))) : h("p", { class: "soft" }, t("shop.tickets.none")));
}

function refundBox(tickets, done) {
  const live = tickets.filter((ticket) => ["issued", "active"].includes(ticket.status));
  const place = h("div", { class: "refund-offer" });
  const boxes = live.map((ticket) => h("label", { class: "accept" }, h("input", { type: "checkbox", value: ticket.id, checked: true }), ` ${said(ticket.name)} (${rider(ticket.rider_category)})`));
  return h("details", { class: "card refund" }, h("summary", {}, t("shop.refund.ask")),
    live.length ? h("fieldset", {}, boxes) : h("p", {}, t("shop.refund.nothing")),
    live.length ? button({ id: "refund" }, t("shop.refund.quote"), async () => {
      place.replaceChildren();
      const ids = boxes.map((box) => box.querySelector("input")).filter((box) => box.checked).map((box) => box.value);
      if (!ids.length) throw new Error(t("shop.refund.choose"));
      const offer = await post("/refunds", { order_id: id, entitlement_ids: ids }, secret);
      place.replaceChildren(refundOffer(offer, done));
    }) : null, place);
}

function refundOffer(offer, done) {
  return h("div", {}, h("dl", {},
    fact(t("shop.refund.gross"), yen(offer.gross)), fact(t("shop.refund.fees"), yen(offer.fee)), fact(t("shop.refund.amount"), h("strong", { id: "refund-amount" }, yen(offer.amount))),
    fact(t("shop.refund.why"), ...new Set(offer.quote.items.map((item) => item[setup.language])))),
    h("p", { class: "hold" }, t("shop.held"), " ", countdown(offer.expires_at)),
    button({ class: "primary wide", id: "refund-confirm" }, t("shop.refund.confirm", { yen: yen(offer.amount) }), async () => {
      await post(`/refunds/${offer.id}/confirm`, undefined, secret);
      for (let round = 0; round < 10; round += 1) {
        const row = await get(`/refunds/${offer.id}`, secret);
        if (!["confirmed"].includes(row.status)) break;
        await wait(1);
      }
      await done();
    }));
}

function papers(order, refunds) {
  return h("section", { class: "card papers" }, h("h2", {}, t("shop.papers")),
    h("div", {}, button({ id: "receipt" }, t("shop.receipt"), () => download(`/orders/${id}/receipt.pdf`, secret, `receipt-${order.number}.pdf`))),
    refunds.map((refund) => h("div", { class: "refund-row" }, h("p", {}, t("shop.refund.row", { yen: yen(refund.amount), fee: yen(refund.fee) }), " ", h("span", { class: "tag" }, t(`shop.refundStatus.${refund.status}`))),
      button({}, t("shop.returnInvoice"), () => download(`/refunds/${refund.id}/invoice.pdf`, secret, `return-${order.number}.pdf`)))));
}

function privacy(order) {
  return h("details", { class: "card privacy" }, h("summary", {}, t("shop.privacy")), h("p", { class: "soft" }, t("shop.privacy.what")),
    UNPAID.includes(order.status) ? null : button({ id: "erase" }, t("shop.privacy.erase"), async (node) => {
      if (!window.confirm(t("shop.privacy.sure"))) return;
      await post(`/orders/${id}/forget`, undefined, secret);
      node.replaceWith(h("p", { class: "tag good" }, t("shop.privacy.done")));
    }));
}

async function show() {
  const order = await get(`/orders/${id}`, secret);
  const before = await kept(`payment:${id}`);
  const last = before && UNPAID.includes(order.status) ? await get(`/checkout/${before}`, secret).catch(() => null) : null;
  const sections = [head(order)];
  if (UNPAID.includes(order.status)) sections.push(payBox(order, last));
  if (["expired", "cancelled"].includes(order.status)) sections.push(h("section", { class: "card" }, h("p", {}, t(`shop.ended.${order.status}`)), h("a", { class: "button", href: "/passes" }, t("shop.back"))));
  if (WITH_TICKETS.includes(order.status)) {
    const [tickets, refunds] = await Promise.all([get(`/tickets?order=${id}`, secret), get(`/orders/${id}/refunds`, secret)]);
    sections.push(ticketList(tickets), refundBox(tickets, show), papers(order, refunds.refunds));
  }
  if (order.status === "paid") sections.push(h("section", { class: "card" }, h("p", {}, t("shop.issuing"))));
  sections.push(confirmed(order), privacy(order));
  main.replaceChildren(...sections);
  main.dataset.status = order.status;
  // Paid, and the tickets are a moment away.
  if (order.status === "paid") setTimeout(() => show().catch(() => {}), 1000);
}

// Back from the bank, or opened again: ask the gateway how the payment went.
async function settle() {
  const payment = await kept(`payment:${id}`);
  if (payment) await post(`/checkout/${payment}/refresh`, undefined, secret).catch(() => {});
  await show();
}

showCount(basket());
try {
  secret = await openSecret();
  if (!secret) throw new Error(t("shop.nosecret"));
  await settle();
} catch (error) {
  main.replaceChildren(problem(error), h("p", {}, h("a", { href: "/passes" }, t("shop.back"))));
}
main.setAttribute("aria-busy", "false");
