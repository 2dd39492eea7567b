// Where the words of a line stand in its text, and how sure each was read.

const DOUBTFUL = 0.6;
const UNSURE = 0.85;

/** Return all lines of a page in reading order. */
export const linesOf = (page) => page.regions.flatMap((region) => region.lines);

/** Tell whether somebody has corrected or confirmed a line: its best reading then has no confidence. */
export const isCorrected = (line) => line.readings.length > 0 && line.confidence === null;

/** Return "doubtful", "unsure" or "" for a word of a line. */
export function doubt(line, word) {
  if (word.confidence === null || isCorrected(line) || word.confidence >= UNSURE) return "";
  return word.confidence < DOUBTFUL ? "doubtful" : "unsure";
}

/** Return [{word, start, end}], the words that are found in the line's text, in order. */
export function wordSpans(line) {
  const spans = [];
  let from = 0;
  for (const word of line.words) {
    const start = word.text ? line.text.indexOf(word.text, from) : -1;
    if (start < 0) continue;
    from = start + word.text.length;
    spans.push({ word, start, end: from });
  }
  return spans;
}

/** Return the word of a line at a place in its text while that text is being changed, or null. */
export function wordAt(line, text, caret) {
  const before = line.text;
  let head = 0;
  while (head < Math.min(before.length, text.length) && before[head] === text[head]) head += 1;
  const place = caret <= head ? caret : Math.max(head, before.length - (text.length - caret));
  return wordSpans(line).find(({ end }) => place <= end)?.word ?? null;
}

/** Return [{line, word}] of a page's words that are worth a second look, in reading order. */
export function doubts(page) {
  return linesOf(page).flatMap((line) =>
    wordSpans(line)
      .filter(({ word }) => doubt(line, word))
      .map(({ word }) => ({ line: line.id, word: word.id })),
  );
}
