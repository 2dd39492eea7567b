// What the server offers: the languages that it reads, to choose from, and the steps that a page goes through.

import { json } from "./api.js";
import { byId, make } from "./dom.js";

const names = new Intl.DisplayNames(["en"], { type: "language", fallback: "code" });

/** Show the languages to choose from, and give the steps to onSteps; without an answer both stay as they are. */
export async function showOffers(onSteps) {
  let offered;
  try {
    offered = await json("/v1/models");
  } catch {
    return; // reading goes without it
  }
  onSteps(offered.steps);
  const choices = offered.languages.map((code) => ({ code, name: names.of(code) }));
  choices.sort((a, b) => a.name.localeCompare(b.name, "en"));
  byId("language").append(...choices.map(({ code, name }) => make("option", { value: code }, name)));
  byId("languages").hidden = choices.length === 0;
}

/** Return the fields that a file is sent with. */
export const chosenFields = () => ({ language: byId("language").value, whole: byId("whole").value });
