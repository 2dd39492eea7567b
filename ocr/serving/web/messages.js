// What the page says when something goes wrong, and what it asks for.

import { setKeyAsker } from "./api.js";
import { byId, make } from "./dom.js";

let asking = null; // the question for the key that is open

/** Show what went wrong, and what can be done about it: [[label, action]]. */
export function problem(error, actions = []) {
  const box = byId("problem");
  box.replaceChildren(
    make("p", {}, error.message),
    make(
      "div",
      { class: "row" },
      ...actions.map(([label, action]) =>
        make("button", { type: "button", class: "small", click: () => (clearProblem(), action()) }, label),
      ),
      make("button", { type: "button", class: "small", click: clearProblem }, "Close"),
    ),
  );
  box.hidden = false;
  box.scrollIntoView({ block: "nearest" });
}

/** Take away what went wrong. */
export function clearProblem() {
  byId("problem").hidden = true;
  byId("problem").replaceChildren();
}

/** Open a dialog; what its button says comes back, "" where it was closed otherwise. */
export function ask(dialog) {
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => dialog.addEventListener("close", () => resolve(dialog.returnValue), { once: true }));
}

/** Let people be asked for the key, once for all that is refused meanwhile. */
export function wireKey() {
  setKeyAsker(
    (again) =>
      (asking ??= (async () => {
        if (again) byId("key-why").textContent = "That key is not known to the server. Check it, and type it again.";
        byId("key").value = "";
        const answer = await ask(byId("key-dialog"));
        asking = null;
        return answer === "ok" ? byId("key").value.trim() : null;
      })()),
  );
}
