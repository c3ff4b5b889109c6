import assert from "node:assert/strict";
import { test } from "node:test";

import { open, pass, serve, settle, standStill } from "../page.js";

const window = open("/accounts?lang=zh", `<div class="desk desk-bar" lang="zh-CN"><p id="desk-says" tabindex="-1"></p>
<div id="desk-place" data-desk-load="/desk/accounts"></div><a id="ask" data-ask href="/desk/ask"></a>
<form id="form" data-post="/desk/accounts/add"><input name="name" value="li"><button type="submit"></button></form></div>`);
standStill(Date.UTC(2026, 10, 23));
Math.random = () => 0;
let answers = () => [503, { error: "starting", error_zh: "正在启动" }];
const asked = serve((path, options) => answers(path, options));
const $ = (id) => document.getElementById(id);
await import("../../../dashboard/assets/desk/forms.js");
await settle();

test("what stands on the page is fetched, and asked for again while the server cannot give it", async () => {
  assert.deepEqual([asked[0][0], $("desk-says").textContent, $("desk-says").getAttribute("role")], ["/desk/accounts?lang=zh", "正在启动", "alert"]);
  assert.equal(document.documentElement.dataset.up, "", "it says so itself");
  answers = () => { throw new TypeError("fetch failed"); };
  await pass(4000);
  assert.equal($("desk-says").textContent, "服务器无应答，稍后自动重试");
  answers = () => [200, { html: "<table></table>" }];
  await pass(4000);
  assert.deepEqual([$("desk-says").textContent, $("desk-place").innerHTML], ["", "<table></table>"]);
});

test("a form is sent as JSON, and what was done is said above what stands there now", async () => {
  answers = () => [200, { html: '<p class="desk-said"><b>ok</b>已添加 li</p><table></table>' }];
  $("form").dispatchEvent(new window.Event("submit", { bubbles: true, cancelable: true }));
  await settle();
  const [path, options] = asked.pop();
  assert.deepEqual([path, options.method, JSON.parse(options.body)], ["/desk/accounts/add", "POST", { name: "li" }]);
  assert.deepEqual([$("desk-says").textContent, $("desk-place").innerHTML], ["已添加 li", "<table></table>"]);
});

test("a form that is refused says why, and can be sent again", async () => {
  answers = () => [409, { error: "taken", error_zh: "已有此账号" }];
  $("form").dispatchEvent(new window.Event("submit", { bubbles: true, cancelable: true }));
  await settle();
  assert.deepEqual([$("desk-says").textContent, $("form").querySelector("button").disabled], ["已有此账号", false]);
});

test("a question behind a link is answered in words", async () => {
  answers = () => [200, { said: "fine", said_zh: "正常" }];
  $("ask").click();
  await settle();
  assert.equal($("desk-says").textContent, "正常");
  answers = () => [500, {}];
  $("ask").click();
  await settle();
  assert.ok($("desk-says").classList.contains("wrong"));
});

test("a session that has ended leads to the login", async () => {
  answers = () => [401, {}];
  await pass(60_000);
  assert.deepEqual([asked.pop()[0], window.location.href.includes("/login?next=%2Faccounts%3Flang%3Dzh")], ["/session", true]);
});
