// @ts-check
// A page is printed as it stands on the screen: its sheet is as wide, and the rules for the screen's shape hold on it as well, so that
// map and charts, which are drawn in pixels, fit into it; the browser makes it as small as the paper.

/** @type {[MediaList, string][]} rules of the style sheets, and the media that they are for */
let held = [];

/** The rules that depend on the size of the screen, which paper would answer otherwise. */
function rules() {
  const found = [...document.styleSheets].flatMap((sheet) => [...sheet.cssRules]);
  return /** @type {CSSMediaRule[]} */ (found.filter((rule) => rule instanceof CSSMediaRule && /width|height|ratio/.test(rule.media.mediaText)));
}

function hold() {
  held = rules().map((rule) => [rule.media, rule.media.mediaText]);
  const on = held.map(([, text]) => window.matchMedia(text).matches);
  held.forEach(([media], i) => { media.mediaText = on[i] ? "all" : "not all"; });
}

/**
 * @param {string} page selector of the page that is printed so
 * @param {(width: number, height: number) => number} high height of a sheet by the window's size, px
 */
export function printAsSeen(page, high) {
  const sheet = document.createElement("style");
  window.addEventListener("beforeprint", () => {
    if (!document.querySelector(page) || held.length) return;
    const { innerWidth: width, innerHeight: height } = window;
    hold();
    sheet.textContent = `@page { size: ${width}px ${high(width, height)}px; margin: 0; }`;
    document.head.append(sheet);
  });
  window.addEventListener("afterprint", () => {
    sheet.remove();
    held.forEach(([media, text]) => { media.mediaText = text; });
    held = [];
  });
}
