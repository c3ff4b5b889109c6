// @ts-check
// The land under the cells: relief, waters, rivers, an old town, rails and roads in a tenth of the page's ink, a little more and in
// all their detail where a town or village is entered.  Coordinates arrive in degrees and are kept as world offsets.
import { worldX, worldY } from "./geometry.js";

/** @typedef {import("../shared/colours.js").Colours} Colours @typedef {import("./view.js").MapView} MapView */
/** @typedef {{kind: string, areas: Float32Array[], lines: Float32Array[]}} Part of one kind: x, y, x, y ... world offsets */
/** @typedef {{kind: string, areas: number[][], lines: number[][]}} Sent lon, lat, lon, lat ... degrees */

/** Part of the ink on the city's own map, and below it. */
export const INK = { city: 0.11, below: 0.12 };
/** Width of a line (reference pixels) and its dashes, by kind. @type {Record<string, {width: number, dash?: number[], fill?: number}>} */
const STYLE = {
  relief: { width: 1 }, water: { width: 0, fill: 1 }, river: { width: 5 }, old_town: { width: 2.4, dash: [2.4, 3.6] },
  rail: { width: 2.2, dash: [9, 5] }, road: { width: 2.4 },
};
const APART = { city: 3, below: 0.7 }; // reference pixels: the least distance of two vertices

/** @param {Sent[]} sent @param {{x?: number, y?: number}} ref @returns {Part[]} */
export function placed(sent, ref) {
  const offsets = (/** @type {number[]} */ line) => {
    const out = new Float32Array(line.length);
    for (let i = 0; i < line.length; i += 2) {
      out[i] = worldX(line[i]) - (ref.x || 0);
      out[i + 1] = worldY(line[i + 1]) - (ref.y || 0);
    }
    return out;
  };
  return sent.map(({ kind, areas, lines }) => ({ kind, areas: areas.map(offsets), lines: lines.map(offsets) }));
}

/**
 * A line as a path in device pixels; vertices nearer than `least` to the last one are left out, the ends never.
 * @param {CanvasRenderingContext2D} ctx @param {Float32Array} line @param {MapView} view @param {number} least
 */
export function trace(ctx, line, view, least) {
  let lx = NaN, ly = NaN;
  for (let i = 0; i < line.length; i += 2) {
    const x = line[i] * view.scale + view.dx, y = line[i + 1] * view.scale + view.dy;
    if (i && i < line.length - 2 && Math.abs(x - lx) + Math.abs(y - ly) < least) continue;
    if (i) ctx.lineTo(x, y); else ctx.moveTo(x, y);
    lx = x;
    ly = y;
  }
}

/**
 * @param {CanvasRenderingContext2D} ctx @param {Part[]} parts @param {MapView} view @param {boolean} below a town or a village
 * @param {number} s device pixels per reference pixel @param {Colours} of
 */
export function land(ctx, parts, view, below, s, of) {
  ctx.clearRect(0, 0, view.w, view.h);
  ctx.lineJoin = ctx.lineCap = "round";
  const ink = below ? INK.below : INK.city, least = (below ? APART.below : APART.city) * s, wide = below ? 1.5 : 1;
  for (const { kind, areas, lines } of parts) {
    const style = STYLE[kind];
    if (!style) continue;
    ctx.beginPath();
    for (const line of [...areas, ...lines]) trace(ctx, line, view, least);
    if (style.fill) {
      ctx.fillStyle = of("--ink", ink);
      ctx.fill("evenodd");
    }
    if (style.width) {
      ctx.lineWidth = style.width * wide * s;
      ctx.setLineDash((style.dash || []).map((d) => d * s));
      ctx.strokeStyle = of("--ink", ink);
      ctx.stroke();
    }
  }
  ctx.setLineDash([]);
}
