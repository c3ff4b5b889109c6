import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { open, settle } from "../page.js";

const ID = '{"panel":"trend","type":"an-graph"}';
const window = open("/analyst");
globalThis.IntersectionObserver = class { observe() {} disconnect() {} };
const { charts } = await import("../../../dashboard/assets/desk/charts.js");
const { chosen } = await import("../../../dashboard/assets/desk/chart-choice.js");
const { gridwall } = await import("../../../dashboard/assets/shared/gridwall.js");

const figure = (n = 3) => ({
  data: [{ type: "bar", meta: "points", x: ["2026-11-01T12:00", "2026-11-02T12:00", "2026-11-03T12:00"], y: [1, 2, n],
    marker: { color: ["--watch", "--act 22%", "#123456"] }, text: ["--watch"],
    customdata: [1, 2, 3].map((d) => ({ say: `11 月 ${d} 日<br>${d} 件`, from: `2026-11-0${d}`, to: `2026-11-0${d}` })) }],
  layout: { meta: { height: 200, label: "每日上报", choose: "days" }, xaxis: { range: [0, 1] } },
});

let went;
beforeEach(() => {
  document.body.innerHTML = '<div class="an-graph" tabindex="0"></div>';
  window.dash_clientside.set = [];
  const at = document.querySelector(".an-graph");
  at.id = ID;
  at.getClientRects = () => [{ top: 0, bottom: 200 }];
  document.documentElement.style.setProperty("--watch", "#F0A93B");
  document.documentElement.style.setProperty("--act", "#E5484D");
  went = [];
  gridwall.analyst = { go: (href) => went.push(href), withWords: (words) => JSON.stringify(words), exportAs: () => {} };
  window.Plotly = { Fx: { hover: (_, points) => went.push(points[0].pointNumber), unhover: () => {} } };
  charts.begin({ template: { layout: { font: { color: "--watch" } } }, config: { locale: "zh-CN" }, image: "图片", keys: "方向键" });
});

const drawn = () => window.dash_clientside.set.at(-1)[1].children.props;
const key = (name, more = {}) => document.querySelector(".an-graph")
  .dispatchEvent(new window.KeyboardEvent("keydown", { key: name, bubbles: true, cancelable: true, ...more }));

/** As Plotly leaves the place once it has drawn. */
function standing() {
  const at = document.querySelector(".an-graph");
  at.innerHTML = '<div class="js-plotly-plot"><svg class="main-svg"></svg></div>';
  Object.assign(at.querySelector(".js-plotly-plot"), { _fullLayout: {}, once: () => {}, on: () => {} });
}

test("a figure is drawn once, in the theme's colours; what it holds as words is not taken for a colour", async () => {
  charts.put("trend", figure());
  await settle();
  assert.equal(window.dash_clientside.set.length, 1);
  const { data, layout } = drawn().figure;
  assert.deepEqual(data[0].marker.color, ["#F0A93B", "rgba(229,72,77,0.22)", "#123456"]);
  assert.deepEqual(data[0].text, ["--watch"]);
  assert.equal(layout.template.layout.font.color, "#F0A93B");
  charts.put("trend", figure());
  await settle();
  assert.equal(window.dash_clientside.set.length, 1, "the same figure");
  assert.equal(document.querySelector(".an-graph").getAttribute("aria-label"), "每日上报 · 方向键");
});

test("a new figure in a chart that stands is drawn by Plotly at once, without the page's components", async () => {
  charts.put("trend", figure());
  await settle();
  standing();
  const plot = document.querySelector(".js-plotly-plot"), gone = [], given = [];
  plot.removeAllListeners = (name) => gone.push(name);
  window.Plotly.react = async (at, data, layout, config) => { given.push({ at, data, layout, config }); };
  charts.put("trend", figure(7));
  await charts.settled();
  await settle();
  assert.equal(window.dash_clientside.set.length, 1, "the first alone");
  assert.equal(given.length, 1);
  assert.equal(given[0].at, plot);
  assert.deepEqual(given[0].data[0].y, [1, 2, 7]);
  assert.equal(given[0].layout.autosize, true);
  assert.equal(given[0].config, undefined, "that of the chart stays");
  assert.deepEqual(gone, ["plotly_relayout"], "it would put back the first figure after a zoom");
});

test("a chart that dcc.Graph is still drawing gets its new figure through it", async () => {
  charts.put("trend", figure());
  await settle();
  standing();
  const plot = document.querySelector(".js-plotly-plot");
  plot.classList.add("dash-graph--pending");
  let tell;
  plot.once = (name, done) => { assert.equal(name, "plotly_react"); tell = done; };
  charts.put("trend", figure(7));
  await settle();
  const [id, { figure: drawnNow }] = window.dash_clientside.set.at(-1);
  assert.deepEqual(id, { panel: "trend", type: "an-chart" });
  assert.deepEqual(drawnNow.data[0].y, [1, 2, 7]);
  tell();
  await charts.settled();
});

test("a chart that nobody sees waits; one that is none is taken away", async () => {
  document.querySelector(".an-graph").getClientRects = () => [{ top: 9000, bottom: 9200 }];
  charts.put("trend", figure());
  await settle();
  assert.equal(window.dash_clientside.set.length, 0);
  assert.equal(charts.has("trend"), true);
  charts.put("trend", null);
  assert.equal(charts.has("trend"), false);
  assert.equal(document.querySelector(".an-graph").hidden, true);
  await charts.settled();
});

test("by key one mark after the other is said; with Shift several are held, Enter chooses them", async () => {
  charts.put("trend", figure());
  await settle();
  standing();
  key("ArrowRight");
  assert.equal(document.querySelector(".an-told").textContent, "11 月 1 日 1 件");
  key("ArrowRight", { shiftKey: true });
  assert.equal(document.querySelector(".an-told").textContent, "11 月 1 日 1 件 – 11 月 2 日 2 件");
  key("Enter");
  assert.deepEqual(went, [0, 1, '{"from":"2026-11-01","to":"2026-11-02","win":""}']);
  key("End");
  key("Enter");
  assert.equal(went.at(-1), '{"from":"2026-11-03","to":"2026-11-03","win":""}');
  key("Escape");
  assert.equal(document.querySelector(".an-told").textContent, "");
});

test("days over which a box is drawn become the filter; a half day of it is enough", async () => {
  charts.put("trend", figure());
  await settle();
  standing();
  const points = figure().data[0].customdata.map((customdata) => ({ customdata }));
  window.dash_clientside.callback_context = {
    triggered: [{ prop_id: '{"panel":"trend","type":"an-chart"}.selectedData', value: { points, range: { x: ["2026-11-01 20:00", "2026-11-02 06:00"] } } }],
  };
  chosen();
  assert.deepEqual(went, ['{"from":"2026-11-01","to":"2026-11-02","win":""}']);
});
