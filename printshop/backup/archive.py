"""An archive: one compressed tar of the database, the media and, as its last member, a manifest of what they are."""

import io
import re
import tarfile
import zlib
from dataclasses import asdict, dataclass, field
from hashlib import file_digest, sha256
from pathlib import Path
from typing import IO

import orjson
from django.utils.crypto import salted_hmac

FORMAT = 1
MANIFEST = "manifest.json"
# A name says where a file goes, so nothing else is ever unpacked.
NAMES = re.compile(r"manifest\.json|database\.(sqlite3|dump)|media/[a-z]+/[0-9a-f]{32}\.[0-9a-z]{3,4}")
# Of gzip: media are compressed already, and a database shrinks to a fifth by the quickest level.
QUICKEST = 1
PIECE = 1 << 20


class Refused(Exception):
    """Why nothing was backed up or restored, in a sentence."""


@dataclass(frozen=True)
class Manifest:
    """What an archive holds: the applied migrations, `rows` by table, and the SHA-256 of each of its `files`.

    `key` tells one secret key from another without giving it away.
    """

    made_at: str
    version: str
    key: str
    engine: str
    server: str
    migrations: list[str]
    rows: dict[str, int]
    files: dict[str, str] = field(default_factory=dict)
    format: int = FORMAT


def fingerprint() -> str:
    """Of this shop's secret key."""
    return salted_hmac("printshop.backup", "fingerprint", algorithm="sha256").hexdigest()[:16]


class Writer:
    """Adds files to an archive that is being made."""

    def __init__(self, tar: tarfile.TarFile) -> None:
        self.tar = tar
        self.files: dict[str, str] = {}

    def add(self, path: Path, name: str) -> None:
        with path.open("rb") as content:
            self.files[name] = file_digest(content, "sha256").hexdigest()
            content.seek(0)
            self.tar.addfile(self.tar.gettarinfo(arcname=name, fileobj=content), content)

    def close(self, manifest: Manifest) -> None:
        text = orjson.dumps(asdict(manifest), option=orjson.OPT_INDENT_2)
        member = tarfile.TarInfo(MANIFEST)
        member.size = len(text)
        self.tar.addfile(member, io.BytesIO(text))


def copied(source: IO[bytes], target: Path) -> str:
    """The SHA-256 of what was written to the new file."""
    target.parent.mkdir(parents=True, exist_ok=True)
    digest = sha256()
    with target.open("wb") as file:
        while piece := source.read(PIECE):
            digest.update(piece)
            file.write(piece)
    return digest.hexdigest()


def unpacked(archive: Path, folder: Path) -> dict[str, str]:
    """Unpack into an empty folder; the SHA-256 of each file."""
    digests = {}
    try:
        with tarfile.open(archive) as tar:
            for member in tar:
                content = tar.extractfile(member) if NAMES.fullmatch(member.name) and member.isreg() else None
                if content is None:
                    raise Refused(f"{archive} is no backup of a shop: it holds {member.name}.")
                digests[member.name] = copied(content, folder / member.name)
    except (tarfile.TarError, EOFError, zlib.error) as fault:
        raise Refused(f"{archive} is damaged: {fault}.") from None
    except OSError as fault:
        raise Refused(f"{archive} cannot be read: {fault}.") from None
    return digests


def understood(archive: Path, text: bytes) -> Manifest:
    try:
        manifest = Manifest(**orjson.loads(text))
    except (TypeError, orjson.JSONDecodeError):
        raise Refused(f"{archive} is not whole: its manifest cannot be read.") from None
    if manifest.format != FORMAT:
        raise Refused(f"{archive} has format {manifest.format}; this release reads {FORMAT}.")
    return manifest


def read(archive: Path, folder: Path) -> Manifest:
    """Unpack an archive and compare every file with the manifest. Raises `Refused` for what is not whole."""
    digests = unpacked(archive, folder)
    if digests.pop(MANIFEST, None) is None:
        raise Refused(f"{archive} is not whole: its manifest is missing.")
    manifest = understood(archive, (folder / MANIFEST).read_bytes())
    if wrong := sorted(name for name, _ in digests.items() ^ manifest.files.items()):
        raise Refused(f"{archive} is damaged: {wrong[0]} is not what was backed up.")
    return manifest
