import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { open, pass, serve, settle, standStill, steady } from "../page.js";

const NOW = Date.UTC(2026, 10, 23, 2, 42, 7); // 10:42:07 in Shanghai
const MIN = 60_000, H = 60 * MIN;
const ROWS = `<div class="k-row" data-row="17"><b data-due-ms="${NOW + 90 * MIN}"></b><i class="k-word"></i><button class="k-note">x</button></div>
<div class="k-row" data-row="18"><b data-due-ms="${NOW + 1000}"></b><i class="k-word"></i></div>
<b id="seen" data-seen-ms="${NOW - 3 * H - 7 * MIN}"></b><b id="until" data-until-ms="${NOW + 5 * MIN}"></b><b data-wait-ms="12000"></b>`;

const window = open("/kiosk?lang=zh", `<main id="kiosk" data-lang="zh" data-zone="Asia/Shanghai" data-idle="即将返回">
<b id="k-clock"></b><b id="k-age"></b><b id="k-lost"></b><b id="k-shift-name"></b><b id="k-shift-span"></b><a id="k-lang"></a>
<button id="k-refresh"></button><button id="k-large"></button><button id="k-contrast"></button>
<button id="pick" data-pick="stage" data-code="handle"></button><button id="leads" data-pick="dept" data-code="02" data-goto="today"></button>
<button id="soon" role="tab" data-tab="soon"></button><button id="today" role="tab" data-tab="today"></button>
<button id="side" data-side="place"></button><button id="more" data-more="2"></button><button id="case" data-case="17" data-title="案件 17"></button>
<button id="acknowledge" data-note-kind="stage" data-note-subject="handle" data-note-title="处置"></button><button id="sheet" data-sheet=""></button>
<div id="k-list"></div><div class="k-strip"></div><button id="k-idle" hidden></button>
<dialog id="k-note"><b id="k-note-title"></b><b id="k-note-fault"></b><textarea id="k-note-text"></textarea><button id="k-note-send"></button>
<button class="ready" data-note="已电话催办"></button><button class="ready" data-note="已派人"></button></dialog>
<dialog id="k-case"><b id="k-case-title"></b><div id="k-case-body"></div><button id="k-case-note"></button><button id="close" data-close=""></button></dialog>
<dialog id="k-sheet"><pre id="k-sheet-text"></pre><b id="k-sheet-said"></b><button id="k-sheet-copy"></button><button id="k-sheet-save"></button></dialog>
</main>`);
standStill(NOW);
Math.random = () => 0;

const answer = { status: 200, now: NOW, as_of: NOW, checked: NOW, source: null, shift: ["白班", "08:00-20:00"], parts: { list: ROWS }, error_zh: "", error: "" };
let behind = () => [200, {}];
let away = false;
const asked = serve((path, options) => {
  if (away) throw new TypeError("fetch failed");
  return /queue|refresh/.test(path) ? [answer.status, { ...answer, now: NOW + steady.now }] : behind(path, options);
});
const $ = (id) => document.getElementById(id);
const text = (id) => $(id).textContent;
const click = async (id) => { $(id).click(); await settle(); };
const last = () => asked[asked.length - 1];

await import("../../../dashboard/assets/kiosk/kiosk.js");
await import("../../../dashboard/assets/desk/source.js");
await settle();

beforeEach(async () => {
  Object.assign(answer, { status: 200, as_of: NOW + steady.now, checked: NOW + steady.now, source: null });
  away = false;
  await click("k-refresh");
});

test("the desk asks for its queue at once and shows it by the server's clock", async () => {
  assert.equal(asked[0][0], "/desk/kiosk/queue?lang=zh");
  assert.deepEqual([text("k-clock"), text("k-age"), text("k-shift-name"), text("seen"), text("until")], ["10:42:07", "0 秒前", "白班", "3 时 07 分", "5 分"]);
  const [first, second] = document.querySelectorAll(".k-row");
  assert.deepEqual([first.textContent.slice(0, 8), first.className], ["01:30:00", "k-row"]);
  assert.deepEqual([second.textContent.slice(0, 8), second.className], ["00:00:01", "k-row near"]);
  assert.equal(document.documentElement.dataset.up, "");
});

test("a row that passes its limit says so at once, without a new answer", async () => {
  const before = asked.length;
  await pass(2000);
  const row = document.querySelectorAll(".k-row")[1];
  assert.deepEqual([row.querySelector("b").textContent, row.querySelector(".k-word").textContent], ["1 秒", "超期"]);
  assert.ok(row.classList.contains("over") && !row.classList.contains("near"));
  assert.equal(asked.length, before);
});

test("it asks again after 15 s, and by itself keeps no session from ending idle", async () => {
  const before = asked.length;
  for (let i = 0; i < 30; i += 1) await pass(500);
  const queue = asked.slice(before).filter(([path]) => path.includes("queue"));
  assert.equal(queue.length, 1);
  assert.equal(queue[0][1].headers["X-Gridwall-Quiet"], "1");
});

test("a refresh by hand cools down", async () => {
  assert.equal(last()[1].method, "POST");
  assert.equal(document.querySelector("[data-wait-ms]").textContent, "冷却 12 秒");
  assert.ok($("k-refresh").classList.contains("cooling"));
  await pass(11_500);
  await pass(500);
  assert.equal(document.querySelector("[data-wait-ms]").textContent, "可刷新");
});

test("picks live in the address: the same touch again takes one back, another one may lead to a tab", async () => {
  await click("pick");
  assert.equal(window.location.search, "?lang=zh&stage=handle");
  assert.equal(last()[0], "/desk/kiosk/queue?lang=zh&stage=handle");
  assert.equal($("k-lang").getAttribute("href"), "/kiosk?lang=en&stage=handle");
  await click("pick");
  assert.equal(window.location.search, "?lang=zh");
  await click("leads");
  assert.equal(window.location.search, "?lang=zh&dept=02&tab=today");
  await click("soon");
  await click("side");
  await click("more");
  assert.equal(window.location.search, "?lang=zh&dept=02&side=place&more=2");
});

test("nobody touches it: the desk says so for 10 s, and goes home after 90", async () => {
  await click("pick");
  document.dispatchEvent(new window.Event("pointerdown"));
  await pass(79_500);
  assert.equal($("k-idle").hidden, true);
  await pass(1000);
  assert.deepEqual([$("k-idle").hidden, text("k-idle")], [false, "即将返回（10 秒）"]);
  document.dispatchEvent(new window.Event("pointerdown"));
  assert.equal($("k-idle").hidden, true);
  await pass(80_500);
  await pass(10_000);
  assert.equal(window.location.search, "?lang=zh");
});

test("a server that does not answer is named, with the age of what is shown", async () => {
  away = true;
  await click("pick");
  await pass(70_000);
  assert.match(text("k-lost"), /^服务器无应答，所示为 1 分前的情况/);
  assert.ok($("kiosk").classList.contains("lost"));
  away = false;
  await pass(3500);
  assert.equal(text("k-lost"), "");
  await click("pick");
});

test("a server that answers why it has nothing is not said to be silent", async () => {
  Object.assign(answer, { status: 503, error_zh: "审计暂不能写入", error: "the audit cannot be written" });
  await click("pick");
  await pass(1000);
  assert.match(text("k-lost"), /^审计暂不能写入，所示为 1 秒前的数/);
  Object.assign(answer, { status: 200, error_zh: "", error: "" });
  await pass(3500);
  assert.equal(text("k-lost"), "");
});

test("a source with a fault is named with the age of the numbers, also between two answers", async () => {
  Object.assign(answer, { source: { told: { zh: "数据源拒绝连接", en: "the source refuses" } }, checked: NOW + steady.now - 5 * MIN });
  await click("k-refresh");
  assert.equal(text("k-lost"), "数据源拒绝连接，所示为 5 分前的数；恢复后自动续上");
});

test("an address that names nothing, and a right that is missing, are said in the server's words", async () => {
  Object.assign(answer, { status: 400, error_zh: "没有环节 x", error: "no stage x" });
  await click("k-refresh");
  assert.equal(text("k-lost"), "没有环节 x");
  Object.assign(answer, { status: 403, error_zh: "无权", error: "no right" });
  await click("k-refresh");
  assert.equal(text("k-lost"), "无权");
});

test("a closed log is told where it stands", async () => {
  Object.assign(answer, { as_of: NOW - 48 * H, checked: NOW + steady.now });
  await click("k-refresh");
  assert.equal(text("k-age"), "截至 2026-11-21 10:42");
});

test("an acknowledgement is sent with its note, and the dialog closes", async () => {
  behind = () => [200, {}];
  await click("acknowledge");
  assert.equal(text("k-note-title"), "确认知悉：处置");
  for (const ready of document.querySelectorAll(".ready")) ready.click();
  document.querySelector(".ready").click();
  assert.equal($("k-note-text").value, "已电话催办；已派人", "each once");
  const before = asked.length;
  await click("k-note-send");
  const [path, options] = asked[before];
  assert.equal(path, "/desk/kiosk/acknowledge");
  assert.deepEqual(JSON.parse(options.body), { kind: "stage", subject: "handle", note: "已电话催办；已派人", lang: "zh" });
  assert.equal($("k-note").open, false);
});

test("an acknowledgement that is refused says why and stays", async () => {
  behind = () => [409, { error: "taken", error_zh: "已有人知悉" }];
  await click("acknowledge");
  await click("k-note-send");
  assert.deepEqual([text("k-note-fault"), $("k-note").open, $("k-note-send").disabled], ["已有人知悉", true, false]);
  behind = () => { throw new TypeError("away"); };
  await click("k-note-send");
  assert.match(text("k-note-fault"), /^服务器无应答，所示为 0 秒前/);
  $("k-note").close();
});

test("a case opens with its timeline, and can be acknowledged where its row can", async () => {
  behind = (path) => [200, { html: `<p>${path}</p>` }];
  await click("case");
  assert.equal($("k-case-body").textContent, "/desk/case?id=17&lang=zh");
  assert.equal($("k-case-note").hidden, false);
  await click("k-case-note");
  assert.equal(text("k-note-title"), "确认知悉：案件 17");
  $("k-note").close();
  await click("close");
  assert.equal($("k-case").open, false);
  behind = () => [500, {}];
  await click("case");
  assert.equal(text("k-case-body"), "时间线暂不可用");
  $("k-case").close();
});

test("the handover sheet comes as text, is copied, or says that it was not", async () => {
  behind = () => [200, { text: "交接单", name: "handover.txt" }];
  await click("sheet");
  assert.equal(text("k-sheet-text"), "交接单");
  Object.defineProperty(globalThis, "navigator", { configurable: true, value: { clipboard: { writeText: async (words) => { window.copied = words; } } } });
  await click("k-sheet-copy");
  assert.deepEqual([window.copied, text("k-sheet-said")], ["交接单", "已复制"]);
  navigator.clipboard.writeText = async () => { throw new Error("plain http"); };
  document.execCommand = () => false;
  window.getSelection = () => ({ removeAllRanges: () => {}, addRange: () => {} });
  await click("k-sheet-copy");
  assert.equal(text("k-sheet-said"), "未能复制，请长按选取");
  behind = () => [403, { error: "no", error_zh: "无权交接" }];
  await click("sheet");
  assert.equal(text("k-sheet-text"), "无权交接");
  $("k-sheet").close();
});

test("larger and sharper are remembered by this kiosk", async () => {
  await click("k-large");
  await click("k-contrast");
  assert.deepEqual([$("kiosk").classList.contains("large"), $("k-large").getAttribute("aria-pressed")], [true, "true"]);
  assert.equal(localStorage.getItem("gridwall-kiosk-contrast"), "1");
  await click("k-large");
  assert.equal(localStorage.getItem("gridwall-kiosk-large"), "0");
});

test("the arrow keys go from tab to tab, round and round", () => {
  const key = (name) => $("today").dispatchEvent(new window.KeyboardEvent("keydown", { key: name, bubbles: true }));
  $("today").focus();
  key("ArrowRight");
  assert.equal(document.activeElement.id, "soon");
});
