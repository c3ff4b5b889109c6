// @ts-check
// The charts that a workbench holds: by panel the figure as it came, and what became of it.
import { part } from "../shared/nodes.js";

/**
 * What a mark says (`say`), and what a press on it chooses: days (`from`, `to`), a `code`, or an address (`go`); `place` is its row
 * where rows are not in the order of the marks.
 * @typedef {{say: string, from?: string, to?: string, code?: string, go?: string, place?: number}} Mark
 * @typedef {object} Meta what the server says of a chart
 * @property {number} height px
 * @property {string} label
 * @property {string} choose word of the address that a choice in it sets; "days" sets the window, "" nothing
 * @property {boolean} [rows] its marks are rows, whose names choose too
 * @property {Mark[]} [marks] those of a Sankey, which has no points
 * @typedef {{data: any[], layout: {meta: Meta, [part: string]: any}}} Figure plain JSON that names colours by role
 * @typedef {object} Held
 * @property {Figure} figure
 * @property {string} text the figure as it came
 * @property {boolean} stands it is drawn so
 * @property {Promise<void> | null} drawn when that stands on the screen
 * @property {number} at the mark where the keys are; -1 none
 * @property {number | null} from where a choice of several by key begins
 */

/** @type {Record<string, Held>} */
export const held = {};

/** Where a panel's chart stands. @param {string} panel */
export const place = (panel) => part("an-graph", panel);

/** Plotly's own element, once it is there. @param {string} panel @returns {any} */
export const plot = (panel) => place(panel)?.querySelector(".js-plotly-plot");

/** The panel of a chart's element, which has it in its id. @param {Element} at @returns {string} */
export const panelOf = (at) => JSON.parse(at.id).panel;
