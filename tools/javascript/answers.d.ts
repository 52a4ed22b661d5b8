// What the server answers, as docs/http-api.md has it; tests/web/test_script_types.py holds it to that.

type Emotion = "angry" | "disgust" | "fear" | "happy" | "sad" | "surprise" | "neutral";
type Probabilities = Record<Emotion, number>;
type Status =
  | "starting" | "live" | "unsure" | "no_face" | "pinned" | "paused" | "camera_lost" | "no_camera";
type Mode = "match" | "lift" | "calm";

interface Face {
  id: number;
  /** x, y, width and height in pixels of the picture. */
  box: [number, number, number, number];
  emotion: Emotion;
  sure: boolean;
  probabilities: Probabilities;
}

interface Pin {
  emotion: Emotion;
  /** Epoch seconds; null where it holds until it is taken back. */
  until: number | null;
}

/** In pixels; null before the first picture. */
interface Size {
  width: number | null;
  height: number | null;
}

interface Source extends Size {
  kind: string;
  name: string;
  status: "ok" | "connecting" | "lost" | "stopping" | "paused" | "none";
  message: string;
  fps: number;
}

interface Model {
  name: string;
  file: string;
  input_size: number;
  metrics: Record<string, number>;
}

interface State {
  version: number;
  status: Status;
  message: string;
  emotion: Emotion | null;
  confidence: number | null;
  probabilities: Probabilities | null;
  faces: Face[];
  pinned: Pin | null;
  mode: Mode;
  follow: "largest" | "average" | number;
  source: Source;
  timings_ms: Record<"detect" | "recognise" | "encode" | "frame_age", number | null>;
  viewers: number;
  model: Model;
  problems: string[];
}

interface Song {
  id: string;
  name: string;
  artist: string;
  album: string;
  release_year: number | null;
  mood: string | null;
  reason: string;
  links: Record<"spotify" | "youtube" | "youtube_music" | "deezer" | "apple_music", string>;
  audio_url: string | null;
  preview_url: string | null;
  feedback: number;
}

interface Playlist {
  emotion: Emotion | null;
  mode: Mode;
  version: number;
  reason: string;
  songs: Song[];
}

interface MoodEntry {
  /** Epoch seconds, as `to`, which is null for the mood in force. */
  from: number;
  to: number | null;
  status: Status;
  emotion: Emotion | null;
}

interface MoodHistory {
  started: number;
  moods: MoodEntry[];
}

interface Voice {
  status: string;
  message: string;
  emotion: Emotion | null;
  probabilities: Probabilities | null;
}

interface Photo {
  status: string;
  message: string;
  width: number;
  height: number;
  faces: Face[];
  /** The annotated photo as a data URL; null where no face was found. */
  image: string | null;
}

interface Analysis {
  photo: Photo | null;
  voice: Voice | null;
  status: string;
  message: string;
  emotion: Emotion | null;
  confidence: number | null;
  probabilities: Probabilities | null;
  sources: ("photo" | "voice")[];
  playlist: Playlist;
}

interface ImportSummary {
  name: string;
  new: number;
  known: number;
  left_out: number;
  skipped: string[];
  notes: string[];
  unmeasured: string[];
  gone: number;
}

/** How far the folder of `--music` is. */
interface Scan {
  folder: string;
  status: "waiting" | "running" | "stopped" | "failed" | "done";
  stage?: string;
  done?: number;
  total?: number | null;
  message?: string;
}

interface Origin {
  origin: string;
  songs: number;
}

interface Holdings {
  songs: number;
  origins: Origin[];
  previews: boolean;
  reading: { name: string; total: number | null; done: number } | null;
  music: Scan | null;
}

interface Answers {
  "GET /api/state": State;
  "GET /api/playlist": Playlist;
  "GET /api/history": MoodHistory;
  "GET /api/library": Holdings;
  "PUT /api/pin": State;
  "PUT /api/mode": State;
  "PUT /api/faces": State;
  "POST /api/camera": State;
  "POST /api/correct": State;
  "POST /api/frame": State;
  "POST /api/listen": State & { voice: Voice };
  "POST /api/analyse": Analysis;
  "POST /api/import": ImportSummary;
  "POST /api/feedback": { song_id: string; feedback: number };
  "POST /api/previews": { on: boolean };
  "DELETE /api/library": { removed: number };
  "DELETE /api/me": { removed: number };
}

type WithoutQuery<P extends string> = P extends `${infer Path}?${string}` ? Path : P;
type Route<M extends string, P extends string> = `${M} ${WithoutQuery<P>}`;

type KnownRoute<M extends string, P extends string> = Extract<Route<M, P>, keyof Answers>;

/** What a method and a path answer; unknown, so of no use, where there is no such route. */
type Answer<M extends string, P extends string> =
  [KnownRoute<M, P>] extends [never] ? unknown : Answers[KnownRoute<M, P>];

/** Where a change of the state is sent, and what. */
type Change =
  | [method: "PUT", path: "/api/pin" | "/api/mode" | "/api/faces", body: object]
  | [method: "POST", path: "/api/camera" | "/api/correct", body: object];

/** Sends a change, and shows the state that it answers. */
type SendChange = (...change: Change) => Promise<void>;

/** Called as something is sent; returns who takes the answer. */
type Sending = () => (state: State) => void;

/** Asks for the list anew; null where a newer one is on its way. */
type FetchPlaylist = () => Promise<Playlist | null>;

type PinMood = (emotion: Emotion) => void;

/** Takes what went wrong, or "". */
type Say = (words: string) => void;
