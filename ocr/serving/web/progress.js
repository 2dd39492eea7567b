// How far a page is: the steps from sending to text, one of them going on.

import { announce, icon, make } from "./dom.js";

const BEFORE = ["sending", "queued"]; // the server's steps, which it names itself, come after these
const LABELS = {
  sending: "Sending",
  queued: "Waiting for its turn",
  paragraphs: "Finding the paragraphs",
  lines: "Finding lines and words",
  recognition: "Reading the text",
};

/** Say what a step is; one without a label of ours is called by its name. */
const labelOf = (step) => LABELS[step] ?? step.charAt(0).toUpperCase() + step.slice(1);

/** Shows the steps in an element. */
export class Progress {
  constructor(root) {
    this.root = root;
    this.now = null;
    this.steps = BEFORE;
  }

  /** Take over the names of the server's steps. */
  setSteps(names) {
    if (String([...BEFORE, ...names]) === String(this.steps)) return;
    this.steps = [...BEFORE, ...names];
    if (this.now === null) return;
    const { note, bar } = this;
    this.build(this.steps.indexOf(this.now));
    this.note.textContent = note.textContent;
    this.bar.hidden = bar.hidden;
    if (bar.hasAttribute("value")) this.bar.value = bar.value;
  }

  /** Show the step that is going on, with a note and, where it is known, the fraction of all that is done. */
  show(step, { note = "", fraction = null } = {}) {
    if (this.now !== step) {
      announce(labelOf(step));
      this.build(this.steps.indexOf(step));
    }
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
        ...this.steps.map((step, number) =>
          make(
            "li",
            {
              class: number < place ? "past" : number === place ? "now" : "",
              "aria-current": number === place ? "step" : null,
            },
            make("span", { class: "step-mark", "aria-hidden": "true" }, number < place ? icon("check") : null),
            labelOf(step),
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
