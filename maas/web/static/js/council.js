/* The council's page: asks the API and writes what it says; nothing is computed here. */
const texts = JSON.parse(document.getElementById("texts").textContent);
const language = document.documentElement.lang;
const number = new Intl.NumberFormat(language);

function t(key, parts = {}) {
  return Object.entries(parts).reduce((text, [name, value]) => text.replaceAll(`{${name}}`, value), texts[key] ?? key);
}

function word(name) {
  return texts[`council.word.${name}`] ?? name;
}

function element(tag, text = "", className = "") {
  const made = document.createElement(tag);
  made.textContent = text;
  if (className) made.className = className;
  return made;
}

async function ask(path) {
  const answer = await fetch(path, { headers: { accept: "application/json" } });
  return answer.ok ? answer.json() : null;
}

function bars(id, counts, unit = "") {
  const rows = Object.entries(counts ?? {}).sort((a, b) => b[1] - a[1]);
  const most = Math.max(1, ...rows.map(([, count]) => count));
  const target = document.getElementById(id);
  target.replaceChildren(...(rows.length ? rows : [[t("council.none"), 0]]).map(([name, count]) => {
    const row = element("div", "", "bar");
    const bar = element("i");
    bar.style.width = `${(100 * Math.max(count, 0)) / most}%`;
    const label = element("span", word(name));
    label.title = word(name);
    const cell = element("span");
    cell.append(bar);
    row.append(label, cell, element("b", rows.length ? number.format(count) + unit : ""));
    return row;
  }));
}

function figure(value, label, done) {
  const made = element("div", "", "figure");
  made.append(element("b", value), element("small", label));
  if (done) {
    const bar = element("progress");
    [bar.max, bar.value] = [done[1], Math.min(done[0], done[1])];
    bar.setAttribute("aria-label", label);
    made.append(bar);
  }
  return made;
}

function day(offset = 0) {
  const now = new Date();
  now.setDate(now.getDate() + offset);
  return new Intl.DateTimeFormat("sv-SE", { timeZone: "Asia/Tokyo" }).format(now);
}

async function participation() {
  const first = day(-365);
  const found = await ask(`/v1/participation?first=${first}`);
  document.getElementById("participation-chart").src = `/v1/participation?first=${first}&format=svg&lang=${language}`;
  if (!found) return;
  const last = found.days.at(-1);
  const goals = found.goals.map((goal) => figure(
    `${number.format(goal.counted)} / ${number.format(goal.goal)}`,
    t("council.goal", { label: goal.label[language], by: goal.by, expected: goal.expected, missing: goal.missing, unknown: goal.unknown }),
    [goal.counted, goal.goal],
  ));
  const others = Object.values(last.others).reduce((sum, count) => sum + count, 0);
  document.getElementById("participation-figures").replaceChildren(
    figure(number.format(last.total), t("council.counted", { day: last.day })),
    ...goals,
    figure(number.format(others), t("council.others")),
  );
  bars("participation-mode", last.by_mode);
  bars("participation-prefecture", last.by_prefecture);
  bars("participation-state", last.by_state);
}

async function trade(first, last) {
  const found = await ask(`/v1/council/figures?first=${first}&last=${last}`);
  if (!found) return;
  document.getElementById("trade-closed").hidden = true;
  document.getElementById("trade-open").hidden = false;
  const yen = t("council.yen");
  document.getElementById("trade-figures").replaceChildren(
    figure(number.format(found.sales.yen) + yen, t("council.sold", { passes: number.format(found.sales.passes), persons: number.format(found.sales.persons) })),
    figure(number.format(found.refunds.yen) + yen, t("council.refunds", { passes: number.format(found.refunds.passes) })),
    figure(number.format(found.rides), t("council.rides", { passes: number.format(found.passes_used) })),
  );
  const named = (rows, value) => Object.fromEntries(Object.entries(rows).map(([name, row]) => [found.product_names[name] ?? name, value(row)]));
  bars("trade-product", named(found.sales_by_product, (row) => row.yen), yen);
  bars("trade-language", named(found.sales_by_language, (row) => row.passes));
  bars("trade-mode", found.rides_by_mode);
  bars("trade-prefecture", found.rides_by_prefecture);
  bars("trade-operator", found.rides_by_operator);
  const month = last.slice(0, 7);
  const revenue = await ask(`/v1/council/revenue?period=${month}`);
  bars("trade-revenue", Object.fromEntries((revenue ?? []).map((row) => [row.operator, row.total])), yen);
  const report = document.getElementById("trade-report");
  const before = new Date(`${first.slice(0, 7)}-01T00:00:00Z`);
  before.setUTCDate(0);
  report.href = `/v1/council/report/${before.toISOString().slice(0, 7)}`;
  report.textContent = t("council.report", { month: before.toISOString().slice(0, 7) });
}

function ranked(id, rows, question) {
  const target = document.getElementById(id);
  const shown = rows.slice(0, 12).map((row) => {
    const item = element("li");
    item.append(element("span", row[question][language]));
    const more = element("details");
    more.append(element("summary", t("council.more")));
    if (row.cut_off.length) more.append(element("p", t("council.cutoff", { places: row.cut_off.slice(0, 40).join(language === "ja" ? "、" : ", ") })));
    for (const pair of row.prefecture_pairs) more.append(element("p", `${pair.from} – ${pair.to}: ${(100 * pair.gain).toFixed(3)} %`));
    for (const detour of row.detours) more.append(element("p", t("council.detour", { from: detour.from, to: detour.to, before: detour.minutes_with, after: detour.minutes_without, way: detour.way.join(" / ") })));
    for (const leg of row.second_legs) more.append(element("p", t("council.leg", { from: leg.from, to: leg.to, places: leg.places })));
    item.append(more);
    return item;
  });
  target.replaceChildren(...(shown.length ? shown : [element("p", t("council.none"), "note")]));
}

async function impact() {
  const found = await ask("/v1/council/impact");
  if (!found) return;
  const note = document.getElementById("impact-note");
  note.textContent = found.at
    ? `${t("council.impact.at", { at: found.at.slice(0, 16).replace("T", " ") })} ${found.weights[language]}${found.complete ? "" : ` ${t("council.impact.partly")}`}`
    : t("council.impact.none");
  ranked("impact-joins", found.joins, "joins");
  ranked("impact-stops", found.stops, "stops");
}

async function quality() {
  const found = await ask("/v1/council/quality");
  const table = document.getElementById("quality-table");
  if (!found) {
    table.replaceChildren(element("caption", t("council.impact.none"), "message"));
    return;
  }
  const select = document.getElementById("quality-prefecture");
  const prefectures = [...new Set(found.municipalities.map((row) => row.prefecture))];
  select.replaceChildren(...prefectures.map((name) => element("option", name)));
  const draw = () => {
    const head = element("thead");
    const names = element("tr");
    for (const key of ["town", "stops", "weekday", "sunday", "first", "last", "reach60", "reach120"]) names.append(element("th", t(`council.column.${key}`)));
    head.append(names);
    const body = element("tbody");
    for (const row of found.municipalities.filter((one) => one.prefecture === select.value)) {
      const line = element("tr", "", row.stops ? "" : "none");
      const cells = [row.municipality, row.stops, row.departures, row.departures_sunday, row.first.slice(0, 5), row.last.slice(0, 5), row.reach_60, row.reach_120];
      for (const cell of cells) line.append(element("td", typeof cell === "number" ? number.format(cell) : cell || "―"));
      body.append(line);
    }
    table.replaceChildren(head, body);
  };
  select.addEventListener("change", draw);
  draw();
}

function start() {
  const span = document.getElementById("trade-span");
  span.first.value = `${day().slice(0, 7)}-01`;
  span.last.value = day();
  span.addEventListener("submit", (event) => {
    event.preventDefault();
    trade(span.first.value, span.last.value);
  });
  const before = new Date(`${day().slice(0, 7)}-01T00:00:00Z`);
  before.setUTCDate(0);
  document.getElementById("data-flows").href = `/v1/council/flows/${before.toISOString().slice(0, 7)}`;
  participation();
  trade(span.first.value, span.last.value);
  impact();
  quality();
}

start();
