"""Makes the files of `made/` from the reports in `sources/`, with the programs that people use.

    python tests/files/make_files.py

It needs LibreOffice (soffice), pandoc, Chromium, Ghostscript (gs), ImageMagick (convert), and the packages openpyxl
and Pillow. What it makes is committed, so that the tests need none of these. `expected.json` tells of
each file what a reader of it sees; the words are those of its source.
"""

import email.message
import io
import json
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
SOURCES, MADE = HERE / "sources", HERE / "made"
LANGUAGES = ("lv", "lt", "et", "en", "nb", "pl", "ru", "fi")
OLD = {"lv": "cp1257", "lt": "cp1257", "et": "cp1257", "pl": "cp1250", "ru": "cp1251", "nb": "cp1252", "fi": "cp1257"}
SCANNED = ("lv", "lt", "et", "en", "ru", "nb", "pl")
DATES = {
    "lv": "2022-05-09", "lt": "2023-04-17", "et": "2021-10-04", "en": "2022-09-12",
    "nb": "2023-06-06", "pl": "2022-03-14", "ru": "2023-02-20", "fi": "2023-05-08",
}  # fmt: skip
COUNTRIES = {"lv": "NO", "lt": "FI", "et": "DK", "en": "EE", "nb": "LT", "pl": "NO", "ru": "LV", "fi": "LV"}
BREAK = '\n```{=openxml}\n<w:p><w:r><w:br w:type="page"/></w:r></w:p>\n```\n'
STYLE = (
    "body{font:12pt/1.5 'DejaVu Serif'} h1{font-size:20pt} h2{font-size:15pt} td,th{border:1px solid #000;padding:3pt}"
)
LAST = "h2:last-of-type{break-before:page}"


@dataclass(frozen=True)
class Report:
    """A source: its text in Markdown, and what of it a reader sees."""

    language: str
    text: str

    @property
    def title(self) -> str:
        return self.text.split("\n", 1)[0].removeprefix("# ")

    @property
    def headings(self) -> list[str]:
        return re.findall(r"^## (.+)$", self.text, re.MULTILINE)

    @property
    def plain(self) -> str:
        lines = [line for line in self.text.splitlines() if not re.fullmatch(r"\|[-|]+\|", line)]
        return "\n".join(re.sub(r"^(#+|-) |\|", lambda m: " ", line).strip() for line in lines)

    @property
    def parts(self) -> tuple[str, str]:
        """What stands before the last heading, and from there on: the second page, where there are pages."""
        cut = self.text.rindex("\n## ")
        return self.text[:cut], self.text[cut:]

    @property
    def sentence_of_page_two(self) -> str:
        return self.parts[1].strip().splitlines()[-1].split(". ")[0]


def main() -> int:
    """Makes everything anew."""
    shutil.rmtree(MADE, ignore_errors=True)
    MADE.mkdir()
    told: list[dict[str, Any]] = []
    reports = {name: Report(name, (SOURCES / f"{name}.md").read_text(encoding="utf-8")) for name in LANGUAGES}
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        for report in reports.values():
            told += _of_a_report(report, work / report.language)
        told += _others(reports, work)
    (HERE / "expected.json").write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    print(f"{len(told)} files, {sum(p.stat().st_size for p in MADE.iterdir()) / 1e6:.1f} MB")
    return 0


def _of_a_report(report: Report, work: Path) -> list[dict[str, Any]]:
    """The files that every report is made into."""
    work.mkdir()
    tell = _Teller(report)
    md, broken = work / "report.md", work / "broken.md"
    md.write_text(report.text, encoding="utf-8")
    broken.write_text(report.parts[0] + BREAK + report.parts[1], encoding="utf-8")
    _run("pandoc", broken, "-o", work / "pandoc.docx")
    html = ["-s", "--metadata", f"pagetitle={report.title}", "--metadata", f"lang={report.language}"]
    _run("pandoc", md, "-o", work / "pandoc.html", *html)
    for kind in ("odt", "rtf", "epub"):
        _run("pandoc", md, "-s", "-o", work / f"pandoc.{kind}", "--metadata", f"pagetitle={report.title}")
    _run("pandoc", md, "-o", work / "pandoc.pptx", "--slide-level=2")
    _office(work / "pandoc.docx", "odt", "doc", "rtf", "pdf", "html:HTML (StarWriter)")
    _run("soffice", "--headless", "--convert-to", "docx", "--outdir", work / "lo", work / "lo" / "pandoc.odt")
    for kind in ("docx", "odt", "rtf", "epub", "pptx", "html"):
        tell.add(f"pandoc.{kind}", (work / f"pandoc.{kind}").read_bytes(), "pandoc")
    for kind in ("odt", "doc", "rtf", "docx", "html"):
        tell.add(f"libreoffice.{kind}", (work / "lo" / f"pandoc.{kind}").read_bytes(), "LibreOffice")
    tell.add("libreoffice.pdf", (work / "lo" / "pandoc.pdf").read_bytes(), "LibreOffice", paged=True)
    tell.add("chromium.pdf", _printed(report, work, ""), "Chromium", paged=True)
    tell.add("markdown.md", report.text.encode(), "pandoc")
    text = subprocess.run(["pandoc", md, "-t", "plain", "--wrap=none"], capture_output=True, check=True).stdout.decode()
    tell.add("utf8.txt", text.encode(), "pandoc")
    tell.add("utf16.txt", text.encode("utf-16"), "iconv")
    if old := OLD.get(report.language):
        tell.add(f"{old}.txt", text.encode(old), "iconv")
    tell.add("mail.eml", _mail(report, text), "Python's email")
    return tell.told


def _others(reports: dict[str, Report], work: Path) -> list[dict[str, Any]]:
    """What one report is enough for, and scans."""
    told: list[dict[str, Any]] = []
    for name in SCANNED:
        tell = _Teller(reports[name])
        pdf = work / name / "chromium.pdf"
        tell.add("scan.pdf", _scanned(pdf, work / name, 300), "Pillow", kind="scan", paged=True)
        told += tell.told
    lv, lt, ru, en = (_Teller(reports[name]) for name in ("lv", "lt", "ru", "en"))
    lv.add("columns.pdf", _printed(lv.report, work, "body{column-count:2}"), "Chromium")
    lt.add("columns.pdf", _printed(lt.report, work, "body{column-count:2}"), "Chromium")
    ru.add("headers.pdf", _printed(ru.report, work, LAST, headed=True), "Chromium", paged=True)
    made, folder = work / "lv" / "chromium.pdf", work / "lv"
    turned = folder / "rotated.pdf"
    _run("gs", "-q", "-o", turned, "-sDEVICE=pdfwrite", "-dAutoRotatePages=/None", "-c",
         "<</Install {0 0 translate} /Orientation 1>> setpagedevice", "-f", made)  # fmt: skip
    lv.add("rotated.pdf", turned.read_bytes(), "Ghostscript", paged=True)
    again = folder / "distilled.pdf"
    _run("gs", "-q", "-o", again, "-sDEVICE=pdfwrite", "-dCompatibilityLevel=1.4", made)
    lv.add("distilled.pdf", again.read_bytes(), "Ghostscript", paged=True)
    locked = folder / "locked.pdf"
    _run("gs", "-q", "-o", locked, "-sDEVICE=pdfwrite", "-sOwnerPassword=o", "-sUserPassword=u", "-dEncryptionR=3",
         "-dKeyLength=128", "-dPermissions=-4", made)  # fmt: skip
    lv.add("encrypted.pdf", locked.read_bytes(), "Ghostscript", kind="encrypted")
    en.add("mixed.pdf", _mixed(work / "en" / "chromium.pdf", work / "en"), "Ghostscript", kind="mixed", paged=True)
    page = work / "en" / "page-001.png"
    for kind, options in (("png", ()), ("jpg", ("-quality", "60")), ("tif", ("-compress", "Group4", "-monochrome"))):
        picture = work / "en" / f"scan.{kind}"
        _run("convert", page, "-density", "300", *options, picture)
        en.add(f"scan.{kind}", picture.read_bytes(), "ImageMagick", kind="picture")
    noisy = work / "lt" / "noisy.jpg"
    _run("convert", work / "lt" / "page-001.png", "-resize", "60%", "-rotate", "0.8", "-attenuate", "0.25", "+noise",
         "Gaussian", "-quality", "45", noisy)  # fmt: skip
    lt.add("noisy.jpg", noisy.read_bytes(), "ImageMagick", kind="noisy")
    lv.add("saved.html", _saved_page(lv.report, "windows-1257"), "Python", kind="page")
    ru.add("saved.html", _saved_page(ru.report, "windows-1251"), "Python", kind="page")
    lv.add("front.md", _with_front_matter(lv.report), "Python")
    lv.add("sheets.xlsx", _sheets(lv.report), "openpyxl", kind="sheet")
    (work / "sheets.xlsx").write_bytes(_sheets(lt.report))
    _run("soffice", "--headless", "--convert-to", "ods", "--outdir", work, work / "sheets.xlsx")
    lt.add("sheets.ods", (work / "sheets.ods").read_bytes(), "LibreOffice", kind="sheet")
    docx, txt = (MADE / "lv-pandoc.docx").read_bytes(), (MADE / "lv-utf8.txt").read_bytes()
    lv.add("archive.zip", _zipped({"mape/vizīte.docx": docx, "piezīmes.txt": txt}), "Python's zipfile", kind="archive",
           members=["mape/vizīte.docx", "piezīmes.txt"])  # fmt: skip
    inner = _zipped({"поездка.txt": (MADE / "ru-utf8.txt").read_bytes()})
    ru.add("nested.zip", _zipped({"внутри.zip": inner}), "Python's zipfile", kind="archive",
           members=["внутри.zip!/поездка.txt"])  # fmt: skip
    lv.add("attached.eml", _mail(lv.report, "Labdien! Pielikumā vizītes atskaite.", docx), "Python's email",
           kind="archive", members=["atskaite ā.docx"])  # fmt: skip
    for tell in (lv, lt, ru, en):
        told += tell.told
    return told


class _Teller:
    """Writes the files of a report, and what is expected of each."""

    def __init__(self, report: Report) -> None:
        self.report, self.told = report, list[dict[str, Any]]()

    def add(self, name: str, data: bytes, program: str, *, kind: str = "text", paged: bool = False,
            members: Sequence[str] = ()) -> None:  # fmt: skip
        report = self.report
        (MADE / f"{report.language}-{name}").write_bytes(data)
        known = {"file": f"{report.language}-{name}", "language": report.language, "made_by": program, "kind": kind}
        known |= {"title": report.title, "headings": report.headings, "text": report.plain}
        known |= {"date": DATES[report.language], "country": COUNTRIES[report.language]}
        if paged:
            known["pages"] = {report.text.splitlines()[12].split(". ")[0]: 1, report.sentence_of_page_two: 2}
        if members:
            known["members"] = list(members)
        self.told.append(known)


def _run(*command: object) -> None:
    subprocess.run([str(part) for part in command], check=True, capture_output=True)


def _office(path: Path, *kinds: str) -> None:
    for kind in kinds:
        _run("soffice", "--headless", "--convert-to", kind, "--outdir", path.parent / "lo", path)


def _printed(report: Report, work: Path, style: str, *, headed: bool = False) -> bytes:
    """The report as Chromium prints it to PDF."""
    folder = work if work.name == report.language else work / report.language
    plain = style == ""
    page, pdf = folder / "print.html", folder / ("chromium.pdf" if plain else "other.pdf")
    body = subprocess.run(["pandoc", "-t", "html"], input=report.text.encode(), capture_output=True, check=True).stdout
    sheet = f"{STYLE}{LAST if plain else style}"
    page.write_text(
        f"<!doctype html><html lang={report.language}><meta charset=utf-8><title>{report.title}</title>"
        f"<style>{sheet}</style>{body.decode()}</html>",
        encoding="utf-8",
    )
    options = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
    options += [] if headed else ["--no-pdf-header-footer"]
    with tempfile.TemporaryDirectory() as profile:
        _run("chromium", *options, f"--user-data-dir={profile}", f"--print-to-pdf={pdf}", f"file://{page}")
    return pdf.read_bytes()


def _pages(pdf: Path, folder: Path, dpi: int) -> list[Path]:
    _run("gs", "-q", "-o", folder / "page-%03d.png", "-sDEVICE=pngmono", f"-r{dpi}", pdf)
    return sorted(folder.glob("page-*.png"))


def _scanned(pdf: Path, folder: Path, dpi: int) -> bytes:
    """The pages as pictures of one bit, in a PDF without a text layer."""
    pages, out = _pages(pdf, folder, dpi), folder / "scan.pdf"
    _bound(pages, out, dpi)
    return out.read_bytes()


def _bound(pages: Sequence[Path], out: Path, dpi: int) -> None:
    """Pictures of one bit as the pages of a PDF, as a scanner's program writes them: CCITT Group 4."""
    from PIL import Image

    first, *others = [Image.open(page).convert("1") for page in pages]
    first.save(out, save_all=True, append_images=others, resolution=dpi)


def _mixed(pdf: Path, folder: Path) -> bytes:
    """The first page as it was printed, the second as a scan."""
    first, scan, out = folder / "first.pdf", folder / "second.pdf", folder / "mixed.pdf"
    _run("gs", "-q", "-o", first, "-sDEVICE=pdfwrite", "-dLastPage=1", pdf)
    pages = _pages(pdf, folder, 300)
    _bound(pages[1:], scan, 300)
    _run("gs", "-q", "-o", out, "-sDEVICE=pdfwrite", first, scan)
    return out.read_bytes()


def _mail(report: Report, text: str, attached: bytes | None = None) -> bytes:
    mail = email.message.EmailMessage()
    mail["Subject"], mail["From"], mail["To"] = report.title, "anna@example.org", "all@example.org"
    charset = OLD.get(report.language, "utf-8") if attached is None else "utf-8"
    body = text.split("\n", 2)[2].strip() if attached is None else text  # the title is the subject
    mail.set_content(body, charset=charset, cte="quoted-printable")
    if attached is not None:
        mail.add_attachment(attached, maintype="application", subtype="octet-stream", filename="atskaite ā.docx")
    return mail.as_bytes()


def _saved_page(report: Report, charset: str) -> bytes:
    """A page as a site shows it, with all that surrounds the article."""
    body = subprocess.run(["pandoc", "-t", "html"], input=report.text.encode(), capture_output=True, check=True).stdout
    noise = "NOISE " * 8
    return (
        f"<!doctype html><html><head><meta charset='{charset}'><title>{report.title} | Site</title>"
        f"<script>var noise = 'NOISE'</script></head><body><header><a href=/>NOISE</a></header>"
        f"<nav><ul><li><a href=/a>{noise}</a></li><li><a href=/b>{noise}</a></li></ul></nav>"
        f"<div class='cookie-banner'>{noise}</div><div class='breadcrumbs'>{noise}</div><main>{body.decode()}</main>"
        f"<aside><h3>NOISE</h3><ul><li><a href=/c>{noise}</a></li></ul></aside>"
        f"<div class='share-buttons'>NOISE</div><footer>{noise}</footer></body></html>"
    ).encode(charset)


def _with_front_matter(report: Report) -> bytes:
    title, rest = report.text.split("\n", 1)
    front = (
        f'---\ntitle: "{title.removeprefix("# ")}"\ncountry: Norvēģija\ndate: 2022-05-09\ntags: [māja, cietums]\n---\n'
    )
    return (front + title + "\n" + rest).encode()


def _sheets(report: Report) -> bytes:
    import openpyxl

    book = openpyxl.Workbook()
    first = book.active
    assert first is not None
    first.title = report.headings[1]
    for line in re.findall(r"^\|(.+)\|$", report.text, re.MULTILINE):
        if not set(line) <= set("-|"):
            first.append([cell.strip() for cell in line.split("|")])
    second = book.create_sheet(report.headings[0])
    for line in re.findall(r"^- (.+)$", report.text, re.MULTILINE):
        second.append([line])
    held = io.BytesIO()
    book.save(held)
    return held.getvalue()


def _zipped(files: dict[str, bytes]) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name, (2023, 1, 1, 0, 0, 0)), data)
    return held.getvalue()


if __name__ == "__main__":
    sys.exit(main())
