// What `make lint` holds of the scripts: those of the pages, of the server's settings for them, and of their tests.
import js from "@eslint/js";
import globals from "globals";

const rules = {
  "array-callback-return": "error",
  "consistent-return": "off",
  curly: ["error", "multi-line"],
  eqeqeq: "error",
  "max-lines": ["error", 300],
  "no-eval": "error",
  "no-implied-eval": "error",
  "no-new-func": "error",
  "no-unused-vars": ["error", { caughtErrors: "none" }],
  "no-useless-assignment": "error",
};

export default [
  { ignores: ["node_modules/", ".venv/", "var/", "tmp/", "dashboard/plotly/plotly.min.js"] },
  js.configs.recommended,
  {
    files: ["**/*.js"],
    languageOptions: { ecmaVersion: 2022, sourceType: "module" },
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules,
  },
  { files: ["dashboard/assets/**/*.js", "dashboard/look/*.js"], languageOptions: { globals: globals.browser } },
  // a classic script: shared workers of modules are younger than the browsers of some halls
  { files: ["dashboard/assets/wall/live-worker.js"], languageOptions: { sourceType: "script", globals: globals.sharedWorker } },
  // inline in the page, in the syntax of every browser that still opens it
  { files: ["layouts/html/*.js"], languageOptions: { ecmaVersion: 5, sourceType: "script", globals: globals.browser } },
  // what makes the bundle of Plotly, in the form that its own packages have
  { files: ["dashboard/plotly/*.{js,cjs}"], languageOptions: { sourceType: "commonjs", globals: globals.node } },
  { files: ["tests/js/**/*.js", "benchmarks/*.js", "*.js"], languageOptions: { globals: { ...globals.node, ...globals.browser } } },
];
