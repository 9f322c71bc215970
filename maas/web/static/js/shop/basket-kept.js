// The basket as this browser keeps it, nobody else: what of which product, for whom, from which day.
// Nothing of it is secret. It is written at once (`localStorage`): who taps and leaves the page in the same
// moment must find the choice again, and a database of the browser would still be opening.
export const NAME = "kyushu-maas.basket";
export const MOST = 10; // of one rider category in one row
const ROWS = 20; // as in the interface

const isRow = (row) => typeof row?.product_id === "string" && typeof row.riders === "object" && row.riders !== null;

// What cannot be read is an empty basket: another version wrote it, or the browser keeps nothing.
export function basket() {
  try {
    const rows = JSON.parse(localStorage.getItem(NAME)) ?? [];
    return Array.isArray(rows) ? rows.filter(isRow).slice(0, ROWS) : [];
  } catch {
    return [];
  }
}

export function keepBasket(rows) {
  if (rows.length) localStorage.setItem(NAME, JSON.stringify(rows));
  else localStorage.removeItem(NAME);
  showCount(rows);
}

// Puts a choice in; the same product from the same day is one row.
export function put(choice) {
  const rows = basket();
  const same = rows.find((row) => row.product_id === choice.product_id && row.first_day === choice.first_day);
  if (!same && rows.length >= ROWS) return false;
  if (same) for (const [who, n] of Object.entries(choice.riders)) same.riders[who] = Math.min(MOST, (same.riders[who] ?? 0) + n);
  else rows.push(choice);
  keepBasket(rows);
  return true;
}

export function showCount(rows) {
  const count = document.getElementById("basket-count");
  if (!count) return; // the journey page shows none
  count.textContent = String(rows.length);
  count.hidden = rows.length === 0;
}
