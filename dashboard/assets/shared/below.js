// @ts-check
/**
 * The address of one of our pages, also where a proxy has put the wall below a path (layouts/html/below.py).
 * @param {string} path
 */
export const at = (path) => (globalThis.document?.documentElement?.dataset?.below || "") + path;
