// @ts-check
// Colours by role, as the page's style (layouts/palette.py) currently defines them.

/** A colour, opaque or with `share` (0 to 1) as its opacity. @typedef {(role: string, share?: number) => string} Colours */

/** Keys of a figure that hold data or text, never colours. */
const DATA = new Set(["customdata", "text", "ticktext", "hovertext", "x", "y", "meta", "name", "label"]);

/** Replaces the role names in a figure ("--ink", "--watch 22%"), or a part of it, by colours. @param {any} value @param {Colours} of @returns {any} */
export function coloured(value, of) {
  if (Array.isArray(value)) return value.map((v) => coloured(v, of));
  if (value && typeof value === "object") {
    return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, DATA.has(k) ? v : coloured(v, of)]));
  }
  if (typeof value !== "string" || !value.startsWith("--")) return value;
  const [role, share] = value.split(" ");
  return share ? of(role, parseFloat(share) / 100) : of(role);
}

/** Calls `then` whenever the page's theme has changed. @param {() => void} then */
export function onTheme(then) {
  new MutationObserver(then).observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
}

/** The page's colours as of now, e.g. `--ink`; each is asked of the page once. @returns {Colours} */
export function palette() {
  const style = getComputedStyle(document.documentElement);
  /** @type {Map<string, string>} */
  const known = new Map();
  return (role, share) => {
    const hex = known.get(role) ?? style.getPropertyValue(role).trim();
    known.set(role, hex);
    if (share === undefined) return hex;
    const [r, g, b] = [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16));
    return `rgba(${r},${g},${b},${share})`;
  };
}
