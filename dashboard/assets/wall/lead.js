// @ts-check
// A hairline from the first exception that has a place to its badge on the map, through the gaps between the panels: it crosses
// no panel but the map itself, and is left out where there is no such way.

const SVG = "http://www.w3.org/2000/svg";

/** @typedef {[number, number]} Point @typedef {{left: number, top: number, right: number, bottom: number}} Rect */

/** Whether a straight line touches a rectangle. @param {Point} a @param {Point} b @param {Rect} r */
export function crosses(a, b, r) {
  let from = 0, to = 1;
  for (const [p, q, low, high] of [[a[0], b[0], r.left, r.right], [a[1], b[1], r.top, r.bottom]]) {
    const d = q - p;
    if (d === 0) {
      if (p <= low || p >= high) return false;
      continue;
    }
    const [s, t] = d > 0 ? [(low - p) / d, (high - p) / d] : [(high - p) / d, (low - p) / d];
    from = Math.max(from, s);
    to = Math.min(to, t);
  }
  return from < to;
}

/** @param {Point[]} line */
const long = (line) => line.slice(1).reduce((sum, p, i) => sum + Math.hypot(p[0] - line[i][0], p[1] - line[i][1]), 0);

/**
 * The shortest way from either side of a row of the headline to a point of the map, along the gaps.
 * @param {[Point, Point]} starts at the left and the right of the row @param {Point} end
 * @param {Rect} own the headline @param {Rect} map @param {Rect[]} others panels that are not crossed
 * @param {number} gap between columns of panels @param {number} [rowGap] between rows of them
 * @returns {Point[] | null}
 */
export function route(starts, end, own, map, others, gap, rowGap = gap) {
  const half = gap / 2, low = rowGap / 2, [left, right] = starts;
  /** @type {Point[][]} */
  const ways = [[right, [own.right + half, right[1]], end]];
  const rows = [end[1], ...[...others, own, map].flatMap((r) => [r.top - low, r.bottom + low])];
  for (const [start, x] of /** @type {[Point, number][]} */ ([[right, own.right + half], [left, own.left - half]])) {
    for (const y of rows) {
      const within = y > map.top && y < map.bottom, beside = x < map.left ? map.left - half : map.right + half;
      const enter = within ? beside : Math.min(Math.max(end[0], map.left), map.right);
      ways.push([start, [x, start[1]], [x, y], [enter, y], [enter, within ? end[1] : y], end]);
    }
  }
  const free = ways.filter((way) => way.slice(1).every((p, i) => others.every((r) => !crosses(way[i], p, r)))
    && way.slice(2).every((p, i) => !crosses(way[i + 1], p, own)) && way.slice(2, -1).every((p, i) => !crosses(way[i + 1], p, map)));
  return free.sort((a, b) => long(a) - long(b))[0] || null;
}

/** Where a line meets the ring around a badge. @param {Point} from @param {Point} centre @param {number} radius @returns {Point} */
export function meet(from, centre, radius) {
  const d = Math.hypot(from[0] - centre[0], from[1] - centre[1]) || 1;
  return [centre[0] + ((from[0] - centre[0]) * radius) / d, centre[1] + ((from[1] - centre[1]) * radius) / d];
}

/** @param {Element} e */
const visible = (e) => e.getClientRects().length > 0 && getComputedStyle(e).visibility !== "hidden";

/** The first exception with a badge on the map, and that badge. */
function pair() {
  const badges = [...document.querySelectorAll(".gw-plate-badge")].filter((b) => b.textContent && visible(b));
  for (const row of document.querySelectorAll(".p-headline .exc")) {
    const mark = row.querySelector(".badge"), title = row.querySelector(".exc-title");
    const badge = mark && badges.find((b) => b.textContent === mark.textContent);
    if (badge && mark && title && visible(row)) return { badge, mark, title };
  }
  return null;
}

/** @returns {Point[] | null} */
function way() {
  const found = pair(), own = document.querySelector(".p-headline"), map = document.querySelector(".p-grid_heat");
  if (!found || !own || !map) return null;
  const words = document.createRange();
  words.selectNodeContents(found.title);
  const text = [...words.getClientRects()].pop() || found.title.getBoundingClientRect();
  const mark = found.mark.getBoundingClientRect(), badge = found.badge.getBoundingClientRect();
  const others = [...document.querySelectorAll(".grid .panel")].filter((p) => p !== own && p !== map && visible(p)).map((p) => p.getBoundingClientRect());
  const head = map.querySelector(".panel-head");
  if (head) others.push(head.getBoundingClientRect());
  const style = getComputedStyle(/** @type {Element} */ (own.parentElement));
  const box = own.getBoundingClientRect(), gap = parseFloat(style.columnGap) || 8, rowGap = parseFloat(style.rowGap) || gap;
  /** @type {Point} */
  const end = [(badge.left + badge.right) / 2, (badge.top + badge.bottom) / 2];
  const y = (text.top + text.bottom) / 2;
  const line = route([[mark.left, y], [text.right + gap / 3, y]], end, box, map.getBoundingClientRect(), others, gap, rowGap);
  if (line) line[line.length - 1] = meet(line[line.length - 2], end, badge.width * 0.5 + gap / 6);
  return line;
}

/** Draws the line anew where it changed. */
export function lead() {
  const points = way(), d = points ? `M${points.map((p) => p.map((v) => Math.round(v * 2) / 2).join(" ")).join("L")}` : "";
  let path = document.querySelector(".lead path");
  if (!path) {
    if (!d) return;
    const svg = document.body.appendChild(document.createElementNS(SVG, "svg"));
    svg.setAttribute("class", "lead");
    svg.setAttribute("aria-hidden", "true");
    path = svg.appendChild(document.createElementNS(SVG, "path"));
  }
  if (path.getAttribute("d") !== d) path.setAttribute("d", d);
}

document.addEventListener("gw-placed", lead);
window.addEventListener("resize", lead);
