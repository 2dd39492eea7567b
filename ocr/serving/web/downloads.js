// The document in every format that the service writes, saved under the name of what was read.

import { call } from "./api.js";
import { byId, make } from "./dom.js";

const NAMES = {
  txt: ["Text", "plain, line by line"],
  pdf: ["PDF", "the image, searchable"],
  tsv: ["Table", "words, places, certainty"],
  json: ["JSON", "everything, for programs"],
  page: ["PAGE-XML", "eScriptorium, Transkribus"],
  alto: ["ALTO", "libraries and archives"],
  hocr: ["hOCR", "a web page with places"],
};

/** Fill the menu of formats; onChoice(format, address) is called when one is chosen. */
export function fillMenu(results, onChoice) {
  const known = Object.keys(NAMES).filter((name) => name in results);
  const names = [...known, ...Object.keys(results).filter((name) => !(name in NAMES))];
  byId("formats").replaceChildren(
    ...names.map((name) => {
      const [title, what] = NAMES[name] ?? [name, ""];
      return make(
        "li",
        {},
        make(
          "button",
          { type: "button", "data-format": name, click: () => onChoice(name, results[name]) },
          make("strong", {}, title),
          make("span", {}, what),
        ),
      );
    }),
  );
}

/** Open and close the menu by its button, by Esc, and by going elsewhere. */
export function wireMenu() {
  const [button, list] = [byId("download"), byId("formats")];
  const set = (open) => {
    list.hidden = !open;
    button.setAttribute("aria-expanded", String(open));
  };
  button.addEventListener("click", () => set(list.hidden));
  button.parentElement.addEventListener("keydown", (event) => {
    const items = [...list.querySelectorAll("button")];
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.key === "Escape" && !list.hidden) {
      set(false);
      button.focus();
    } else if (step) {
      set(true);
      items[(items.indexOf(document.activeElement) + step + items.length) % items.length]?.focus();
      event.preventDefault();
    }
  });
  document.addEventListener("pointerdown", (event) => !button.parentElement.contains(event.target) && set(false));
  button.parentElement.addEventListener(
    "focusout",
    ({ relatedTarget: to }) => to && !button.parentElement.contains(to) && set(false),
  );
  return () => set(false);
}

/** Bring a result and give it to the browser to save; name is of the file that was read, without its suffix. */
export async function save(address, name) {
  const answer = await call(address);
  const given = /filename="?([^";]+)"?/.exec(answer.headers.get("Content-Disposition") ?? "")?.[1] ?? "text";
  const url = URL.createObjectURL(await answer.blob());
  make("a", { href: url, download: given.replace(/^[^.]*/, () => name || "text") }).click();
  setTimeout(() => URL.revokeObjectURL(url), 60000);
}
