// @ts-check
// The workbench's charts by panel: the figure as received, and its state.
import { part } from "../shared/nodes.js";

/**
 * A mark's text (`say`), and what a press on it selects: days (`from`, `to`), a `code`, or an address (`go`); `place` is its row
 * if rows are not in the order of the marks.
 * @typedef {{say: string, from?: string, to?: string, code?: string, go?: string, place?: number}} Mark
 * @typedef {object} Meta the server's description of a chart
 * @property {number} height px
 * @property {string} label
 * @property {string} choose query parameter that a selection sets; "days" sets the window, "" nothing
 * @property {boolean} [rows] its marks are rows, whose names can be pressed too
 * @property {Mark[]} [marks] of a Sankey, which has no points
 * @typedef {{data: any[], layout: {meta: Meta, [part: string]: any}}} Figure plain JSON with colours named by role
 * @typedef {object} Held
 * @property {Figure} figure
 * @property {string} text the figure as received
 * @property {boolean} stands whether it is drawn in this form
 * @property {Promise<void> | null} drawn resolves once it is on the screen
 * @property {number} at the mark selected by keyboard; -1 none
 * @property {number | null} from start of a keyboard selection of several marks
 */

/** @type {Record<string, Held>} */
export const held = {};

/** The container of a panel's chart. @param {string} panel */
export const place = (panel) => part("an-graph", panel);

/** Plotly's own element, once it is there. @param {string} panel @returns {any} */
export const plot = (panel) => place(panel)?.querySelector(".js-plotly-plot");

/** The panel named in the id of a chart's element. @param {Element} at @returns {string} */
export const panelOf = (at) => JSON.parse(at.id).panel;
