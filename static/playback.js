// What the list knows of the player, whose script comes with the first song that can be played here.

import { load, messageOf } from "./api.js";
import { byId } from "./dom.js";

/** @type {Scripts["player"] | null} */
let player = null; // player.js, once it is here
/** @type {Promise<void> | null} */
let opening = null;
let failed = false;
/** @type {Song[]} */
let songs = []; // of the list on the page
let takeNext = () => false; // shows a waiting list between two songs, and says whether it did
/** @type {Say} */
let complain = () => {};

/** @param {Song} song */
export function addressOf(song) {
  return song.audio_url ?? song.preview_url;
}

export function isPlaying() {
  return player !== null && player.isPlaying();
}

async function open() {
  try {
    const script = await load("player");
    script.wirePlayer(takeNext);
    script.renderPlayer(songs);
    player = script;
    if (failed) complain("");
  } catch (error) {
    [opening, failed] = [null, true]; // the next list or press of a song tries again
    complain(messageOf(error));
  }
}

/** Take the list that is on the page; one that is `changed` only in parts keeps its place. @param {Song[]} list @param {boolean} changed */
export function renderPlayer(list, changed) {
  songs = list;
  if (player) player.renderPlayer(songs, changed);
  else if (songs.some(addressOf)) opening ??= open();
}

/** Play a song, or pause it where it plays. @param {Song} song */
export async function toggleSong(song) {
  if (!player) await (opening ??= open());
  player?.toggleSong(song);
}

/** Play the first song of the list on the page. */
export function playFirst() {
  player?.playFirst();
}

/** Stop a song that its listener does not want, and go on. @param {Song} song */
export function skip(song) {
  player?.skip(song);
}

/** Wire the player, at once where the page has a place for it from the start. @param {() => boolean} takeWaiting @param {Say} say */
export function wirePlayback(takeWaiting, say) {
  [takeNext, complain] = [takeWaiting, say];
  if (!byId("player").hidden) opening ??= open();
}
