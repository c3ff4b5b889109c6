// @ts-check
// The HTML parts of the map: legend, measure chips, tooltip.  Each part is rewritten only when its content changed, so
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
 * @param {{code: number, color: string, kind: string, label: string, shown?: boolean}[]} rows
 * @param {string} by caption below @param {string} hot caption of the outlined cells, or ""
 * @returns {boolean} whether it was rewritten
 */
export function legend(node, measure, rows, by, hot) {
  if (!node || !changed(node, JSON.stringify([measure, rows, by, hot]))) { return false; }
  node.replaceChildren();
  node.appendChild(element("div", "gw-legend-head", measure.head));
  const list = element("div", "gw-legend-rows");
  rows.forEach((row) => {
    if (row.shown === false) { return; }
    const line = element("div", `gw-legend-row gw-legend-${row.kind}${row.code === 6 ? " gw-legend-top" : ""}`);
    const swatch = element("span", "gw-legend-swatch");
    swatch.style.setProperty("--swatch", row.color.startsWith("--") ? `var(${row.color})` : row.color);
    line.append(swatch, element("span", "gw-legend-label", row.label));
    list.appendChild(line);
  });
  if (hot) {
    const line = element("div", `gw-legend-row gw-legend-hot${measure.id === "late" ? "" : " gw-legend-most"}`);
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

/** One digit after the point, halves away from zero: as the server prints and classes it. @param {number} value */
export function rounded(value) { return (Math.floor(value * 10 + 0.5) / 10).toFixed(1); }

/**
 * The tooltip of a cell: its name within the scope, then its figures in words.
 * @param {number} idx @param {Payload} p @param {import("./state.js").Labels} labels
 * @param {{n: Uint32Array, need: Uint32Array, late: Uint32Array}} counts
 * @param {boolean} chance whether its share is a signal that chance could make
 */
export function words(idx, p, labels, counts, chance) {
  const n = counts.n[idx], need = counts.need[idx], late = counts.late[idx], people = labels.population[idx], w = p.words;
  /** @param {string} text @param {Record<string, number | string>} values */
  const say = (text, values) => text.replace(/\{(\w+)\}/g, (_, k) => values[k].toLocaleString("en"));
  let name = labels.name[idx];
  for (let up = labels.parent[idx]; up >= 0 && up !== p.scope.idx; up = labels.parent[up]) {
    name = name.startsWith(labels.name[up]) ? name : `${labels.name[up]} · ${name}`;
  }
  const out = [name, say(w.n, { n })];
  if (need) out.push(say(w.need, { need, late }));
  out.push(!need ? w.none : need < 20 ? w.few : say(w.share, { share: rounded((100 * late) / need) }));
  if (chance) out.push(w.chance);
  if (people > 0) out.push(say(w.rate, { rate: rounded((1000 * n) / people) }));
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
