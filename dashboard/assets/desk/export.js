// @ts-check
// A panel of the workbench as a file.
import { charts } from "./charts.js";
import { at } from "../shared/below.js";
import { words } from "./address.js";
import { faultOf, lang, opened, tell, word } from "./opened.js";

/** The file name set by the server. @param {string | null} disposition @param {string} fallback */
export function named(disposition, fallback) {
  const found = /filename\*=UTF-8''([^;]+)/.exec(disposition || "");
  return found ? decodeURIComponent(found[1]) : fallback;
}

/** @param {Blob} blob @param {string} name */
function save(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

/** An SVG as PNG at twice its size. @param {string} text @returns {Promise<Blob>} */
async function painted(text) {
  const picture = new Image();
  const url = URL.createObjectURL(new Blob([text], { type: "image/svg+xml" }));
  try {
    picture.src = url;
    await picture.decode();
    const canvas = Object.assign(document.createElement("canvas"), { width: picture.width * 2, height: picture.height * 2 });
    const pen = canvas.getContext("2d");
    if (!pen) throw new Error("no canvas");
    pen.scale(2, 2);
    pen.drawImage(picture, 0, 0);
    return await new Promise((done, fail) => canvas.toBlob((blob) => (blob ? done(blob) : fail(new Error("no picture"))), "image/png"));
  } finally {
    URL.revokeObjectURL(url);
  }
}

/** @param {string} panel @param {string} format "csv", "xlsx", "svg" ... */
export async function exportAs(panel, format) {
  tell(word("workbench.writing"));
  try {
    const drawn = format === "png" || format === "svg", chart = drawn && charts.has(panel);
    const asked = new URLSearchParams({ ...words(), panel, format: chart ? "figure" : drawn ? "svg" : format, lang: lang() });
    if (drawn) asked.set("theme", document.documentElement.dataset.theme || "night");
    if (opened.shown) asked.set("snapshot", opened.shown.snapshot);
    const answer = await fetch(`${at("/desk/analyst/export")}?${asked}`);
    if (!answer.ok) {
      tell(faultOf(await answer.json()), "fault");
      return;
    }
    const name = named(answer.headers.get("content-disposition"), panel).replace(/\.(svg|json)$/, `.${format}`);
    if (drawn) {
      const picture = chart ? await charts.picture(await answer.json()) : await answer.text();
      save(format === "png" ? await painted(picture) : new Blob([picture], { type: "image/svg+xml" }), name);
    } else {
      save(await answer.blob(), name);
    }
    tell(word("workbench.saved", { name }));
  } catch (error) {
    tell(word("workbench.not_saved"), "fault");
  }
}
