// @ts-check
// The audit of a page as it stands in the browser: which texts are clipped, lie over one another, are smaller than they may be
// on this shape of screen, or stand out too little from the ground that is painted behind them.  `audit` alone reads the page;
// the rest are functions of numbers and colours.  The camera evaluates this file's text in pages whose policy admits no script
// of others: it imports nothing.

/** @typedef {[number, number, number, number]} Box left, top, right, bottom in px @typedef {[number, number, number, number]} Colour red, green, blue 0-255, alpha 0-1 */
/** @typedef {{kind: string, text: string, where: string, box: number[], detail: string, intended: string}} Finding */
/** @typedef {{e: Element, text: string, box: Box, size: number}} Run one line of a text */
/**
 * @typedef {object} Rules
 * @property {string} root selector of what is looked at
 * @property {number} least smallest text, in units
 * @property {string} unit CSS length of one unit: "var(--u)", "1px"
 * @property {boolean} fixed nobody scrolls this page: what is outside the window is lost
 * @property {boolean} pointer there is a pointer, so that a full text in `title` or `data-say` can be had
 * @property {string} exempt selector of what the size rule leaves out
 * @property {string} gives selector of what leaves whole, by rank, where there is no room
 * @property {string} dims selector of what is dimmed because it is not current
 */

const SLACK = 2; // px by which boxes may differ before anything is reported
const NORMAL = 4.5, LARGE = 3; // WCAG 2.2, 1.4.3
const LARGE_BY = 24 / 14; // a text this many times the smallest one is large; 24 px for a desk's 14
const FAR = 1000; // px outside of the page where nothing is by accident
const LETTER = /[\p{L}\p{N}]/u;

// ---- boxes --------------------------------------------------------------------------------------------------------------
/** Width and height of what two boxes share; not positive = nothing. @param {Box} a @param {Box} b */
export const shared = (a, b) => [Math.min(a[2], b[2]) - Math.max(a[0], b[0]), Math.min(a[3], b[3]) - Math.max(a[1], b[1])];

/** Whether two boxes share more than the slack both ways. @param {Box} a @param {Box} b */
export const overlaps = (a, b) => shared(a, b).every((length) => length > SLACK);

/** "whole", "part" or "none": how much of a box is within another. @param {Box} box @param {Box} clip */
export function within(box, clip) {
  if (box[0] >= clip[0] - SLACK && box[1] >= clip[1] - SLACK && box[2] <= clip[2] + SLACK && box[3] <= clip[3] + SLACK) return "whole";
  return overlaps(box, clip) ? "part" : "none";
}

// ---- colours ------------------------------------------------------------------------------------------------------------
/** A computed colour; null for what is none ("none", a gradient). @param {string} text @returns {Colour | null} */
export function colourOf(text) {
  if (text === "transparent") return [0, 0, 0, 0];
  const parts = /^(rgba?|color)\((?:srgb )?([^)]*)\)$/.exec(text);
  if (!parts) return null;
  const numbers = parts[2].split(/[\s,/]+/).filter(Boolean).map((n) => (n.endsWith("%") ? parseFloat(n) / 100 : parseFloat(n)));
  if (numbers.length < 3 || numbers.some(Number.isNaN)) return null;
  const by = parts[1] === "color" ? 255 : 1;
  return [numbers[0] * by, numbers[1] * by, numbers[2] * by, numbers.length > 3 ? numbers[3] : 1];
}

/** One colour painted over another. @param {Colour} top @param {Colour} below @returns {Colour} */
export function over(top, below) {
  const alpha = top[3] + below[3] * (1 - top[3]);
  const mixed = [0, 1, 2].map((i) => (alpha ? (top[i] * top[3] + below[i] * below[3] * (1 - top[3])) / alpha : 0));
  return [mixed[0], mixed[1], mixed[2], alpha];
}

/** Relative luminance by WCAG, of an opaque colour. @param {Colour} colour */
function luminance(colour) {
  const [r, g, b] = colour.slice(0, 3).map((v) => (v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** Contrast of a text's colour on an opaque ground, 1 to 21. @param {Colour} ink @param {Colour} ground */
export function contrast(ink, ground) {
  const [a, b] = [luminance(over(ink, ground)), luminance(ground)].sort((x, y) => y - x);
  return (a + 0.05) / (b + 0.05);
}

// ---- the page -----------------------------------------------------------------------------------------------------------
/** @param {Element} e */
const styleOf = (e) => getComputedStyle(e);
/** @param {Element} e @returns {Box} */
const boxOf = (e) => { const b = e.getBoundingClientRect(); return [b.left, b.top, b.right, b.bottom]; };
/** What the chain of an element's parents makes of its opacity. @param {Element | null} e */
function opacityOf(e) {
  let all = 1;
  for (; e; e = e.parentElement) all *= parseFloat(styleOf(e).opacity || "1");
  return all;
}
/** @param {Element} e */
const isSvg = (e) => e.namespaceURI === "http://www.w3.org/2000/svg";

/** A short name of the place of an element: its panel or part, its own classes. @param {Element} e */
function whereOf(e) {
  const part = e.closest("[id]:not([id^='{']), .panel, .an-panel");
  const name = part && part !== e ? (part.classList.contains("panel") ? part.classList[1] || "panel" : part.id || part.classList[1] || "") : "";
  const classes = (e.getAttribute("class") || "").trim().split(/\s+/).filter(Boolean).slice(0, 2).join(".");
  return `${name} ${e.tagName.toLowerCase()}${e.id ? `#${e.id}` : ""}${classes ? `.${classes}` : ""}`.trim();
}

/** Size of a text in px as it is drawn. @param {Element} e */
function sizeOf(e) {
  const size = parseFloat(styleOf(e).fontSize);
  const matrix = isSvg(e) && "getScreenCTM" in e ? /** @type {SVGGraphicsElement} */ (e).getScreenCTM() : null;
  return matrix ? size * Math.hypot(matrix.b, matrix.d) : size;
}

/** The lines of every visible text below `root`. @param {Element} root @returns {Run[]} */
function runs(root) {
  const found = [], walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const e = node.parentElement, text = (node.textContent || "").trim().replace(/\s+/g, " ");
    if (!e || !text || e.closest("script, style, option, noscript, template, [hidden]")) continue;
    if (!e.checkVisibility({ opacityProperty: true, visibilityProperty: true })) continue;
    const range = document.createRange(), size = sizeOf(e);
    range.selectNodeContents(node);
    for (const b of range.getClientRects()) {
      const lead = Math.max(0, (b.height - size * 0.9) / 2); // a line's box is higher than its letters
      if (b.width >= 1 && b.height >= 1) found.push({ e, text, size, box: /** @type {Box} */ ([b.left, b.top + lead, b.right, b.bottom - lead]) });
    }
  }
  return found;
}

/**
 * What cuts a line: ["whole"], ["scrolled"] = a hand can bring it into view, ["hidden"] = meant for the ear alone, or
 * ["part" | "none", the element that cuts].  An absolute box is cut by its containing block and what is around that.
 * @param {Run} run @param {Rules} rules @returns {[string, Element | null]}
 */
function cutOf({ e, box }, rules) {
  let positioned = "", inside = 0;
  for (let a = /** @type {Element | null} */ (e); a; a = a.parentElement) {
    const style = styleOf(a), svg = isSvg(a);
    if (svg && a.tagName.toLowerCase() !== "svg") continue;
    const nested = svg && a.parentElement && isSvg(a.parentElement);
    const holds = !positioned || style.position !== "static" || style.transform !== "none";
    if (holds && !nested && a !== document.body && a !== document.documentElement && (style.overflowX !== "visible" || style.overflowY !== "visible")) {
      const clip = boxOf(a);
      if (clip[2] - clip[0] <= SLACK || clip[3] - clip[1] <= SLACK) return ["hidden", a];
      const lies = within(box, clip), scrolls = /auto|scroll/.test(style.overflowX + style.overflowY);
      if (lies !== "whole") return scrolls && (a.scrollWidth > a.clientWidth || a.scrollHeight > a.clientHeight) ? ["scrolled", a] : [lies, a];
      inside += 1;
    }
    if (holds) positioned = style.position === "absolute" || style.position === "fixed" ? style.position : style.position === "static" ? positioned : "";
    if (style.position === "fixed") break;
  }
  const page = document.documentElement;
  const window_ = /** @type {Box} */ ([0, 0, innerWidth, innerHeight]);
  const all = /** @type {Box} */ ([-scrollX, -scrollY, Math.max(page.scrollWidth, innerWidth) - scrollX, Math.max(page.scrollHeight, innerHeight) - scrollY]);
  if (box[2] < -FAR || box[3] < -FAR) return ["hidden", null]; // a link that comes into view when a key reaches it
  const lies = within(box, rules.fixed ? window_ : all);
  if (lies !== "whole") return [lies, null];
  return [rules.fixed || within(box, window_) === "whole" ? "whole" : "scrolled", inside ? e : null];
}

/** The nearest element that ends a text in dots, if it does. @param {Element} e */
function dotted(e) {
  for (let a = /** @type {Element | null} */ (e); a; a = a.parentElement) {
    const style = styleOf(a);
    if (style.textOverflow === "ellipsis" && style.overflowX !== "visible" && a.scrollWidth > a.clientWidth + 1) return a;
    if (style.webkitLineClamp && style.webkitLineClamp !== "none" && a.scrollHeight > a.clientHeight + SLACK) return a;
  }
  return null;
}

/** What a colour in a canvas is at a point of the window. @param {HTMLCanvasElement} canvas @param {number} x @param {number} y @returns {Colour | null} */
function pixel(canvas, x, y) {
  const [left, top, right, bottom] = boxOf(canvas);
  try {
    const draw = canvas.getContext("2d");
    const at = draw && draw.getImageData(Math.floor(((x - left) / (right - left)) * canvas.width), Math.floor(((y - top) / (bottom - top)) * canvas.height), 1, 1).data;
    return at ? [at[0], at[1], at[2], at[3] / 255] : null;
  } catch { return null; } // another kind of canvas, or one of another origin
}

/** What an element itself paints at a point; null = nothing that is known. @param {Element} e @param {number} x @param {number} y @returns {Colour | null} */
function paintOf(e, x, y) {
  const style = styleOf(e), tag = e.tagName.toLowerCase();
  if (tag === "canvas") return pixel(/** @type {HTMLCanvasElement} */ (e), x, y);
  const shape = isSvg(e) && tag !== "svg";
  if (shape && (tag === "text" || tag === "tspan" || tag === "g")) return null;
  const colour = colourOf(shape ? style.fill : style.backgroundColor);
  return colour && [colour[0], colour[1], colour[2], colour[3] * (shape ? parseFloat(style.fillOpacity || "1") : 1)];
}

/**
 * From the top: what covers a line at a point, and the colour painted behind it.
 * @param {Element} e @param {number} x @param {number} y @returns {{cover: Element | null, ground: Colour}}
 */
function behind(e, x, y) {
  const stack = document.elementsFromPoint(x, y);
  let cover = null, mine = stack.findIndex((hit) => hit === e || e.contains(hit) || hit.contains(e));
  if (mine < 0) mine = 0;
  for (const hit of stack.slice(0, mine)) {
    const paint = hit.tagName.toLowerCase() === "canvas" ? null : paintOf(hit, x, y);
    if (!cover && paint && paint[3] * opacityOf(hit) > 0.8) cover = hit;
  }
  let ground = /** @type {Colour} */ ([0, 0, 0, 0]);
  for (const hit of [...stack.slice(mine), document.documentElement]) {
    const paint = e !== hit && e.contains(hit) ? null : paintOf(hit, x, y);
    if (paint) ground = over(ground, [paint[0], paint[1], paint[2], paint[3] * opacityOf(hit)]);
    if (ground[3] > 0.99) break;
  }
  return { cover, ground: over(ground, [255, 255, 255, 1]) };
}

/** The colour of a text, as dim as all that it stands in. @param {Element} e @returns {Colour | null} */
function inkOf(e) {
  const style = styleOf(e), colour = colourOf(isSvg(e) ? style.fill : style.webkitTextFillColor || style.color);
  return colour && [colour[0], colour[1], colour[2], colour[3] * opacityOf(e)];
}

/** Three points of a line, so that one that stands half on a bar is seen on both grounds. @param {Box} box */
const points = ([l, t, r, b]) => [Math.min(l + 3, (l + r) / 2), (l + r) / 2, Math.max(r - 3, (l + r) / 2)].map((x) => [x, (t + b) / 2]);

/**
 * All that is wrong with the texts of the page as it stands, each once, with the reason in `intended` if it is meant so.
 * @param {Rules} rules @returns {{texts: number, findings: Finding[]}}
 */
export function audit(rules) {
  const root = document.querySelector(rules.root) || document.body, said = /** @type {Set<unknown>} */ (new Set()), findings = /** @type {Finding[]} */ ([]);
  const sheet = document.createElement("style"), probe = document.createElement("div");
  sheet.textContent = "*, ::before, ::after { pointer-events: auto !important; transition: none !important; animation: none !important }";
  probe.style.cssText = `position:absolute;width:calc(${rules.unit} * 1000)`;
  document.head.append(sheet);
  root.append(probe);
  const unit = probe.getBoundingClientRect().width / 1000;
  probe.remove();
  /** @param {string} kind @param {Run} run @param {string} detail @param {string} [intended] */
  const tell = (kind, { e, text, box }, detail, intended = "") => {
    const where = whereOf(e), key = `${kind}|${where}|${text}`;
    if (!said.has(key)) findings.push({ kind, text: text.slice(0, 60), where, box: [box[0], box[1], box[2] - box[0], box[3] - box[1]].map(Math.round), detail, intended });
    said.add(key);
  };
  const seen = /** @type {Run[]} */ ([]), all = runs(root);
  for (const run of all) {
    const { e, box, size } = run, [lies, by] = cutOf(run, rules), dots = dotted(e);
    if (lies === "hidden" || lies === "scrolled") continue;
    const drawn = isSvg(e) && run.text.endsWith("…"); // cut by the server, which measures a drawing's texts
    if (dots || drawn) {
      const title = (dots && dots.closest("[title], [data-say]")) || e.closest("[title], [data-say]");
      const full = title ? (title.getAttribute("title") || "") + (title.getAttribute("data-say") || "") : "";
      tell("clipped", run, "ends in dots", rules.pointer && full ? "the full text is under the pointer" : "");
    } else if (lies !== "whole") {
      const whole = by && by.closest(rules.gives || "x-none");
      tell("clipped", run, `${lies === "part" ? "cut" : "out of sight"} by ${by ? whereOf(by) : "the window"}`, lies === "none" && whole ? "gives way as a whole" : "");
      if (lies === "none") continue;
    }
    if (lies === "whole") seen.push(run);
    if (LETTER.test(run.text)) {
      const least = rules.least * unit;
      if (size < least - 0.1 * unit && !e.closest(rules.exempt || "x-none")) tell("small", run, `${(size / unit).toFixed(1)} of ${rules.least}`);
      const ink = inkOf(e), enough = size >= least * LARGE_BY ? LARGE : NORMAL;
      const on = points(box).filter(([x, y]) => x >= 0 && y >= 0 && x < innerWidth && y < innerHeight).map(([x, y]) => behind(e, x, y));
      const cover = on.find((one) => one.cover)?.cover;
      if (cover) tell("clipped", run, `covered by ${whereOf(cover)}`);
      const worst = ink && on.length && !cover ? Math.min(...on.map((one) => contrast(ink, one.ground))) : 21;
      if (worst < enough - 0.005) {
        const off = e.closest(":disabled, [aria-disabled=true]") ? "inactive" : "";
        const dim = e.closest(rules.dims || "x-none");
        if (!dim || off) tell("contrast", run, `${worst.toFixed(2)} of ${enough}`, off);
        else if (!said.has(dim)) tell("contrast", run, "and what stands with it", "dimmed: not current"); // said once of each place
        if (dim) said.add(dim);
      }
    }
  }
  const order = seen.sort((a, b) => a.box[1] - b.box[1]);
  order.forEach((a, i) => {
    for (let j = i + 1; j < order.length && order[j].box[1] < a.box[3] - SLACK; j += 1) {
      const b = order[j];
      if (a.e === b.e || !overlaps(a.box, b.box)) continue;
      const x = (Math.max(a.box[0], b.box[0]) + Math.min(a.box[2], b.box[2])) / 2, y = (b.box[1] + Math.min(a.box[3], b.box[3])) / 2;
      const under = [a, b].find((one) => behind(one.e, x, y).cover);
      if (under) tell("clipped", under, `covered where "${(under === a ? b : a).text.slice(0, 40)}" stands`);
      else tell("overlap", a, `with "${b.text.slice(0, 40)}" (${whereOf(b.e)})`);
    }
  });
  sheet.remove();
  return { texts: all.length, findings };
}
