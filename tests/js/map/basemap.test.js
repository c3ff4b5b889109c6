import assert from "node:assert/strict";
import { test } from "node:test";

import { watchTiles } from "../../../dashboard/assets/map/basemap.js";
import { open, pass, standStill } from "../page.js";

open("/wall", "<div id=\"tiles\"></div>");
standStill(0);
/** The images that stand for a question to the server. */
const asked = [];
globalThis.Image = class { set src(url) { asked.push(Object.assign(this, { url })); } };
globalThis.requestAnimationFrame = (act) => act();

const container = document.getElementById("tiles");
let hook;
watchTiles({ TileLayer: { addInitHook: (act) => { hook = act; } }, Util: { emptyImageUrl: "data:," } });

/** A tile layer over a view of 100 tiles, as Leaflet makes and tells of them. */
function layer() {
  const on = {}, made = { drawn: 0, real: 0, blank: 0 };
  const own = {
    made, on: (kind, act) => { on[kind] = act; }, fire: (kind) => on[kind](), getContainer: () => container,
    getTileUrl: ({ x, y }) => `http://tiles.example.lan/${x}/${y}.png`,
    createTile: () => { made.real += 1; return document.createElement("img"); },
    view: () => {
      on.loading();
      for (let i = 0; i < 100; i += 1) own.createTile({ x: i, y: 0 }, (error) => { if (!error) { made.blank += 1; on.tileload(); } });
    },
    redraw: () => { made.drawn += 1; own.view(); },
  };
  hook.call(own);
  return own;
}

test("one tile, in the middle of the view, is asked for first; the others once it has come", () => {
  const tiles = layer();
  tiles.view();
  assert.deepEqual(asked.map((a) => a.url), ["http://tiles.example.lan/0/0.png"]);
  assert.deepEqual(tiles.made, { drawn: 0, real: 0, blank: 100 });
  asked[0].onload();
  assert.deepEqual(tiles.made, { drawn: 1, real: 100, blank: 100 });
  tiles.view();
  assert.equal(tiles.made.real, 200, "from now on each view asks for its own");
  assert.equal(asked.length, 1);
});

test("a server that is away is asked again after 30 s, then ever more seldom, whatever is looked at", async () => {
  asked.length = 0;
  const tiles = layer();
  tiles.view();
  asked[0].onerror();
  tiles.view();
  await pass(29_000);
  assert.equal(asked.length, 1);
  await pass(1_000);
  assert.equal(asked.length, 2);
  asked[1].onerror();
  await pass(59_000);
  assert.equal(asked.length, 2);
  await pass(1_000);
  assert.equal(asked.length, 3);
  asked[2].onload();
  assert.deepEqual(tiles.made, { drawn: 1, real: 100, blank: 200 });
});

test("a view of which nothing comes ends the asking; the edge of what the server has does not", async () => {
  asked.length = 0;
  const tiles = layer();
  tiles.view();
  asked[0].onload();
  tiles.fire("tileload");
  for (let i = 0; i < 50; i += 1) tiles.fire("tileerror");
  tiles.view();
  assert.equal(tiles.made.real, 200, "some came");
  container.innerHTML = "<img class=\"leaflet-tile\" src=\"http://tiles.example.lan/9/9.png\"><img class=\"leaflet-tile leaflet-tile-loaded\" src=\"http://tiles.example.lan/0/0.png\">";
  for (let i = 0; i < 4; i += 1) tiles.fire("tileerror");
  tiles.view();
  assert.equal(tiles.made.real, 200, "none came");
  assert.deepEqual([...container.children].map((tile) => tile.getAttribute("src")), ["data:,", "http://tiles.example.lan/0/0.png"]);
  await pass(30_000);
  assert.equal(asked.length, 2);
});

test("a layer that was taken from the map asks nothing more", async () => {
  asked.length = 0;
  const tiles = layer();
  tiles.view();
  asked[0].onerror();
  tiles.fire("remove");
  await pass(3_600_000);
  assert.equal(asked.length, 1);
});
