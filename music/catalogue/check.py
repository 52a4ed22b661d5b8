"""Check a folder of songs: what cannot be read, what comes twice, what the shipped one promises.

The promises (70 songs a file, five decades, ...) bind `songs/` only; in a person's own folder
what would break one is a note, for information.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from core.errors import CatalogueError
from core.labels import EMOTIONS
from core.song import Song
from music.catalogue.csv_table import CsvTable
from music.catalogue.files import COLUMNS, REQUIRED, load_song_moods, read_songs

MIN_COUNTS = {"songs": 70, "decades": 5, "genres": 8, "languages": 6}
"""How many there are at least in each file of `songs/`."""
MAX_BY_ARTIST = 2
MAX_NAMED = 3
"""Songs, genres or artists that a sentence names one by one; the rest is a number."""
INSTRUMENTAL = "instrumental"
GENRES = frozenset(
    {
        *("ambient", "blues", "chanson", "classical", "country", "disco", "electronic", "folk"),
        *("funk", "hip hop", "indie", "jazz", "latin", "metal", "pop", "punk", "r&b", "reggae"),
        *("rock", "soul", "soundtrack", "world"),
    }
)
"""What `genre` may be in `songs/`; songs/README.md says what each covers."""
LANGUAGES = frozenset(
    f"""{INSTRUMENTAL}
    aa ab ae af ak am an ar as av ay az ba be bg bi bm bn bo br bs ca ce ch co cr cs cu cv cy da
    de dv dz ee el en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy
    hz ia id ie ig ii ik io is it iu ja jv ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg
    li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne ng nl nn no nr nv ny oc oj om or
    os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn so sq sr ss st su sv sw ta
    te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu
    """.split()
)
"""What `language` may be: ISO 639-1, https://www.loc.gov/standards/iso639-2/php/code_list.php."""


@dataclass(frozen=True)
class FileCounts:
    """What one file holds."""

    emotion: str
    songs: int
    decades: int
    genres: int
    languages: int


@dataclass(frozen=True)
class Report:
    """What a check found."""

    problems: tuple[str, ...]
    """A sentence for each thing that is wrong."""
    notes: tuple[str, ...]
    """A sentence for each thing that is worth knowing, but is a person's own choice."""
    counts: tuple[FileCounts, ...]
    """One entry for each file that could be read."""

    def __str__(self) -> str:
        columns = f"{'file':<14}{'songs':>7}{'decades':>9}{'genres':>8}{'languages':>11}"
        rows = [
            f"{f'{count.emotion}.csv':<14}{count.songs:>7}{count.decades:>9}"
            f"{count.genres:>8}{count.languages:>11}"
            for count in self.counts
        ]
        notes = [f"note: {note}" for note in self.notes]
        problems = [f"problem: {problem}" for problem in self.problems]
        totals = {
            "song": sum(count.songs for count in self.counts),
            "problem": len(problems),
            "note": len(notes),
        }
        total = ", ".join(f"{n} {noun}{'s' * (n != 1)}" for noun, n in totals.items())
        return "\n".join([columns, *rows, *notes, *problems, total])


def check_folder(directory: Path, *, shipped: bool = False) -> Report:
    """Check `<emotion>.csv` for each emotion, and which moods suit them.

    Args:
        directory: the folder.
        shipped: whether the promises of the shipped songs bind it.
    """
    problems = load_song_moods(directory, EMOTIONS)[1]
    promises: list[str] = []
    counts: list[FileCounts] = []
    place_of: dict[tuple[str, str], str] = {}
    for emotion in EMOTIONS:
        path = directory / f"{emotion}.csv"
        label = f"songs/{path.name}"
        try:
            songs, bad_rows = read_songs(path, emotion)
            columns = CsvTable(path, label, "songs", REQUIRED).columns
        except CatalogueError as error:
            problems.append(str(error))
            continue
        counts.append(_count(emotion, songs))
        problems += bad_rows
        here, elsewhere = _repeated(songs, label, place_of)
        if here:
            problems.append(f"{label}: more than once: {_join_songs(here)}")
        if elsewhere:
            promises.append(f"{label}: in another file too: {_join_songs(elsewhere)}")
        promises += (f"{label}: {broken}" for broken in _broken(columns, songs, counts[-1]))
    if shipped:
        return Report((*problems, *promises), (), tuple(counts))
    return Report(tuple(problems), tuple(promises), tuple(counts))


def _broken(columns: Sequence[str], songs: Sequence[Song], counts: FileCounts) -> Iterator[str]:
    """Yield a sentence for each promise of the shipped songs that one file breaks."""
    if tuple(columns) != COLUMNS:
        yield f"expected the columns {', '.join(COLUMNS)}; found {', '.join(columns)}"
    for column in (column for column in COLUMNS if column in columns):
        without = [song for song in songs if getattr(song, column) in (None, "")]
        if without:
            yield f"without {column}: {_join_songs(without)}"
    for noun, minimum in MIN_COUNTS.items():
        count = getattr(counts, noun)
        if count < minimum:
            yield f"expected {minimum} {noun} or more, found {count}"
    yield from _unlisted("genres", {song.genre for song in songs}, GENRES)
    yield from _unlisted("languages", {song.language for song in songs}, LANGUAGES)
    artists = Counter(song.artist.partition(" featuring ")[0] for song in songs)
    many = [artist for artist, number in artists.items() if number > MAX_BY_ARTIST]
    if many:
        yield f"more than {MAX_BY_ARTIST} songs by {_join(many)}"


def _unlisted(noun: str, labels: set[str | None], allowed: frozenset[str]) -> Iterator[str]:
    unlisted = sorted(label for label in labels if label and label not in allowed)
    if unlisted:
        yield f"{noun} that songs/README.md does not list: {_join(unlisted)}"


def _count(emotion: str, songs: Sequence[Song]) -> FileCounts:
    return FileCounts(
        emotion,
        songs=len(songs),
        decades=len({song.release_year // 10 for song in songs if song.release_year}),
        genres=len({song.genre for song in songs if song.genre}),
        languages=len({song.language for song in songs if song.language} - {INSTRUMENTAL}),
    )


def _repeated(
    songs: Sequence[Song], label: str, place_of: dict[tuple[str, str], str]
) -> tuple[list[Song], list[Song]]:
    """Return the songs that came before in this file, and in another; add all to `place_of`."""
    here, elsewhere = [], []
    for song in songs:
        key = song.name.casefold(), song.artist.casefold()
        if key not in place_of:
            place_of[key] = label
        elif place_of[key] == label:
            here.append(song)
        else:
            elsewhere.append(song)
    return here, elsewhere


def _join_songs(songs: Sequence[Song]) -> str:
    return _join([f"'{song.name}' by {song.artist}" for song in songs])


def _join(texts: Sequence[str]) -> str:
    more = f" and {len(texts) - MAX_NAMED} more" if len(texts) > MAX_NAMED else ""
    return ", ".join(texts[:MAX_NAMED]) + more
