// @ts-check
// The map's view: in device pixels, the fit of a scope into its place, the level that is filled.
// Pure functions; the state is in state.js.

/** @typedef {import("./geometry.js").Level} Level @typedef {import("./geometry.js").Ref} Ref @typedef {import("./geometry.js").View} View */
/**
 * @typedef {View & {dpr: number, top: any, lat: number}} MapView `top`: the layer point of the container's corner, where the
 * canvases are placed
 */

/**
 * The current view of a Leaflet map.
 * @param {any} map @param {Ref} ref
 * @returns {MapView}
 */
export function look(map, ref) {
  const size = map.getSize(), dpr = window.devicePixelRatio || 1, scale = 256 * Math.pow(2, map.getZoom()) * dpr;
  const top = map.containerPointToLayerPoint([0, 0]), origin = map.getPixelOrigin();
  const rx = ref.x || 0, ry = ref.y || 0;
  const dx = rx * scale - (origin.x + top.x) * dpr, dy = ry * scale - (origin.y + top.y) * dpr;
  const w = Math.round(size.x * dpr), h = Math.round(size.y * dpr);
  return { w, h, dpr, scale, dx, dy, top, lat: map.getCenter().lat,
           key: [w, h, dpr, scale.toFixed(3), dx.toFixed(3), dy.toFixed(3)].join() };
}

/**
 * Centre and zoom that show a box of world offsets as large as the size minus the padding allows.
 * @param {Float32Array} box @param {Ref} ref @param {{x: number, y: number}} size
 * @param {{l: number, r: number, t: number, b: number}} pad
 */
export function fitting(box, ref, size, pad) {
  const bw = box[2] - box[0], bh = box[3] - box[1];
  const span = Math.min(Math.max(size.x - pad.l - pad.r, 50) / bw, Math.max(size.y - pad.t - pad.b, 50) / bh);
  const x = (ref.x || 0) + box[0] + bw / 2 + (pad.r - pad.l) / (2 * span);
  const y = (ref.y || 0) + box[1] + bh / 2 + (pad.b - pad.t) / (2 * span);
  const lat = (Math.atan(Math.sinh(Math.PI * (1 - 2 * y))) * 180) / Math.PI;
  return { center: [lat, (x - 0.5) * 360], zoom: Math.log2(span / 256) };
}

/**
 * The finest level whose cells are large enough to be distinguished and of which at most half are "few" (more would be a hatched
 * city); its hottest children are outlined on top.  A place whose cells are all "few" is filled itself.
 * @param {Record<number, Level>} levels @param {number} scopeLevel @param {View} now
 * @param {number} edge device pixels
 * @param {Uint8Array} classes by grid position; 7 = few
 * @param {(level: number) => Uint8Array | null} within
 */
export function fillLevel(levels, scopeLevel, now, edge, classes, within) {
  const least = scopeLevel + 1;
  for (let v = 5; v > least; v--) {
    const level = levels[v];
    if (!level || !level.n || level.edge * now.scale < edge) { continue; }
    if (fewOf(level, classes, within(v)) <= 0.5) { return v; }
  }
  if (!levels[least] || !levels[least].n) { return scopeLevel; }
  return scopeLevel > 0 && fewOf(levels[least], classes, within(least)) === 1 ? scopeLevel : least;
}

/**
 * The part of a level's wanted cells that are "few".
 * @param {Level} level @param {Uint8Array} classes @param {Uint8Array | null} wanted
 */
export function fewOf(level, classes, wanted) {
  let few = 0, all = 0;
  for (let c = 0; c < level.n; c++) {
    if (!wanted || wanted[c]) { all++; if (classes[level.ids[c]] === 7) { few++; } }
  }
  return all ? few / all : 0;
}
