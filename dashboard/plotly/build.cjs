// Writes plotly.min.js: Plotly with the traces in use.  `make plotly` installs what this needs into a folder of its own.
"use strict";

const [, , modules, target] = process.argv;
const path = require("path");
const esbuild = require(path.join(modules, "esbuild"));
const { version } = require(path.join(modules, "plotly.js", "package.json"));
// style sheets are those of maps, which are not in it
const styles = { name: "styles", setup: (build) => build.onLoad({ filter: /\.css$/ }, () => ({ contents: "", loader: "js" })) };

esbuild.build({
  entryPoints: [path.join(__dirname, "traces.cjs")], outfile: target, nodePaths: [modules],
  format: "iife", globalName: "Plotly", bundle: true, minify: true, target: "es2016", plugins: [styles],
  alias: { regl: "@plotly/regl", stream: "stream-browserify" }, define: { global: "window", "define.amd": "false" },
  banner: { js: `/*! plotly.js v${version} with the traces of traces.cjs, (c) Plotly, Inc., MIT: see LICENSE */` },
}).catch(() => process.exit(1));
