"""From bytes to text: which encoding a file has, and what is broken in it."""

import codecs
from dataclasses import dataclass
from typing import Final

from gtfs_feeds.read.collect import FaultLog

UTF8: Final = "utf-8"
CP932: Final = "cp932"
MIXED: Final = "mixed"
NOT_SHIFT_JIS: Final = frozenset("\x80\xa0\uf8f0\uf8f1\uf8f2\uf8f3")
"""What Python's cp932 makes of the bytes 80, A0, FD, FE and FF, which no text has."""
REPLACEMENT: Final = "\ufffd"


@dataclass(frozen=True, slots=True)
class Decoded:
    """A file as UTF-8 without a byte order mark."""

    data: bytes
    encoding: str
    """What it was: utf-8, utf-8-sig, utf-16-le, utf-16-be, cp932 or mixed."""

    is_lossless: bool = True
    """False where bytes could not be decoded: they are U+FFFD now."""

    @property
    def text(self) -> str:
        """The file as text."""
        return self.data.decode(UTF8)


def decode(data: bytes, file: str, faults: FaultLog) -> Decoded:
    """
    Return the file in UTF-8, and log what had to be done for it.

    GTFS asks for UTF-8 and tolerates its byte order mark. UTF-16 is told by its mark or by the
    NULs that ASCII gets in it; cp932 is taken when no line with other than ASCII is UTF-8.
    A file with lines of both is decoded line by line; what is neither becomes U+FFFD.
    """
    if data.startswith(codecs.BOM_UTF8):
        faults.add("byte_order_mark", file, mended=True)
        inner = decode_utf8(data[len(codecs.BOM_UTF8) :], file, faults)
        encoding = "utf-8-sig" if inner.encoding == UTF8 else inner.encoding
        return Decoded(inner.data, encoding, inner.is_lossless)
    utf16 = utf16_of(data)
    if utf16:
        faults.add("not_utf8", file, value=utf16, mended=True, facts={"encoding": utf16})
        text = data.decode(utf16, errors="replace").removeprefix("\ufeff")
        log_replaced(text, file, faults)
        return Decoded(text.encode(UTF8), utf16, is_in(data, utf16))
    return decode_utf8(data, file, faults)


def utf16_of(data: bytes) -> str | None:
    """Return the UTF-16 codec of the data, or None where it is something else."""
    if data.startswith(codecs.BOM_UTF16_LE):
        return "utf-16-le"
    if data.startswith(codecs.BOM_UTF16_BE):
        return "utf-16-be"
    head = data[:16]
    # A header is ASCII, so in UTF-16 every second byte of it is NUL.
    if len(head) >= 8:
        if not any(head[1::2]) and all(head[0::2]):
            return "utf-16-le"
        if not any(head[0::2]) and all(head[1::2]):
            return "utf-16-be"
    return None


def decode_utf8(data: bytes, file: str, faults: FaultLog) -> Decoded:
    """Return the data where it is UTF-8, else what its lines decode to."""
    try:
        text = data.decode(UTF8)
    except UnicodeDecodeError:
        return decode_lines(data, file, faults)
    if REPLACEMENT in text:
        log_replaced(text, file, faults)
    return Decoded(data, UTF8)


def decode_lines(data: bytes, file: str, faults: FaultLog) -> Decoded:
    """Decode a file that is not UTF-8 as a whole: by the encoding of most of its lines."""
    lines = data.split(b"\n")
    special = [number for number, line in enumerate(lines) if not line.isascii()]
    utf8 = {number for number in special if is_in(lines[number], UTF8)}
    if not utf8 and is_in(data, CP932):
        faults.add("not_utf8", file, value=CP932, mended=True, facts={"encoding": CP932})
        return Decoded(data.decode(CP932).encode(UTF8), CP932)
    main = UTF8 if 2 * len(utf8) >= len(special) else CP932
    if main == CP932:
        faults.add("not_utf8", file, value=CP932, mended=True, facts={"encoding": CP932})
    is_lossless = True
    for number in special:
        if main == UTF8 and number in utf8:
            continue
        codec = line_codec(lines[number], main)
        is_lossless &= codec is not None
        text = lines[number].decode(codec or main, errors="replace")
        if codec is None:
            faults.add("invalid_character", file, number + 1, value=text.strip("\r"))
        elif codec != main:
            faults.add("mixed_encodings", file, number + 1, value=codec, mended=True)
        lines[number] = text.encode(UTF8)
    return Decoded(b"\n".join(lines), MIXED, is_lossless)


def line_codec(line: bytes, main: str) -> str | None:
    """
    Return the encoding of a line: the file's own, the other one, or None where it is damaged.

    Damaged UTF-8 often is valid cp932 (and nonsense). So a line that reads as UTF-8 but for fewer
    characters than it has right ones counts as damaged.
    """
    if is_in(line, main):
        return main
    other = CP932 if main == UTF8 else UTF8
    if not is_in(line, other):
        return None
    if main == UTF8:
        text = line.decode(UTF8, errors="replace")
        wrong = text.count(REPLACEMENT)
        right = sum(not character.isascii() for character in text) - wrong
        if right > wrong:
            return None
    return other


def is_in(data: bytes, codec: str) -> bool:
    """Say whether the bytes are text in this encoding."""
    try:
        text = data.decode(codec)
    except UnicodeDecodeError:
        return False
    return codec != CP932 or NOT_SHIFT_JIS.isdisjoint(text)


def log_replaced(text: str, file: str, faults: FaultLog) -> None:
    """Log the lines in which an earlier program already lost characters (U+FFFD)."""
    for number, line in enumerate(text.split("\n"), start=1):
        if REPLACEMENT in line:
            faults.add("invalid_character", file, number, value=line.strip("\r"))
