import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { open, serve, settle } from "../page.js";

const window = open("/gridwall/analyst?tab=queues&cat=heating", `<div class="analyst"><p id="an-says"></p>
<details class="an-export an-views"><summary>已存视图</summary><div id="an-views"></div></details></div>`);
document.documentElement.dataset.below = "/gridwall";
const LISTED = `<div><a class="an-view-name" href="#own">供热</a><button data-view-address="/gridwall/analyst?view=0a1b">复制地址</button>
<button data-view-remove="0a1b">删除</button></div><form><input name="name" value=" 供热 "><button type="submit"></button></form>`;
let answers = () => [200, { html: LISTED, id: "0a1b" }];
const asked = serve((path, options) => answers(path, options));
const copied = [];
Object.defineProperty(globalThis, "navigator", { value: { clipboard: { writeText: async (text) => copied.push(text) } }, configurable: true });

const { beginViews, openView } = await import("../../../dashboard/assets/desk/views.js");
const { opened } = await import("../../../dashboard/assets/desk/opened.js");
opened.start = { lang: "zh", tabs: {}, cases: false };
beginViews();
const menu = document.querySelector("details"), place = document.getElementById("an-views"), says = document.getElementById("an-says");
beforeEach(async () => {
  answers = () => [200, { html: LISTED, id: "0a1b" }];
  menu.open = true;
  menu.dispatchEvent(new window.Event("toggle"));
  await settle();
  asked.length = 0;
  says.textContent = "";
});
const sent = () => JSON.parse(asked[0][1].body);

test("the menu is fetched when it is opened, below the path", async () => {
  place.innerHTML = "";
  menu.dispatchEvent(new window.Event("toggle"));
  await settle();
  assert.deepEqual(asked.map(([path]) => path), ["/gridwall/desk/views?lang=zh"]);
  assert.ok(place.querySelector(".an-view-name"));
  menu.open = false;
  menu.dispatchEvent(new window.Event("toggle"));
  assert.equal(asked.length, 1);
});

test("saving sends the name and the words of the address, and says so", async () => {
  place.querySelector("form").dispatchEvent(new window.Event("submit", { bubbles: true, cancelable: true }));
  await settle();
  assert.equal(asked[0][0], "/gridwall/desk/views/save");
  assert.deepEqual(sent(), { name: " 供热 ", view: { tab: "queues", cat: "heating" }, lang: "zh" });
  assert.equal(says.textContent, "已存视图“供热”");
});

test("a refusal is said in the server's words, and no answer too", async () => {
  answers = () => [400, { error: "give it a name", error_zh: "请为视图取名" }];
  place.querySelector("form").dispatchEvent(new window.Event("submit", { bubbles: true, cancelable: true }));
  await settle();
  assert.deepEqual([says.textContent, says.dataset.kind], ["请为视图取名", "fault"]);
  answers = () => { throw new Error("away"); };
  place.querySelector("[data-view-remove]").click();
  await settle();
  assert.equal(says.textContent, "服务器无应答，稍后自动重试");
});

test("a view is removed, its permanent address copied, and its link closes the menu", async () => {
  place.querySelector("[data-view-remove]").click();
  await settle();
  assert.deepEqual([asked[0][0], sent()], ["/gridwall/desk/views/remove", { id: "0a1b", lang: "zh" }]);
  place.querySelector("[data-view-address]").click();
  await settle();
  assert.deepEqual(copied, ["http://wall.city.example/gridwall/analyst?view=0a1b"]);
  assert.equal(says.textContent, "链接已复制");
  navigator.clipboard.writeText = async () => { throw new Error("denied"); };
  place.querySelector("[data-view-address]").click();
  await settle();
  assert.equal(says.textContent, "http://wall.city.example/gridwall/analyst?view=0a1b");
  place.querySelector("a").click();
  assert.equal(menu.open, false);
});

test("a page opened by a view's address becomes that of its filters; one that is gone says so", () => {
  const at = () => window.location.pathname + window.location.search;
  window.history.replaceState({}, "", "/gridwall/analyst?view=0a1b&lang=en");
  opened.start.view = "cat=heating&win=7d";
  assert.equal(openView(), "");
  assert.equal(at(), "/gridwall/analyst?cat=heating&win=7d&lang=en");
  window.history.replaceState({}, "", "/gridwall/analyst?stage=handle");
  assert.equal(openView(), "", "once alone");
  assert.equal(at(), "/gridwall/analyst?stage=handle");
  window.history.replaceState({}, "", "/gridwall/analyst?view=gone");
  opened.start.view = "";
  assert.match(openView(), /^没有此已存视图/);
  assert.equal(at(), "/gridwall/analyst");
});
