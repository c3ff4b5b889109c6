// @ts-check
// Large print and high contrast: by the address, else as last set on this kiosk.
import { find } from "../shared/nodes.js";
import { query, readdress, root } from "./held.js";

/** Class of the page -> query parameter, its value, and the button's id. @type {Record<string, [string, string, string]>} */
const MODES = { large: ["print", "large", "k-large"], contrast: ["contrast", "high", "k-contrast"] };

/** @param {string} name @param {boolean} on */
function mode(name, on) {
  root().classList.toggle(name, on);
  const button = find(MODES[name][2]);
  if (button) button.setAttribute("aria-pressed", String(on));
}

/** @param {string} name */
function kept(name) {
  try {
    return localStorage.getItem(`gridwall-kiosk-${name}`);
  } catch (error) {
    return null; // a kiosk without storage uses the address
  }
}

export function modes() {
  for (const [name, [key, value]] of Object.entries(MODES)) {
    const wanted = query().get(key);
    mode(name, wanted ? wanted === value : kept(name) === "1");
  }
}

/** @param {string} name */
export function toggle(name) {
  const on = !root().classList.contains(name);
  mode(name, on);
  try {
    localStorage.setItem(`gridwall-kiosk-${name}`, on ? "1" : "0");
  } catch (error) {
    // see kept()
  }
  const [key] = MODES[name], q = query();
  if (q.get(key)) {
    q.delete(key);
    readdress(q);
  }
}
