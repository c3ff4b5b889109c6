// @ts-check
// Finds the nodes of a page, and writes into them only what changed.

/** The element with an id that the page is known to contain. @param {string} id @returns {any} */
export const find = (id) => document.getElementById(id);

/** A part of a panel, by its Dash id. @param {string} type @param {string} panel @returns {HTMLElement | null} */
export const part = (type, panel) => document.getElementById(JSON.stringify({ panel, type }));

/** Sets the text only if it changed, to avoid a repaint. @param {Node | null} node @param {string} text */
export function setText(node, text) {
  if (node && node.textContent !== text) node.textContent = text;
}

/** Calls `use` with every element added to the page, before it is painted. @param {(root: any) => void} use */
export function onAdded(use) {
  new MutationObserver((changes) => {
    for (const change of changes) for (const node of change.addedNodes) if (node.nodeType === 1) use(node.parentNode || node);
  }).observe(document.documentElement, { childList: true, subtree: true });
}
