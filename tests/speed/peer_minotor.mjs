// Earliest arrivals by minotor (npm): node peer_minotor.mjs FOLDER QUERIES FEED.zip
// QUERIES is JSON: {date: "2026-11-25", rows: [[from, to, seconds], …]}. Prints JSON.
import fs from "node:fs";
import { GtfsParser } from "minotor/parser";
import { Duration, Query, Router, Time } from "minotor";

const asked = JSON.parse(fs.readFileSync(process.argv[3], "utf8"));
const began = process.hrtime.bigint();
const day = new Date(asked.date + "T12:00:00");
const { timetable, stopsIndex } = await new GtfsParser(process.argv[4]).parse(day);
const router = new Router(timetable, stopsIndex);
const prepared = Number(process.hrtime.bigint() - began) / 1e9;
const ms = [];
const arrivals = [];
for (const [from, to, time] of asked.rows) {
  const start = process.cpuUsage();
  const query = new Query.Builder()
    .from(from)
    .to(to)
    .departureTime(Time.fromSeconds(time))
    .maxTransfers(9)
    .minTransferTime(Duration.fromSeconds(0))
    .build();
  const found = router.route(query).arrivalAt(to);
  const used = process.cpuUsage(start);
  ms.push((used.user + used.system) / 1e3);
  arrivals.push(found ? found.time.toSeconds() : null);
}
const memory = process.memoryUsage().rss / 1e6;
process.stdout.write(JSON.stringify({ prepared, memory, ms, arrivals }));
