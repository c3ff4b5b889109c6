// @ts-check
// Prepares charts for Plotly: sizes in a figure are given in wall units, colours as roles; here they become pixels and colours.
import { coloured, palette } from "../shared/colours.js";

const SIZES = new Set(["size", "width", "l", "r", "t", "b", "pad", "standoff", "ticklen", "tickwidth", "gridwidth", "linewidth",
  "zerolinewidth", "xshift", "yshift", "borderpad"]);

/** One unit of the wall in pixels. */
export const unit = () => parseFloat(getComputedStyle(document.documentElement).getPropertyValue("--u-px")) || window.innerHeight / 1080;

/**
 * `value` with every size in it times `u`.
 * @param {any} value @param {number} u @param {string} [key] its key in the parent
 * @returns {any}
 */
export function scaled(value, u, key = "") {
  if (Array.isArray(value)) return value.map((v) => scaled(v, u, key));
  if (value && typeof value === "object") return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, scaled(v, u, k)]));
  return typeof value === "number" && SIZES.has(key) ? value * u : value;
}

/** The figure with its sizes in pixels, in the page's colours; data are left alone. @param {{data: any[], layout: any}} figure @param {number} [u] @param {import("../shared/colours.js").Colours} [of] */
export function chart(figure, u = unit(), of = palette()) {
  const data = figure.data.map((trace) => {
    const own = { ...trace };
    for (const part of ["line", "marker", "textfont"]) if (trace[part]) own[part] = scaled(trace[part], u);
    return own;
  });
  return coloured({ data, layout: scaled(figure.layout, u) }, of);
}
