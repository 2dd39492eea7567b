// Which page of a document is shown.

import { byId, make } from "./dom.js";

const STATES = { queued: "waiting", working: "being read", failed: "could not be read", done: "" };

/** Call onChoice(number) when another page is chosen; the returned pager shows where one is. */
export function wirePager(onChoice) {
  const choice = byId("page-choice");
  const step = (by) => onChoice(Number(choice.value) + by);
  choice.addEventListener("change", () => onChoice(Number(choice.value)));
  byId("page-back").addEventListener("click", () => step(-1));
  byId("page-next").addEventListener("click", () => step(1));
  addEventListener("keydown", (event) => {
    const by = { PageUp: -1, PageDown: 1 }[event.key];
    if (!by || event.target.closest("textarea, input, select, dialog") || byId("pager").hidden) return;
    byId(by < 0 ? "page-back" : "page-next").click();
    event.preventDefault();
  });
  return {
    /** Show the pages of a job, of which one is at hand. */
    show(pages, number) {
      byId("pager").hidden = pages.length < 2;
      if (choice.options.length !== pages.length) {
        choice.replaceChildren(...pages.map((page) => make("option", { value: page.number })));
      }
      pages.forEach((page, place) => {
        const state = STATES[page.state] || (page.warnings.length ? "with a note" : "");
        const label = `Page ${page.number} of ${pages.length}${state ? `, ${state}` : ""}`;
        if (choice.options[place].textContent !== label) choice.options[place].textContent = label;
      });
      choice.value = number;
      byId("page-back").disabled = number <= 1;
      byId("page-next").disabled = number >= pages.length;
    },
  };
}
