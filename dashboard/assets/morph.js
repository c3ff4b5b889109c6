// Makes the children of a node those of a piece of markup, touching only what differs: nothing moves when nothing changed.
"use strict";

(() => {
  const gridwall = (window.gridwall = window.gridwall || {});

  function attributes(node, wanted) {
    for (const { name } of [...node.attributes]) if (!wanted.hasAttribute(name)) node.removeAttribute(name);
    for (const { name, value } of wanted.attributes) if (node.getAttribute(name) !== value) node.setAttribute(name, value);
  }

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
          if (old.data !== next.data) old.data = next.data;
        } else if (!old.isEqualNode(next)) {
          attributes(old, next);
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

  gridwall.morph = (node, markup) => {
    const template = document.createElement("template");
    template.innerHTML = markup;
    children(node, template.content);
  };
})();
