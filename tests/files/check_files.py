"""Checks made/ against expected.json with programs that did not make the files, and prints the shares of words.

Recall is the share of the expected words that a program finds in the file; precision is the share of what it finds that
was expected, furniture left out. Words are counted as often as they occur, without regard to case. Text must reach 0.99
both ways; scans, which Tesseract reads, 0.9, and noisy ones 0.8.
"""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import extract_msg
import msoffcrypto

HERE = Path(__file__).parent
MADE = HERE / "made"
TESSERACT = {"lv": "lav", "lt": "lit", "et": "est", "en": "eng", "ru": "rus", "nb": "nor", "pl": "pol"}
Entry = dict[str, Any]


def run(*command: str | Path) -> str:
    """Standard output of a program, as text."""
    done = subprocess.run([str(part) for part in command], capture_output=True, check=True)
    return done.stdout.decode("utf-8", "replace")


def words(text: str) -> Counter[str]:
    """The words of a text with their counts."""
    return Counter(re.findall(r"\w+", text.replace("\u00ad", "").casefold()))


def share(part: Counter[str], whole: Counter[str]) -> float:
    """The share of the words of the whole that are in the part too; 1 of nothing."""
    total = sum(whole.values())
    return sum((part & whole).values()) / total if total else 1.0


def joined(text: str) -> str:
    """The text with the words joined that were divided at line ends."""
    return re.sub(r"(?<=[^\W\d])[-\u2010]\n\s*(?=[^\W\d_])", "", text)


class Reader:
    """Reads each format with a program that has not made it."""

    def __init__(self, work: Path) -> None:
        self.work = work

    def office(self, path: Path, target: str) -> Path:
        """A file that LibreOffice converts to another format."""
        run(
            "soffice",
            f"-env:UserInstallation=file://{self.work}/office",
            "--headless",
            "--convert-to",
            target,
            "--outdir",
            self.work,
            path,
        )
        return self.work / (path.stem + "." + target.partition(":")[0])

    def plain(self, entry: Entry) -> str:
        """Text in the encoding that the entry names."""
        raw = (MADE / entry["file"]).read_bytes()
        return raw.decode(
            {"utf-8": "utf-8-sig", "utf-16-be": "utf-16"}.get(entry.get("encoding", ""), entry.get("encoding", "utf-8"))
        )

    def html(self, entry: Entry) -> str:
        """HTML, read by Pandoc."""
        source = self.work / "page.html"
        source.write_text(self.plain(entry), "utf-8")
        return run("pandoc", "-f", "html", "-t", "plain", "--wrap=none", source)

    def pandoc(self, entry: Entry) -> str:
        """A document, read by Pandoc, or by LibreOffice when Pandoc has made it."""
        path = MADE / entry["file"]
        if entry["kind"] == "encrypted":
            opened = self.work / path.name
            with path.open("rb") as source, opened.open("wb") as target:
                office = msoffcrypto.OfficeFile(source)
                office.load_key(entry["password"])
                office.decrypt(target)
            path = opened
        # LibreOffice leaves footnotes out of plain text; Pandoc takes all memory on the RTF of AbiWord.
        special = path.suffix == ".epub" or "deleted" in entry or "footnotes" in path.name
        if entry["made_by"].startswith(("Pandoc", "AbiWord")) and not special:
            return self.office(path, "txt:Text (encoded):UTF8").read_text("utf-8-sig")
        return run("pandoc", "-t", "plain", "--wrap=none", path)

    def doc(self, entry: Entry) -> str:
        """A doc, read by antiword."""
        return run("antiword", "-m", "UTF-8.txt", "-w", "0", MADE / entry["file"])

    def pdf(self, entry: Entry) -> str:
        """A PDF, read by pdftotext, or by Tesseract page by page."""
        path = MADE / entry["file"]
        if entry["kind"] in ("text", "encrypted"):
            return joined(run("pdftotext", "-upw", entry.get("password", ""), path, "-"))
        return self.recognise(path, entry)

    def recognise(self, path: Path, entry: Entry) -> str:
        """What Tesseract reads on pictures of the pages."""
        run("pdftoppm", "-r", "300", "-gray", "-png", path, self.work / "ocr")
        pages = sorted(self.work.glob("ocr*.png"))
        text = joined("".join(self.picture_text(page, entry) for page in pages))
        for page in pages:
            page.unlink()
        return text

    def picture_text(self, picture: Path, entry: Entry) -> str:
        """What Tesseract reads on a picture."""
        if entry.get("rotated"):
            run("convert", picture, "-rotate", str(-entry["rotated"]), picture)
        return run("tesseract", picture, "-", "-l", TESSERACT[entry["language"]], "--psm", "3")

    def picture(self, entry: Entry) -> str:
        """A picture, read by Tesseract."""
        return joined(self.picture_text(MADE / entry["file"], entry))

    def slides(self, entry: Entry) -> str:
        """Slides as LibreOffice shows them."""
        return run("pdftotext", self.office(MADE / entry["file"], "pdf"), "-")

    def sheets(self, entry: Entry) -> str:
        """Sheets as Gnumeric reads them, with their names."""
        for old in self.work.glob("sheet-*.csv"):
            old.unlink()
        run("ssconvert", "-S", MADE / entry["file"], self.work / "sheet-%s.csv")
        return "\n".join(path.stem[6:] + "\n" + path.read_text("utf-8") for path in self.work.glob("sheet-*.csv"))

    def mail(self, entry: Entry) -> str:
        """The body of a mail; an error when the attachments are not the files that the entry names."""
        mail: Any = message_from_bytes((MADE / entry["file"]).read_bytes(), policy=policy.default)
        assert mail["Subject"] == entry["title"]
        attached = [part for part in mail.iter_attachments() if part.get_content_type() != "message/rfc822"]
        files = [found for found in entry.get("members", []) if found["format"] != "eml"]
        for part, found in zip(attached, files, strict=True):
            assert part.get_filename() == found["name"]
            assert part.get_payload(decode=True) == (MADE / found["same_as"]).read_bytes()
        body = mail.get_body(("plain", "html"))
        text = str(body.get_content())
        if body.get_content_subtype() == "html":
            (self.work / "page.html").write_text(text, "utf-8")
            return run("pandoc", "-f", "html", "-t", "plain", "--wrap=none", self.work / "page.html")
        return text

    def outlook(self, entry: Entry) -> str:
        """The body of a message of Outlook, read by extract-msg."""
        with extract_msg.openMsg(str(MADE / entry["file"])) as message:
            assert message.subject == entry["title"]
            assert len(message.attachments) == len(entry.get("members", []))
            return str(message.body)


def check_archive(entry: Entry, work: Path) -> None:
    """An error when an archive does not hold just the files that its entry names."""
    folder = work / f"unpacked-{entry['file']}"
    folder.mkdir()
    if entry["file"].endswith(".tar.gz"):
        run("tar", "-xzf", MADE / entry["file"], "-C", folder)
    else:
        run("7z", "x", "-bd", f"-p{entry.get('password', '')}", f"-o{folder}", MADE / entry["file"])
    found = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    assert set(found) == {member["name"] for member in entry["members"]}, sorted(found)
    for member in entry["members"]:
        digests = [
            hashlib.sha256(path.read_bytes()).digest() for path in (found[member["name"]], MADE / member["same_as"])
        ]
        assert digests[0] == digests[1], member["name"]


def readers(reader: Reader) -> dict[str, Callable[[Entry], str]]:
    """The reader of each format."""
    return {
        "txt": reader.plain,
        "csv": reader.plain,
        "md": reader.plain,
        "html": reader.html,
        "docx": reader.pandoc,
        "odt": reader.pandoc,
        "rtf": reader.pandoc,
        "epub": reader.pandoc,
        "doc": reader.doc,
        "pdf": reader.pdf,
        "png": reader.picture,
        "jpg": reader.picture,
        "tif": reader.picture,
        "tiff": reader.picture,
        "pptx": reader.slides,
        "odp": reader.slides,
        "ppt": reader.slides,
        "xlsx": reader.sheets,
        "ods": reader.sheets,
        "xls": reader.sheets,
        "eml": reader.mail,
        "msg": reader.outlook,
    }


def wanted(entry: Entry) -> float:
    """The least share of words that counts as well read."""
    if "noisy" in entry["file"] or entry["format"] == "jpg":
        return 0.8
    return 0.9 if entry["kind"] not in ("text", "encrypted", "web page", "mail") else 0.99


def furniture(entry: Entry, pages: int) -> Counter[str]:
    """The words that are shown besides the report."""
    counted: Counter[str] = Counter()
    for text in entry.get("furniture", []):
        for word, count in words(text).items():
            counted[word] += count * pages
    return counted


def main(names: Iterable[str]) -> int:
    """The number of files that fall short."""
    entries: list[Entry] = json.loads((HERE / "expected.json").read_text("utf-8"))
    chosen, bad = set(names), 0
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        table = readers(Reader(work))
        for entry in entries:
            if chosen and entry["file"] not in chosen:
                continue
            if "members" in entry and entry["kind"] != "mail":
                check_archive(entry, work)
                continue
            found = words(table[entry["format"]](entry))
            expected = words((HERE / entry["text"]).read_text("utf-8"))
            recall = share(found, expected)
            precision = share(expected, found - furniture(entry, 4))
            short = recall < wanted(entry)
            bad += short
            mark = "SHORT" if short else "check" if precision < wanted(entry) - 0.01 else "fine"
            print(f"{mark:5} {recall:.3f} {precision:.3f} {entry['file']}")
            if mark != "fine":
                print("      missing", dict(list((expected - found).items())[:12]))
                print("      besides", dict(list((found - expected - furniture(entry, 4)).items())[:20]))
    return bad


if __name__ == "__main__":
    sys.exit(min(main(sys.argv[1:]), 1))
