// Calls to our own interface: a key for every change, the secret of the order, problems as words.
import { t } from "../text.js";

const spoken = (key) => (t(key) === key ? "" : t(key));

export class Problem extends Error {
  constructor(status, facts) {
    const reason = facts.reason ? spoken(`shop.reason.${facts.reason}`) : "";
    super(reason || spoken(`shop.error.${facts.code}`) || facts.detail || facts.title || t("shop.error.other"));
    this.status = status;
    this.code = facts.code ?? "";
    this.facts = facts;
  }
}

const wait = (seconds) => new Promise((done) => setTimeout(done, seconds * 1000));

async function send(method, path, { secret = "", body, key } = {}) {
  const headers = {};
  if (secret) headers.authorization = `Bearer ${secret}`;
  if (method === "POST") headers["idempotency-key"] = key ?? crypto.randomUUID();
  if (body !== undefined) headers["content-type"] = "application/json";
  let answer;
  for (let attempt = 0; attempt < 4; attempt += 1) {
    try {
      answer = await fetch(`/v1${path}`, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
    } catch {
      throw new Problem(0, { code: "offline" });
    }
    if (answer.ok) return answer;
    const facts = await answer.json().catch(() => ({}));
    // The same key: whatever took effect before is not done twice.
    const again = answer.status === 429 || ["payment-unknown", "request-in-progress"].includes(facts.code);
    if (!again || attempt === 3) throw new Problem(answer.status, facts);
    await wait(Math.min(facts.retry_after ?? 1, 10));
  }
  return answer;
}

export const get = async (path, secret) => (await send("GET", path, { secret })).json();
export const post = async (path, body, secret, key) => (await send("POST", path, { body, secret, key })).json();

// A file that needs the secret: fetched here, handed to the browser as its own.
export async function download(path, secret, name) {
  const content = await (await send("GET", path, { secret })).blob();
  const link = document.createElement("a");
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
