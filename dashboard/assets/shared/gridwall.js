// @ts-check
// What the scripts of a page offer each other by name.  Those that begin by themselves are loaded apart and look here for one
// another, so that one that fails leaves the others standing; modules that need one another always import.

/**
 * @typedef {object} Gridwall
 * @property {() => number} [serverNow] the clock that ages are told by, ms: the server's, or where a closed log stands
 * @property {(code: string) => void} [onScope] enters a place of the map ("" = back)
 * @property {any} [map] map/map.js
 * @property {any} [held] what the wall's page holds (wall/live.js)
 * @property {any} [kiosk] what the duty desk holds (kiosk/kiosk.js)
 * @property {() => void} [tick] puts the wall's clocks, states and notes right at once
 */

/** @type {Gridwall & Record<string, any>} */
export const gridwall = (window.gridwall = window.gridwall || {});

/** The instant by which ages are told, ms. */
export const now = () => (gridwall.serverNow ? gridwall.serverNow() : Date.now());
