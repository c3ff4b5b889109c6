import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { open, pass, serve, settle, standStill, steady } from "../page.js";

const NOW = Date.UTC(2026, 10, 23, 2, 42, 7); // 10:42:07 in Shanghai
const id = (type, panel) => JSON.stringify({ panel, type });
const frame = (panel) => `<section class="panel" id='${id("panel", panel)}'><b class="panel-loading"></b><div id='${id("panel-body", panel)}'></div>
<i id='${id("panel-time", panel)}'></i><i id='${id("panel-state", panel)}'></i><i id='${id("panel-note", panel)}'></i><i id='${id("panel-wrong", panel)}'></i></section>`;
const window = open("/wall?lang=zh", `<div id="wall"><b id="top-snapshot"></b><b id="top-age"></b><b id="top-clock"></b><b id="top-date"></b>
<b id="top-fault"></b><b class="top-scope"></b>${frame("headline")}${frame("trend")}</div>`);
standStill(NOW);
Math.random = () => 0;
steady.now = 1000;
document.fonts = { ready: Promise.resolve() };

/** The shared worker, as this page sees it. */
const worker = { said: [] };
window.SharedWorker = globalThis.SharedWorker = class {
  constructor(url, { name }) {
    Object.assign(worker, { url: String(url), name, own: this });
    this.port = { start: () => {}, postMessage: (word) => worker.said.push(word) };
  }
};
const server = { status: 200, page: {}, headers: {} };
const asked = serve((path) => {
  if (server.status === 0) throw new TypeError("fetch failed");
  const head = `${NOW + steady.now - 1000},${NOW},${NOW + steady.now - 1000},1`;
  return [server.status, server.page, { "x-gridwall": head, etag: '"e1"', "x-snapshot": "S-9", ...server.headers, "x-path": path }];
});
await import("../../../dashboard/assets/wall/live.js");
const { held } = await import("../../../dashboard/assets/wall/held.js");
const { gridwall } = window.dash_clientside;
const page = { page: "overview", scope: "", parent: "", lang: "zh", title: "曲阜市", build: "b1", timezone: "Asia/Shanghai", panels: ["headline", "trend"], every: {} };
const charts = [{ id: { panel: "trend", type: "panel-chart" } }];
const snapshot = { id: "S-1", scope_name: "防山镇", panels: { headline: { state: "live", note: "", html: "<p>12 件</p>" }, trend: { state: "empty", note: "无" } } };
const text = (name) => document.getElementById(name).textContent;
const pulse = (more = {}) => ({ id: "S-1", before: "", changed: ["headline"], now: NOW + steady.now - 1000, as_of: NOW, checked: NOW + steady.now - 1000,
  tick_ms: 1000, build: "b1", source: { ok: true, fault: "" }, ...more });
const hear = (message) => { worker.own.port.onmessage({ data: message }); return settle(); };
const redraw = async () => {
  window.dash_clientside.callback_context = { outputs_list: [{}, charts] };
  const answer = await gridwall.redraw();
  await pass(40);
  return answer;
};
const pulsed = () => window.dash_clientside.set.splice(0).filter(([name]) => name === "pulse").map(([, props]) => props.data.id.split("-")[0]);

beforeEach(() => {
  Object.assign(server, { status: 200, page: snapshot, headers: {} });
  gridwall.open({ ...page });
  asked.length = 0;
  window.dash_clientside.set.length = 0;
});

test("an opened page takes its title and language and listens to its own stream, in its version's worker", () => {
  assert.equal(gridwall.open(null), window.dash_clientside.no_update);
  assert.deepEqual([document.title, document.documentElement.lang], ["曲阜市", "zh-CN"]);
  assert.equal(worker.name, "/live?page=overview&scope=&lang=zh");
  assert.match(worker.url, /\/wall\/live-worker\.js$/);
});

test("a pulse of a newer snapshot has the page redrawn; only having drawn it makes the screen younger", async () => {
  await hear({ pulse: pulse() });
  assert.deepEqual([pulsed(), held.id], [["S"], ""]);
  const [drawn, figures] = await redraw();
  assert.deepEqual([drawn, held.id, figures.length], ["S-1", "S-1", 1]);
  assert.deepEqual([text(id("panel-body", "headline")), text("top-clock"), text("top-date"), text("top-snapshot")], ["12 件", "10:42:07", "2026-11-23 周一", "S-1"]);
  assert.equal(document.getElementById(id("panel", "headline")).dataset.state, "live");
  assert.deepEqual([text(id("panel-state", "trend")), text(id("panel-note", "trend"))], ["空", "无"]);
  assert.equal(document.documentElement.dataset.painted, "S-1");
  assert.equal(document.documentElement.dataset.up, "");
});

test("what is asked for is what changed since the screen's own snapshot", async () => {
  await redraw();
  await redraw();
  assert.deepEqual(asked.map(([path]) => path), ["/snapshot/overview?scope=&lang=zh", "/snapshot/overview?scope=&lang=zh&since=S-1"]);
  assert.equal(asked[1][1].headers["If-None-Match"], '"e1"');
});

test("a newer snapshot with the same pixels costs nothing but its name", async () => {
  await redraw();
  await hear({ pulse: pulse({ id: "S-2", before: "S-1", changed: [] }) });
  assert.deepEqual([pulsed(), held.id], [[], "S-2"]);
  server.status = 304;
  await redraw();
  assert.equal(held.id, "S-9");
});

test("two redraws at once are one, and another after it", async () => {
  window.dash_clientside.callback_context = { outputs_list: [{}, charts] };
  const first = gridwall.redraw();
  assert.deepEqual(await gridwall.redraw(), [window.dash_clientside.no_update, [window.dash_clientside.no_update]]);
  await first;
  await pass(1);
  assert.deepEqual(pulsed(), ["again"]);
});

test("an answer to a page that was left is not drawn", async () => {
  window.dash_clientside.callback_context = { outputs_list: [{}, charts] };
  const answer = gridwall.redraw();
  gridwall.open({ ...page, lang: "en" });
  assert.equal((await answer)[0], window.dash_clientside.no_update);
  assert.equal(held.id, "");
});

test("a panel that cannot be drawn says so, and the others live on", async () => {
  window.gridwall.map = { update: () => { throw new Error("no canvas"); }, state: () => ({ ready: true }) };
  server.page = { ...snapshot, panels: { ...snapshot.panels, trend: { state: "live", note: "", map: {} } } };
  const { error } = console;
  console.error = () => {};
  await redraw();
  console.error = error;
  assert.equal(text(id("panel-wrong", "trend")), "此面板绘制出错：no canvas");
  assert.equal(document.getElementById(id("panel", "headline")).dataset.state, "live");
  assert.equal(held.etag, "", "it is asked for again as a whole");
  delete window.gridwall.map;
});

test("a map that is not there yet is drawn once it is", async () => {
  const drawn = [];
  server.page = { ...snapshot, panels: { trend: { state: "live", note: "", map: { n: 1 } } } };
  await redraw();
  window.gridwall.map = { update: (payload) => drawn.push(payload), state: () => ({ ready: true }) };
  await pass(60);
  assert.deepEqual(drawn, [{ n: 1 }]);
  delete window.gridwall.map;
});

test("an address that names nothing, a key that is not valid, a server that is starting: each is said", async () => {
  Object.assign(server, { status: 400, page: { error: "no scope", error_zh: "没有此地" } });
  await redraw();
  assert.equal(text("top-fault"), "没有此地");
  gridwall.open({ ...page });
  Object.assign(server, { status: 401, page: { error: "key" } });
  await redraw();
  assert.equal(text("top-fault"), "本屏密钥无效或已停用");
  Object.assign(server, { status: 202, page: { now: NOW + steady.now, source: { ok: false, fault: "", loading: ["event", 1, 2] } }, headers: { "x-gridwall": "" } });
  held.denied = false;
  await redraw();
  assert.equal(text("top-fault"), "正在读取事件 50%");
  assert.equal(document.querySelector(".panel-loading").style.getPropertyValue("--done"), "0.5");
});

test("without pulses the page polls, and names the server that does not answer", async () => {
  await hear({ pulse: pulse() });
  await redraw();
  window.dash_clientside.set.length = 0;
  server.status = 0;
  await pass(3000);
  assert.deepEqual(pulsed().slice(0, 1), ["poll"]);
  await redraw();
  assert.equal(held.down, 1);
  await hear({ down: 4 });
  assert.equal(held.down, 4);
  await pass(5000);
  assert.equal(text("top-fault"), "服务器无应答，正在重连");
  assert.equal(document.getElementById(id("panel", "headline")).dataset.state, "late");
  assert.equal(document.getElementById("top-fault").dataset.kind, "fault");
  await pass(6000);
  assert.equal(text(id("panel-state", "headline")), "陈旧");
});

test("a town is entered through the address, and left with Escape", async () => {
  let followed = 0;
  window.addEventListener("popstate", () => { followed += 1; });
  window.gridwall.onScope("370881108");
  assert.deepEqual([window.location.search, followed], ["?lang=zh&scope=370881108", 1]);
  gridwall.open({ ...page, scope: "370881108", parent: "" });
  await redraw();
  assert.equal(document.querySelector(".top-scope").textContent, "防山镇");
  document.dispatchEvent(new window.KeyboardEvent("keydown", { key: "Escape" }));
  assert.deepEqual([window.location.search, followed], ["?lang=zh", 2]);
});

test("graphs are put in once, where there is a chart, when the page has a moment", async () => {
  server.page = { ...snapshot, panels: { trend: { state: "live", note: "", chart: { data: [], layout: { margin: { l: 2 } } } } } };
  await redraw();
  window.dash_clientside.callback_context = { outputs_list: charts };
  const made = gridwall.graphs();
  for (let i = 0; i < 5; i += 1) await pass(1000);
  const [graph] = await made;
  assert.deepEqual([graph.type, graph.props.id, graph.props.config.staticPlot], ["Graph", { panel: "trend", type: "panel-chart" }, true]);
  window.dispatchEvent(new window.Event("resize"));
  window.dash_clientside.set.length = 0;
  await pass(200);
  assert.deepEqual(window.dash_clientside.set.map(([name]) => name.type), ["panel-chart"]);
});

test("another version is loaded only from a server that gives all of it, and not twice in five minutes", async () => {
  let loads = 0;
  window.location.reload = () => { loads += 1; };
  const whole = '<html><head><link rel="modulepreload" href="/assets/js-2/a.js"></head><body><script src="/b.js"></script><i id="gw-end"></i></body></html>';
  server.page = "<html>cut";
  await hear({ pulse: pulse({ build: "b2" }) });
  await pass(2000);
  assert.equal(loads, 0);
  server.page = whole;
  asked.length = 0;
  await hear({ pulse: pulse({ build: "b2" }) });
  await pass(2000);
  for (let i = 0; i < 6; i += 1) await settle();
  assert.equal(loads, 1);
  assert.deepEqual(asked.slice(1).map(([path]) => path), ["/assets/js-2/a.js", "/b.js", "/_dash-layout?whole", "/_dash-dependencies?whole"]);
  await hear({ pulse: pulse({ build: "b3" }) });
  await pass(2000);
  assert.equal(loads, 1);
});

test("a page that has been open since yesterday reloads once, in the night of the city", async () => {
  let loads = 0;
  window.location.reload = () => { loads += 1; };
  const at = (hour, day = 24) => Date.UTC(2026, 10, day, hour - 8, 5); // of Shanghai
  const told = async (now, build = "b1") => {
    sessionStorage.removeItem("gridwall-renewed");
    await hear({ pulse: pulse({ now, build }) });
    await pass(2000);
    for (let i = 0; i < 6; i += 1) await settle();
    return loads;
  };
  server.page = '<html><body><i id="gw-end"></i></body></html>';
  assert.equal(await told(at(3, 23)), 0, "it is young");
  steady.now += 20 * 3600000;
  assert.equal(await told(at(10)), 0, "by day");
  assert.equal(await told(at(2)), 0);
  server.page = "<html>cut";
  assert.equal(await told(at(3)), 0, "the server does not deliver it whole");
  server.page = '<html><body><i id="gw-end"></i></body></html>';
  assert.equal(await told(at(4)), 1);
});

test("a tab whose worker did not come has a stream of its own", async () => {
  const streams = [];
  globalThis.EventSource = window.EventSource = class { constructor(url) { this.url = url; streams.push(this); } close() { this.closed = true; } };
  worker.own.onerror();
  assert.equal(streams[0].url, worker.name);
  streams[0].onmessage({ data: JSON.stringify(pulse({ id: "S-7" })) });
  assert.equal(window.dash_clientside.set.pop()[1].data.id, "S-7");
  streams[0].onerror();
  await pass(500);
  assert.deepEqual([streams.length, streams[0].closed, held.down], [2, true, 1]);
  window.dispatchEvent(Object.assign(new window.Event("pagehide"), { persisted: false }));
  assert.equal(streams[1].closed, true);
});
