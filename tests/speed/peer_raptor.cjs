// Earliest arrivals by raptor-journey-planner (npm): node peer_raptor.cjs FOLDER QUERIES
// FOLDER holds an unpacked made-up feed, all of whose trips run on the day that is asked for.
// QUERIES is JSON: {date: "2026-11-25", rows: [[from, to, seconds], …]}. Prints JSON.
const fs = require("fs");
const path = require("path");
const { JourneyFactory, RaptorAlgorithmFactory, DepartAfterQuery } = require("raptor-journey-planner");

function* rows(folder, name) {
  const lines = fs.readFileSync(path.join(folder, name), "utf8").split("\n");
  const header = lines[0].split(",");
  for (const line of lines.slice(1)) {
    if (line) {
      const cells = line.split(",");
      yield Object.fromEntries(header.map((key, at) => [key, cells[at]]));
    }
  }
}

function seconds(text) {
  const [hours, minutes, rest] = text.split(":").map(Number);
  return hours * 3600 + minutes * 60 + rest;
}

function main() {
  const folder = process.argv[2];
  const asked = JSON.parse(fs.readFileSync(process.argv[3], "utf8"));
  const date = new Date(asked.date + "T00:00:00Z");
  const began = process.hrtime.bigint();
  const service = { runsOn: () => true };
  const trips = new Map();
  for (const row of rows(folder, "stop_times.txt")) {
    if (!trips.has(row.trip_id)) {
      trips.set(row.trip_id, { tripId: row.trip_id, serviceId: "day", stopTimes: [], service });
    }
    trips.get(row.trip_id).stopTimes.push({
      stop: row.stop_id,
      arrivalTime: seconds(row.arrival_time),
      departureTime: seconds(row.departure_time),
      pickUp: true,
      dropOff: true,
    });
  }
  const transfers = {};
  const interchange = {};
  for (const row of rows(folder, "stops.txt")) {
    transfers[row.stop_id] = [];
    interchange[row.stop_id] = 0;
  }
  for (const row of rows(folder, "transfers.txt")) {
    transfers[row.from_stop_id].push({
      origin: row.from_stop_id,
      destination: row.to_stop_id,
      duration: Number(row.min_transfer_time),
      startTime: 0,
      endTime: Number.MAX_SAFE_INTEGER,
    });
  }
  const raptor = RaptorAlgorithmFactory.create([...trips.values()], transfers, interchange, date);
  const query = new DepartAfterQuery(raptor, new JourneyFactory(), 1);
  const prepared = Number(process.hrtime.bigint() - began) / 1e9;
  const ms = [];
  const arrivals = [];
  for (const [from, to, time] of asked.rows) {
    const start = process.cpuUsage();
    const found = query.plan(from, to, date, time);
    const used = process.cpuUsage(start);
    ms.push((used.user + used.system) / 1e3);
    arrivals.push(found.length ? Math.min(...found.map((journey) => journey.arrivalTime)) : null);
  }
  const memory = process.memoryUsage().rss / 1e6;
  process.stdout.write(JSON.stringify({ prepared, memory, ms, arrivals }));
}

main();
