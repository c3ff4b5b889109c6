// @ts-check
// Finding the nodes of a page, and writing into them only what is new.

/** The element of an id, which the page is known to hold. @param {string} id @returns {any} */
export const find = (id) => document.getElementById(id);

/** A part of a panel by Dash's own id of it. @param {string} type @param {string} panel @returns {HTMLElement | null} */
export const part = (type, panel) => document.getElementById(JSON.stringify({ panel, type }));

/** Nothing is repainted where nothing changed. @param {Node | null} node @param {string} text */
export function setText(node, text) {
  if (node && node.textContent !== text) node.textContent = text;
}

/** Calls `use` with whatever the page holds and whatever is put into it later, before that is painted. @param {(root: any) => void} use */
export function onAdded(use) {
  new MutationObserver((changes) => {
    for (const change of changes) for (const node of change.addedNodes) if (node.nodeType === 1) use(node.parentNode || node);
  }).observe(document.documentElement, { childList: true, subtree: true });
}
