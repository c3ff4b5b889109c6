// @ts-check
// Colours by role, as the page's style (layouts/palette.py) currently defines them.

/** A colour, opaque or with `share` (0 to 1) as its opacity. @typedef {(role: string, share?: number) => string} Colours */

/** The page's colours, e.g. `--ink`. @returns {Colours} */
export function palette() {
  const style = getComputedStyle(document.documentElement);
  return (role, share) => {
    const hex = style.getPropertyValue(role).trim();
    if (share === undefined) return hex;
    const [r, g, b] = [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16));
    return `rgba(${r},${g},${b},${share})`;
  };
}
