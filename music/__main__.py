"""`python -m music`: import songs, check a catalogue, take along or forget what is kept."""

import argparse
import csv
import logging
import os
import re
import sys
import webbrowser
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Final

from config import ROOT, VERSION, load_config
from core.csv_cells import escape_formula
from core.errors import INTERRUPTED, AffectuneError, CatalogueError, SongImportError, StoreError
from core.labels import SONG_MOODS
from core.song import Song
from music.catalogue.files import COLUMNS
from music.importers.classifier import LazySongMoodClassifier
from music.importers.command import Importer
from music.importers.progress import Bar, Lines, Progress
from store.database import Database, open_database
from store.songs import Library
from store.visitors import Export, VisitorRecords

SONGS = ROOT / "songs"
STORE = ("data-dir", "database-url")


def main(arguments: Sequence[str], environment: Mapping[str, str]) -> int:
    """Do what a command line asks for, and return the exit code.

    Args:
        arguments: without the program's name.
        environment: AFFECTUNE_DATA_DIR and AFFECTUNE_DATABASE_URL name the store.
    """
    options = _parser().parse_args(arguments)
    logging.basicConfig(format="%(levelname)s: %(message)s")
    try:
        code: int = options.command(options, environment)
    except AffectuneError as error:
        print(f"music: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print("music: stopped; run it again, and it goes on", file=sys.stderr)
        return INTERRUPTED
    return code


def import_songs(options: argparse.Namespace, environment: Mapping[str, str]) -> int:
    progress: Progress = (Lines if options.json else Bar)(options.verbose)
    classifier = LazySongMoodClassifier(ROOT / "weights" / "song_mood.npz")
    code = 0
    with _database(options, environment) as database:
        importer = Importer(
            database=database,
            classifier=classifier,
            progress=progress,
            environment=environment,
            mood=options.mood,
            sign_in=_show_page if options.sign_in else None,
            workers=options.workers if options.measure else 0,
        )
        for source in options.source:
            try:
                progress.tell(importer.import_songs(source))
            except SongImportError as error:  # the others may be good
                print(f"music: {error}", file=sys.stderr)
                code = error.exit_code
    return code


def _show_page(address: str) -> None:
    """Open a page in the browser; where there is none, its address can be copied."""
    print(f"Sign in to Spotify at {address}", file=sys.stderr, flush=True)
    webbrowser.open(address)


def check(options: argparse.Namespace, environment: Mapping[str, str]) -> int:
    from music.catalogue.check import check_folder

    report = check_folder(options.dir, shipped=options.dir.resolve() == SONGS)
    print(report)
    return CatalogueError.exit_code if report.problems else 0


def export(options: argparse.Namespace, environment: Mapping[str, str]) -> int:
    """Write `songs.csv`, and each visitor's thumbs, moods and corrections, into a folder."""
    folder: Path = options.dir
    with _database(options, environment) as database:
        songs, records = Library(database).songs(), VisitorRecords(database)
        exports = [records.export(visitor) for visitor in records.visitors()]
    try:
        _write_export(folder, songs, exports)
    except OSError as error:
        raise StoreError(f"export: '{folder}' cannot be written: {error.strerror}") from error
    print(f"{folder}: {len(songs)} songs, and what is kept of {len(exports)} visitors.")
    return 0


VISITOR_FILE: Final = re.compile(r"visitor-\d+\.(json|csv)")
"""Names of the files that an export makes of visitors, and nobody else's."""


def _write_export(folder: Path, songs: Iterable[Song], exports: Sequence[Export]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("visitor-*"):  # of visitors who may be forgotten since
        if VISITOR_FILE.fullmatch(old.name):
            old.unlink()
    with (folder / "songs.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, (*COLUMNS, "mood", "path"), extrasaction="ignore")
        writer.writeheader()
        for song in songs:
            texts = {
                k: escape_formula(v) if isinstance(v, str) else v for k, v in asdict(song).items()
            }
            writer.writerow(texts)
    for number, entries in enumerate(exports, 1):
        path = folder / f"visitor-{number}"
        path.with_suffix(".json").write_text(entries.to_json(), encoding="utf-8")
        path.with_suffix(".csv").write_text(entries.to_csv(), encoding="utf-8", newline="")


def forget(options: argparse.Namespace, environment: Mapping[str, str]) -> int:
    """Remove what is kept of all visitors; with --songs, imported songs instead."""
    with _database(options, environment) as database:
        if options.songs is not None:
            removed = Library(database).remove(options.songs or None)
            print(f"{removed} songs are gone.")
            return 0
        records = VisitorRecords(database)
        removed = sum(records.forget(visitor) for visitor in records.visitors())
    print(f"{removed} thumbs, moods and corrections are gone.")
    return 0


def _database(options: argparse.Namespace, environment: Mapping[str, str]) -> Database:
    values = vars(options)
    arguments = [
        f"--{name}={values[key]}" for name in STORE if (key := name.replace("-", "_")) in values
    ]
    names = {f"AFFECTUNE_{name.replace('-', '_').upper()}" for name in STORE}
    variables = {name: environment[name] for name in names & environment.keys()}
    return open_database(load_config(arguments, variables).store)


def _one_or_more(text: str) -> int:
    number = int(text) if text.isascii() and text.isdigit() else 0
    if number < 1:
        raise argparse.ArgumentTypeError(f"expected a whole number of 1 or more, got {text!r}")
    return number


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m music", description=__doc__.split(": ", 1)[1])
    parser.add_argument("--version", action="version", version=f"Affectune {VERSION}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    store = argparse.ArgumentParser(add_help=False, argument_default=argparse.SUPPRESS)
    store.add_argument("--data-dir", metavar="DIR", help="where the store is kept, as for main.py")
    store.add_argument("--database-url", metavar="URL", help="a store elsewhere, as for main.py")

    _describe_import(
        commands.add_parser(
            "import",
            parents=[store],
            help="add songs of your own",
            description="Add the songs of CSV files (Spotify's audio features, Exportify), "
            "playlists (M3U, XSPF), folders of music files, and Spotify playlists by id or "
            "address. What is known is not added again, and an import that was stopped goes on.",
        )
    )

    command = commands.add_parser("check", help="check a folder of <emotion>.csv files")
    command.add_argument("dir", nargs="?", type=Path, default=SONGS, metavar="DIR")
    command.set_defaults(command=check)

    command = commands.add_parser(
        "export", parents=[store], help="write songs, thumbs, moods and corrections into a folder"
    )
    command.add_argument("dir", type=Path, metavar="DIR")
    command.set_defaults(command=export)

    command = commands.add_parser(
        "forget", parents=[store], help="remove thumbs, moods and corrections, or songs"
    )
    command.add_argument(
        "--songs",
        nargs="?",
        const="",
        metavar="IMPORT",
        help="remove the songs of an import by its name, or all imported songs",
    )
    command.set_defaults(command=forget)
    return parser


def _describe_import(command: argparse.ArgumentParser) -> None:
    command.add_argument("source", nargs="+", metavar="SOURCE", help="a file, a folder, a playlist")
    command.add_argument(
        "--mood", choices=SONG_MOODS, help="of all songs, whatever the source says"
    )
    command.add_argument(
        "--no-measure",
        dest="measure",
        action="store_false",
        help="leave the sound of a folder's files unmeasured",
    )
    command.add_argument(
        "--workers",
        type=_one_or_more,
        default=os.cpu_count() or 1,
        metavar="N",
        help="processes that measure (one a core)",
    )
    command.add_argument(
        "--sign-in", action="store_true", help="sign in to Spotify, for a playlist of your own"
    )
    command.add_argument("--json", action="store_true", help="progress as lines of JSON")
    command.add_argument("--verbose", action="store_true", help="name all that is left out")
    command.set_defaults(command=import_songs)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
