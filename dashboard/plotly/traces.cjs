// The kinds of charts that the product draws (scatter is in the core); tests/layouts/analyst/test_charts.py knows the same.
"use strict";

const Plotly = require("plotly.js/lib/core");
Plotly.register([require("plotly.js/lib/bar"), require("plotly.js/lib/sankey")]);
module.exports = Plotly;
