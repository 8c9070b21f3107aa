"""PLACEHOLDER, replaced by the ingest author."""
import re


def sentences(text: str) -> list[tuple[int, int]]:
    out, pos = [], 0
    for m in re.finditer(r"(?<=[.!?…])\s+(?=[A-ZĀČĒĢĪĶĻŅŠŪŽĄĘĖĮŲÕÄÖÜŁŚŻŹĆŃÓА-ЯЁ„“\"«(])|\n+", text):
        if text[pos : m.start()].strip():
            out.append((pos, m.start()))
        pos = m.end()
    if text[pos:].strip():
        out.append((pos, len(text)))
    return out
