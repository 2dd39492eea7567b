// What people should know about a page: that nothing was found on it, what was left out, how it was read.

import { byId, make } from "./dom.js";
import { linesOf } from "./words.js";

const NOTHING = "No line of handwriting was found.";
const ADVICE = "If there is handwriting, try a sharper, brighter image that shows the page alone.";

let shown = ""; // what is shown, so that a button keeps the focus while a job is followed

/** Return what there is to say about a page of a job, a sentence each. */
export function notesOf({ whole }, { warnings, error }, page) {
  const found = linesOf(page).length > 0;
  return [
    ...(found ? warnings : [NOTHING, ...warnings.filter((text) => text !== NOTHING)]),
    ...(error ? [`It could not be read once more. ${error.message}`] : []),
    ...(whole ? [`The whole image was read as one ${whole}.`] : []),
  ];
}

/** Show the notes on a page of a job; onLeftOut() is called when what was left out is to be read, too. */
export function showNotes(job, state, page, onLeftOut) {
  const notes = notesOf(job, state, page);
  const empty = linesOf(page).length === 0;
  const offered = state.left_out && job.state === "done"; // else the page may be asked for while it changes
  if (shown === JSON.stringify([notes, offered])) return;
  shown = JSON.stringify([notes, offered]);
  byId("notes").replaceChildren(
    ...notes.map((text) => make("p", {}, text)),
    ...(offered ? [make("button", { type: "button", class: "small", click: onLeftOut }, "Read what was left out")] : []),
    ...(empty ? [make("p", { class: "fine" }, ADVICE)] : []),
  );
  byId("notes").classList.toggle("empty", empty);
  byId("notes").hidden = notes.length === 0;
}

/** Take the notes away. */
export function hideNotes() {
  shown = "";
  byId("notes").hidden = true;
}
