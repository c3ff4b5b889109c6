import assert from "node:assert/strict";
import { before, test } from "node:test";

import { inLang, say } from "../../../dashboard/assets/shared/words.js";
import { open } from "../page.js";

before(() => { open("/wall"); });

test("words come in the language of the page, with what stands in their braces", () => {
  assert.equal(say("zh", "wall.late", { t: "31 秒" }), "迟到 31 秒，正在重读");
  assert.equal(say("en", "wall.late", { t: "31 s" }), "late by 31 s; reading again");
  assert.equal(say(undefined, "wall.state.late"), "迟到");
  assert.equal(say("fr", "wall.state.late"), "迟到");
});

test("a brace without a value stays, and a value may look like one", () => {
  assert.equal(say("zh", "time.ago"), "{t}前");
  assert.equal(say("zh", "time.ago", { t: "$& {t}" }), "$& {t}前");
});

test("a key without words is said as it is: better than a blank", () => {
  assert.equal(say("zh", "wall.nothing"), "wall.nothing");
});

test("what the server said in both languages; Chinese where it said no English", () => {
  assert.equal(inLang({ zh: "甲", en: "A" }, "en"), "A");
  assert.equal(inLang({ zh: "甲", en: "A" }, "zh"), "甲");
  assert.equal(inLang({ zh: "甲", en: "" }, "en"), "甲");
  assert.equal(inLang(null, "zh"), "");
  assert.equal(inLang(undefined, "en"), "");
});
