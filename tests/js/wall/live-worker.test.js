import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { pass, standStill } from "../page.js";

standStill(0);
Math.random = () => 0;
const streams = [];
globalThis.EventSource = class {
  constructor(url) { this.url = url; streams.push(this); }
  close() { this.closed = true; }
};
globalThis.self = globalThis;
let closed = 0;
Object.assign(globalThis, { name: "/live?page=overview", close: () => { closed += 1; } });
await import("../../../dashboard/assets/wall/live-worker.js");

const port = () => {
  const made = { heard: [], postMessage: (message) => made.heard.push(message) };
  self.onconnect({ ports: [made] });
  return made;
};
const stream = () => streams[streams.length - 1];
const pulse = (tick) => stream().onmessage({ data: JSON.stringify({ tick_ms: tick }) });
const first = port(), second = port();
beforeEach(() => { first.heard.length = second.heard.length = 0; });

test("all tabs that look at a page hear one stream", () => {
  assert.deepEqual(streams.map((s) => s.url), ["/live?page=overview"]);
  pulse(1000);
  assert.deepEqual([first.heard, second.heard], [[{ pulse: { tick_ms: 1000 } }], [{ pulse: { tick_ms: 1000 } }]]);
});

test("a stream that broke is told, how often, and begun anew ever later", async () => {
  const before = streams.length;
  stream().onerror();
  assert.deepEqual(first.heard, [{ down: 1 }]);
  await pass(399);
  assert.equal(streams.length, before);
  await pass(1);
  assert.equal(streams.length, before + 1);
  stream().onerror();
  assert.deepEqual(first.heard, [{ down: 1 }, { down: 2 }]);
  await pass(500);
  pulse(1000);
  stream().onerror();
  assert.deepEqual(first.heard.pop(), { down: 1 }, "counted from the last pulse");
  await pass(400);
});

test("a connection that only stays silent is given up after ten seconds, or five ticks", async () => {
  pulse(1000);
  const held = stream();
  for (let i = 0; i < 5; i += 1) await pass(2000);
  assert.notEqual(held.closed, true);
  await pass(2000);
  assert.equal(held.closed, true);
  await pass(2000);
  pulse(60_000);
  const slow = stream();
  for (let i = 0; i < 100; i += 1) await pass(2000);
  assert.notEqual(slow.closed, true, "a tick of a minute is silent for long");
});

test("without tabs it ends, but not for one that comes back at once", async () => {
  first.onmessage({ data: "bye" });
  second.onmessage({ data: "bye" });
  await pass(4000);
  const third = port();
  await pass(1000);
  assert.equal(closed, 0);
  third.onmessage({ data: "hello" });
  third.onmessage({ data: "bye" });
  await pass(5000);
  assert.equal(closed, 1);
});
