// The phone's half of the ticket format (docs/ticket-format.md): a key of its own and the live code.
const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";
const CONTEXT = new TextEncoder().encode("KQ1-device\0");
const ED25519 = { name: "Ed25519" };

const noble = () => import("../../vendor/noble-ed25519/index.js");

// A key that nobody can read out where the browser knows Ed25519; else the bytes, kept here only.
export async function makeKey() {
  try {
    const pair = await crypto.subtle.generateKey(ED25519, false, ["sign", "verify"]);
    return { sign: pair.privateKey, public: new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey)) };
  } catch {
    const library = await noble();
    const secret = library.utils.randomSecretKey();
    return { secret, public: await library.getPublicKeyAsync(secret) };
  }
}

async function signed(key, message) {
  if (key.sign) return new Uint8Array(await crypto.subtle.sign(ED25519, key.sign, message));
  return (await noble()).signAsync(message, key.secret);
}

export const base64 = (bytes) => btoa(String.fromCharCode(...bytes));

export function encodeBase45(bytes) {
  let text = "";
  for (let at = 0; at < bytes.length; at += 2) {
    const pair = at + 1 < bytes.length;
    let value = pair ? bytes[at] * 256 + bytes[at + 1] : bytes[at];
    for (let digit = 0; digit < (pair ? 3 : 2); digit += 1) {
      text += ALPHABET[value % 45];
      value = Math.floor(value / 45);
    }
  }
  return text;
}

function decodeBase45(text) {
  const out = [];
  for (let at = 0; at < text.length; at += 3) {
    const part = [...text.slice(at, at + 3)].map((letter) => ALPHABET.indexOf(letter));
    const value = part.reduceRight((sum, digit) => sum * 45 + digit, 0);
    if (part.length === 3) out.push(value >> 8);
    out.push(value & 0xff);
  }
  return Uint8Array.from(out);
}

// The public key in a bound ticket: behind the 26 bytes of its body.
export const boundKey = (bound) => decodeBase45(bound.slice(4)).slice(26, 58);

// The live code of a bound ticket at an instant (milliseconds).
export async function present(bound, key, at) {
  const issued = decodeBase45(bound.slice(4));
  const message = new Uint8Array(CONTEXT.length + issued.length + 4);
  message.set(CONTEXT);
  message.set(issued, CONTEXT.length);
  new DataView(message.buffer).setUint32(message.length - 4, Math.floor(at / 1000));
  const signature = await signed(key, message);
  const shown = new Uint8Array(issued.length + 4 + signature.length);
  shown.set(message.subarray(CONTEXT.length));
  shown.set(signature, issued.length + 4);
  return bound.slice(0, 4) + encodeBase45(shown);
}
