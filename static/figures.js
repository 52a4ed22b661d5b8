// A few figures of the moment, for whoever wants them.

import { make } from "./dom.js";
import { percent, sourceName } from "./words.js";

/** @param {number | null} value */
function milliseconds(value) {
  return typeof value === "number" ? `${value.toFixed(value < 10 ? 1 : 0)} ms` : null;
}

/** @param {Model} model */
function accuracyOf({ metrics }) {
  const share = metrics.fer2013_private ?? metrics.accuracy;
  return share ? `, right on ${percent(share)} of its test pictures` : "";
}

/**
 * The figures of the moment, as pairs of words.
 *
 * @param {State} state
 * @returns {[string, string][]}
 */
export function factsOf({ model, source, timings_ms: timings, viewers }) {
  const size = source.width ? `, ${source.width} × ${source.height} pixels` : "";
  const rate = source.fps ? `, ${source.fps} frames/s` : "";
  /** @type {[string, string | null][]} */
  const rows = [
    ["Camera", sourceName(source) && `${sourceName(source)}${size}${rate}`],
    ["Model", `${model.name}${accuracyOf(model)}`],
    ["Finding faces", milliseconds(timings.detect)],
    ["Reading an expression", milliseconds(timings.recognise)],
    ["Drawing and encoding", milliseconds(timings.encode)],
    ["Age of the picture", milliseconds(timings.frame_age)],
    ["Pages watching", viewers ? String(viewers) : null],
  ];
  return rows.flatMap(([term, value]) => (value ? [[term, value]] : []));
}

/** The same as rows of a list. @param {[string, string][]} facts */
export function factRows(facts) {
  return facts.flatMap(([term, value]) => [make("dt", "", term), make("dd", "", value)]);
}
