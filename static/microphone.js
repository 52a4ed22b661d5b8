// Microphones, as a person meets them.

/** Why the browser gives no microphone, and the way out. */
export function microphoneWords({ name }) {
  if (!isSecureContext) return "Browsers give the microphone to https pages only: start Affectune with --tls.";
  if (name === "NotAllowedError") return "The microphone was refused. Allow it beside this page's address.";
  return "There is no microphone that can be used.";
}
