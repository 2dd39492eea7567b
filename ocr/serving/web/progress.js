// How far a page is: the steps from sending to text, one of them going on.

import { announce, icon, make } from "./dom.js";

const STEPS = [
  ["sending", "Sending"],
  ["queued", "Waiting for its turn"],
  ["paragraphs", "Finding the paragraphs"],
  ["lines", "Finding lines and words"],
  ["recognition", "Reading the text"],
];

/** Shows the steps in an element. */
export class Progress {
  constructor(root) {
    this.root = root;
    this.now = null;
  }

  /** Show the step that is going on, with a note and, where it is known, the fraction of all that is done. */
  show(step, { note = "", fraction = null } = {}) {
    const place = STEPS.findIndex(([name]) => name === step);
    if (this.now !== step) announce(STEPS[place][1]);
    if (this.now !== step || !this.note) this.build(place);
    this.now = step;
    this.note.textContent = note;
    this.bar.hidden = fraction === null;
    if (fraction !== null) this.bar.value = fraction;
    this.root.hidden = false;
  }

  build(place) {
    this.note = make("span", { class: "step-note" });
    this.bar = make("progress", { max: 1, "aria-label": "How much is done" });
    this.root.replaceChildren(
      make(
        "ol",
        { class: "steps" },
        ...STEPS.map(([, label], number) =>
          make(
            "li",
            {
              class: number < place ? "past" : number === place ? "now" : "",
              "aria-current": number === place ? "step" : null,
            },
            make("span", { class: "step-mark", "aria-hidden": "true" }, number < place ? icon("check") : null),
            label,
            number === place ? this.note : null,
          ),
        ),
      ),
      this.bar,
    );
  }

  hide() {
    this.now = null;
    this.root.hidden = true;
  }
}
