// The basket as this browser keeps it, nobody else: what of which product, for whom, from which day.
import { drop, keep, kept, names } from "./vault.js";

const NAME = "basket";
export const MOST = 10; // of one rider category in one row
const ROWS = 20; // as in the interface

export const basket = async () => ((await names()).includes(NAME) ? kept(NAME) : []);

export async function keepBasket(rows) {
  await (rows.length ? keep(NAME, rows) : drop(NAME));
  showCount(rows);
}

// Puts a choice in; the same product from the same day is one row.
export async function put(choice) {
  const rows = await basket();
  const same = rows.find((row) => row.product_id === choice.product_id && row.first_day === choice.first_day);
  if (!same && rows.length >= ROWS) return false;
  if (same) for (const [who, n] of Object.entries(choice.riders)) same.riders[who] = Math.min(MOST, (same.riders[who] ?? 0) + n);
  else rows.push(choice);
  await keepBasket(rows);
  return true;
}

export function showCount(rows) {
  const count = document.getElementById("basket-count");
  count.textContent = String(rows.length);
  count.hidden = rows.length === 0;
}
