// A QR code (level M, quiet zone 4) as SVG, drawn here so that it needs no network.
import qrcode from "../../vendor/qrcode-generator/qrcode.mjs";

const SVG = "http://www.w3.org/2000/svg";
const QUIET = 4;

function node(name, attributes) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

export function draw(text, mode = "Alphanumeric") {
  const code = qrcode(0, "M");
  code.addData(text, mode);
  code.make();
  const count = code.getModuleCount();
  const side = count + 2 * QUIET;
  let path = "";
  for (let row = 0; row < count; row += 1) {
    for (let column = 0; column < count; column += 1) {
      if (code.isDark(row, column)) path += `M${column + QUIET} ${row + QUIET}h1v1h-1z`;
    }
  }
  const svg = node("svg", { viewBox: `0 0 ${side} ${side}`, class: "code", role: "img", "shape-rendering": "crispEdges" });
  svg.append(node("rect", { width: side, height: side, fill: "#fff" }), node("path", { d: path, fill: "#000" }));
  return svg;
}
