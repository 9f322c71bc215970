import base64
import json
import shutil
import subprocess
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.ticketing import vectors
from ticketing.inspection.coverage import Place, open_rules
from ticketing.inspection.inspect import ReaderState, inspect
from ticketing.inspection.verdict import CATALOGUE
from ticketing.tickets.keys import Sealed, open_keys, open_revocations

DOCUMENT: dict[str, Any] = json.loads(vectors.FILE.read_text(encoding="utf-8"))
ROOT = Path(__file__).parents[2]


def reader(case: dict[str, Any]) -> ReaderState:
    at = vectors.NOW
    keys = open_keys(Sealed.from_json(DOCUMENT["keys"]), base64.b64decode(DOCUMENT["root"]))
    return ReaderState(
        keys=keys,
        revoked=open_revocations(Sealed.from_json(DOCUMENT["revocations"]), keys, at),
        rules=open_rules(Sealed.from_json(DOCUMENT["rules"]), keys, at),
        seen={
            bytes.fromhex(serial): datetime.fromisoformat(seen)
            for serial, seen in case.get("seen", {}).items()
        },
        clock_checked=datetime.fromisoformat(DOCUMENT["clock_checked"]),
    )


def test_the_published_file_is_what_the_seeds_give() -> None:
    assert vectors.FILE.read_text(encoding="utf-8") == vectors.text()


@pytest.mark.parametrize("case", DOCUMENT["cases"], ids=lambda case: case["name"])
def test_the_python_reader_gives_the_stated_verdict(case: dict[str, Any]) -> None:
    verdict = inspect(
        case["text"], datetime.fromisoformat(case["at"]), Place(**case["place"]), reader(case)
    )

    assert verdict.reason == case["expect"]
    if "also" in case:
        assert list(verdict.also) == case["also"]


def test_every_reason_has_words_and_a_vector() -> None:
    shown = {case["expect"] for case in DOCUMENT["cases"]} | {"valid-clock-unsure"}
    # Only a server that has the scans of all devices knows what was used up.
    shown |= {"days-used-up", "rides-used-up"}

    assert shown == set(CATALOGUE)
    assert all(words.ja and words.en for words in CATALOGUE.values())


NODE = shutil.which("node")

SCRIPT = """
import { readFileSync } from "node:fs";
const [, , module, file] = process.argv;
const reader = await import(module);
const d = JSON.parse(readFileSync(file, "utf-8"));
const now = Date.parse(d.clock_checked);
const root = Uint8Array.from(atob(d.root), (c) => c.charCodeAt(0));
const keys = await reader.openKeys(d.keys, root);
const revoked = await reader.openRevocations(d.revocations, keys, now);
const rules = await reader.openRules(d.rules, keys, now);
const answers = [];
for (const c of d.cases) {
  const seen = new Map(Object.entries(c.seen ?? {}).map(([k, v]) => [k, Date.parse(v)]));
  const state = { keys, revoked, rules, seen, clockChecked: now, test: false };
  const verdict = await reader.inspect(c.text, Date.parse(c.at), c.place, state);
  answers.push([verdict.reason, verdict.also]);
}
const refused = [];
const version = revoked.version;
for (const [at, newerThan] of [[now, version], [now, version + 1], [revoked.issued - 11 * 60_000, 0]]) {
  await reader.openRevocations(d.revocations, keys, at, newerThan).then(
    () => refused.push(""), (error) => refused.push(error.cause ?? error.message));
}
await reader.openRules(d.rules, keys, now, rules.version + 1).catch((error) => refused.push(error.cause));
await reader.openKeys(d.keys, root, keys.version + 1).catch((error) => refused.push(error.cause));
console.log(JSON.stringify({ answers, refused }));
"""


@pytest.mark.skipif(NODE is None, reason="node is not there: the JavaScript reader was not run")
def test_the_javascript_reader_gives_the_same_verdicts(tmp_path: Path) -> None:
    script = tmp_path / "run.mjs"
    script.write_text(SCRIPT, encoding="utf-8")
    # Node takes a bare .js as a module only by its content; a copy named .mjs leaves no doubt.
    module = tmp_path / "kq1.mjs"
    module.write_text((ROOT / "maas/web/static/kq1.js").read_text(encoding="utf-8"), "utf-8")

    done = subprocess.run(
        [str(NODE), "--no-warnings", str(script), str(module), str(vectors.FILE)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    # In turn: the list in use, a version above it, a clock behind it; rules and keys below theirs.
    future = "The list was issued in the future."
    assert told["refused"] == ["", "older", future, "older", "older"]
    for case, (reason, also) in zip(DOCUMENT["cases"], told["answers"], strict=True):
        assert reason == case["expect"], case["name"]
        if "also" in case:
            assert also == case["also"]
