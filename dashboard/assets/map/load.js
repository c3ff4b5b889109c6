// @ts-check
// Loads what does not change with the values: geometry and labels, each fetched once from its own address.
import { at } from "../shared/below.js";
import { placed } from "./context.js";
import { decode } from "./geometry.js";
import { text } from "./parts.js";
import { note, st } from "./state.js";

const RETRY_MS = 5000; // until a failed fetch of geometry is retried

/** @param {string} url */
async function get(url) {
  const answer = await fetch(at(url), { credentials: "same-origin" });
  if (!answer.ok) throw new Error(`${url}: ${answer.status}`);
  return answer;
}

/** @param {{level: number, url: string}} of */
async function level(of) {
  const buffer = await (await get(of.url)).arrayBuffer();
  const began = performance.now();
  st.levels[of.level] = decode(buffer, st.ref);
  st.urls[of.level] = of.url;
  note("decode", performance.now() - began);
}

/** @param {string} url */
async function labels(url) {
  st.labels = await (await get(url)).json();
  st.labelsUrl = url;
}

/** The land under the cells: fetched once the cells are drawn, which wait for nothing of it. @param {() => void} then */
function land(then) {
  const url = (st.payload && st.payload.context) || "";
  if (url === st.landUrl || st.ref.x === undefined) return;
  st.landUrl = url;
  st.land = [];
  if (!url) {
    then();
    return;
  }
  get(url).then((answer) => answer.json()).then((sent) => {
    if (st.landUrl !== url) return;
    st.land = placed(sent, st.ref);
    then();
  }, () => {
    setTimeout(() => { // asked for again; the map stays as it is
      if (st.landUrl === url) st.landUrl = "";
      if (st.map) land(then);
    }, 12 * RETRY_MS);
  });
}

/** Fetches what the payload needs and is missing; `then` is called once it has arrived. @param {() => void} then */
export function load(then) {
  const p = st.payload;
  land(then);
  if (!p || !p.geometry || !p.labels || st.loading) return;
  const wants = p.geometry.filter((g) => st.urls[g.level] !== g.url).map(level);
  if (typeof p.labels === "object") {
    st.labels = p.labels;
    st.labelsUrl = "";
  } else if (st.labelsUrl !== p.labels) {
    wants.push(labels(p.labels));
  }
  if (!wants.length) return;
  st.loading = true;
  Promise.all(wants).then(() => {
    st.loading = false;
    st.within = {};
    st.drawn = {};
    then();
  }, () => {
    st.loading = false;
    text(st.parts.note, p.words.away);
    setTimeout(() => { if (st.map) load(then); }, RETRY_MS);
  });
}
