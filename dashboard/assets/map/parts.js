// @ts-check
// The HTML parts of the map: plates, legend, measure chips, tooltip.  Each part is rewritten only when its content changed, so
// that nothing flickers; texts are inserted as text, never as markup.

/** @typedef {import("./state.js").Measure} Measure @typedef {import("./state.js").Payload} Payload */

/** @param {string} tag @param {string} className @param {string} [text] */
function element(tag, className, text) {
  const e = document.createElement(tag);
  e.className = className;
  if (text !== undefined) { e.textContent = text; }
  return e;
}
/** @param {any} node @param {string} key what it shows */
function changed(node, key) {
  if (node.gwKey === key) { return false; }
  node.gwKey = key;
  return true;
}

/**
 * @param {HTMLElement | null} node @param {Measure} measure
 * @param {{code: number, color: string, kind: string, label: string}[]} rows
 * @param {string} by caption below @param {string} hot caption of the outlined cells, or ""
 * @returns {boolean} whether it was rewritten
 */
export function legend(node, measure, rows, by, hot) {
  if (!node || !changed(node, JSON.stringify([measure, rows, by, hot]))) { return false; }
  node.replaceChildren();
  node.appendChild(element("div", "gw-legend-head", measure.head));
  const list = element("div", "gw-legend-rows");
  rows.forEach((row) => {
    const line = element("div", `gw-legend-row gw-legend-${row.kind}${row.code === 6 ? " gw-legend-top" : ""}`);
    const swatch = element("span", "gw-legend-swatch");
    swatch.style.backgroundColor = row.color.startsWith("--") ? `var(${row.color})` : row.color;
    line.append(swatch, element("span", "gw-legend-label", row.label));
    list.appendChild(line);
  });
  if (hot) {
    const line = element("div", "gw-legend-row gw-legend-hot");
    line.append(element("span", "gw-legend-swatch"), element("span", "gw-legend-label", hot));
    list.appendChild(line);
  }
  node.appendChild(list);
  node.appendChild(element("div", "gw-legend-foot", by));
  return true;
}

/**
 * @param {HTMLElement | null} node @param {Measure[]} measures @param {string} chosen @param {string} label
 * @param {(id: string) => void} choose
 */
export function chips(node, measures, chosen, label, choose) {
  if (!node || !changed(node, JSON.stringify([measures.map((m) => { return m.chip; }), chosen]))) { return; }
  node.setAttribute("aria-label", label);
  while (node.children.length > measures.length) { /** @type {ChildNode} */ (node.lastChild).remove(); }
  measures.forEach((m, i) => {
    let b = /** @type {HTMLButtonElement} */ (node.children[i]);
    if (!b) {
      b = /** @type {HTMLButtonElement} */ (element("button", "gw-map-chip"));
      b.type = "button";
      b.addEventListener("click", () => { choose(b.dataset.measure || ""); });
      node.appendChild(b);
    }
    b.dataset.measure = m.id;
    b.textContent = m.chip;
    b.setAttribute("aria-pressed", String(m.id === chosen));
  });
}

/**
 * Plates reuse their elements, in order.
 * @param {HTMLElement} node @param {import("./state.js").Plate[]} plates @param {string} measure
 * @param {(idx: number) => void} enter
 * @param {(idx: number, event?: PointerEvent) => void} hover
 * @returns {boolean} whether a size may have changed
 */
export function plates(node, plates, measure, enter, hover) {
  if (!changed(node, JSON.stringify([plates, measure]))) { return false; }
  while (node.children.length > plates.length) { /** @type {ChildNode} */ (node.lastChild).remove(); }
  plates.forEach((plate, i) => {
    let e = /** @type {HTMLButtonElement} */ (node.children[i]);
    if (!e) {
      e = /** @type {HTMLButtonElement} */ (element("button", "gw-plate"));
      e.type = "button";
      e.append(element("span", "gw-plate-name"), element("span", "gw-plate-value"), element("span", "gw-plate-badge"));
      e.addEventListener("click", (event) => { event.stopPropagation(); enter(Number(e.dataset.idx)); });
      e.addEventListener("pointerenter", (event) => { hover(Number(e.dataset.idx), event); });
      e.addEventListener("pointerleave", () => { hover(-1); });
      node.appendChild(e);
    }
    e.dataset.idx = String(plate.idx);
    e.classList.toggle("gw-plate-watch", plate.watch.indexOf(measure) >= 0);
    e.children[0].textContent = plate.name;
    e.children[1].textContent = plate.values[measure];
    e.children[2].textContent = plate.badge ? plate.badge.mark : "";
    e.children[2].className = `gw-plate-badge${plate.badge ? ` gw-badge-${plate.badge.severity}` : ""}`;
  });
  return true;
}

/**
 * Places every plate as near to its cell as possible without touching another: badges first, then by falling cell area; a plate
 * that finds no place within 1.5 of its heights is hidden rather than drawn over another or far from its cell.
 * @param {HTMLElement} node @param {import("./state.js").Plate[]} plates
 * @param {(idx: number) => {x: number, y: number, area: number}} spot
 * @param {number} width @param {number} height of the map
 * @param {number[][]} obstacles left, top, right, bottom
 */
export function place(node, plates, spot, width, height, obstacles) {
  const made = /** @type {HTMLElement[]} */ ([...node.children]);
  const sizes = plates.map((_, i) => [made[i].offsetWidth, made[i].offsetHeight]);
  const order = plates.map((_, i) => i).sort((a, b) =>
    (plates[b].badge ? 1 : 0) - (plates[a].badge ? 1 : 0) || spot(plates[b].idx).area - spot(plates[a].idx).area);
  const taken = obstacles.slice();
  for (const i of order) {
    const [w, h] = sizes[i], found = free(spot(plates[i].idx), w, h, width, height, taken), e = made[i];
    e.style.visibility = found ? "" : "hidden";
    if (found) {
      taken.push([found[0], found[1], found[0] + w, found[1] + h]);
      e.style.transform = `translate(${Math.round(found[0])}px,${Math.round(found[1])}px)`;
    }
  }
}

/**
 * Left and top of the nearest free place around `at`; null if there is none.
 * @param {{x: number, y: number}} at @param {number} w @param {number} h @param {number} width @param {number} height
 * @param {number[][]} taken
 */
function free(at, w, h, width, height, taken) {
  const gap = h * 0.12;
  for (let ring = 0; ring <= 3; ring++) {
    for (let k = 0; k < (ring ? 12 : 1); k++) {
      const x = at.x - w / 2 + Math.cos((k * Math.PI) / 6) * ring * h * 0.5;
      const y = at.y - h / 2 + Math.sin((k * Math.PI) / 6) * ring * h * 0.5;
      const apart = taken.every((t) => x + w + gap <= t[0] || t[2] + gap <= x || y + h + gap <= t[1] || t[3] + gap <= y);
      if (x >= 0 && y >= 0 && x + w <= width && y + h <= height && apart) return [x, y];
    }
  }
  return null;
}

/**
 * The tooltip of a cell: its name within the scope, then its figures in words.
 * @param {number} idx @param {Payload} p @param {import("./state.js").Labels} labels
 * @param {{n: Uint32Array, need: Uint32Array, late: Uint32Array}} counts
 */
export function words(idx, p, labels, counts) {
  const n = counts.n[idx], need = counts.need[idx], late = counts.late[idx], people = labels.population[idx], w = p.words;
  /** @param {string} text @param {Record<string, number | string>} values */
  const say = (text, values) => text.replace(/\{(\w+)\}/g, (_, k) => values[k].toLocaleString("en"));
  let name = labels.name[idx];
  for (let up = labels.parent[idx]; up >= 0 && up !== p.scope.idx; up = labels.parent[up]) {
    name = name.startsWith(labels.name[up]) ? name : `${labels.name[up]} · ${name}`;
  }
  const out = [name, say(w.n, { n })];
  if (need) out.push(say(w.need, { need, late }));
  out.push(!need ? w.none : need < 20 ? w.few : say(w.share, { share: ((100 * late) / need).toFixed(1) }));
  if (people > 0) out.push(say(w.rate, { rate: ((1000 * n) / people).toFixed(1) }));
  return out;
}

/**
 * @param {HTMLElement | null} node @param {string[] | null} lines @param {number} x @param {number} y pointer position
 * @param {number} width @param {number} height of the map
 */
export function tip(node, lines, x, y, width, height) {
  if (!node) { return; }
  if (!lines) { node.classList.remove("gw-on"); changed(node, ""); return; }
  if (changed(node, lines.join("\n"))) {
    node.replaceChildren(...lines.map((line, i) => element("div", i ? "gw-tip-line" : "gw-tip-name", line)));
    node.classList.add("gw-on");
  }
  const w = node.offsetWidth, h = node.offsetHeight, off = h * 0.16;
  const left = x + off + w > width ? x - off - w : x + off, top = y + off + h > height ? y - off - h : y + off;
  node.style.transform = `translate(${Math.round(Math.max(0, left))}px,${Math.round(Math.max(0, top))}px)`;
}

/** @param {HTMLElement | null} node @param {string} text */
export function text(node, text) {
  if (node && changed(node, text)) { node.textContent = text; }
}
