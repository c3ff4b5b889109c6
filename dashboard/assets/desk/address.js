// @ts-check
// The workbench's address: it holds the state, and every choice is a link.
import { at } from "../shared/below.js";

/** The query parameters of an address. @param {string} [search] @returns {Record<string, string>} */
export const words = (search = window.location.search) => Object.fromEntries(new URLSearchParams(search));

/** The path with these query parameters. @param {URLSearchParams} query */
const path = (query) => {
  const text = query.toString();
  return `${at("/analyst")}${text ? `?${text}` : ""}`;
};

/** The link to the current view with changed parameters; "" removes one. @param {Record<string, string>} changes */
export function withWords(changes) {
  const query = new URLSearchParams(window.location.search);
  for (const [word, value] of Object.entries(changes)) {
    if (value) query.set(word, value);
    else query.delete(word);
  }
  return path(query);
}

/** The link to another tab of the current view. @param {string} tab */
export function tabLink(tab) {
  const query = words();
  if (tab === "overview") delete query.tab;
  else query.tab = tab;
  return path(new URLSearchParams(query));
}

/** Whether a link leads to a view of the workbench. @param {string | null} href */
export const isView = (href) => Boolean(href) && String(href).split("?")[0] === at("/analyst");

/**
 * Follows a link.
 * @param {string} href
 * @param {() => void} show called if the link is another view of this page; other pages are loaded
 */
export function follow(href, show) {
  const url = new URL(href, window.location.href);
  if (url.pathname !== window.location.pathname) {
    window.location.assign(url);
    return;
  }
  if (url.search === window.location.search) return;
  window.history.pushState({}, "", url.pathname + url.search);
  show();
}
