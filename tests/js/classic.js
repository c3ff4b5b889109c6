// Runs a classic script of dashboard/assets in this process, for what it puts on `window.gridwall`.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import vm from "node:vm";

/** @param {string} name @returns {any} window.gridwall */
export function run(name) {
  const path = fileURLToPath(new URL(`../../dashboard/assets/${name}`, import.meta.url));
  globalThis.window = globalThis;
  vm.runInThisContext(readFileSync(path, "utf8"), { filename: path });
  return globalThis.gridwall;
}
