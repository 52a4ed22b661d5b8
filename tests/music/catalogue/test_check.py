"""The checker of song folders, and by it the shipped songs."""

import shutil

import pytest

from music.catalogue.check import GENRES, LANGUAGES, MIN_COUNTS, check_folder
from tests.conftest import ROOT

SONGS = ROOT / "songs"
HEADER = "name,album,artist,release_year,genre,language,valence,energy\n"


@pytest.fixture
def folder(tmp_path):
    """A copy of the shipped songs."""
    return shutil.copytree(SONGS, tmp_path / "songs")


def add(folder, *rows):
    with (folder / "happy.csv").open("a", encoding="utf-8") as file:
        file.writelines(f"{row}\n" for row in rows)


class TestShipped:
    def test_it_keeps_its_promises(self):
        report = check_folder(SONGS, shipped=True)
        assert report.problems == report.notes == ()
        assert len(report.counts) == 7
        for counts in report.counts:
            assert all(getattr(counts, what) >= fewest for what, fewest in MIN_COUNTS.items())

    def test_its_genres_are_those_its_readme_lists(self):
        table = (SONGS / "README.md").read_text(encoding="utf-8").partition("## Genres")[2]
        rows = [line.split("`") for line in table.partition("\n## ")[0].splitlines()]
        assert {row[1] for row in rows if row[0] == "| "} == GENRES

    def test_languages_are_two_letters_or_none(self):
        assert {len(code) for code in LANGUAGES - {"instrumental"}} == {2}

    @pytest.mark.parametrize(
        ("rows", "broken"),
        [
            (
                ["Song,Album,A,1999,grunge,en,0.5,0.5"],
                "genres that songs/README.md does not list: grunge",
            ),
            (
                ["Song,Album,A,1999,rock,english,0.5,0.5"],
                "languages that songs/README.md does not list: english",
            ),
            (["Song,Album,A,1999,rock,en,,0.5"], "without valence: 'Song' by A"),
            (["Song,,A,1999,rock,en,0.5,0.5"], "without album: 'Song' by A"),
            (
                [
                    "Song 1,Album,A,1999,rock,en,0.5,0.5",
                    "Song 2,Album,A featuring B,1999,rock,en,0.5,0.5",
                    "Song 3,Album,A featuring C,1999,rock,en,0.5,0.5",
                ],
                "more than 2 songs by A",
            ),
            (
                ["SO WHAT,Another,Miles Davis,2000,jazz,en,0.5,0.5"],
                "in another file too: 'So What' by Miles Davis",
            ),
        ],
    )
    def test_a_broken_promise_is_a_problem_here_and_a_note_elsewhere(self, folder, rows, broken):
        add(folder, *rows)
        report = check_folder(folder, shipped=True)
        (problem,) = report.problems
        assert problem.partition(": ")[2] == broken
        assert check_folder(folder).problems == ()
        assert check_folder(folder).notes == (problem,)


class TestFolder:
    def test_what_is_wrong_anywhere_is_a_problem(self, folder):
        add(folder, "Song,Album,A,soon,,,,", "Song,Album,B,,,,,", "song,Other album,b,,,,,")
        (folder / "sad.csv").unlink()
        (folder / "moods.csv").write_text("emotion,mood\nfear,Tense\n")
        moods, row, twice, missing = check_folder(folder).problems
        assert moods.startswith("songs/moods.csv, line 2: expected mood to be one of ")
        assert row.endswith("expected a release_year like 1977, got 'soon'")
        assert twice == "songs/happy.csv: more than once: 'song' by b"
        assert missing.startswith("songs/sad.csv: expected a file at ")

    def test_a_file_of_an_older_system_is_noted_not_refused(self, folder):
        (folder / "happy.csv").write_text("name,album,artist\nSong,Album,A\n")
        report = check_folder(folder)
        assert report.problems == ()
        assert report.notes == (
            f"songs/happy.csv: expected the columns {HEADER.strip().replace(',', ', ')};"
            " found name, album, artist",
            "songs/happy.csv: expected 70 songs or more, found 1",
            "songs/happy.csv: expected 5 decades or more, found 0",
            "songs/happy.csv: expected 8 genres or more, found 0",
            "songs/happy.csv: expected 6 languages or more, found 0",
        )

    def test_many_of_a_kind_are_counted_not_listed(self, folder):
        rows = [f"Song {n},Album,Artist {n},,,,," for n in range(50)]
        add(folder, *rows, *rows)
        (twice,) = check_folder(folder).problems
        assert twice == (
            "songs/happy.csv: more than once: 'Song 0' by Artist 0, 'Song 1' by Artist 1,"
            " 'Song 2' by Artist 2 and 47 more"
        )

    def test_an_instrumental_has_no_language(self, folder):
        rows = "A,B,C,1999,rock,en,,\nD,E,F,1999,rock,instrumental,,\n"
        (folder / "happy.csv").write_text(HEADER + rows)
        happy = next(c for c in check_folder(folder).counts if c.emotion == "happy")
        assert (happy.songs, happy.decades, happy.genres, happy.languages) == (2, 1, 1, 1)

    def test_the_table_has_a_line_for_each_file_and_all_sentences(self, folder):
        add(folder, "Song,Album,A,1999,grunge,en,0.5,0.5", "Song,Album,A,1999,rock,en,0.5,0.5")
        report = check_folder(folder)
        lines = str(report).splitlines()
        assert lines[0].split() == ["file", "songs", "decades", "genres", "languages"]
        happy = next(counts for counts in report.counts if counts.emotion == "happy")
        assert f"happy.csv {happy.songs} {happy.decades} {happy.genres} {happy.languages}" in [
            " ".join(line.split()) for line in lines
        ]
        assert lines[-3:-1] == [f"note: {report.notes[0]}", f"problem: {report.problems[0]}"]
        assert lines[-1] == (
            f"{sum(counts.songs for counts in report.counts)} songs, 1 problem, 1 note"
        )
