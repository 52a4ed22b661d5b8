// What the scripts find on the page; tests/web/test_script_types.py holds the ids to the templates.

/** The tags of the elements that scripts ask for by their id. */
interface Tags {
  "action-error": "p";
  "analyse-dialog": "dialog";
  "analyse-form": "form";
  "analyse-note": "p";
  "analyse-result": "div";
  announcement: "p";
  audio: "audio";
  bars: "ul";
  boxes: "div";
  confidence: "p";
  cover: "div";
  facts: "dl";
  follow: "select";
  "follow-label": "label";
  forget: "button";
  history: "div";
  "how-dialog": "dialog";
  import: "form";
  "import-progress": "progress";
  "import-result": "div";
  level: "meter";
  "library-counts": "p";
  "library-dialog": "dialog";
  "library-note": "p";
  "library-origins": "ul";
  listen: "button";
  listening: "p";
  modes: "fieldset";
  mood: "p";
  music: "section";
  next: "button";
  notice: "div";
  "now-by": "p";
  "now-note": "p";
  "now-title": "p";
  "own-camera": "button";
  "own-video": "video";
  pause: "button";
  photo: "input";
  "photo-preview": "img";
  "pin-hint": "p";
  play: "button";
  player: "div";
  playlist: "ol";
  "playlist-empty": "div";
  "playlist-reason": "p";
  "playlist-title": "h2";
  position: "input";
  previews: "input";
  previous: "button";
  rates: "dl";
  read: "button";
  record: "button";
  replay: "audio";
  row: "template";
  "session-since": "span";
  "show-new": "button";
  song: "div";
  "song-by": "p";
  "song-title": "p";
  "song-why": "p";
  source: "p";
  status: "p";
  "status-text": "span";
  theme: "select";
  time: "span";
  unpin: "button";
  "use-camera": "button";
  version: "span";
  video: "img";
  voice: "input";
  volume: "input";
  wrong: "button";
  "wrong-dialog": "dialog";
}

type ElementOf<I extends keyof Tags> = HTMLElementTagNameMap[Tags[I]];

/** The dialogs that a button opens by its `data-opens`. */
type Dialogs = Pick<Tags, "analyse-dialog" | "how-dialog" | "library-dialog" | "wrong-dialog">;

interface SongRow extends HTMLLIElement {
  song: Song;
}

/** An element whose `data-` attributes the template has set for certain. */
type With<E extends Element, D> = E & { dataset: D };

/** What is asked for by a selector. */
interface Parts {
  "#playlist .song": SongRow;
  ".song": SongRow;
  "button.start": HTMLButtonElement;
  "a.start": HTMLAnchorElement;
  button: HTMLButtonElement;
  use: SVGUseElement;
  "[data-when]": With<HTMLElement, { when: string }>;
  "[data-face]": With<HTMLElement, { face: string }>;
  "[data-emotion]": With<HTMLButtonElement, { emotion: Emotion }>;
  "[data-opens]": With<HTMLButtonElement, { opens: keyof Dialogs }>;
  "[data-service]": With<HTMLAnchorElement, { service: keyof Song["links"] }>;
  "[data-share]": With<HTMLTableCellElement, { share: string }>;
  "[href^='/api/playlist']": HTMLAnchorElement;
  "button, input, select, a, textarea, audio, summary": HTMLElement;
  ".bars button": With<HTMLButtonElement, { emotion: Emotion }>;
  ".thumb": HTMLButtonElement;
}

type PartOf<S extends string> = S extends keyof Parts ? Parts[S] : HTMLElement;

/** What each dialog needs before it opens. */
type Prepare = Record<keyof Dialogs, () => Promise<void>>;

interface ParentNode {
  querySelectorAll<S extends keyof Parts>(selector: S): NodeListOf<Parts[S]>;
}

interface Element {
  closest<S extends keyof Parts>(selector: S): Parts[S] | null;
}

/** The scripts that are fetched when they are first wanted, by their names. */
interface Scripts {
  correction: typeof import("../../static/correction.js");
  face_choice: typeof import("../../static/face_choice.js");
  how_it_works: typeof import("../../static/how_it_works.js");
  library: typeof import("../../static/library.js");
  own_camera: typeof import("../../static/own_camera.js");
  own_microphone: typeof import("../../static/own_microphone.js");
  photo_voice: typeof import("../../static/photo_voice.js");
  player: typeof import("../../static/player.js");
}
