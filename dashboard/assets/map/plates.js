// @ts-check
// Plates of the map: a place's name and value where they hide nothing that matters.  They lie inside the border, off the cells of
// the top class and off each other, and give way by rank: a badge, the five worst, then as many as find room in their own place.

/** @typedef {import("./state.js").Plate} Plate */
/**
 * @typedef {object} Box a plate to be placed, CSS pixels
 * @property {number} idx grid position @property {number} rank 0 = with a badge, 1..5 = the worst, 6 = others; -1 = not written
 * @property {number} w @property {number} h of the plate @property {number} l @property {number} t how far its badge reaches beyond
 * @property {number} x @property {number} y where its cell lies @property {number} area of the cell
 */
/**
 * What lies under a point: 0 outside the border, else `INSIDE`, with `TOP` on a cell of the top class, `OWN` in the plate's place.
 * @typedef {(x: number, y: number, idx: number) => number} Ground
 */

export const INSIDE = 1, TOP = 2, OWN = 4;
const OTHERS = 6;
const STEP = 4;      // CSS pixels between the points that are looked at
const RINGS = 7;     // half heights that a plate may lie from its cell; one with a badge twice that
const ROOM = 0.6;    // the part of an ordinary plate that must lie in its own place
const LABELS = ["gw-plate-name", "gw-plate-value", "gw-plate-badge"];

/** The badge that a place carries while a measure shows: that of lateness leaves with it. @param {Plate} plate @param {string} measure */
export function badgeOf(plate, measure) {
  return plate.badges.find((b) => measure === "late" || !b.late) || null;
}

/** @param {Plate} plate @param {string} measure */
export function rankOf(plate, measure) {
  if (badgeOf(plate, measure)) return 0;
  if (plate.few && measure === "late") return -1;
  return plate.worst[measure] || OTHERS;
}

/**
 * Writes the plates; they reuse their elements, in order.
 * @param {HTMLElement} node @param {Plate[]} plates @param {string} measure
 * @param {(idx: number) => void} enter
 * @param {(idx: number, event?: PointerEvent) => void} hover
 * @returns {boolean} whether a size may have changed
 */
export function write(node, plates, measure, enter, hover) {
  const held = /** @type {any} */ (node), key = JSON.stringify([plates, measure]);
  if (held.gwKey === key) return false;
  held.gwKey = key;
  while (node.children.length > plates.length) /** @type {ChildNode} */ (node.lastChild).remove();
  plates.forEach((plate, i) => {
    const e = /** @type {HTMLButtonElement} */ (node.children[i] || node.appendChild(made(enter, hover))), badge = badgeOf(plate, measure);
    e.dataset.idx = String(plate.idx);
    e.classList.toggle("gw-plate-watch", plate.watch.includes(measure));
    e.children[0].textContent = plate.name;
    e.children[1].textContent = plate.values[measure];
    e.children[2].textContent = badge ? badge.mark : "";
    e.children[2].className = `gw-plate-badge${badge ? ` gw-badge-${badge.severity}` : ""}`;
  });
  return true;
}

/** @param {(idx: number) => void} enter @param {(idx: number, event?: PointerEvent) => void} hover */
function made(enter, hover) {
  const e = document.createElement("button");
  e.className = "gw-plate";
  e.type = "button";
  for (const name of LABELS) e.appendChild(document.createElement("span")).className = name;
  e.addEventListener("click", (event) => { event.stopPropagation(); enter(Number(e.dataset.idx)); });
  e.addEventListener("pointerenter", (event) => { hover(Number(e.dataset.idx), event); });
  e.addEventListener("pointerleave", () => { hover(-1); });
  return e;
}

/**
 * Measures the written plates and moves each to its place; those that find none are hidden.
 * @param {HTMLElement} node @param {Plate[]} plates @param {string} measure
 * @param {(idx: number) => {x: number, y: number, area: number}} spot
 * @param {Ground} ground @param {number} width @param {number} height of the map
 * @param {number[][]} obstacles left, top, right, bottom
 */
export function place(node, plates, measure, spot, ground, width, height, obstacles) {
  const elements = /** @type {HTMLElement[]} */ ([...node.children]);
  const boxes = plates.map((plate, i) => {
    const e = elements[i], badge = /** @type {HTMLElement} */ (e.children[2]), rank = rankOf(plate, measure);
    const l = rank ? 0 : Math.max(0, -badge.offsetLeft || 0), t = rank ? 0 : Math.max(0, -badge.offsetTop || 0);
    return { idx: plate.idx, rank, w: e.offsetWidth, h: e.offsetHeight, l, t, ...spot(plate.idx) };
  });
  arrange(boxes, ground, width, height, obstacles).forEach((found, i) => {
    elements[i].style.visibility = found ? "" : "hidden";
    if (found) elements[i].style.transform = `translate(${Math.round(found[0])}px,${Math.round(found[1])}px)`;
  });
}

/**
 * Left and top of every plate, null for those that give way.
 * @param {Box[]} boxes @param {Ground} ground @param {number} width @param {number} height @param {number[][]} obstacles
 * @returns {([number, number] | null)[]}
 */
export function arrange(boxes, ground, width, height, obstacles) {
  /** @type {([number, number] | null)[]} */
  const out = boxes.map(() => null);
  const taken = obstacles.slice();
  const order = boxes.map((_, i) => i).filter((i) => boxes[i].rank >= 0)
    .sort((a, b) => boxes[a].rank - boxes[b].rank || boxes[b].area - boxes[a].area);
  for (const i of order) {
    const found = best(boxes[i], ground, width, height, taken);
    if (!found) continue;
    const { l, t, w, h } = boxes[i], [x, y] = found;
    out[i] = found;
    taken.push([x - l, y - t, x + w, y + h]);
  }
  return out;
}

/**
 * The nearest place that hides nothing; with a badge, failing that, the one that hides least.
 * @param {Box} box @param {Ground} ground @param {number} width @param {number} height @param {number[][]} taken
 * @returns {[number, number] | null}
 */
function best(box, ground, width, height, taken) {
  const { w, h, l, t } = box, gap = h * 0.12, badge = box.rank === 0;
  /** @type {[number, number] | null} */
  let least = null;
  let cost = Infinity;
  for (let ring = 0; ring <= (badge ? 2 * RINGS : RINGS); ring++) {
    for (let k = 0, all = ring ? 16 : 1; k < all; k++) {
      const x = box.x - w / 2 + Math.cos((2 * k * Math.PI) / all) * ring * h * 0.5;
      const y = box.y - h / 2 + Math.sin((2 * k * Math.PI) / all) * ring * h * 0.5;
      if (x - l < 0 || y - t < 0 || x + w > width || y + h > height) continue;
      if (!taken.every((o) => x + w + gap <= o[0] || o[2] + gap <= x - l || y + h + gap <= o[1] || o[3] + gap <= y - t)) continue;
      const { outside, top, own } = under(ground, x, y, w, h, box.idx), mine = (ground(x + w / 2, y + h / 2, box.idx) & OWN) > 0;
      if (!outside && !top && mine && (box.rank < OTHERS || own >= ROOM)) return [x, y];
      const hides = 3 * top + 2 * outside + (mine ? 0 : 1) + ring * 0.02;
      if (badge && hides < cost) {
        cost = hides;
        least = [x, y];
      }
    }
  }
  return least;
}

/**
 * The parts of a plate that lie outside the border, on cells of the top class, in the plate's own place.
 * @param {Ground} ground @param {number} x @param {number} y @param {number} w @param {number} h @param {number} idx
 */
function under(ground, x, y, w, h, idx) {
  const across = Math.max(1, Math.ceil(w / STEP)), down = Math.max(1, Math.ceil(h / STEP));
  let outside = 0, top = 0, own = 0;
  for (let i = 0; i <= across; i++) {
    for (let j = 0; j <= down; j++) {
      const found = ground(x + (i * w) / across, y + (j * h) / down, idx);
      if (!found) outside++;
      if (found & TOP) top++;
      if (found & OWN) own++;
    }
  }
  const all = (across + 1) * (down + 1);
  return { outside: outside / all, top: top / all, own: own / all };
}
