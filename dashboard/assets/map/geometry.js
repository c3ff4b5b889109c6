// @ts-check
// Geometry of the map: decodes the binaries of geo/pack.py, projects them, rasterises cell ids.  Pure functions and
// typed arrays, no DOM.  World coordinates are Web Mercator in [0, 1], kept as 32-bit offsets from a reference point
// (0.002 of the world wide: exact to a thousandth of a pixel at any zoom of a wall).

/** @typedef {{x?: number, y?: number}} Ref reference point shared by all levels of one map */
/** @typedef {{x0: number, y0: number, x1: number, y1: number}} Bound device pixels; x1 and y1 are exclusive */
/**
 * @typedef {object} View device pixel = world offset * scale + (dx, dy)
 * @property {number} w @property {number} h @property {number} scale @property {number} dx @property {number} dy
 * @property {string} key equal for equal views
 */
/**
 * @typedef {object} Level
 * @property {number} n cells
 * @property {Int32Array} ids grid positions
 * @property {Map<number, number>} indexOf grid position -> cell
 * @property {Uint32Array} cellRing @property {Uint32Array} ringAt
 * @property {Float32Array} x @property {Float32Array} y world offsets of the vertices
 * @property {Float32Array} px @property {Float32Array} py device pixels of the vertices in the view `viewKey`
 * @property {string} viewKey
 * @property {Float32Array} box 4 per cell, world offsets
 * @property {Float64Array} area world units squared
 * @property {Float32Array} at 2 per cell: a point inside it
 * @property {number} edge of the median cell, world units
 * @property {Uint32Array | null} plain @property {Uint32Array | null} stripe colours by place + 1
 */

/** The world is one wide and high. @param {number} lon degrees east */
export function worldX(lon) { return lon / 360 + 0.5; }
/** @param {number} lat degrees north */
export function worldY(lat) {
  const s = Math.sin((lat * Math.PI) / 180);
  return 0.5 - Math.log((1 + s) / (1 - s)) / (4 * Math.PI);
}

/** @param {Uint8Array} bytes @param {number} at */
function reader(bytes, at) {
  return function () {
    let value = 0, scale = 1, b;
    do {
      b = bytes[at++];
      if (b === undefined) { throw new Error("level geometry is cut short"); }
      value += (b & 127) * scale;
      scale *= 128;
    } while (b > 127);
    return value;
  };
}
/** @param {number} v */
function unzigzag(v) { return v % 2 ? -(v + 1) / 2 : v / 2; }

/**
 * The rings of cell c are cellRing[c]..cellRing[c+1], the vertices of ring r are ringAt[r]..ringAt[r+1].
 * Raises Error if `buffer` is no level of version 1, or is truncated.
 * @param {ArrayBuffer} buffer
 * @param {Ref} ref set by the first level of a map
 * @returns {Level}
 */
export function decode(buffer, ref) {
  const view = new DataView(buffer), bytes = new Uint8Array(buffer);
  if (bytes.length < 48 || view.getUint32(0, true) !== 0x4d475747 || bytes[4] !== 1) {
    throw new Error("not a level geometry of version 1");
  }
  const west = view.getFloat64(8, true), south = view.getFloat64(16, true), quantum = view.getFloat64(24, true);
  const n = view.getUint32(32, true), p = view.getUint32(36, true), r = view.getUint32(40, true), v = view.getUint32(44, true);
  const next = reader(bytes, 48);
  let i, j, k;
  const ids = new Int32Array(n);
  let id = 0;
  for (i = 0; i < n; i++) { id += unzigzag(next()); ids[i] = id; }
  const parts = new Uint32Array(n), rings = new Uint32Array(p);
  for (i = 0; i < n; i++) { parts[i] = next(); }
  for (i = 0; i < p; i++) { rings[i] = next(); }
  const cellRing = new Uint32Array(n + 1), ringAt = new Uint32Array(r + 1);
  for (i = 0, j = 0; i < n; i++) {
    let sum = 0;
    for (k = 0; k < parts[i]; k++) { sum += rings[j++]; }
    cellRing[i + 1] = cellRing[i] + sum;
  }
  for (i = 0; i < r; i++) { ringAt[i + 1] = ringAt[i] + next(); }
  const x = new Float32Array(v), y = new Float32Array(v);
  let fx = 0, fy = 0;
  for (i = 0; i < r; i++) {
    let gx = fx, gy = fy;
    for (j = ringAt[i]; j < ringAt[i + 1]; j++) {
      gx += unzigzag(next()); gy += unzigzag(next());
      if (j === ringAt[i]) { fx = gx; fy = gy; }
      const wx = worldX(west + gx * quantum), wy = worldY(south + gy * quantum);
      if (ref.x === undefined || ref.y === undefined) { ref.x = wx; ref.y = wy; }
      x[j] = wx - ref.x; y[j] = wy - ref.y;
    }
  }
  return measure({
    n, ids, cellRing, ringAt, x, y, px: new Float32Array(v), py: new Float32Array(v), viewKey: "", plain: null, stripe: null,
    box: new Float32Array(4 * n), area: new Float64Array(n), at: new Float32Array(2 * n), edge: 0, indexOf: new Map(),
  });
}

/** @param {Level} level */
function measure(level) {
  const { n, box, area, at } = level;
  for (let c = 0; c < n; c++) {
    let x0 = Infinity, y0 = Infinity, x1 = -Infinity, y1 = -Infinity, sum = 0, sx = 0, sy = 0;
    for (let r = level.cellRing[c]; r < level.cellRing[c + 1]; r++) {
      const a = level.ringAt[r], b = level.ringAt[r + 1], ox = level.x[a], oy = level.y[a];
      for (let i = a; i < b; i++) {
        const j = i + 1 < b ? i + 1 : a, x = level.x[i], y = level.y[i];
        if (x < x0) { x0 = x; } if (x > x1) { x1 = x; }
        if (y < y0) { y0 = y; } if (y > y1) { y1 = y; }
        const w = (x - ox) * (level.y[j] - oy) - (level.x[j] - ox) * (y - oy);
        sum += w;
        sx += w * ((x + level.x[j] - 2 * ox) / 3 + ox - level.x[level.ringAt[level.cellRing[c]]]);
        sy += w * ((y + level.y[j] - 2 * oy) / 3 + oy - level.y[level.ringAt[level.cellRing[c]]]);
      }
    }
    const first = level.ringAt[level.cellRing[c]];
    box.set([x0, y0, x1, y1], 4 * c);
    area[c] = Math.abs(sum) / 2;
    at[2 * c] = level.x[first] + (sum ? sx / sum : 0);
    at[2 * c + 1] = level.y[first] + (sum ? sy / sum : 0);
    if (!inside(level, c, at[2 * c], at[2 * c + 1])) { chord(level, c, (y0 + y1) / 2, at); }
  }
  level.edge = Math.sqrt(Array.from(area).sort((p, q) => { return p - q; })[n >> 1] || 0);
  for (let k = 0; k < n; k++) { level.indexOf.set(level.ids[k], k); }
  return level;
}

/**
 * For a cell whose centroid lies outside it (a crescent): the middle of the longest chord at half height.
 * @param {Level} level @param {number} c @param {number} y @param {Float32Array} at
 */
function chord(level, c, y, at) {
  const xs = crossings(level, c, y).sort((p, q) => { return p - q; });
  let best = -1;
  for (let i = 0; i + 1 < xs.length; i += 2) {
    if (xs[i + 1] - xs[i] > best) { best = xs[i + 1] - xs[i]; at[2 * c] = (xs[i] + xs[i + 1]) / 2; at[2 * c + 1] = y; }
  }
}
/** @param {Level} level @param {number} c @param {number} y */
function crossings(level, c, y) {
  const xs = [];
  for (let r = level.cellRing[c]; r < level.cellRing[c + 1]; r++) {
    const a = level.ringAt[r], b = level.ringAt[r + 1];
    for (let i = a; i < b; i++) {
      const j = i + 1 < b ? i + 1 : a, y0 = level.y[i], y1 = level.y[j];
      if (y0 <= y !== y1 <= y) { xs.push(level.x[i] + ((y - y0) / (y1 - y0)) * (level.x[j] - level.x[i])); }
    }
  }
  return xs;
}
/** @param {Level} level @param {number} c @param {number} x @param {number} y */
export function inside(level, c, x, y) {
  return crossings(level, c, y).filter((at) => { return at > x; }).length % 2 === 1;
}

/**
 * World offsets -> device pixels of the canvas: p = world * scale + shift; done once per view and level.
 * @param {Level} level @param {View} view
 */
export function project(level, view) {
  if (level.viewKey === view.key) { return; }
  for (let i = 0; i < level.x.length; i++) {
    level.px[i] = level.x[i] * view.scale + view.dx;
    level.py[i] = level.y[i] * view.scale + view.dy;
  }
  level.viewKey = view.key;
}

let scratch = new Uint8Array(0);

/**
 * Writes place + 1 of every wanted cell into `ids` (w*h, zero elsewhere): a pixel belongs to the cell that holds its centre.
 * Each edge toggles one pixel per row, then a sweep fills: shared edges of neighbours toggle the same pixels, so a coverage has
 * neither gaps nor overlaps.
 * @param {Level} level @param {View} view @param {Uint32Array} ids
 * @param {Uint8Array | null} wanted one byte per cell; null = all
 * @returns {Bound} the box written
 */
export function rasterise(level, view, ids, wanted) {
  const w = view.w, h = view.h, px = level.px, py = level.py, bound = { x0: w, y0: h, x1: 0, y1: 0 };
  ids.fill(0);
  project(level, view);
  for (let c = 0; c < level.n; c++) {
    if (wanted && !wanted[c]) { continue; }
    const bx0 = Math.max(0, Math.floor(level.box[4 * c] * view.scale + view.dx) - 1);
    const by0 = Math.max(0, Math.floor(level.box[4 * c + 1] * view.scale + view.dy) - 1);
    const bx1 = Math.min(w, Math.ceil(level.box[4 * c + 2] * view.scale + view.dx) + 1);
    const by1 = Math.min(h, Math.ceil(level.box[4 * c + 3] * view.scale + view.dy) + 1);
    const bw = bx1 - bx0, bh = by1 - by0;
    if (bw <= 0 || bh <= 0) { continue; }
    if (scratch.length < bw * bh) { scratch = new Uint8Array(bw * bh * 2); }
    for (let r = level.cellRing[c]; r < level.cellRing[c + 1]; r++) {
      const a = level.ringAt[r], b = level.ringAt[r + 1];
      for (let i = a; i < b; i++) {
        const j = i + 1 < b ? i + 1 : a;
        let ax = px[i], ay = py[i], cx = px[j], cy = py[j];
        if (ay > cy) { let t = ax; ax = cx; cx = t; t = ay; ay = cy; cy = t; }
        const end = Math.min(Math.ceil(cy - 0.5), by1);
        let row = Math.max(Math.ceil(ay - 0.5), by0);
        if (row >= end) { continue; }
        const slope = (cx - ax) / (cy - ay);
        for (; row < end; row++) {
          const x = Math.ceil(ax + (row + 0.5 - ay) * slope - 0.5);
          if (x < bx1) { scratch[(row - by0) * bw + (x < bx0 ? 0 : x - bx0)] ^= 1; }
        }
      }
    }
    for (let yy = 0; yy < bh; yy++) {
      const s = yy * bw, o = (yy + by0) * w + bx0;
      let on = 0;
      for (let xx = 0; xx < bw; xx++) {
        if (scratch[s + xx]) { on ^= 1; scratch[s + xx] = 0; }
        if (on) { ids[o + xx] = c + 1; }
      }
    }
    if (bx0 < bound.x0) { bound.x0 = bx0; } if (by0 < bound.y0) { bound.y0 = by0; }
    if (bx1 > bound.x1) { bound.x1 = bx1; } if (by1 > bound.y1) { bound.y1 = by1; }
  }
  return bound;
}

/**
 * The only pass of a value change: id -> colour (ABGR), with a second colour under the hatching stripe.
 * @param {Uint32Array} ids @param {Uint32Array} out @param {View} view @param {Bound} bound
 * @param {Uint32Array} plain @param {Uint32Array} stripe by place + 1
 * @param {number} period @param {number} width device pixels, whole
 */
export function colour(ids, out, view, bound, plain, stripe, period, width) {
  const phase = new Uint8Array(period);
  for (let k = 0; k < width; k++) { phase[k] = 1; }
  for (let y = bound.y0; y < bound.y1; y++) {
    const end = y * view.w + bound.x1;
    let at = y * view.w + bound.x0, turn = (bound.x0 + y) % period;
    for (; at < end; at++) {
      out[at] = phase[turn] ? stripe[ids[at]] : plain[ids[at]];
      if (++turn === period) { turn = 0; }
    }
  }
}

/** @param {string} base64 */
export function bytes(base64) {
  const text = atob(base64), out = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) { out[i] = text.charCodeAt(i); }
  return out;
}
/** Decodes integers sent as varints. @param {string} base64 */
export function varints(base64) {
  const raw = bytes(base64);
  let n = 0, i;
  for (i = 0; i < raw.length; i++) { if (raw[i] < 128) { n++; } }
  const out = new Uint32Array(n), next = reader(raw, 0);
  for (i = 0; i < n; i++) { out[i] = next(); }
  return out;
}
