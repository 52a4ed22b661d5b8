// Microphones, as a person meets them.

/** Why the browser gives no microphone, and the way out. @param {unknown} error */
export function microphoneWords(error) {
  if (!isSecureContext) return "Browsers give the microphone to https pages only: start Affectune with --tls.";
  if (error instanceof DOMException && error.name === "NotAllowedError") return "The microphone was refused. Allow it beside this page's address.";
  return "There is no microphone that can be used.";
}
