import assert from "node:assert/strict";
import { before, test } from "node:test";

import { ServerClock, age, ago, clock, countdown, day, isHistory, lateness, span, stamp, weekday } from "../../../dashboard/assets/shared/time.js";
import { open } from "../page.js";

before(() => { open("/wall"); });

const S = 1000, MIN = 60 * S, H = 60 * MIN, D = 24 * H;
const ZONE = "Asia/Shanghai";
const NOON = Date.UTC(2026, 10, 23, 2, 42, 7); // 10:42:07 in Shanghai, a Monday

test("an age is short: its largest unit, with the next one of hours and of few days", () => {
  for (const [ms, zh, en] of [
    [0, "0秒", "0 s"], [59.9 * S, "59秒", "59 s"], [MIN, "1分", "1 min"], [H - 1, "59分", "59 min"], [H, "1时00分", "1 h 00"],
    [3 * H + 7 * MIN, "3时07分", "3 h 07"], [D - 1, "23时59分", "23 h 59"], [D, "1天", "1 d"], [2 * D + 5 * H, "2天5时", "2 d 5 h"],
    [9 * D + 23 * H, "9天23时", "9 d 23 h"], [10 * D + 5 * H, "10天", "10 d"], [400 * D, "400天", "400 d"],
  ]) {
    assert.equal(age(ms, "zh"), zh);
    assert.equal(age(ms, "en"), en);
  }
});

test("what lies ahead of its clock is 0 old, never negative", () => {
  assert.equal(age(-5 * S, "zh"), "0秒");
  assert.equal(span(-5 * S, "en"), "0 s");
});

test("a page whose language is not named speaks Chinese", () => {
  assert.equal(age(5 * S, undefined), "5秒");
});

test("the top bar tells an age in its largest unit", () => {
  for (const [s, zh, en] of [[7, "7 秒前", "7 s ago"], [60, "1 分前", "1 min ago"], [7199, "1 时前", "1 h ago"], [86400 * 3, "3 天前", "3 d ago"]]) {
    assert.equal(ago(s, "zh"), zh);
    assert.equal(ago(s, "en"), en);
  }
});

test("lateness keeps its unit until there are two of the next", () => {
  for (const [s, zh, en] of [[119, "119 秒", "119 s"], [120, "2 分", "2 min"], [7199, "119 分", "119 min"], [7200, "2 时", "2 h"]]) {
    assert.equal(lateness(s, "zh"), zh);
    assert.equal(lateness(s, "en"), en);
  }
});

test("the duty desk counts down to the second, from two days on in days, and tells what is past in words", () => {
  for (const [ms, zh, en] of [
    [0, "00:00:00", "00:00:00"], [999, "00:00:00", "00:00:00"], [H + 2 * MIN + 3 * S, "01:02:03", "01:02:03"],
    [2 * D - S, "47:59:59", "47:59:59"], [2 * D, "2 天", "2 d"], [-1, "0 秒", "0 s"], [-59 * S, "59 秒", "59 s"], [-5 * MIN, "5 分", "5 min"],
    [-(3 * H + 7 * MIN), "3 时 07 分", "3 h 07"], [-4 * D, "4 天", "4 d"],
  ]) {
    assert.equal(countdown(ms, "zh"), zh);
    assert.equal(countdown(ms, "en"), en);
  }
});

test("clocks and days are those of the city's zone, whatever the screen's own", () => {
  assert.equal(clock(NOON, ZONE), "10:42:07");
  assert.equal(clock(0, ZONE), "--:--:--");
  assert.equal(clock(undefined, ZONE), "--:--:--");
  assert.equal(day(Date.UTC(2026, 10, 22, 16, 0), ZONE), "2026-11-23", "midnight in Shanghai");
  assert.equal(weekday(NOON, ZONE, "zh"), "周一");
  assert.equal(weekday(NOON, ZONE, "en"), "Mon");
  assert.equal(stamp(NOON, ZONE), "2026-11-23 10:42");
});

test("a log is closed where it stands more than an hour before it was read", () => {
  assert.equal(isHistory(NOON, NOON + H), false);
  assert.equal(isHistory(NOON, NOON + H + 1), true);
  assert.equal(isHistory(0, NOON), false, "nothing was read yet");
});

/** The server's clock over two clocks that a test sets. */
function clocks() {
  const own = { wall: 1_000_000, steady: 500 };
  const server = new ServerClock(() => own.wall, () => own.steady);
  const pass = (ms) => { own.wall += ms; own.steady += ms; };
  return { own, server, pass };
}

test("until the server has spoken it is our own time", () => {
  const { server } = clocks();
  assert.equal(server.now(1000), 1_000_000);
});

test("the server's clock is carried on by ours, whatever ours says", () => {
  const { server, pass } = clocks();
  server.told(NOON);
  pass(1234);
  assert.equal(server.now(1000), NOON + 1234);
});

test("a wall clock that is set back makes nothing young again", () => {
  const { own, server, pass } = clocks();
  server.told(NOON);
  pass(2000);
  own.wall -= 2 * H;
  assert.equal(server.now(1000), NOON + 2000);
});

test("a wall clock that is set ahead makes nothing old, if the server speaks again soon", () => {
  const { own, server, pass } = clocks();
  server.told(NOON);
  own.wall += H;
  assert.equal(server.now(1000), NOON);
  pass(1000);
  server.told(NOON + 1000);
  assert.equal(server.now(1000), NOON + 1000);
});

test("a computer that slept is as much later as its wall clock says, once the server stays silent", () => {
  const { own, server, pass } = clocks();
  server.told(NOON);
  own.wall += H; // asleep: the steady clock stood
  assert.equal(server.now(1000), NOON);
  pass(2600); // two and a half ticks without a word
  assert.equal(server.now(1000), NOON + H + 2600);
});
