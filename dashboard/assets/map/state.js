// @ts-check
// State of the map: the current Leaflet map, the newest payload, the received levels, what is drawn of them.

/** @typedef {import("./geometry.js").Level} Level */
/** @typedef {{code: number, label: string, color: string, kind: string, shown?: boolean}} Row of a legend */
/** @typedef {{id: string, chip: string, head: string, top: Record<number, number>, legend: Record<number, Row[]>}} Measure */
/**
 * @typedef {object} Plate
 * @property {number} idx @property {string} name @property {Record<string, string>} values by measure
 * @property {string[]} watch measures @property {boolean} few too small a sample for its late share
 * @property {Record<string, number>} worst 1..5 by measure, 0 = not among these
 * @property {{mark: string, severity: string, late: boolean}[]} badges of exceptions, most urgent first; late: of lateness alone
 */
/** @typedef {{level: number[], parent: number[], name: string[], code: string[], population: number[]}} Labels by grid position */
/**
 * @typedef {object} Payload see layouts/panels/grid_heat.py
 * @property {{level: number, idx: number, code: string, name: string}} scope
 * @property {string[]} levels @property {Measure[]} measures @property {Record<string, string>} classes
 * @property {{n: string, need: string, late: string}} counts @property {Record<string, number[]>} hot
 * @property {Plate[]} plates @property {Plate | null} own that of the scope itself @property {Record<string, string>} words
 * @property {{level: number, url: string}[]} geometry @property {string | Labels} labels
 * @property {string} [context] address of the land under the cells, "" = none
 */
/** @typedef {Record<string, any>} Part elements of the map on the page, by name */

export const st = {
  /** @type {any} */ map: null,
  /** @type {any} */ L: null,
  /** @type {Part} */ parts: {},
  /** @type {Payload | null} */ payload: null,
  /** @type {Record<number, Level>} */ levels: {},
  /** @type {Record<number, string>} the address that each level was loaded from */ urls: {},
  /** @type {import("./geometry.js").Ref} */ ref: {},
  /** @type {Labels | null} */ labels: null,
  labelsUrl: "",
  /** @type {import("./context.js").Part[]} */ land: [],
  landUrl: "",
  loading: false,
  measure: "late",
  /** @type {import("./view.js").MapView | null} */ view: null,
  fill: 0,
  level: 0,
  moved: false,
  hover: -1,
  /** @type {[number, number]} */ tipAt: [0, 0],
  /** @type {Record<string, any>} */ drawn: {},
  /** @type {Record<number, Uint8Array>} */ within: {},
  /** @type {Record<string, {text: string, bytes: Uint8Array}>} */ classes: {},
  /** @type {{n: Uint32Array, need: Uint32Array, late: Uint32Array} | null} */ counts: null,
  /** @type {Uint32Array | null} cell + 1 by device pixel */ ids: null,
  /** @type {ImageData | null} */ image: null,
  pixels: new Uint32Array(0),
  /** @type {import("./geometry.js").Bound} */ bound: { x0: 0, y0: 0, x1: 0, y1: 0 },
};

/** Durations of the last 60 runs of each kind of work, ms. @type {Record<string, any>} */
export const timings = { count: 0, restyle: [], view: [], update: [], last: {} };

/** @param {string} kind @param {number} ms */
export function note(kind, ms) {
  timings.last[kind] = ms;
  const held = (timings[kind] = timings[kind] || []);
  held.push(ms);
  if (held.length > 60) held.shift();
  timings.count++;
}

/** Whether everything that the newest payload needs is loaded. */
export function ready() {
  const p = st.payload;
  return Boolean(st.map && p && st.labels && p.geometry && p.geometry.every((g) => st.urls[g.level] === g.url));
}

/** The payload and labels; raises if there is nothing to draw yet. */
export function drawable() {
  if (!st.payload || !st.labels) throw new Error("the map has nothing to draw yet");
  return { p: st.payload, labels: st.labels };
}

/** The cell whose outline is the scope's; null if unknown. @returns {{level: Level, cell: number} | null} */
export function outline() {
  const s = drawable().p.scope, own = st.levels[s.level];
  if (s.level > 0 && own) {
    const cell = own.indexOf.get(s.idx);
    return cell === undefined ? null : { level: own, cell };
  }
  return st.levels[0] && st.levels[0].n ? { level: st.levels[0], cell: 0 } : null;
}

/** null = all cells of the level; else one byte per cell: 1 if it lies in the scope. @param {number} v */
export function within(v) {
  const { p, labels } = drawable();
  if (p.scope.level === 0 || !st.levels[v]) return null;
  if (!st.within[v]) {
    st.within[v] = Uint8Array.from(st.levels[v].ids, (id) => {
      for (let at = id; at >= 0; at = labels.parent[at]) if (at === p.scope.idx) return 1;
      return 0;
    });
  }
  return st.within[v];
}

/** A grid position as a cell of its level. @param {number} idx */
export function cellOf(idx) {
  const level = idx >= 0 && st.labels ? st.levels[st.labels.level[idx]] : undefined;
  const cell = level ? level.indexOf.get(idx) : undefined;
  return level && cell !== undefined ? { level, cell } : null;
}
