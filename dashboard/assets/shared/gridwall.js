// @ts-check
// What the scripts of a page offer each other by name.  Entry scripts are loaded separately and find each other here, so that
// one that fails does not stop the others; modules that always need each other use imports.

/**
 * @typedef {object} Gridwall
 * @property {() => number} [serverNow] reference time of all ages, ms: the server's clock, or the end of a closed log
 * @property {() => number} [utc] the server's clock, ms
 * @property {(code: string) => void} [onScope] enters an area of the map ("" = back)
 * @property {any} [map] map/map.js
 * @property {any} [held] the state of the wall's page (wall/live.js)
 * @property {any} [kiosk] the state of the duty desk (kiosk/kiosk.js)
 * @property {() => void} [tick] updates the wall's clocks, states and notes at once
 */

/** @type {Gridwall & Record<string, any>} */
export const gridwall = (window.gridwall = window.gridwall || {});

/** The reference time of all ages, ms. */
export const now = () => (gridwall.serverNow ? gridwall.serverNow() : Date.now());
