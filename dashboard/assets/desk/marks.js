// @ts-check
// Tooltips of the workbench's drawings: the text of the mark under the pointer.

/** @param {Event} event @param {string} selector @returns {HTMLElement | null} */
const under = (event, selector) => {
  const target = /** @type {Element} */ (event.target);
  return target.closest ? /** @type {HTMLElement | null} */ (target.closest(selector)) : null;
};

/** @type {HTMLElement | null} */
let tip = null;

export function hideTip() {
  if (tip) tip.hidden = true;
}

/**
 * The text for one hour in a row of hours, which is a single mark: the position selects the hour.
 * @param {string} name @param {string} hours counts, comma-separated @param {number} share of the row's width, 0..1
 */
export function hourWords(name, hours, share) {
  const counts = hours.split(",");
  const at = Math.min(counts.length - 1, Math.max(0, Math.floor(share * counts.length)));
  return `${name} ${String(at).padStart(2, "0")}:00 · ${counts[at]}`;
}

/** Shows a mark's text beside the pointer (or the finger). @param {PointerEvent} event */
export function showTip(event) {
  const mark = under(event, ".an-drawing :is([data-say], [data-hours], a[aria-label])");
  if (!mark) {
    hideTip();
    return;
  }
  const { say, hours, name } = mark.dataset, box = mark.getBoundingClientRect();
  if (!tip) {
    tip = Object.assign(document.createElement("div"), { className: "an-tip" });
    tip.setAttribute("aria-hidden", "true"); // the tables contain the same
    document.body.append(tip); // outside the part that is enlarged on very wide screens
  }
  tip.textContent = hours ? hourWords(name || "", hours, (event.clientX - box.left) / box.width) : say || mark.getAttribute("aria-label");
  tip.hidden = false;
  const left = Math.min(event.clientX + 14, window.innerWidth - tip.offsetWidth - 8), above = event.clientY - tip.offsetHeight - 12;
  tip.style.left = `${Math.max(8, left)}px`;
  tip.style.top = `${above > 4 ? above : event.clientY + 18}px`;
}
