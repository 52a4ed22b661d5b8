// What the list knows of the player, whose script comes with the first song that can be played here.

import { load } from "./api.js";

let player = null; // player.js, once it is here
let opening = null; // its promise
let failed = false;
let songs = []; // of the list on the page
let takeNext = () => false; // shows a waiting list between two songs, and says whether it did
let complain = () => {};

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
    complain(error.message);
  }
}

/** Take the list that is on the page; one that is `changed` only in parts keeps its place. */
export function renderPlayer(list, changed) {
  songs = list;
  if (player) player.renderPlayer(songs, changed);
  else if (songs.some(addressOf)) opening ??= open();
}

/** Play a song, or pause it where it plays. */
export async function toggleSong(song) {
  if (!player) await (opening ??= open());
  player?.toggleSong(song);
}

/** Play the first song of the list on the page. */
export function playFirst() {
  player?.playFirst();
}

/** Stop a song that its listener does not want, and go on. */
export function skip(song) {
  player?.skip(song);
}

/** Wire the player, at once where the page has a place for it from the start. */
export function wirePlayback(takeWaiting, say) {
  [takeNext, complain] = [takeWaiting, say];
  if (!document.getElementById("player").hidden) opening ??= open();
}
