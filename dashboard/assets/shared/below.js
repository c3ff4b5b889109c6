// @ts-check
/**
 * The address of one of our pages, including the path below which a proxy serves the wall (layouts/html/below.py).
 * @param {string} path
 */
export const at = (path) => (globalThis.document?.documentElement?.dataset?.below || "") + path;
