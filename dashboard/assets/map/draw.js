// @ts-check
// Lines of the map: contours and lattice around the city, boundaries, marks of conspicuous cells.
// Everything here draws on a 2D context in device pixels; s: device pixels per reference pixel (--m / 8), `of`: page colours.
import { project } from "./geometry.js";

/** @typedef {import("../shared/colours.js").Colours} Colours */
/** @typedef {import("./geometry.js").Level} Level @typedef {import("./geometry.js").View} View @typedef {import("./view.js").MapView} MapView */
/**
 * @typedef {object} Scene what is drawn of the city
 * @property {Record<number, Level>} levels
 * @property {{level: Level, cell: number} | null} outline of the scope
 * @property {number} fill the level that is filled
 * @property {{level: number}} scope
 * @property {(level: number) => Uint8Array | null} within cells of a level inside the scope; null = all
 * @property {Uint8Array} classes by grid position; 6 = the top class
 * @property {number[]} hot grid positions of the conspicuous finer cells
 * @property {boolean} proven whether these are late beyond chance, which alone has a signal's colour; else the highest
 * @property {boolean} rough while the map is being moved
 */

const BATCH = 24;              // cells per stroke: one path of 6,000 cells takes 20 times longer than 250 paths of 24

/**
 * The rings of a cell as a path.
 * @param {CanvasRenderingContext2D | Path2D} ctx @param {Level} level @param {number} c
 * @param {number} [least] minimum pixels between two drawn vertices
 */
export function trace(ctx, level, c, least) {
  for (let r = level.cellRing[c]; r < level.cellRing[c + 1]; r++) {
    const a = level.ringAt[r], b = level.ringAt[r + 1];
    let lx = NaN, ly = NaN;
    for (let i = a; i < b; i++) {
      const x = level.px[i], y = level.py[i];
      if (i > a && least && Math.abs(x - lx) + Math.abs(y - ly) < least) { continue; }
      if (i === a) { ctx.moveTo(x, y); } else { ctx.lineTo(x, y); }
      lx = x; ly = y;
    }
    ctx.closePath();
  }
}

/** @param {Level} level @param {number} c @param {View} view */
function visible(level, c, view) {
  return level.box[4 * c] * view.scale + view.dx < view.w && level.box[4 * c + 2] * view.scale + view.dx > 0 &&
    level.box[4 * c + 1] * view.scale + view.dy < view.h && level.box[4 * c + 3] * view.scale + view.dy > 0;
}

/**
 * @param {CanvasRenderingContext2D} ctx @param {Level} level @param {Uint8Array | null} wanted @param {View} view
 * @param {number} width @param {string} colour
 */
function strokeCells(ctx, level, wanted, view, width, colour) {
  project(level, view);
  ctx.lineWidth = width; ctx.strokeStyle = colour;
  ctx.beginPath();
  for (let c = 0, held = 0; c < level.n; c++) {
    if ((wanted && !wanted[c]) || !visible(level, c, view)) { continue; }
    trace(ctx, level, c, 0.6);
    if (++held === BATCH) { ctx.stroke(); ctx.beginPath(); held = 0; }
  }
  ctx.stroke();
}

/**
 * Fading lines around the outline, as on an old chart: painted from the widest inwards, each stroke then hollowed out.
 * @param {CanvasRenderingContext2D} ctx @param {Level} outline @param {number} cell @param {number} s @param {Colours} of
 */
function contours(ctx, outline, cell, s, of) {
  const path = new Path2D();
  trace(path, outline, cell, 5 * s);
  ctx.lineJoin = "round";
  for (let k = 7; k >= 1; k--) {
    const off = (4.5 * k + 0.95 * k * k) * s, fade = Math.pow(1 - (k - 1) / 7, 1.35);
    ctx.globalCompositeOperation = "source-over";
    ctx.lineWidth = 2 * off + 1.1 * s;
    ctx.strokeStyle = of("--map-contour", Number((0.52 * fade).toFixed(3)));
    ctx.stroke(path);
    ctx.globalCompositeOperation = "destination-out";
    ctx.lineWidth = 2 * off - 1.1 * s;
    ctx.strokeStyle = of("--shadow");          // any opaque colour
    ctx.stroke(path);
  }
  ctx.globalCompositeOperation = "source-over";
}

/**
 * A lattice of crosses every 5 km, anchored to the ground so that it moves with the map.
 * @param {CanvasRenderingContext2D} ctx @param {MapView} view @param {number} s @param {Colours} of
 */
function lattice(ctx, view, s, of) {
  const step = (5000 / (40075016.686 * Math.cos((view.lat * Math.PI) / 180))) * view.scale, arm = 4.5 * s;
  if (step < 24 * s) { return; }
  ctx.beginPath();
  for (let x = ((view.dx % step) + step) % step; x < view.w; x += step) {
    for (let y = ((view.dy % step) + step) % step; y < view.h; y += step) {
      ctx.moveTo(x - arm, y); ctx.lineTo(x + arm, y);
      ctx.moveTo(x, y - arm); ctx.lineTo(x, y + arm);
    }
  }
  ctx.lineWidth = s; ctx.strokeStyle = of("--map-lattice", 0.5);
  ctx.stroke();
}

/**
 * The static lines of one view.
 * @param {CanvasRenderingContext2D} ctx @param {MapView} view @param {Scene} m @param {number} s @param {Colours} of
 */
export function lines(ctx, view, m, s, of) {
  ctx.clearRect(0, 0, view.w, view.h);
  ctx.lineJoin = "round";
  const out = m.outline;
  if (out) {
    project(out.level, view);
    if (!m.rough) { contours(ctx, out.level, out.cell, s, of); }
    lattice(ctx, view, s, of);
    ctx.globalCompositeOperation = "destination-out";
    ctx.beginPath(); trace(ctx, out.level, out.cell); ctx.fill("evenodd");
    ctx.globalCompositeOperation = "source-over";
  }
  const town = m.levels[1];
  if (m.scope.level > 0 && town) {                  // the neighbours remain as a faint outline
    strokeCells(ctx, town, null, view, 1.2 * s, of("--map-contour", 0.55));
    if (m.scope.level > 1 && m.levels[m.scope.level]) { strokeCells(ctx, m.levels[m.scope.level], null, view, 0.9 * s, of("--map-contour", 0.4)); }
    if (out) {
      ctx.globalCompositeOperation = "destination-out";
      ctx.beginPath(); trace(ctx, out.level, out.cell); ctx.fill("evenodd");
      ctx.globalCompositeOperation = "source-over";
    }
  }
  for (let v = m.fill; v >= 1; v--) {
    if (!m.levels[v] || v <= m.scope.level) { continue; }
    const width = v === 1 ? 1.5 : v === 2 ? (m.scope.level ? 1.3 : 0.9) : 0.7;
    const colour = v === 1 ? of("--ink", 0.82) : v === 2 && m.scope.level ? of("--ink", 0.6) : of("--ground");
    strokeCells(ctx, m.levels[v], m.within(v), view, width * s, colour);
  }
  if (out) {
    ctx.beginPath(); trace(ctx, out.level, out.cell);
    ctx.lineWidth = 6 * s; ctx.strokeStyle = of("--ink", 0.1); ctx.stroke();
    ctx.lineWidth = 2.4 * s; ctx.strokeStyle = of("--ink"); ctx.stroke();
  }
}

/**
 * Marks that change with the values: the top class (pale outline, dark dot) and the conspicuous finer cells.
 * @param {CanvasRenderingContext2D} ctx @param {View} view @param {Scene} m @param {number} s @param {Colours} of
 */
export function marks(ctx, view, m, s, of) {
  ctx.clearRect(0, 0, view.w, view.h);
  ctx.lineJoin = "round";
  const level = m.levels[m.fill];
  if (!level) { return; }
  project(level, view);
  /** @type {number[]} */
  const top = [];
  const wanted = m.within(m.fill);
  for (let c = 0; c < level.n; c++) {
    if (m.classes[level.ids[c]] === 6 && (!wanted || wanted[c]) && visible(level, c, view)) { top.push(c); }
  }
  if (top.length) {
    ctx.beginPath();
    top.forEach((c) => { trace(ctx, level, c); });
    ctx.lineWidth = 1.3 * s; ctx.strokeStyle = of("--map-top-edge"); ctx.stroke();
    ctx.beginPath();
    top.forEach((c) => {
      const x = level.at[2 * c] * view.scale + view.dx, y = level.at[2 * c + 1] * view.scale + view.dy;
      ctx.moveTo(x + 2.7 * s, y); ctx.arc(x, y, 2.7 * s, 0, 7);
    });
    ctx.fillStyle = of("--on-badge"); ctx.fill();
  }
  const finer = m.levels[m.fill + 1];
  if (!finer || !m.hot.length) { return; }
  project(finer, view);
  const inside = m.within(m.fill + 1);
  ctx.beginPath();
  m.hot.forEach((id) => {
    const c = finer.indexOf.get(id);
    if (c !== undefined && (!inside || inside[c]) && visible(finer, c, view)) { trace(ctx, finer, c); }
  });
  ctx.lineWidth = 3.6 * s; ctx.strokeStyle = of("--ground", 0.9); ctx.stroke();
  ctx.lineWidth = 1.5 * s; ctx.strokeStyle = m.proven ? of("--map-hot") : of("--ink", 0.85); ctx.stroke();
}

/**
 * One cell's outline as an SVG path in CSS pixels, so that the hover mark needs no canvas.
 * @param {Level} level @param {number} c @param {MapView} view
 */
export function svgPath(level, c, view) {
  project(level, view);
  const k = 1 / view.dpr;
  let out = "";
  for (let r = level.cellRing[c]; r < level.cellRing[c + 1]; r++) {
    for (let i = level.ringAt[r]; i < level.ringAt[r + 1]; i++) {
      out += `${(i === level.ringAt[r] ? "M" : "L") + (level.px[i] * k).toFixed(1)  } ${  (level.py[i] * k).toFixed(1)}`;
    }
    out += "Z";
  }
  return out;
}
