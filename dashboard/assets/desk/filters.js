// @ts-check
// The workbench's filters: a form that mirrors the address, and whose changes lead to another address.
import { find } from "../shared/nodes.js";
import { withWords } from "./address.js";
import { opened } from "./opened.js";

const USUAL = "30d"; // the default window, not named in the address

/** @typedef {HTMLSelectElement | HTMLInputElement} Field */
/** @returns {HTMLFormElement} */
const form = () => find("an-filters");
/** @param {string} name @returns {any} */
const field = (name) => form().elements.namedItem(name);

/** Shows the filters of the address. @param {Record<string, string>} query */
export function setFilters(query) {
  for (const own of /** @type {NodeListOf<Field>} */ (form().querySelectorAll("select, input"))) {
    const value = own.name === "win" ? (query.from ? "days" : query.win || USUAL) : query[own.name] || "";
    if (own instanceof HTMLSelectElement && value && ![...own.options].some((o) => o.value === value)) {
      own.add(new Option(value.replaceAll(",", " + "), value));
    }
    if (own.value !== value) own.value = value;
    own.closest("label")?.classList.toggle("set", Boolean(value) && !(own.name === "win" && value === USUAL));
  }
  form().classList.toggle("days", Boolean(query.from));
}

/** Adds an area below the listed levels to the list, by name. @param {{code: string, name: string}} area */
export function areaOption(area) {
  const own = /** @type {HTMLSelectElement} */ (field("area"));
  let option = [...own.options].find((o) => o.value === area.code);
  if (!option && area.code) own.add((option = new Option(area.name, area.code)));
  if (option && area.code && option.text === area.code) option.text = area.name;
  if (own.value !== area.code && (area.code || own.options[0].value === "")) own.value = area.code === opened.shown.within ? "" : area.code;
}

/** The address that a changed field leads to; "" if nothing is chosen yet. @param {Field} own */
export function leadsTo(own) {
  if (own.name === "win") {
    if (own.value === "days") {
      form().classList.add("days");
      field("from").focus();
      return "";
    }
    return withWords({ win: own.value === USUAL ? "" : own.value, from: "", to: "" });
  }
  if (own.name === "from" || own.name === "to") {
    const from = field("from").value, to = field("to").value;
    return from ? withWords({ from, to: to && to >= from ? to : from, win: "" }) : "";
  }
  return withWords({ [own.name]: own.value });
}
