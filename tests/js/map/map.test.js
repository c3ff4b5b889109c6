import assert from "node:assert/strict";
import { test } from "node:test";

import { worldX, worldY } from "../../../dashboard/assets/map/geometry.js";
import { open, pass, serve, settle, standStill } from "../page.js";
import { pack, rectangle } from "./packed.js";

const window = open("/wall", `<div class="gw-map"><div id="map"></div><div class="gw-map-legend"></div><div class="gw-map-chips"></div>
<button class="gw-map-back" hidden></button><p class="gw-map-note"></p><div class="gw-map-tip"></div></div>`);
standStill(0);
/** What was drawn on each canvas, by the names of the calls. */
const pens = new Map();
window.HTMLCanvasElement.prototype.getContext = function () {
  if (!pens.has(this.className)) {
    const calls = [];
    pens.set(this.className, new Proxy({ calls }, {
      get: (own, name) => (name in own ? own[name] : (...given) => { calls.push([name, ...given]); }),
      set: (own, name, value) => { own[name] = value; return true; },
    }));
  }
  return pens.get(this.className);
};
globalThis.Path2D = class { moveTo() {} lineTo() {} closePath() {} };
globalThis.ImageData = class { constructor(width, height) { Object.assign(this, { width, height, data: new Uint8ClampedArray(4 * width * height) }); } };
const frames = [];
globalThis.requestAnimationFrame = (act) => frames.push(act);
globalThis.cancelAnimationFrame = () => {};
let resize;
globalThis.ResizeObserver = class { constructor(act) { resize = act; } observe() {} disconnect() {} };
window.devicePixelRatio = 1;
for (const [role, colour] of Object.entries({ "--map-none": "#091320", "--map-hatch": "#2C455F", "--ink": "#EDF3F9", "--map-hot": "#FFD27A" })) {
  document.documentElement.style.setProperty(role, colour);
}

/** A Leaflet map of 256 x 256 pixels whose view a test sets. */
function leaflet() {
  const on = {}, container = document.getElementById("map");
  const map = {
    on: (kinds, act) => kinds.split(" ").forEach((kind) => { on[kind] = act; }), fire: (kind, event = {}) => on[kind](event),
    createPane: () => container.appendChild(document.createElement("div")), getContainer: () => container, whenReady: (act) => act(),
    invalidateSize: () => {}, getSize: () => ({ x: 256, y: 256 }), getZoom: () => map.zoom, getCenter: () => ({ lat: 0, lng: 0 }),
    containerPointToLayerPoint: () => ({ x: 0, y: 0 }), getPixelOrigin: () => map.origin, zoom: 0, origin: { x: 0, y: 0 }, set: 0,
    setView: ([lat, lng], zoom) => {
      const scale = 256 * 2 ** zoom, { x, y } = map.getSize();
      map.set += 1;
      map.zoom = zoom;
      map.origin = { x: scale * worldX(lng) - x / 2, y: scale * worldY(lat) - y / 2 };
    },
  };
  return map;
}

// one town of two villages side by side, 0.2 by 0.1 degrees at the equator
const town = [rectangle(0, 0, 200, 100)], west = [rectangle(0, 0, 100, 100)], east = [rectangle(100, 0, 200, 100)];
const place = { west: 0, south: 0 };
const GEOMETRY = {
  "/g/0": pack([{ id: 0, polygons: [town] }], place), "/g/1": pack([{ id: 0, polygons: [town] }], place),
  "/g/2": pack([{ id: 1, polygons: [west] }, { id: 2, polygons: [east] }], place),
};
const LABELS = { level: [1, 2, 2], parent: [-1, 0, 0], name: ["镇", "西村", "东村"], code: ["t", "w", "e"], population: [0, 100, 0] };
const base64 = (...bytes) => Buffer.from(bytes).toString("base64");
const legend = [{ code: 6, label: "高", color: "#ff0000", kind: "class" }, { code: 1, label: "低", color: "#0000ff", kind: "class" }, { code: 7, label: "少", color: "#101112", kind: "few" }];
const payload = (more = {}) => ({
  scope: { level: 0, idx: -1, code: "", name: "" }, levels: ["镇", "村"], classes: { late: base64(1, 6, 1), count: base64(1, 1, 1) },
  measures: ["late", "count"].map((id) => ({ id, chip: id, head: id, top: { 1: 6, 2: 6 }, legend: { 1: legend, 2: legend } })),
  counts: { n: base64(9, 5, 4), need: base64(0, 0, 0), late: base64(0, 0, 0) }, hot: { late: [], count: [] }, plates: [{ idx: 0, name: "镇", values: { late: "1" }, watch: [], few: false, worst: {}, badges: [] }], own: null,
  words: { back: "返回", note: "注", chips: "指标", hot: "最高", by: "按{level}", away: "地图未能取得", n: "{n} 件", none: "无", few: "少", need: "", share: "", rate: "{rate}" },
  geometry: [0, 1, 2].map((level) => ({ level, url: `/g/${level}` })), labels: "/labels", ...more,
});

let hooked;
let away = true;
serve((path) => {
  if (away) return [503, ""];
  return path === "/labels" ? [200, LABELS] : [200, ""];
});
const text = globalThis.fetch;
globalThis.fetch = async (url, options) => {
  const answer = await text(url, options);
  return !away && GEOMETRY[url] ? new Response(GEOMETRY[url]) : answer;
};
await import("../../../dashboard/assets/map/map.js");
const { abgr, colours } = await import("../../../dashboard/assets/map/paint.js");
const { st } = await import("../../../dashboard/assets/map/state.js");
const { map: layer } = window.gridwall;
const entered = [];
window.gridwall.onScope = (code) => entered.push(code);
const $ = (name) => document.querySelector(`.gw-map-${name}`);
const drawn = (name) => pens.get(name).calls;
const nextFrame = () => frames.splice(0).forEach((act) => act());
const map = leaflet();

test("the layer takes the Leaflet that comes after it, and the maps in its frame", () => {
  window.L = { Map: { addInitHook: (act) => { hooked = act; } }, TileLayer: { addInitHook: () => {} }, DomUtil: { setPosition: () => {} } };
  hooked.call({ getContainer: () => document.createElement("div"), whenReady: () => assert.fail("a map elsewhere") });
  hooked.call(map);
  assert.equal(layer.leaflet(), map);
});

test("geometry that does not come is said, and asked for again", async () => {
  layer.update(payload());
  await settle();
  assert.deepEqual([$("note").textContent, layer.state().ready], ["地图未能取得", false]);
  away = false;
  await pass(5000);
  await settle();
  assert.equal(layer.state().ready, true);
  assert.equal($("note").textContent, "注");
});

test("the finest level that can be told apart is filled, fitted into the map, and every pixel knows its cell", () => {
  assert.equal(layer.state().fill, 2);
  assert.equal(map.set, 1);
  const row = Array.from({ length: 256 }, (_, x) => layer.hit(x, 128));
  assert.deepEqual([row.indexOf(1) > 0, row.indexOf(2) > row.indexOf(1), row[255]], [true, true, -1]);
  assert.equal(row.filter((id) => id === 1).length, row.filter((id) => id === 2).length, "both are as wide");
  assert.deepEqual([layer.hit(-1, 5), layer.hit(5, 999)], [-1, -1]);
});

test("pixels take the colour of their cell's class", () => {
  const x = Array.from({ length: 256 }, (_, i) => layer.hit(i, 128)).indexOf(1);
  assert.deepEqual([...st.image.data.slice(4 * (128 * 256 + x), 4 * (128 * 256 + x) + 4)], [255, 0, 0, 255], "the western village is of the top class");
  const far = Array.from({ length: 256 }, (_, i) => layer.hit(i, 128)).indexOf(2);
  assert.deepEqual([...st.image.data.slice(4 * (128 * 256 + far), 4 * (128 * 256 + far) + 4)], [0, 0, 255, 255]);
  assert.equal(pens.get("gw-lines").strokeStyle, "#EDF3F9", "the outline has the page's ink");
});

test("a class is a colour, a small sample is hatched with another, what has no class stands on the ground's", () => {
  assert.equal(abgr("#0a141e"), 0xff1e140a);
  const level = { n: 3, ids: Int32Array.of(0, 1, 2), plain: null, stripe: null };
  const { plain, stripe } = colours(level, Uint8Array.of(6, 7, 0), legend);
  assert.deepEqual([...plain], [0, 0xff0000ff, 0xff121110, 0xff201309]);
  assert.deepEqual([...stripe], [0, 0xff0000ff, 0xff5f452c, 0xff201309]);
});

test("a signal that chance could make has its colour as stripes alone", () => {
  document.documentElement.style.setProperty("--map-few", "#0C1A2C");
  const { plain, stripe } = colours({ n: 1, ids: Int32Array.of(0), plain: null, stripe: null }, Uint8Array.of(14), [...legend, { code: 14, color: "#ff0000" }]);
  assert.deepEqual([plain[1], stripe[1]], [abgr("#0C1A2C"), abgr("#ff0000")]);
});

test("an equal payload draws nothing, other values colour without drawing lines again", () => {
  const before = { ...layer.timings.last, lines: drawn("gw-lines").length, fill: drawn("gw-fill").length };
  layer.update(st.payload);
  layer.update(payload());
  assert.deepEqual([drawn("gw-fill").length, drawn("gw-lines").length], [before.fill, before.lines]);
  layer.update(payload({ classes: { late: base64(1, 1, 6), count: base64(1, 1, 1) } }));
  assert.deepEqual([drawn("gw-fill").length, drawn("gw-lines").length], [before.fill + 1, before.lines]);
});

test("a class named by its role has the page's colour, and another theme draws everything anew", async () => {
  document.documentElement.style.setProperty("--map-6", "#FF5A45");
  const own = [{ code: 6, label: "高", color: "--map-6", kind: "class" }, ...legend.slice(1)];
  const level = { n: 1, ids: Int32Array.of(0), plain: null, stripe: null };
  assert.equal(colours(level, Uint8Array.of(6), own).plain[1], abgr("#FF5A45"));
  const before = { lines: drawn("gw-lines").length, fill: drawn("gw-fill").length };
  document.documentElement.style.setProperty("--ink", "#0F1B28");
  document.documentElement.dataset.theme = "day";
  await settle();
  assert.ok(drawn("gw-lines").length > before.lines);
  assert.ok(drawn("gw-fill").length > before.fill);
  assert.equal(pens.get("gw-lines").strokeStyle, "#0F1B28");
  document.documentElement.style.setProperty("--ink", "#EDF3F9");
  document.documentElement.dataset.theme = "night";
  await settle();
  assert.equal(pens.get("gw-lines").strokeStyle, "#EDF3F9");
});

test("the land under the cells is fetched once, drawn on its own canvas, and asked for again where it does not come", async () => {
  const asked = [], before = globalThis.fetch;
  let there = false;
  globalThis.fetch = async (url, options) => {
    if (url !== "/land") return before(url, options);
    asked.push(url);
    return there ? new Response(JSON.stringify([{ kind: "river", areas: [], lines: [[0, 0, 0.2, 0.1]] }])) : new Response("", { status: 503 });
  };
  layer.update(payload({ context: "/land" }));
  await settle();
  assert.deepEqual([asked.length, st.land.length, layer.state().ready], [1, 0, true], "the map stands without it");
  there = true;
  await pass(60000);
  await settle();
  assert.deepEqual([asked.length, st.land.length], [2, 1]);
  assert.ok(drawn("gw-land").some(([name]) => name === "lineTo"));
  layer.update(payload({ context: "/land", words: { ...payload().words, note: "另" } }));
  await settle();
  assert.equal(asked.length, 2);
  layer.update(payload({ context: "" }));
  assert.equal(st.land.length, 0);
  globalThis.fetch = before;
});

test("another measure has its own colours and legend", () => {
  layer.measure("count");
  assert.equal($("chips").children[1].getAttribute("aria-pressed"), "true");
  assert.equal(document.querySelector(".gw-legend-head").textContent, "count");
  layer.measure("late");
  layer.level(1);
  assert.deepEqual([layer.state().fill, document.querySelector(".gw-legend-foot").textContent], [1, "按镇"]);
  layer.level(0);
});

test("finer cells that stand out are outlined and named in the legend", () => {
  layer.level(1);
  const before = drawn("gw-marks").length;
  layer.update(payload({ hot: { late: [2], count: [] } }));
  assert.ok(drawn("gw-marks").length > before);
  assert.equal(pens.get("gw-marks").strokeStyle, "#FFD27A", "in the page's own colour");
  assert.equal(document.querySelector(".gw-legend-hot").textContent, "最高");
  layer.update(payload());
  layer.level(0);
});

test("a cell under the pointer is marked and said, and a touch enters the child of the scope", async () => {
  const x = Array.from({ length: 256 }, (_, i) => layer.hit(i, 128)).indexOf(1);
  const event = { containerPoint: { x: x + 2, y: 128 }, originalEvent: { target: document.body } };
  map.fire("mousemove", event);
  assert.deepEqual([...$("tip").children].map((n) => n.textContent), ["镇 · 西村", "5 件", "无", "50.0"]);
  assert.match(document.querySelector(".gw-hover path").getAttribute("d"), /^M.*Z$/);
  map.fire("click", event);
  assert.deepEqual(entered.splice(0), ["t"]);
  map.fire("mouseout");
  assert.equal(layer.state().hover, -1);
  map.fire("mousemove", event);
  await pass(90_000);
  assert.equal(layer.state().hover, -1, "a pointer that was left marks nothing any more");
  document.querySelector(".gw-plate").dispatchEvent(Object.assign(new window.Event("pointerenter"), { clientX: 1, clientY: 1 }));
  assert.equal(layer.state().hover, 0);
  map.fire("mouseout");
});

test("a place is marked by its code, as by a pointer on it, and one that the map has not is not", () => {
  assert.equal(layer.show("e"), "东村");
  assert.equal(layer.state().hover, 2);
  assert.equal(document.querySelector(".gw-map-tip").children[0].textContent, "镇 · 东村");
  assert.equal(layer.entered("e"), "t", "from the city a town");
  assert.deepEqual([layer.show("nowhere"), layer.entered("nowhere")], ["", ""]);
  assert.equal(layer.state().hover, 2);
  map.fire("mouseout");
});

test("within a town the town alone is filled, and the way back is there", () => {
  layer.update(payload({ scope: { level: 1, idx: 0, code: "t", name: "镇" } }));
  assert.deepEqual([layer.state().fill, $("back").hidden], [2, false]);
  $("back").click();
  map.fire("click", { containerPoint: { x: 128, y: 128 } });
  assert.deepEqual(entered.splice(0).map((code) => code || "back"), ["back", layer.hit(128, 128) === 1 ? "w" : "e"]);
  layer.update(payload());
});

test("a map that is moved is drawn roughly at once and wholly at rest, and returns after a while", async () => {
  map.fire("dragstart");
  assert.equal(layer.state().moved, true);
  map.origin = { x: map.origin.x + 10, y: map.origin.y };
  map.fire("move");
  nextFrame();
  map.fire("moveend");
  nextFrame();
  assert.ok(layer.timings.pan.length >= 1 && layer.timings.view.length >= 1);
  const set = map.set;
  await pass(90_000);
  assert.deepEqual([layer.state().moved, map.set], [false, set + 1]);
  map.fire("dragstart");
  document.dispatchEvent(new window.KeyboardEvent("keydown", { key: "Escape" }));
  assert.equal(layer.state().moved, false);
});

test("another size of the screen is fitted anew", () => {
  const set = map.set;
  map.getSize = () => ({ x: 300, y: 200 });
  resize();
  assert.equal(map.set, set + 1);
  assert.deepEqual([st.image.width, st.image.height], [300, 200]);
});

test("labels may come with the payload, and a map that is gone holds nothing", () => {
  layer.update(payload({ labels: LABELS }));
  assert.equal(layer.state().ready, true);
  map.fire("unload");
  assert.deepEqual([layer.leaflet(), layer.state().ready, st.image], [null, false, null]);
});
