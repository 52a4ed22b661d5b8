// Every word that the page puts together itself.

/** What stands in a mood's place where there is none, by the status. @type {Partial<Record<Status, string>>} */
export const WITHOUT_MOOD = {
  starting: "Starting", unsure: "Not sure", no_face: "No face", camera_lost: "No picture", paused: "Paused", no_camera: "No camera",
};

/** @param {Emotion} emotion */
export function nameOf(emotion) {
  return emotion[0].toUpperCase() + emotion.slice(1);
}

/** @param {number} share */
export function percent(share) {
  return `${Math.min(99, Math.round(share * 100))}%`; // nothing here is ever certain
}

/** @param {number} epochSeconds */
export function clock(epochSeconds) {
  return new Date(epochSeconds * 1000).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
}

/** @param {number} seconds */
export function duration(seconds) {
  if (seconds < 90) return `${Math.round(seconds)} s`;
  return `${Math.round(seconds / 60)} min`;
}

/** Who made a song, and when. @param {Song} song */
export function byLine({ artist, release_year: year }) {
  return [artist, year].filter(Boolean).join(" · ");
}

/** @param {string} words @param {Source} source */
function withRate(words, source) {
  return source.fps ? `${words} · ${Math.round(source.fps)} frames/s` : words;
}

/** The chip's words: how the camera and the recognition are doing. @param {{ status: Status | Source["status"], source: Source }} state */
export function chipWords({ status, source }) {
  if (source.status === "stopping") return "Letting go of the camera"; // it may be on still
  switch (status) {
    case "live":
    case "unsure":
    case "pinned":
      return withRate("Live", source);
    case "no_face":
      return withRate("No face in view", source);
    case "camera_lost":
      return source.kind === "browser" ? "No picture from your camera" : "Camera lost, trying again";
    case "paused":
      return "Paused: the camera is off";
    case "no_camera":
      return "No camera";
    default:
      return "Looking for the camera";
  }
}

/** The mood to claim in large type: the one pinned or seen, and null while neither is so. @param {State} state */
export function claimedMood({ status, emotion, pinned }) {
  return pinned?.emotion ?? (status === "live" ? emotion : null);
}

/** The one word in large type: the mood, or the honest reason why there is none. @param {State} state */
export function moodWord(state) {
  const claimed = claimedMood(state);
  if (claimed) return nameOf(claimed);
  return state.status === "no_camera" ? "Hello" : (WITHOUT_MOOD[state.status] ?? "Starting");
}

/** The line under the mood: how sure, or which mood the songs keep to. @param {State} state */
export function confidenceWords({ status, confidence, emotion, message, pinned }) {
  if (pinned) {
    return pinned.until ? `Pinned by you until ${clock(pinned.until)}` : "Pinned by you";
  }
  if (status === "live" && typeof confidence === "number") return `${percent(confidence)} sure`;
  if (emotion) return `Keeping to ${nameOf(emotion)}`;
  return status === "no_camera" ? "Press a mood, or use your camera" : message;
}

/** What stands in the picture's place, a headline and a sentence; null where there is a picture. @param {State} state */
export function coverWords({ source }) {
  const { kind, status, message } = source;
  const lost = status === "lost";
  if (status === "ok") return kind === "browser" ? ["Your camera is on", "in another tab of this browser."] : null;
  if (status === "none" || (lost && kind === "browser")) {
    return ["Your mood, live", "Your camera is off. Its pictures go to Affectune only, and none is kept."];
  }
  return [chipWords({ status: lost ? "camera_lost" : status, source }), lost ? message : ""];
}

/** What the pictures come from; "" where there is nothing. @param {Source} source */
export function sourceName({ kind, name, status }) {
  if (status === "none") return "";
  return kind === "demo" ? "Animated demo face" : name;
}

/** The quiet line: how many faces there are, and in which camera. @param {State} state */
export function sourceWords({ faces, source }) {
  const inView = faces.length === 1 ? "1 face" : faces.length && `${faces.length} faces`;
  return [source.status === "ok" && inView, sourceName(source)].filter(Boolean).join(" · ");
}
