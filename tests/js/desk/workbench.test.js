import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { open, pass, serve, settle, standStill } from "../page.js";

const part = (type, panel, tag = "div") => `<${tag} id='${JSON.stringify({ panel, type })}'></${tag}>`;
const panel = (id) => `<section class="an-panel" id="an-p-${id}">${part("an-note", id)}${part("an-body", id)}${part("an-table", id)}
<button data-table="${id}" aria-pressed="false"></button>
<details class="an-export"><summary>x</summary><button data-format="csv" data-panel="${id}"></button></details></section>`;
const window = open("/analyst", `<div class="analyst" lang="zh"><b class="desk-title">曲阜</b><p id="an-says"></p><p id="an-source"></p>
<form id="an-filters"><label><select name="win"><option value="7d">7</option><option value="30d">30</option><option value="days">days</option></select></label>
<label><select name="area"><option value="">all</option><option value="02">b</option></select></label><span data-date="from"></span><span data-date="to"></span>
<label><input name="stage"></label></form>
<a class="an-tab" data-tab="overview"></a><a class="an-tab" data-tab="queues"></a><a id="up-link" href="/analyst?area=02"></a><a id="an-link"></a><span class="an-find-input" data-says="案件号"></span>
<div id="an-crumbs"></div><div id="an-chips"></div><div id="an-summary"></div><div id="an-foot"></div><div id="an-definitions"></div>
<b id="mark" data-go="/analyst?stage=handle"></b><a id="an-up" href="/analyst"></a>
<div id="an-grid">${panel("trend")}${panel("ranking")}<section class="an-panel" id="an-p-cases"></section></div>
<dialog id="an-case"><b id="an-case-title"></b><div id="an-case-body"></div><button id="an-case-close"></button></dialog></div>`);
for (const label of document.querySelectorAll("[data-date]")) label.outerHTML = `<label>${label.outerHTML}</label>`;
standStill(Date.UTC(2026, 10, 23));
Math.random = () => 0;

const FOUND = {
  behind: "", crumbs: "<i>曲阜</i>", chips: "", summary: "12 件", foot: "脚注", definitions: "", area: { code: "", name: "" }, within: "", snapshot: "S-1",
  panels: { trend: { note: "n", svg: "<svg></svg>" }, ranking: { note: "", svg: "<svg></svg>", table: "<table></table>" } },
};
let answers = () => [200, FOUND];
const asked = serve((path, options) => answers(path, options));
const $ = (id) => document.getElementById(id);
const query = () => new URL(asked.filter(([path]) => path.startsWith("/desk/analyst?")).pop()[0], "http://x").searchParams;
const change = async (name, value) => {
  const field = $("an-filters").elements.namedItem(name);
  field.value = value;
  field.dispatchEvent(new window.Event("change", { bubbles: true }));
  await settle();
};

await import("../../../dashboard/assets/desk/workbench.js");
const { named } = await import("../../../dashboard/assets/desk/export.js");
const { analyst } = window.dash_clientside;
const start = { lang: "zh", tabs: { overview: ["trend"], queues: ["ranking", "trend"] }, cases: true };
analyst.open(start);
await settle();

beforeEach(async () => {
  answers = () => [200, FOUND];
  window.history.replaceState({}, "", "/analyst");
  asked.length = 0;
  window.dispatchEvent(new window.PopStateEvent("popstate"));
  await settle();
  await pass(50);
});

test("an opened page asks for what its address says and shows the answer", async () => {
  assert.equal(analyst.open(null), window.dash_clientside.no_update);
  assert.deepEqual([query().get("tab"), query().get("lang")], ["overview", "zh"]);
  assert.equal(document.title, "研判台 · 曲阜");
  assert.equal($("an-crumbs").innerHTML, "<i>曲阜</i>");
  assert.equal($(JSON.stringify({ panel: "trend", type: "an-body" })).innerHTML, "<svg></svg>");
  assert.equal($(JSON.stringify({ panel: "ranking", type: "an-table" })).innerHTML, "<table></table>");
  assert.equal($("an-grid").getAttribute("aria-busy"), "false");
  assert.equal(document.documentElement.dataset.up, "");
  assert.equal(document.querySelectorAll("input[type=date]").length, 2);
});

test("a tab shows its panels in its order, and the list of cases only where it belongs", async () => {
  document.querySelector(".an-tab[data-tab=queues]").click();
  await settle();
  assert.equal(window.location.search, "?tab=queues");
  assert.ok($("an-p-ranking").compareDocumentPosition($("an-p-trend")) & Node.DOCUMENT_POSITION_FOLLOWING);
  assert.equal($("an-p-cases").hidden, true);
  assert.equal(document.querySelector("[aria-current=page]").dataset.tab, "queues");
  document.querySelector(".an-tab[data-tab=overview]").click();
  await settle();
  assert.deepEqual([$("an-p-ranking").hidden, $("an-p-cases").hidden], [true, false]);
});

test("filters follow the address and lead to another", async () => {
  await change("win", "7d");
  assert.equal(window.location.search, "?win=7d");
  assert.ok($("an-filters").elements.namedItem("win").closest("label").classList.contains("set"));
  await change("win", "30d");
  assert.equal(window.location.search, "");
  await change("stage", "handle");
  assert.equal(query().get("stage"), "handle");
  await change("win", "days");
  assert.ok($("an-filters").classList.contains("days"));
  await change("from", "2026-11-03");
  assert.equal(window.location.search, "?stage=handle&from=2026-11-03&to=2026-11-03");
  await change("to", "2026-11-01");
  assert.equal(query().get("to"), "2026-11-03", "an end before the beginning is the beginning");
});

test("an area that the list does not name keeps its name in it", async () => {
  answers = () => [200, { ...FOUND, area: { code: "0203", name: "防山村" }, within: "" }];
  await change("area", "02");
  const field = $("an-filters").elements.namedItem("area");
  assert.deepEqual([field.value, [...field.options].find((o) => o.value === "0203").text], ["0203", "防山村"]);
});

test("marks, crumbs and Escape are ways as well", async () => {
  $("mark").click();
  await settle();
  assert.equal(window.location.search, "?stage=handle");
  document.dispatchEvent(new window.KeyboardEvent("keydown", { key: "Escape", bubbles: true }));
  await settle();
  assert.equal(window.location.search, "");
  $("up-link").click();
  await settle();
  assert.equal(window.location.search, "?area=02");
});

test("a server that fails is named and asked again; a fault of the address only named", async () => {
  answers = () => [503, { error: "starting", error_zh: "正在启动" }];
  await change("stage", "x");
  assert.deepEqual([$("an-says").textContent, $("an-says").dataset.kind, $("an-grid").classList.contains("old")], ["正在启动", "fault", true]);
  const before = asked.length;
  await pass(4000);
  assert.ok(asked.length > before);
  answers = () => [400, { error: "no stage", error_zh: "没有此环节" }];
  await change("stage", "y");
  const after = asked.length;
  await pass(6000);
  assert.deepEqual([$("an-says").textContent, asked.length], ["没有此环节", after]);
  answers = () => { throw new TypeError("fetch failed"); };
  await change("stage", "z");
  assert.equal($("an-says").textContent, "服务器没有回应，稍后自动重试");
  answers = () => [200, FOUND];
  await pass(4000);
  assert.deepEqual([$("an-says").textContent, $("an-grid").classList.contains("old")], ["", false]);
});

test("numbers that are not of now are shown with the words above them", async () => {
  answers = () => [200, { ...FOUND, behind: "所示为昨日" }];
  await change("stage", "b");
  assert.deepEqual([$("an-says").textContent, $("an-says").dataset.kind], ["所示为昨日", "fault"]);
});

test("a panel as a table asks for its rows", async () => {
  const button = document.querySelector("[data-table=ranking]");
  button.click();
  await settle();
  assert.deepEqual([query().get("tables"), button.getAttribute("aria-pressed")], ["ranking", "true"]);
  assert.equal($(JSON.stringify({ panel: "ranking", type: "an-body" })).hidden, true);
  button.click();
  assert.equal(button.getAttribute("aria-pressed"), "false");
});

test("the list follows the filters, not the tab", async () => {
  window.dash_clientside.set.length = 0;
  const grid = { purged: 0, purgeInfiniteCache: () => { grid.purged += 1; }, getDisplayedRowCount: () => 3, ensureIndexVisible: () => {} };
  window.dash_ag_grid = { getApi: () => grid };
  await change("stage", "c");
  await pass(50);
  document.querySelector(".an-tab[data-tab=queues]").click();
  await settle();
  await pass(50);
  assert.deepEqual(window.dash_clientside.set.filter(([id]) => id === "an-words").map(([, props]) => props.data), ["stage=c"]);
  assert.equal(grid.purged, 1);
});

test("a case opens with its timeline, or with why it does not", async () => {
  answers = (path) => (path.startsWith("/desk/case") ? [200, { title: "案件 17 号", html: "<p>时间线</p>" }] : [200, FOUND]);
  analyst.openCase({ rowId: "17", colId: "case_number", value: "Q-17" });
  assert.equal($("an-case-title").textContent, "案件 Q-17");
  assert.equal($("an-case-body").textContent, "正在读取…");
  await settle();
  assert.deepEqual([$("an-case-title").textContent, $("an-case-body").innerHTML, $("an-case").open], ["案件 17 号", "<p>时间线</p>", true]);
  answers = () => [403, { error: "no", error_zh: "无权" }];
  analyst.openCase({ rowId: "18", colId: "area", value: "x" });
  await settle();
  assert.equal($("an-case-body").textContent, "无权");
  answers = () => { throw new TypeError("away"); };
  analyst.openCase({ rowId: "18", colId: "area", value: "x" });
  await settle();
  assert.equal($("an-case-body").textContent, "服务器没有回应");
  $("an-case-close").click();
  assert.equal($("an-case").open, false);
});

test("a file is saved under the server's name, of the snapshot that is shown", async () => {
  assert.equal(named("attachment; filename*=UTF-8''%E7%8E%AF%E8%8A%82.csv", "x"), "环节.csv");
  assert.equal(named(null, "trend"), "trend");
  const saved = [];
  window.HTMLAnchorElement.prototype.click = function () { saved.push(this.download); };
  answers = () => [200, "a,b", { "content-disposition": "attachment; filename*=UTF-8''trend.csv" }];
  document.querySelector("[data-format=csv][data-panel=trend]").click();
  await settle();
  const words = new URL(asked.pop()[0], "http://x").searchParams;
  assert.deepEqual([words.get("panel"), words.get("format"), words.get("snapshot")], ["trend", "csv", "S-1"]);
  assert.deepEqual([saved, $("an-says").textContent], [["trend.csv"], "已导出 trend.csv"]);
  answers = () => [403, { error: "no", error_zh: "无权导出" }];
  document.querySelector("[data-format=csv][data-panel=trend]").click();
  await settle();
  assert.equal($("an-says").textContent, "无权导出");
  delete window.HTMLAnchorElement.prototype.click;
});

test("the link of the view is copied, or shown where it cannot be", async () => {
  Object.defineProperty(globalThis, "navigator", { configurable: true, value: { clipboard: { writeText: async () => {} } } });
  $("an-link").click();
  await settle();
  assert.equal($("an-says").textContent, "链接已复制");
  navigator.clipboard.writeText = async () => { throw new Error("plain http"); };
  $("an-link").click();
  await settle();
  assert.equal($("an-says").textContent, "http://wall.city.example/analyst");
});

test("a case has an address: opened by it or by its number, named by it while it is open", async () => {
  const cases = () => asked.map(([path]) => path).filter((path) => path.startsWith("/desk/case"));
  answers = (path) => (path.startsWith("/desk/case") ? [200, { title: "案件 Q-17", html: "<p>时间线</p>", number: "Q-17" }] : [200, FOUND]);
  window.history.replaceState({}, "", "/analyst?tab=queues&case=Q-17");
  analyst.open(start);
  await settle();
  assert.deepEqual(cases(), ["/desk/case?number=Q-17&lang=zh"]);
  assert.deepEqual([$("an-case").open, $("an-case-title").textContent], [true, "案件 Q-17"]);
  $("an-case").close();
  $("an-case").dispatchEvent(new window.Event("close"));
  assert.equal(window.location.search, "?tab=queues", "the rest of the address stays");

  const field = document.querySelector(".an-find-input input");
  assert.equal(field.getAttribute("aria-label"), "案件号");
  field.value = "  Q/18 ";
  field.dispatchEvent(new window.KeyboardEvent("keydown", { key: "Enter", bubbles: true }));
  await settle();
  assert.equal(cases().pop(), "/desk/case?number=Q%2F18&lang=zh");
  assert.equal(window.location.search, "?tab=queues&case=Q-17", "as the server spells it");
  $("an-case").close();
  field.value = "  ";
  const before = cases().length;
  field.dispatchEvent(new window.KeyboardEvent("keydown", { key: "Enter", bubbles: true }));
  assert.equal(cases().length, before, "nothing asked, nothing done");
});

test("a tab that does not exist is said, and the overview shown", async () => {
  window.history.replaceState({}, "", "/analyst?tab=overveiw");
  window.dispatchEvent(new window.PopStateEvent("popstate"));
  await settle();
  assert.equal(query().get("tab"), "overview");
  assert.deepEqual([$("an-says").textContent, $("an-says").dataset.kind], ["没有视图“overveiw”，所示为总览", "fault"]);
  window.history.replaceState({}, "", "/analyst?tab=queues");
  window.dispatchEvent(new window.PopStateEvent("popstate"));
  await settle();
  assert.deepEqual([query().get("tab"), $("an-says").textContent], ["queues", ""]);
});

test("panels stand in the page in the order of their tab", async () => {
  const order = () => [...document.querySelectorAll("#an-grid > .an-panel:not([hidden])")].map((e) => e.id);
  for (const [tab, wanted] of [["queues", ["an-p-ranking", "an-p-trend"]], ["", ["an-p-trend", "an-p-cases"]]]) {
    window.history.replaceState({}, "", `/analyst${tab && `?tab=${tab}`}`);
    window.dispatchEvent(new window.PopStateEvent("popstate"));
    await settle();
    assert.deepEqual(order(), wanted);
  }
});
