"""A list of songs that somebody sends, read elsewhere and handed over as JSON has it."""

from collections.abc import Iterator
from dataclasses import astuple
from pathlib import Path
from typing import Any

from core.song import Song
from music.importers.items import Item, Note, Skipped, Track
from music.importers.sources import open_upload

KINDS: dict[str, type[Skipped] | type[Note]] = {"skipped": Skipped, "note": Note}


def read_upload(data: bytes, name: str, music: str | None) -> Iterator[Any]:
    """Yield what is known of a list, `label`, `origin` and `total`, then batches of its items.

    Args:
        data, name: as `open_upload` takes them.
        music: path of the folder whose files it may name.

    Raises:
        SongImportError: as `open_upload` and its batches do.
    """
    source = open_upload(data, name, None if music is None else Path(music))
    yield {"label": source.label, "origin": source.origin, "total": source.total}
    for batch in source.batches:
        yield [item_to_json(item) for item in batch]


def item_to_json(item: Item) -> list[Any]:
    """Return an item as `item_from_json` takes it."""
    if isinstance(item, Track):
        return ["track", astuple(item.song), dict(item.features)]
    kind = "skipped" if isinstance(item, Skipped) else "note"
    return [kind, *astuple(item)]


def item_from_json(fields: Any) -> Item:
    """Return the item that `item_to_json` was given."""
    kind, *values = fields
    if kind == "track":
        song, features = values
        return Track(Song(*song), features)
    return KINDS[kind](*values)
