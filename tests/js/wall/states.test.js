import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { open } from "../page.js";

open("/wall");
const { held } = await import("../../../dashboard/assets/wall/held.js");
const states = await import("../../../dashboard/assets/wall/states.js");

const NOW = Date.UTC(2026, 10, 23, 2, 42, 7); // 10:42:07 in Shanghai
const STEADY = 100_000;
const FRESH = structuredClone(held);
const page = { page: "overview", scope: "", parent: "", lang: "zh", title: "", build: "b", timezone: "Asia/Shanghai", panels: ["heat"], every: { heat: 5000 } };
const english = { ...page, lang: "en" };

beforeEach(() => {
  Object.assign(held, structuredClone(FRESH), {
    page, id: "S-1", asOf: NOW, checked: NOW, lastPulse: STEADY, source: { ok: true, fault: "" }, panels: { heat: { state: "live", note: "" } },
  });
});

/** [state, what is wrong with the panel alone] so long after the source was last read. */
function after(ms, of = page) {
  const state = states.stateOf(held, "heat", NOW + ms, STEADY);
  return [state, states.wrongOf(held, of, "heat", state)];
}

test("a panel is live for one interval, late for another, then stale: a pulse may be 1.5 s late", () => {
  for (const [ms, state] of [[0, "live"], [6500, "live"], [6501, "late"], [11_500, "late"], [11_501, "stale"], [86_400_000, "stale"]]) {
    assert.equal(after(ms)[0], state, `${ms} ms`);
  }
});

test("by the panel's own interval; five seconds where it has none", () => {
  held.page = { ...page, every: { heat: 60_000 } };
  assert.equal(after(61_500)[0], "live");
  assert.equal(after(61_501)[0], "late");
  held.page = { ...page, every: {} };
  assert.equal(after(6501)[0], "late");
});

/** [what the top bar says, what stands in the headline's place] so long after the source was last read. */
function said(ms, of = page) {
  const state = states.stateOf(held, "heat", NOW + ms, STEADY);
  return [states.troubleOf(held, of, NOW + ms, STEADY), states.stoppedOf(held, of, state)];
}

test("a screen that no newer numbers reach says so once above, and in the headline's place when it stopped", () => {
  assert.deepEqual(said(10_000), ["", ""], "one reading missed: the panels' own times turn amber");
  assert.deepEqual(said(60_000), ["迟到 60 秒，正在重读", "停在 10:42:07，勿据此调度"]);
  assert.deepEqual(said(60_000, english), ["late by 60 s; reading again", "Stopped at 10:42:07; do not act on it"]);
  assert.equal(states.kindOf(held, NOW + 60_000, STEADY), "fault");
  assert.deepEqual(after(60_000), ["stale", ""], "no panel repeats it");
});

test("a server that is away looks like a source that is: old numbers are old numbers", () => {
  const source = { ok: false, fault: "refused", said: { zh: "数据源拒绝连接", en: "the source refuses" }, retries: 2, retry_at: NOW + 9000 };
  held.source = source;
  assert.deepEqual(after(60_000), ["stale", ""]);
  assert.deepEqual(said(60_000), ["数据源拒绝连接，第 2 次重试在 10:42:16", "停在 10:42:07，勿据此调度"]);
  assert.equal(after(3000)[0], "live", "what is on the screen is still true");
  Object.assign(held, { source: { ok: true, fault: "" }, down: 3, lastPulse: STEADY - 60_000 });
  assert.deepEqual(after(60_000), ["stale", ""]);
  assert.deepEqual(said(60_000), ["服务器无应答，正在重连", "停在 10:42:07，勿据此调度"]);
});

test("a note about what a panel shows stays in every state", () => {
  held.panels.heat.note = "示例";
  assert.deepEqual([0, 10_000, 60_000].map((ms) => [after(ms)[0], states.noteOf(held, page, "heat")]),
    [["live", "示例"], ["late", "示例"], ["stale", "示例"]]);
  assert.equal(states.noteOf(held, page, "unknown"), "");
});

test("a panel that is faulty by itself says its own words, whatever else is wrong", () => {
  held.panels.heat = { state: "faulty", note: "此面板绘制出错：x" };
  held.source = { ok: false, fault: "refused" };
  assert.deepEqual(after(0), ["faulty", "此面板绘制出错：x"]);
});

test("a panel without numbers loads, while the source is read or fine; else it is faulty", () => {
  delete held.panels.heat;
  assert.deepEqual(after(0), ["loading", ""]);
  held.source = { ok: false, fault: "", loading: ["event", 1, 4] };
  assert.deepEqual(after(0), ["loading", ""]);
  held.source = { ok: false, fault: "locked", retries: 1, retry_at: NOW };
  assert.deepEqual(after(0), ["faulty", ""]);
  assert.deepEqual(said(0), ["locked，第 1 次重试在 10:42:07", ""]);
});

test("an empty panel says that it was looked at: its own words, else that 0 is real", () => {
  held.panels.heat = { state: "empty", note: "" };
  assert.deepEqual([after(0), states.noteOf(held, page, "heat")], [["empty", ""], "0 件，10:42:07 已核"]);
  held.panels.heat.note = "本月无";
  assert.deepEqual([after(0), states.noteOf(held, page, "heat")], [["empty", ""], "本月无"]);
});

test("a drawing that does not stand is loading for six seconds, then a fault of its own", () => {
  held.panels.heat = { state: "live", note: "n", map: {} };
  held.undrawn = { heat: STEADY - 5999 };
  assert.deepEqual(after(0), ["loading", ""]);
  held.undrawn = { heat: STEADY - 6000 };
  assert.deepEqual(after(0), ["faulty", "地图尚未画出，将自动重新载入"]);
  held.panels.heat = { state: "live", note: "n", chart: {} };
  assert.deepEqual(after(0, english), ["faulty", "the chart is not drawn yet; loading again by itself"]);
});

test("a server is unheard when it is silent for six seconds, or longer where its tick is", () => {
  const at = (ms) => states.unheard(held, STEADY + ms);
  assert.deepEqual([at(6000), at(6001)], [false, true]);
  held.tick = 4000;
  assert.deepEqual([at(14_000), at(14_001)], [false, true]);
});

test("a stream that broke is told sooner, and an answer that does not come although pulses do", () => {
  held.down = 1;
  assert.deepEqual([states.unheard(held, STEADY + 2500), states.unheard(held, STEADY + 2501)], [false, true]);
  held.down = 0;
  held.asked = STEADY - 6001;
  assert.equal(states.unheard(held, STEADY), true);
});

test("before the first word nothing is unheard", () => {
  held.lastPulse = 0;
  assert.equal(states.unheard(held, STEADY * 9), false);
});

const trouble = (of = page) => states.troubleOf(held, of, NOW, STEADY);

test("the top bar says nothing where nothing is wrong", () => {
  assert.equal(trouble(), "");
  assert.equal(states.kindOf(held, NOW, STEADY), "rows");
});

test("what the top bar says, the weightiest first", () => {
  const said = (word) => ({ zh: `${word}中`, en: word });
  held.source = { ok: true, fault: "", faulty_rows: 1234, ahead: 2, stepped: said("step"), stepped_at: NOW - 60_001 };
  assert.equal(trouble(), "源数据有误而搁置 1,234 行 · 未来时间 2 件");
  assert.equal(trouble(english), "1,234 faulty rows set aside · 2 yet to come");
  held.source.faulty_rows = 1;
  assert.equal(trouble(english), "1 faulty row set aside · 2 yet to come");
  held.source.stepped_at = NOW - 59_999;
  assert.equal(trouble(english), "step");
  held.source.rejected = said("rejected");
  assert.equal(trouble(), "rejected中");
  assert.equal(states.kindOf(held, NOW, STEADY), "rejected");
  held.source.waiting = said("waits");
  assert.equal(trouble(english), "waits");
  Object.assign(held.source, { ok: false, fault: "locked", retries: 1, retry_at: NOW });
  assert.equal(trouble(english), "locked; try 1 at 10:42:07");
  held.source.fault = "";
  held.source.loading = ["event", 1, 3];
  assert.equal(trouble(), "正在读取事件 33%；waits中");
  held.lastPulse = STEADY - 7000;
  assert.equal(trouble(), "服务器无应答，正在重连");
  held.denied = true;
  assert.equal(trouble(english), "this screen's key is not valid any more");
  held.refused = "地址有误";
  assert.equal(trouble(), "地址有误");
  assert.equal(states.kindOf(held, NOW, STEADY), "fault");
});

test("rejected rows are no worry unless more come, and then for an hour", async () => {
  const { note } = await import("../../../dashboard/assets/wall/held.js");
  const kinds = [];
  note(NOW, { ok: true, fault: "" });      // a page that has heard nothing of its source yet
  for (const [rows, minutes] of [[210, 0], [210, 1], [211, 2], [211, 61], [211, 62], [0, 63]]) {
    note(NOW + minutes * 60_000, { ok: true, fault: "", faulty_rows: rows });
    held.checked = NOW + minutes * 60_000;
    kinds.push(states.kindOf(held, NOW + minutes * 60_000, performance.now()));
  }
  assert.deepEqual(kinds, ["rows", "rows", "grown", "grown", "rows", "rows"]);
});

test("figures that are old for no other reason are said to be old, once, above", () => {
  assert.equal(states.troubleOf(held, page, NOW + 11_500, STEADY), "");
  assert.equal(states.troubleOf(held, page, NOW + 11_501, STEADY), "迟到 12 秒，正在重读");
  held.id = ""; // nothing is shown yet
  assert.equal(states.troubleOf(held, page, NOW + 11_501, STEADY), "");
});

test("long work says what is done and how far it is; a step without a name of ours by its own", () => {
  assert.equal(states.progress(["derive", 1, 8], "zh"), "正在推算事实 12%");
  assert.equal(states.progress(["start", 0, 0], "en"), "starting");
  assert.equal(states.progress(["quux", 1, 2], "zh"), "quux 50%");
});

test("a load that is going on is no fault, unless the source hangs in it", () => {
  held.source = { ok: false, fault: "", loading: ["read", 0, 0] };
  assert.equal(states.kindOf(held, NOW, STEADY), "loading");
  held.source.fault = "damaged";
  held.source.said = { zh: "库已损坏", en: "damaged" };
  assert.equal(states.kindOf(held, NOW, STEADY), "loading");
  assert.equal(trouble(), "库已损坏 · 正在读取源库");
  held.source.fault = "refused";
  assert.equal(states.kindOf(held, NOW, STEADY), "fault");
});

test("only an empty wall waits: one that shows numbers says that they are old", () => {
  held.source = { ok: false, fault: "refused" };
  assert.equal(states.waits(held), false);
  held.id = "";
  assert.equal(states.waits(held), true);
  held.source.loading = ["read", 0, 0];
  assert.equal(states.waits(held), false);
});
