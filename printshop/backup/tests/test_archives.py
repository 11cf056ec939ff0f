"""What an archive holds; what is not restored, and why."""

import errno
import gzip
import io
import os
import shutil
import stat
import tarfile
from pathlib import Path
from typing import Any

import orjson
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from catalog.models import Media
from printshop.backup.archive import MANIFEST, Refused, read
from printshop.backup.engines import engine
from printshop.backup.programs import program
from printshop.backup.restoring import put_media
from printshop.backup.tests.shops import add_picture, contents, opened, own_url, rows_of
from printshop.testing import make_orders, make_skus

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")


def refusal_of(archive: Path, *more: str) -> str:
    """Why an archive is not restored; nothing has changed by then."""
    before = rows_of(own_url())
    with pytest.raises(CommandError) as refused:
        call_command("restore", str(archive), *more)
    assert rows_of(own_url()) == before
    return str(refused.value)


def members(archive: Path) -> dict[str, bytes]:
    with tarfile.open(archive) as tar:
        return {one.name: tar.extractfile(one).read() for one in tar}  # type: ignore[union-attr]


def packed(archive: Path, files: dict[str, bytes]) -> Path:
    """An archive of these files."""
    with tarfile.open(archive, "w:gz") as tar:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return archive


def changed(archive: Path, **fields: Any) -> Path:
    """The archive with another manifest."""
    found = members(archive)
    return packed(archive, {**found, MANIFEST: orjson.dumps({**orjson.loads(found[MANIFEST]), **fields})})


def test_it_is_for_its_owner_alone_and_without_the_secret_key(back_up):
    archive = back_up()
    assert stat.S_IMODE(archive.stat().st_mode) == 0o600
    assert stat.S_IMODE(archive.parent.stat().st_mode) == 0o700
    assert not any(settings.SECRET_KEY.encode() in content for content in members(archive).values())
    assert [path.name for path in archive.parent.iterdir()] == [archive.name]


def test_it_has_the_picture_that_came_last_before_the_database_was_copied(back_up, monkeypatch):
    make_skus()
    kind = type(engine())
    snapshot = kind.snapshot

    def late(self, folder):
        add_picture("Front")
        return snapshot(self, folder)

    monkeypatch.setattr(kind, "snapshot", late)
    archive = back_up()
    assert f"media/{Media.objects.get().file}" in members(archive)


def test_it_leaves_out_what_the_shop_did_not_make(back_up, media):
    make_skus()
    add_picture("of the shop")
    for name in ("catalog/.DS_Store", "catalog/copy of a picture.png"):
        (media / name).write_bytes(b"of somebody")
    (media / "catalog" / "thumbnails").mkdir()
    archive = back_up()
    assert [name for name in members(archive) if name.startswith("media/")] == [f"media/{Media.objects.get().file}"]
    call_command("restore", str(archive), "--check")


def test_it_keeps_the_newest(back_up, tmp_path):
    folder = tmp_path / "backups"
    folder.mkdir()
    for day in range(10, 20):
        (folder / f"printshop-202601{day}T033000Z.tar.gz").touch()
    (folder / "notes.txt").touch()
    archive = back_up("--keep=3")
    kept = sorted(path.name for path in folder.iterdir())
    assert kept == [
        "notes.txt",
        "printshop-20260118T033000Z.tar.gz",
        "printshop-20260119T033000Z.tar.gz",
        archive.name,
    ]


def test_it_verifies_without_restoring(back_up, capsys):
    call_command("restore", str(back_up()), "--check")
    assert "is whole: 1 files" in capsys.readouterr().out


def test_it_refuses_to_overwrite_a_shop(back_up):
    assert "--force replaces everything" in refusal_of(back_up())


def test_it_refuses_while_the_shop_runs(back_up):
    make_orders()
    archive = back_up()
    with opened(own_url()) as other:
        other.execute("SELECT count(*) FROM orders_order").fetchone()
        assert "Stop the web servers and workers first" in refusal_of(archive, "--force")


@pytest.mark.trust(case="backup cut off or spoilt", expects="refused before anything is touched")
def test_it_refuses_what_is_cut_off_or_spoilt(back_up):
    archive = back_up()
    whole = archive.read_bytes()
    archive.write_bytes(whole[: len(whole) // 2])
    assert "damaged" in refusal_of(archive, "--force")
    spoilt = bytearray(gzip.decompress(whole))
    spoilt[len(spoilt) // 2] ^= 1
    archive.write_bytes(gzip.compress(bytes(spoilt)))
    assert "damaged" in refusal_of(archive, "--force")


def test_it_refuses_what_is_no_backup(tmp_path):
    other = tmp_path / "other.tar.gz"
    assert "There is no file" in refusal_of(other)
    other.write_bytes(b"a text")
    assert "damaged" in refusal_of(other)
    for name in ("../outside", "/etc/passwd", "media/../../outside", "notes.txt"):
        assert f"it holds {name}" in refusal_of(packed(other, {name: b"x"}))
    assert not (tmp_path.parent / "outside").exists()
    assert "its manifest is missing" in refusal_of(packed(other, {"database.dump": b"x"}))


def test_it_refuses_other_engines_and_newer_releases(back_up):
    archive, own = back_up(), engine().name
    other = {"sqlite": "postgresql", "postgresql": "sqlite"}[own]
    assert f"The backup is of {other}" in refusal_of(changed(archive, engine=other))
    newer = changed(archive, engine=own, migrations=["orders.9999_invented"])
    assert "does not know the migration orders.9999_invented" in refusal_of(newer)
    assert "has format 2" in refusal_of(changed(archive, format=2))


@pytest.mark.postgresql
def test_it_refuses_a_newer_server(back_up):
    assert "The backup is of PostgreSQL 99" in refusal_of(changed(back_up(), server="990001"))


@pytest.mark.trust(case="backup that lacks rows", expects="the shop stays as it was")
def test_it_leaves_the_shop_as_it_was_when_rows_are_missing(back_up, tmp_path):
    before, kind = rows_of(own_url()), engine()
    manifest = read(back_up(), tmp_path / "unpacked")
    with pytest.raises(Refused, match="orders_order"):
        kind.restore(tmp_path / "unpacked" / kind.file, {**manifest.rows, "orders_order": 7})
    assert rows_of(own_url()) == before


def test_it_backs_up_no_shop_where_there_is_none(elsewhere):
    done = elsewhere.manage("backup")
    assert (done.returncode, "name no shop" in done.stderr, "Traceback" in done.stderr) == (1, True, False)


def test_media_may_lie_on_another_file_system(back_up, media, tmp_path, monkeypatch):
    """As the volume of a container does."""
    make_skus()
    add_picture("Front")
    before, folder, rename = contents(media), tmp_path / "unpacked", os.rename
    read(back_up(), folder)
    shutil.rmtree(media)

    def within_one(source: Any, target: Any) -> None:
        if folder in Path(source).parents and folder not in Path(target).parents:
            raise OSError(errno.EXDEV, "Invalid cross-device link")
        rename(source, target)

    monkeypatch.setattr(os, "rename", within_one)
    assert put_media(folder) == 1
    assert contents(media) == before


@pytest.mark.sqlite
def test_it_leaves_the_shop_where_it_is_when_there_is_no_room(back_up, tmp_path, monkeypatch):
    make_skus()
    before, kind = rows_of(own_url()), engine()
    manifest = read(back_up(), tmp_path / "unpacked")

    def full(source: Any, target: Any) -> None:
        Path(target).write_bytes(b"a part")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(shutil, "move", full)
    with pytest.raises(Refused, match="No space left"):
        kind.restore(tmp_path / "unpacked" / kind.file, manifest.rows)
    assert rows_of(own_url()) == before
    assert not list(kind.path.parent.glob("*.restored"))  # type: ignore[attr-defined]


@pytest.mark.sqlite
def test_it_backs_up_no_damaged_database(back_up):
    with opened(own_url()) as database:
        database.execute("PRAGMA foreign_keys = OFF")
        database.execute("INSERT INTO django_admin_log VALUES (1, 'x', 'y', 1, '', 99, 99, '2026-01-01')")
    with pytest.raises(CommandError, match="a row of django_admin_log refers to none of"):
        back_up()
    with opened(own_url()) as database:
        database.execute("DELETE FROM django_admin_log")


def test_it_says_which_program_is_missing():
    with pytest.raises(Refused, match=r"pg_dump of PostgreSQL 99 or newer is needed; found: .*postgresql-client-99"):
        program("pg_dump", 99)
