// @ts-check
// A chart that stands on the page, drawn anew without waiting for Dash: the paper of a print does not wait.

/** @param {Element | null | undefined} at around the chart @param {{data: any[], layout: any}} figure */
export function replot(at, figure) {
  const gd = /** @type {any} */ (at?.querySelector(".js-plotly-plot"));
  if (window.Plotly && gd && gd._fullLayout) window.Plotly.react(gd, figure.data, figure.layout);
}
