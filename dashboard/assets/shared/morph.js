// @ts-check
// Updates a node's children to match a piece of markup, touching only what differs: nothing moves when nothing changed.
import { gridwall } from "./gridwall.js";

/** @param {Element} node @param {Element} wanted */
function attributes(node, wanted) {
  for (const { name } of [...node.attributes]) if (!wanted.hasAttribute(name)) node.removeAttribute(name);
  for (const { name, value } of wanted.attributes) if (node.getAttribute(name) !== value) node.setAttribute(name, value);
}

/** @param {Node} node @param {Node} wanted */
function children(node, wanted) {
  let old = node.firstChild;
  let next = wanted.firstChild;
  while (next) {
    const following = next.nextSibling;
    if (!old) {
      node.appendChild(next);
    } else {
      const after = old.nextSibling;
      if (old.nodeType !== next.nodeType || old.nodeName !== next.nodeName) {
        node.replaceChild(next, old);
      } else if (old.nodeType === Node.TEXT_NODE) {
        const [text, newer] = /** @type {[Text, Text]} */ ([old, next]);
        if (text.data !== newer.data) text.data = newer.data;
      } else if (!old.isEqualNode(next)) {
        attributes(/** @type {Element} */ (old), /** @type {Element} */ (next));
        children(old, next);
      }
      old = after;
    }
    next = following;
  }
  while (old) {
    const after = old.nextSibling;
    node.removeChild(old);
    old = after;
  }
}

/** @param {Element} node @param {string} markup escaped by the server */
export function morph(node, markup) {
  const template = document.createElement("template");
  template.innerHTML = markup;
  children(node, template.content);
}
gridwall.morph = morph;
