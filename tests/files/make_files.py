"""Makes the test files in made/, and expected.json with what each of them shows a reader.

Every file is written by the program that people would use: LibreOffice, Chromium, Pandoc, XeLaTeX, Ghostscript, and so
on. README.md lists what has to be installed. Run it as ``python tests/files/make_files.py``; it takes some minutes.
"""

from __future__ import annotations

import io
import json
import re
import shutil
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from email import message_from_bytes, policy
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from importlib.metadata import version
from pathlib import Path
from typing import Any

import docx
import msoffcrypto.format.ooxml
import openpyxl
import pptx
import reports
from aspose.email_foss import msg
from docx.enum.text import WD_BREAK
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt
from pptx.util import Inches
from reports import Bullets, Paragraph, Report

HERE = Path(__file__).parent
MADE = HERE / "made"
EXPECTED = HERE / "expected"
PASSWORD = "slepeni"
OWNER_PASSWORD = "ipasnieks"

# The G4 scans stay small, and still every accent can be read.
SCAN_DPI = 300
NOISY_DPI = 150


def run(*command: str | Path, cwd: Path | None = None) -> str:
    """Standard output of a program; an error with all that it printed when it fails."""
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, cwd=cwd, check=False)
    # qpdf says 3 when it has warned of something and done its work.
    if done.returncode and (command[0], done.returncode) != ("qpdf", 3):
        raise RuntimeError(f"{command[0]} failed:\n{done.stdout}\n{done.stderr}")
    return done.stdout


def first_number(*command: str) -> str:
    """The first number with a dot that a program prints when it is asked for its version."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    found = re.search(r"\d+(\.\d+)+", done.stdout + done.stderr)
    return found[0] if found else ""


class Programs:
    """Names of the programs with their versions, as they stand in expected.json."""

    def __init__(self) -> None:
        self.libreoffice = "LibreOffice " + first_number("soffice", "--version")
        self.chromium = "Chromium " + first_number("chromium", "--version")
        self.pandoc = "Pandoc " + first_number("pandoc", "--version")
        self.weasyprint = "WeasyPrint " + first_number("weasyprint", "--version")
        self.xelatex = "XeTeX " + first_number("xelatex", "--version")
        self.ghostscript = "Ghostscript " + first_number("gs", "--version")
        self.qpdf = "qpdf " + first_number("qpdf", "--version")
        self.poppler = "Poppler " + first_number("pdftoppm", "-v")
        self.imagemagick = "ImageMagick " + first_number("convert", "--version")
        self.tesseract = "Tesseract " + first_number("tesseract", "--version")
        self.abiword = "AbiWord " + first_number("abiword", "--version")
        self.gnumeric = "Gnumeric " + first_number("ssconvert", "--version")
        self.infozip = "Info-ZIP 3.0"
        self.sevenzip = "p7zip " + first_number("7z", "--help")
        self.img2pdf = "img2pdf " + first_number("img2pdf", "--version")
        self.python = f"Python {sys.version_info.major}.{sys.version_info.minor}"
        self.python_docx = "python-docx " + version("python-docx")
        self.python_pptx = "python-pptx " + version("python-pptx")
        self.openpyxl = "openpyxl " + version("openpyxl")
        self.msoffcrypto = "msoffcrypto-tool " + version("msoffcrypto-tool")
        self.aspose = "Aspose.Email FOSS " + version("aspose-email-foss")
        self.scan = f"{self.poppler}, {self.imagemagick}, {self.img2pdf}"


@dataclass
class Job:
    """A file that LibreOffice shall write from another one."""

    source: Path
    target: Path
    options: str = ""


@dataclass
class Corpus:
    """The files made so far, the jobs that wait for LibreOffice, and what expected.json will say."""

    work: Path
    programs: Programs = field(default_factory=Programs)
    reports: dict[str, Report] = field(default_factory=reports.read_reports)
    letters: dict[str, dict] = field(default_factory=lambda: reports.read_toml("letters.toml"))
    sites: dict[str, dict] = field(default_factory=lambda: reports.read_toml("websites.toml"))
    entries: dict[str, dict[str, Any]] = field(default_factory=dict)
    jobs: list[Job] = field(default_factory=list)

    def made(self, name: str) -> Path:
        """Where the file of that name lies."""
        return MADE / name

    def expect(self, name: str, lines: Iterable[str]) -> str:
        """The path, beside expected.json, of a text file with the lines."""
        (EXPECTED / f"{name}.txt").write_text("\n".join(lines) + "\n", "utf-8")
        return f"expected/{name}.txt"

    def report_text(self, report: Report) -> str:
        """The path of the expected text of a report."""
        return self.expect(report.slug, reports.report_lines(report))

    def add(self, name: str, report: Report, made_by: str, kind: str = "text", **more: Any) -> None:
        """Notes down what a file shows: that of the report, unless more says otherwise; None leaves a key out."""
        entry: dict[str, Any] = {
            "file": name,
            "format": name.rpartition(".")[2],
            "language": report.language,
            "made_by": made_by,
            "kind": kind,
            "text": self.report_text(report),
            "title": report.title,
            "headings": report.headings(),
            "country": report.country,
            "date": report.date,
        }
        entry.update(more)
        self.entries[name] = {key: value for key, value in entry.items() if value is not None}

    def later(self, source: Path, name: str, options: str = "") -> Path:
        """Asks LibreOffice for a file, with options of the export filter; it is there after office()."""
        target = self.made(name)
        self.jobs.append(Job(source, target, options))
        return target

    def work_later(self, source: Path, name: str, options: str = "") -> Path:
        """Asks LibreOffice for a file that others are made of."""
        target = self.work / name
        self.jobs.append(Job(source, target, options))
        return target

    def office(self) -> None:
        """Carries the waiting jobs out, those of one format and options in one run of LibreOffice."""
        self._without_thumbnails()
        groups: dict[tuple[str, str], list[Job]] = {}
        for job in self.jobs:
            groups.setdefault((job.target.suffix[1:], job.options), []).append(job)
        for number, ((suffix, options), jobs) in enumerate(groups.items()):
            source, target = self.work / f"in{number}", self.work / f"out{number}"
            shutil.rmtree(source, ignore_errors=True)
            source.mkdir()
            for job in jobs:
                shutil.copy(job.source, source / (job.target.stem + job.source.suffix))
            run(
                "soffice",
                f"-env:UserInstallation=file://{self.work}/office",
                "--headless",
                "--convert-to",
                suffix + options,
                "--outdir",
                target,
                *sorted(source.iterdir()),
            )
            for job in jobs:
                shutil.copy(target / job.target.name, job.target)
        self.jobs.clear()

    def _without_thumbnails(self) -> None:
        """Tells LibreOffice to put no picture of the first page into its files: a ppt gets ten times as large by it."""
        profile = self.work / "office" / "user"
        profile.mkdir(parents=True, exist_ok=True)
        (profile / "registrymodifications.xcu").write_text(
            '<?xml version="1.0" encoding="UTF-8"?>\n<oor:items xmlns:oor="http://openoffice.org/2001/registry">\n'
            '<item oor:path="/org.openoffice.Office.Common/Save/Document"><prop oor:name="GenerateThumbnail" '
            'oor:op="fuse"><value>false</value></prop></item>\n'
            '<item oor:path="/org.openoffice.Office.Common/Filter/Microsoft/Export"><prop '
            'oor:name="EnablePowerPointPreview" oor:op="fuse"><value>false</value></prop></item>\n</oor:items>\n',
            "utf-8",
        )


# --- building blocks ---------------------------------------------------------------------------------------------


def squeeze(text: str) -> str:
    """The text without white space, soft hyphens and hyphens at line ends, for finding a sentence on a page."""
    return re.sub(r"\s+", "", re.sub(r"[-\u2010]\n", "", text).replace("\u00ad", ""))


def find_pages(pdf: Path, sentences: Iterable[str], password: str = "") -> dict[str, int]:
    """The pages, from 1, of those sentences that stand whole on just one page."""
    pages = run("pdftotext", "-upw", password, pdf, "-").split("\f")[:-1]
    found = {}
    for sentence in sentences:
        numbers = [number for number, text in enumerate(pages, 1) if squeeze(sentence) in squeeze(text)]
        if len(numbers) == 1:
            found[sentence] = numbers[0]
    return found


@dataclass(frozen=True)
class Layout:
    """How a Word document looks."""

    font: str = "Liberation Serif"
    size: float = 11
    columns: int = 1
    breaks: tuple[int, ...] = ()
    running: bool = False
    spacing: float = 1.15


def word_document(path: Path, *shown: Report, layout: Layout = Layout()) -> Path:
    """A Word document of one or more reports, by python-docx."""
    document = docx.Document()
    style = document.styles["Normal"]
    style.font.name, style.font.size = layout.font, Pt(layout.size)
    style.paragraph_format.line_spacing = layout.spacing
    for heading in ("Heading 1", "Heading 2"):
        fonts = document.styles[heading].element.rPr.rFonts
        for name in list(fonts.attrib):
            del fonts.attrib[name]
        document.styles[heading].font.name = layout.font
    document.core_properties.author = "Atzina"
    document.core_properties.title = shown[0].title
    document.core_properties.comments = ""
    section = document.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin = section.right_margin = Cm(2.5)
    section.top_margin = section.bottom_margin = Cm(2)
    if layout.columns > 1:
        columns = section._sectPr.find(qn("w:cols"))
        columns.set(qn("w:num"), str(layout.columns))
        columns.set(qn("w:space"), "600")
    if layout.running:
        section.header.paragraphs[0].text = shown[0].running
        _page_number(section.footer.paragraphs[0])
    for report in shown:
        _word_report(document, report, layout)
    document.save(path)
    return path


def _page_number(paragraph: Any) -> None:
    """Puts the field of the page's number into the paragraph."""
    for kind, text in (("begin", ""), ("", "PAGE"), ("end", "")):
        part = OxmlElement("w:fldChar" if kind else "w:instrText")
        if kind:
            part.set(qn("w:fldCharType"), kind)
        else:
            part.text = text
        paragraph.add_run()._r.append(part)


def _word_report(document: Any, report: Report, layout: Layout) -> None:
    document.add_heading(report.title, 1)
    labels = document.add_paragraph()
    for number, (label, value) in enumerate(report.labels):
        if number:
            labels.add_run().add_break(WD_BREAK.LINE)
        labels.add_run(f"{label}:").bold = True
        labels.add_run(f" {value}")
    for number, section in enumerate(report.sections):
        heading = document.add_heading(section.heading, 2)
        heading.paragraph_format.page_break_before = number in layout.breaks
        for block in section.blocks:
            if isinstance(block, Paragraph):
                document.add_paragraph(block.text)
            elif isinstance(block, Bullets):
                for item in block.items:
                    document.add_paragraph(item, style="List Bullet")
            else:
                _word_table(document, block.rows, 16 / layout.columns - 0.6 * (layout.columns - 1))


def _word_table(document: Any, rows: Iterable[Iterable[str]], width: float) -> None:
    """Adds a table of that width in centimetres."""
    rows = [list(row) for row in rows]
    table = document.add_table(len(rows), len(rows[0]), style="Table Grid")
    for row, cells in zip(rows, table.rows, strict=True):
        for text, cell in zip(row, cells.cells, strict=True):
            cell.text, cell.width = text, Cm(width / len(row))
    for column in table.columns:
        column.width = Cm(width / len(rows[0]))
    document.add_paragraph()


def word_form(path: Path, report: Report) -> Path:
    """The report as a form in Word: one table, its labels and headings on the left and the contents on the right."""
    document = docx.Document()
    document.styles["Normal"].font.name = "Liberation Sans"
    document.core_properties.author, document.core_properties.comments = "Atzina", ""
    document.add_heading(report.title, 1)
    table = document.add_table(0, 2, style="Table Grid")
    for label, value in report.labels:
        cells = table.add_row().cells
        cells[0].text, cells[1].text = label, value
    for section in report.sections:
        left, right = table.add_row().cells
        left.text, right.text = section.heading, ""
        for block in section.blocks:
            for line in reports.block_lines(block):
                right.add_paragraph(line, style="List Bullet" if isinstance(block, Bullets) else None)
    for row in table.rows:
        row.cells[0].width, row.cells[1].width = Cm(4), Cm(12)
    document.save(path)
    return path


def pandoc(source: str, target: Path, report: Report, *options: str, markup: str = "markdown") -> None:
    """A document that Pandoc writes from a text."""
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", suffix=".txt") as file:
        file.write(source)
        file.flush()
        run(
            "pandoc",
            "-f",
            markup,
            "--standalone",
            "-V",
            f"lang={report.language}",
            "--metadata",
            f"lang={report.language}",
            *options,
            "-o",
            target,
            file.name,
        )


def chromium_pdf(corpus: Corpus, markup: str, target: Path) -> None:
    """A page as Chromium prints it to PDF."""
    source = corpus.work / (target.stem + ".html")
    source.write_text(markup, "utf-8")
    with tempfile.TemporaryDirectory() as profile:
        run(
            "chromium",
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--no-first-run",
            "--disable-sync",
            "--disable-background-networking",
            "--disable-component-update",
            f"--user-data-dir={profile}",
            "--no-pdf-header-footer",
            f"--print-to-pdf={target}",
            source.as_uri(),
        )


def raster(pdf: Path, folder: Path, dpi: int) -> list[Path]:
    """The pages of a PDF as grey pictures."""
    folder.mkdir(parents=True, exist_ok=True)
    run("pdftoppm", "-r", str(dpi), "-gray", pdf, folder / "page")
    return sorted(folder.glob("page*.pgm"))


def scan_pages(pdf: Path, folder: Path) -> list[Path]:
    """The pages as a scanner in an office gives them: 300 dpi, black and white, a little askew, CCITT group 4."""
    scans = []
    for number, page in enumerate(raster(pdf, folder, SCAN_DPI)):
        scan = page.with_suffix(".tif")
        angle = (0.35, -0.25, 0.15)[number % 3]
        run(
            "convert",
            page,
            "-background",
            "white",
            "-rotate",
            str(angle),
            "-gravity",
            "center",
            "-extent",
            "2480x3508",
            "+repage",
            "-threshold",
            "62%",
            "-units",
            "PixelsPerInch",
            "-density",
            str(SCAN_DPI),
            "-compress",
            "Group4",
            scan,
        )
        scans.append(scan)
    return scans


def noisy_pages(pdf: Path, folder: Path, quality: int = 24) -> list[Path]:
    """The pages as a bad copy: 150 dpi, 1.6 degrees askew, grey, with noise and a dark edge, as JPEG."""
    scans = []
    for page in raster(pdf, folder, NOISY_DPI):
        scan = page.with_suffix(".jpg")
        run(
            "convert",
            page,
            "-background",
            "#e4e4e4",
            "-rotate",
            "1.6",
            "-gravity",
            "center",
            "-extent",
            "1240x1754",
            "+repage",
            "-fill",
            "#e4e4e4",
            "-opaque",
            "white",
            "-attenuate",
            "0.18",
            "+noise",
            "Gaussian",
            "-blur",
            "0x0.6",
            "-units",
            "PixelsPerInch",
            "-density",
            str(NOISY_DPI),
            "-quality",
            str(quality),
            scan,
        )
        scans.append(scan)
    return scans


# --- text, Markdown, HTML ----------------------------------------------------------------------------------------


def without_dashes(report: Report) -> tuple[str, list[str]]:
    """The text, and its lines, for encodings that have no dashes: with hyphens instead."""
    dashes = str.maketrans("–—", "--")
    text = reports.plain_text(report).translate(dashes)
    return text, [line.translate(dashes) for line in reports.report_lines(report)]


def make_texts(corpus: Corpus) -> None:
    """Plain text in the encodings that are met."""

    def write(slug: str, encoding: str, python_codec: str, *, wrapped: bool = False, dashes: bool = True) -> None:
        report = corpus.reports[slug]
        text, lines = reports.plain_text(report), reports.report_lines(report)
        if not dashes:
            text, lines = without_dashes(report)
        if wrapped:
            text = "\n".join(textwrap.fill(line, 72, break_on_hyphens=False) for line in text.split("\n"))
        if encoding.startswith("windows"):
            text = text.replace("\n", "\r\n")
        name = f"{slug}-{encoding}{'-wrapped' if wrapped else ''}.txt"
        bom = {"utf-16-be": b"\xfe\xff", "utf-8-sig": b""}.get(python_codec, b"")
        corpus.made(name).write_bytes(bom + text.encode(python_codec))
        expected = corpus.report_text(report) if dashes else corpus.expect(f"{slug}-hyphens", lines)
        corpus.add(name, report, corpus.programs.python, text=expected, encoding=encoding)

    for slug in corpus.reports:
        write(slug, "utf-8", "utf-8", wrapped=slug in ("de-graz", "lv-goteborga", "lt-rotterdam"))
    for slug in ("lv-oslo", "lt-aarhus", "ru-daugavpils"):
        write(slug, "utf-8-sig", "utf-8-sig")
    for slug in ("lv-oslo", "et-tampere", "ru-daugavpils"):
        write(slug, "utf-16", "utf-16")
    write("lt-aarhus", "utf-16-be", "utf-16-be")
    for slug in ("lv-oslo", "lv-goteborga", "lt-aarhus", "lt-rotterdam", "et-tampere"):
        write(slug, "windows-1257", "cp1257")
    write("ru-daugavpils", "windows-1251", "cp1251")
    write("pl-kowno", "windows-1250", "cp1250")
    write("nb-riga", "windows-1252", "cp1252")
    for slug in ("lv-goteborga", "lt-rotterdam"):
        write(slug, "iso-8859-13", "iso8859-13", dashes=False)
    write("ru-daugavpils", "koi8-r", "koi8-r", dashes=False)
    write("pl-kowno", "iso-8859-2", "iso8859-2", dashes=False)


def make_markdown(corpus: Corpus) -> None:
    """Markdown with and without a YAML block on top; one as Pandoc wraps it."""
    for slug in ("lv-oslo", "lt-rotterdam", "et-tampere", "ru-daugavpils"):
        report, name = corpus.reports[slug], f"{slug}-front-matter.md"
        corpus.made(name).write_text(reports.front_matter(report) + reports.markdown(report), "utf-8")
        furniture = [line for line in reports.front_matter(report).splitlines() if line.strip("-")]
        corpus.add(name, report, corpus.programs.python, furniture=furniture)
    for slug in ("lv-goteborga", "pl-kowno", "en-glasgow"):
        report, name = corpus.reports[slug], f"{slug}.md"
        corpus.made(name).write_text(reports.markdown(report), "utf-8")
        corpus.add(name, report, corpus.programs.python)
    for slug in ("lt-aarhus", "fi-tallinna"):
        report, name = corpus.reports[slug], f"{slug}-pandoc.md"
        pandoc(
            reports.page(report, "\n".join(reports.html_body(report))),
            corpus.made(name),
            report,
            "-t",
            "gfm",
            markup="html",
        )
        lines = corpus.made(name).read_text("utf-8").split("---\n")[1].splitlines()
        corpus.add(name, report, corpus.programs.pandoc, furniture=lines)


def make_html(corpus: Corpus) -> None:
    """HTML by Pandoc and LibreOffice, saved web pages, and old pages in declared encodings."""
    for slug in ("lv-oslo", "en-glasgow", "de-graz", "sv-reykjavik", "pl-kowno"):
        report, name = corpus.reports[slug], f"{slug}-pandoc.html"
        pandoc(reports.markdown(report), corpus.made(name), report, "--metadata", f"pagetitle={report.title}")
        corpus.add(name, report, corpus.programs.pandoc)
    for slug, encoding in (
        ("lv-goteborga", "utf-8"),
        ("lt-aarhus", "utf-8"),
        ("et-tampere", "utf-8"),
        ("nb-riga", "utf-8"),
        ("ru-daugavpils", "windows-1251"),
        ("fi-tallinna", "utf-8"),
        ("lv-oslo", "windows-1257"),
    ):
        report = corpus.reports[slug]
        site, name = (
            corpus.sites[report.language],
            f"{slug}-web-page{'' if encoding == 'utf-8' else '-' + encoding}.html",
        )
        corpus.made(name).write_text(reports.web_page(report, site, charset=encoding), encoding)
        corpus.add(
            name,
            report,
            corpus.programs.python,
            kind="web page",
            encoding=encoding,
            furniture=reports.web_furniture(site),
        )
    for slug, encoding in (
        ("lv-goteborga", "windows-1257"),
        ("lt-rotterdam", "windows-1257"),
        ("ru-daugavpils", "windows-1251"),
        ("pl-kowno", "windows-1250"),
    ):
        report, name = corpus.reports[slug], f"{slug}-old-{encoding}.html"
        corpus.made(name).write_text(reports.old_page(report, encoding), encoding)
        corpus.add(name, report, corpus.programs.python, encoding=encoding)
    report, name = corpus.reports["et-tampere"], "et-tampere-form.html"
    corpus.made(name).write_text(reports.form_page(report), "utf-8")
    corpus.add(
        name, report, corpus.programs.python, text=corpus.expect(f"{report.slug}-form", reports.form_lines(report))
    )


# --- word processors ---------------------------------------------------------------------------------------------


def word_sources(corpus: Corpus) -> dict[str, Path]:
    """A Word document of each report, of which LibreOffice and AbiWord make the others."""
    fonts = ("Liberation Serif", "Liberation Sans", "DejaVu Serif")
    return {
        slug: word_document(corpus.work / f"{slug}.docx", report, layout=Layout(font=fonts[number % 3]))
        for number, (slug, report) in enumerate(corpus.reports.items())
    }


def make_word_processed(corpus: Corpus, sources: dict[str, Path]) -> None:
    """What LibreOffice and Pandoc write: docx, doc, odt, rtf, html, epub."""
    office, pandoc_name = corpus.programs.libreoffice, corpus.programs.pandoc
    by_office = {
        "docx": ("lv-oslo", "lt-aarhus", "et-tampere", "nb-riga", "pl-kowno", "ru-daugavpils"),
        "odt": ("lv-goteborga", "lt-rotterdam", "en-glasgow", "fi-tallinna", "de-graz", "ru-daugavpils"),
        "doc": ("lv-oslo", "lt-rotterdam", "et-tampere", "ru-daugavpils", "pl-kowno"),
        "rtf": ("lv-goteborga", "lt-aarhus", "ru-daugavpils", "nb-riga"),
        "html": ("lv-goteborga", "lt-aarhus", "ru-daugavpils", "fi-tallinna"),
    }
    for suffix, slugs in by_office.items():
        for slug in slugs:
            name = f"{slug}-libreoffice.{suffix}"
            corpus.later(sources[slug], name)
            corpus.add(name, corpus.reports[slug], office)
    by_pandoc = {
        "docx": ("lv-goteborga", "lt-rotterdam", "en-glasgow", "fi-tallinna", "de-graz", "sv-reykjavik"),
        "odt": ("lv-oslo", "lt-aarhus", "et-tampere", "nb-riga", "pl-kowno", "sv-reykjavik"),
        "rtf": ("lt-rotterdam", "ru-daugavpils"),
        "epub": ("lv-oslo", "lt-aarhus", "ru-daugavpils", "en-glasgow"),
    }
    for suffix, slugs in by_pandoc.items():
        for slug in slugs:
            report, name = corpus.reports[slug], f"{slug}-pandoc.{suffix}"
            title = ("--metadata", f"title={report.title}") if suffix == "epub" else ()
            pandoc(reports.markdown(report), corpus.made(name), report, *title)
            corpus.add(name, report, pandoc_name)


def make_abiword(corpus: Corpus, sources: dict[str, Path]) -> None:
    """What AbiWord writes."""
    for slug, suffix in (("lv-oslo", "rtf"), ("et-tampere", "rtf"), ("pl-kowno", "rtf"), ("lt-aarhus", "odt")):
        name = f"{slug}-abiword.{suffix}"
        run("abiword", f"--to={suffix}", f"--to-name={corpus.made(name)}", sources[slug])
        corpus.add(name, corpus.reports[slug], corpus.programs.abiword)


def make_odd_word_files(corpus: Corpus) -> None:
    """Word documents as python-docx writes them, with running headers, as a form, with footnotes, changes, a lock."""
    by = corpus.programs.python_docx
    for slug in ("lv-oslo", "sv-reykjavik"):
        report, name = corpus.reports[slug], f"{slug}-running-header.docx"
        word_document(corpus.made(name), report, layout=Layout(running=True))
        corpus.add(name, report, by, furniture=[report.running])
    for slug in ("lv-goteborga", "lt-aarhus"):
        report, name = corpus.reports[slug], f"{slug}-form.docx"
        word_form(corpus.made(name), report)
        text = corpus.expect(f"{slug}-form", reports.form_lines(report))
        corpus.add(name, report, by, text=text)
    for slug in ("lv-goteborga", "en-glasgow"):
        report, name = corpus.reports[slug], f"{slug}-footnotes.docx"
        pandoc(reports.markdown(report, footnotes=True), corpus.made(name), report)
        text = corpus.expect(f"{slug}-footnotes", reports.report_lines(report, notes=True))
        corpus.add(name, report, corpus.programs.pandoc, text=text)
    for slug in ("lt-rotterdam", "ru-daugavpils"):
        report, name = corpus.reports[slug], f"{slug}-tracked-changes.docx"
        pandoc(reports.markdown(report, tracked=True), corpus.made(name), report)
        corpus.add(name, report, corpus.programs.pandoc, deleted=[section.note for section in report.sections])
    report, name = corpus.reports["et-tampere"], "et-tampere-encrypted.docx"
    plain = word_document(corpus.work / name, report)
    with plain.open("rb") as source, corpus.made(name).open("wb") as target:
        msoffcrypto.format.ooxml.OOXMLFile(source).encrypt(PASSWORD, target)
    corpus.add(name, report, corpus.programs.msoffcrypto, kind="encrypted", password=PASSWORD)
    first, second = corpus.reports["lv-oslo"], corpus.reports["en-glasgow"]
    name = "lv-en-two-languages.docx"
    pandoc(reports.markdown(first) + "\n" + reports.markdown(second), corpus.made(name), first)
    corpus.add(name, first, corpus.programs.pandoc, **two_languages(corpus))


def two_languages(corpus: Corpus) -> dict[str, Any]:
    """What a document with a Latvian and an English report shows."""
    first, second = corpus.reports["lv-oslo"], corpus.reports["en-glasgow"]
    lines = reports.report_lines(first) + reports.report_lines(second)
    return {
        "text": corpus.expect("lv-en", lines),
        "languages": ["lv", "en"],
        "headings": [*first.headings(), second.title, *second.headings()],
    }


# --- PDF ---------------------------------------------------------------------------------------------------------


def add_pdf(corpus: Corpus, name: str, report: Report, made_by: str, kind: str = "text", **more: Any) -> None:
    """Notes down a PDF, with the pages on which its sentences were found."""
    pdf = more.pop("pages_of", corpus.made(name))
    more.setdefault("pages", find_pages(pdf, report.sentences(), more.get("password", "")))
    corpus.add(name, report, made_by, kind, **more)


OFFICE_PDF = {
    "lv-oslo": "",
    "lt-aarhus": "",
    "et-tampere": "",
    "en-glasgow": "",
    "nb-riga": "",
    "pl-kowno": "",
    "ru-daugavpils": "",
    "fi-tallinna": "",
}
PDF_A = ':writer_pdf_Export:{"SelectPdfVersion":{"type":"long","value":"2"}}'
PDF_LOCKED = (
    ':writer_pdf_Export:{"EncryptFile":{"type":"boolean","value":"true"},'
    '"DocumentOpenPassword":{"type":"string","value":"' + PASSWORD + '"}}'
)


def ask_for_pdfs(corpus: Corpus, sources: dict[str, Path]) -> dict[str, Path]:
    """Asks LibreOffice for all the PDFs; those that only serve to make others are named in what comes back."""
    for slug in OFFICE_PDF:
        corpus.later(sources[slug], f"{slug}-libreoffice.pdf")
    for slug in ("sv-reykjavik",):
        corpus.later(sources[slug], f"{slug}-pdf-a.pdf", PDF_A)
    corpus.later(sources["lt-rotterdam"], "lt-rotterdam-libreoffice-encrypted.pdf", PDF_LOCKED)
    base: dict[str, Path] = {}
    two = Layout(columns=2, size=10)
    several = Layout(font="Liberation Sans", size=12.5, breaks=(1, 2), running=True, spacing=1.5)
    scanned, two_pages = Layout(size=11.5, spacing=1.1), Layout(size=12.5, breaks=(2,))
    plans = {
        "columns": (two, ("lv-oslo", "en-glasgow", "nb-riga")),
        "several-pages": (several, ("lv-goteborga", "de-graz", "et-tampere")),
    }
    for label, (layout, slugs) in plans.items():
        for slug in slugs:
            source = word_document(corpus.work / f"{slug}-{label}.docx", corpus.reports[slug], layout=layout)
            corpus.later(source, f"{slug}-{label}.pdf")
    for slug in corpus.reports:
        layout = two_pages if slug in ("et-tampere", "nb-riga", "en-glasgow") else scanned
        source = word_document(corpus.work / f"{slug}-scan.docx", corpus.reports[slug], layout=layout)
        base[slug] = corpus.work_later(source, f"{slug}-scan.pdf")
    for slug in ("lv-goteborga", "et-tampere", "ru-daugavpils"):
        split = Layout(breaks=(1,))
        source = word_document(corpus.work / f"{slug}-mixed.docx", corpus.reports[slug], layout=split)
        base[f"{slug}-mixed"] = corpus.work_later(source, f"{slug}-mixed.pdf")
    for slug in ("lv-goteborga", "lt-rotterdam"):
        source = word_form(corpus.work / f"{slug}-form.docx", corpus.reports[slug])
        corpus.later(source, f"{slug}-form.pdf")
    both = corpus.reports["lv-oslo"], corpus.reports["en-glasgow"]
    corpus.later(word_document(corpus.work / "both.docx", *both), "lv-en-two-languages.pdf")
    return base


def note_office_pdfs(corpus: Corpus) -> None:
    """Notes down what LibreOffice has made."""
    by = corpus.programs.libreoffice
    reports_ = corpus.reports
    for slug in OFFICE_PDF:
        add_pdf(corpus, f"{slug}-libreoffice.pdf", reports_[slug], by)
    for slug in ("sv-reykjavik",):
        add_pdf(corpus, f"{slug}-pdf-a.pdf", reports_[slug], by)
    add_pdf(
        corpus, "lt-rotterdam-libreoffice-encrypted.pdf", reports_["lt-rotterdam"], by, "encrypted", password=PASSWORD
    )
    for slug in ("lv-oslo", "en-glasgow", "nb-riga"):
        add_pdf(corpus, f"{slug}-columns.pdf", reports_[slug], by, columns=2)
    for slug in ("lv-goteborga", "de-graz", "et-tampere"):
        add_pdf(corpus, f"{slug}-several-pages.pdf", reports_[slug], by, furniture=[reports_[slug].running])
    for slug in ("lv-goteborga", "lt-rotterdam"):
        report = reports_[slug]
        add_pdf(corpus, f"{slug}-form.pdf", report, by, text=corpus.expect(f"{slug}-form", reports.form_lines(report)))
    add_pdf(
        corpus,
        "lv-en-two-languages.pdf",
        reports_["lv-oslo"],
        by,
        **two_languages(corpus),
        pages=find_pages(
            corpus.made("lv-en-two-languages.pdf"), reports_["lv-oslo"].sentences() + reports_["en-glasgow"].sentences()
        ),
    )


def make_browser_pdfs(corpus: Corpus) -> None:
    """PDFs that Chromium prints: plain ones, in two columns, of several pages with running headers, a form."""
    by = corpus.programs.chromium
    for slug in ("lv-goteborga", "lt-rotterdam", "de-graz", "sv-reykjavik", "ru-daugavpils", "et-tampere"):
        report, name = corpus.reports[slug], f"{slug}-chromium.pdf"
        chromium_pdf(corpus, reports.page(report, "\n".join(reports.html_body(report))), corpus.made(name))
        add_pdf(corpus, name, report, by)
    for slug in ("lt-aarhus", "pl-kowno"):
        report, name = corpus.reports[slug], f"{slug}-columns.pdf"
        title, labels, *rest = reports.html_body(report)
        body = f"{title}\n{labels}\n<div class=columns>" + "\n".join(rest) + "</div>"
        style = reports.STYLE + ".columns { columns: 2; column-gap: 8mm; font-size: 9.5pt }"
        chromium_pdf(corpus, reports.page(report, body, style), corpus.made(name))
        add_pdf(corpus, name, report, by, columns=2)
    for slug in ("fi-tallinna", "ru-daugavpils"):
        report, name = corpus.reports[slug], f"{slug}-several-pages.pdf"
        style = reports.STYLE + (
            "body { font-family: 'DejaVu Serif'; font-size: 13pt } h2 { break-before: page }"
            f"@page {{ size: A4; margin: 28mm 22mm; @top-left {{ content: '{report.running}'; font-size: 9pt }}"
            "@bottom-center { content: counter(page) ' / ' counter(pages); font-size: 9pt } }"
        )
        chromium_pdf(corpus, reports.page(report, "\n".join(reports.html_body(report)), style), corpus.made(name))
        add_pdf(corpus, name, report, by, furniture=[report.running])
    report, name = corpus.reports["et-tampere"], "et-tampere-form.pdf"
    chromium_pdf(corpus, reports.form_page(report), corpus.made(name))
    add_pdf(corpus, name, report, by, text=corpus.expect(f"{report.slug}-form", reports.form_lines(report)))


def make_pandoc_pdfs(corpus: Corpus) -> None:
    """PDFs that Pandoc makes with WeasyPrint, and with XeLaTeX, which hyphenates."""
    for slug in ("lv-oslo", "pl-kowno", "fi-tallinna"):
        report, name = corpus.reports[slug], f"{slug}-weasyprint.pdf"
        pandoc(
            reports.markdown(report),
            corpus.made(name),
            report,
            "--pdf-engine=weasyprint",
            "--metadata",
            f"pagetitle={report.title}",
            "-V",
            "mainfont=Liberation Serif",
        )
        add_pdf(corpus, name, report, f"{corpus.programs.pandoc}, {corpus.programs.weasyprint}")
    for slug in ("lv-oslo", "lt-aarhus", "et-tampere", "ru-daugavpils", "en-glasgow"):
        report, name = corpus.reports[slug], f"{slug}-xelatex.pdf"
        pandoc(
            reports.markdown(report),
            corpus.made(name),
            report,
            "--pdf-engine=xelatex",
            "-V",
            "mainfont=Liberation Serif",
            "-V",
            "geometry:margin=3.5cm",
        )
        add_pdf(corpus, name, report, f"{corpus.programs.pandoc}, {corpus.programs.xelatex}", hyphenated=True)


def make_distilled_pdfs(corpus: Corpus) -> None:
    """PDFs that went through Ghostscript, and one that went through PostScript.

    All look as they should. In two of them the letters of the text behind the pictures of the letters have gone wrong,
    as happens to files in the wild: Lithuanian ones where Chromium's PDF was distilled again, and all after PostScript.
    """
    by = corpus.programs.ghostscript
    broken = "broken text layer"
    for slug, source, kind in (
        ("lv-oslo", "libreoffice", "text"),
        ("lt-aarhus", "libreoffice", "text"),
        ("ru-daugavpils", "libreoffice", "text"),
        ("lt-rotterdam", "chromium", broken),
    ):
        name = f"{slug}-ghostscript.pdf"
        run(
            "gs",
            "-q",
            "-dBATCH",
            "-dNOPAUSE",
            "-sDEVICE=pdfwrite",
            "-dPDFSETTINGS=/ebook",
            f"-sOutputFile={corpus.made(name)}",
            corpus.made(f"{slug}-{source}.pdf"),
        )
        add_pdf(corpus, name, corpus.reports[slug], by, kind, pages_of=corpus.made(f"{slug}-{source}.pdf"))
    name, postscript = "pl-kowno-postscript.pdf", corpus.work / "pl.ps"
    run("pdftops", corpus.made("pl-kowno-libreoffice.pdf"), postscript)
    run("gs", "-q", "-dBATCH", "-dNOPAUSE", "-sDEVICE=pdfwrite", f"-sOutputFile={corpus.made(name)}", postscript)
    add_pdf(
        corpus,
        name,
        corpus.reports["pl-kowno"],
        f"{corpus.programs.poppler}, {by}",
        broken,
        pages_of=corpus.made("pl-kowno-libreoffice.pdf"),
    )


def make_changed_pdfs(corpus: Corpus) -> None:
    """PDFs that qpdf has rotated, encrypted, or written anew."""
    by = corpus.programs.qpdf

    def change(source: str, name: str, *options: str) -> None:
        run("qpdf", corpus.made(source), *options, corpus.made(name))

    for slug, angle in (("en-glasgow", 90), ("nb-riga", 270), ("pl-kowno", 180)):
        name = f"{slug}-rotated-{angle}.pdf"
        change(f"{slug}-libreoffice.pdf", name, f"--rotate={angle}")
        add_pdf(corpus, name, corpus.reports[slug], by, rotated=angle)
    sideways = corpus.work / "sideways.pdf"
    run("qpdf", corpus.made("lt-aarhus-libreoffice.pdf"), "--rotate=+90", sideways)
    name = "lt-aarhus-sideways-contents.pdf"
    run("qpdf", sideways, "--flatten-rotation", corpus.made(name))
    add_pdf(corpus, name, corpus.reports["lt-aarhus"], by, rotated=90)
    change(name, "lt-aarhus-sideways-turned-back.pdf", "--rotate=-90")
    add_pdf(corpus, "lt-aarhus-sideways-turned-back.pdf", corpus.reports["lt-aarhus"], by)

    locked = {"password": PASSWORD}
    change(
        "lv-oslo-libreoffice.pdf", "lv-oslo-encrypted-aes256.pdf", "--encrypt", PASSWORD, OWNER_PASSWORD, "256", "--"
    )
    add_pdf(corpus, "lv-oslo-encrypted-aes256.pdf", corpus.reports["lv-oslo"], by, "encrypted", **locked)
    change(
        "ru-daugavpils-libreoffice.pdf",
        "ru-daugavpils-encrypted-rc4.pdf",
        "--allow-weak-crypto",
        "--encrypt",
        PASSWORD,
        OWNER_PASSWORD,
        "128",
        "--use-aes=n",
        "--",
    )
    add_pdf(corpus, "ru-daugavpils-encrypted-rc4.pdf", corpus.reports["ru-daugavpils"], by, "encrypted", **locked)
    # Without a user's password anybody can open it; the owner's only forbids copying and printing.
    change(
        "en-glasgow-libreoffice.pdf",
        "en-glasgow-owner-password-only.pdf",
        "--encrypt",
        "",
        OWNER_PASSWORD,
        "256",
        "--extract=n",
        "--print=none",
        "--",
    )
    add_pdf(corpus, "en-glasgow-owner-password-only.pdf", corpus.reports["en-glasgow"], by)


# --- scans -------------------------------------------------------------------------------------------------------


def make_scans(corpus: Corpus, base: dict[str, Path]) -> None:
    """PDFs that only have pictures of pages, PDFs with both, and pictures."""
    for slug in (
        "lv-oslo",
        "lv-goteborga",
        "lt-aarhus",
        "et-tampere",
        "en-glasgow",
        "ru-daugavpils",
        "nb-riga",
        "pl-kowno",
    ):
        name = f"{slug}-scan.pdf"
        scans = scan_pages(base[slug], corpus.work / f"scan-{slug}")
        run("img2pdf", *scans, "-o", corpus.made(name))
        add_pdf(corpus, name, corpus.reports[slug], corpus.programs.scan, "scan", pages_of=base[slug], dpi=SCAN_DPI)
    for slug in ("lv-oslo", "ru-daugavpils"):
        name = f"{slug}-scan-noisy.pdf"
        scans = noisy_pages(base[slug], corpus.work / f"noisy-{slug}")
        run("img2pdf", *scans, "-o", corpus.made(name))
        add_pdf(corpus, name, corpus.reports[slug], corpus.programs.scan, "scan", pages_of=base[slug], dpi=NOISY_DPI)
    name = "pl-kowno-scan-rotated-90.pdf"
    run("qpdf", corpus.made("pl-kowno-scan.pdf"), "--rotate=90", corpus.made(name))
    add_pdf(
        corpus,
        name,
        corpus.reports["pl-kowno"],
        f"{corpus.programs.scan}, {corpus.programs.qpdf}",
        "scan",
        pages_of=base["pl-kowno"],
        rotated=90,
        dpi=SCAN_DPI,
    )
    make_recognised_scan(corpus, base)
    make_mixed(corpus, base)
    make_pictures(corpus, base)


def make_recognised_scan(corpus: Corpus, base: dict[str, Path]) -> None:
    """A scan behind which Tesseract has put the words that it read: what it shows is right, what it hides not all."""
    report = corpus.reports["lt-rotterdam"]
    scans = scan_pages(base[report.slug], corpus.work / "recognised")
    for number, scan in enumerate(scans):
        run("tesseract", scan, corpus.work / f"recognised-{number}", "-l", "lit", "pdf")
    parts = [corpus.work / f"recognised-{number}.pdf" for number in range(len(scans))]
    name = "lt-rotterdam-scan-with-text-layer.pdf"
    run("qpdf", "--empty", "--pages", *parts, "--", corpus.made(name))
    by = f"{corpus.programs.scan}, {corpus.programs.tesseract}"
    add_pdf(corpus, name, report, by, "scan with text layer", pages_of=base[report.slug], dpi=SCAN_DPI)


def make_mixed(corpus: Corpus, base: dict[str, Path]) -> None:
    """PDFs whose first page is text and whose other pages are scans."""
    for slug in ("lv-goteborga", "et-tampere", "ru-daugavpils"):
        source, name = base[f"{slug}-mixed"], f"{slug}-mixed.pdf"
        scans = scan_pages(source, corpus.work / f"mixed-{slug}")[1:]
        rest = corpus.work / f"{slug}-rest.pdf"
        run("img2pdf", *scans, "-o", rest)
        run("qpdf", "--empty", "--pages", source, "1", rest, "--", corpus.made(name))
        by = f"{corpus.programs.libreoffice}, {corpus.programs.scan}, {corpus.programs.qpdf}"
        add_pdf(corpus, name, corpus.reports[slug], by, "mixed", pages_of=source, dpi=SCAN_DPI)


def make_pictures(corpus: Corpus, base: dict[str, Path]) -> None:
    """Scans as pictures: png, jpg, and tiff of one page or more; of one-page pictures the text is that of page 1."""
    plans = (
        ("lv-oslo", "png"),
        ("lt-aarhus", "jpg"),
        ("nb-riga", "jpg"),
        ("et-tampere", "tiff"),
        ("ru-daugavpils", "tiff"),
        ("pl-kowno", "tif"),
    )
    by = f"{corpus.programs.poppler}, {corpus.programs.imagemagick}"
    for slug, suffix in plans:
        report, name = corpus.reports[slug], f"{slug}-scan.{suffix}"
        if suffix == "jpg":
            pages = noisy_pages(base[slug], corpus.work / f"picture-{slug}")
            shutil.copy(pages[0], corpus.made(name))
        else:
            pages = scan_pages(base[slug], corpus.work / f"picture-{slug}")
            if suffix == "png":
                run("convert", pages[0], corpus.made(name))
            else:
                run("convert", *pages, "-compress", "Group4", corpus.made(name))
        shown = 1 if suffix in ("png", "jpg") else len(pages)
        sentences = find_pages(base[slug], report.sentences())
        corpus.add(
            name,
            report,
            by,
            "scan",
            dpi=NOISY_DPI if suffix == "jpg" else SCAN_DPI,
            pages={sentence: page for sentence, page in sentences.items() if page <= shown},
            **first_pages(corpus, report, base[slug], shown),
        )


def first_pages(corpus: Corpus, report: Report, pdf: Path, shown: int) -> dict[str, Any]:
    """Text and headings of the report's first pages, when a picture shows no more than those."""
    pages = run("pdftotext", pdf, "-").split("\f")[:-1]
    if len(pages) <= shown:
        return {}
    seen = squeeze("".join(pages[:shown]))
    lines = [line for line in reports.report_lines(report) if all(squeeze(cell) in seen for cell in line.split("\t"))]
    left = seen
    for piece in sorted((cell for line in lines for cell in line.split("\t")), key=len, reverse=True):
        left = left.replace(squeeze(piece), "", 1)
    if left.strip("•\uf0b7"):
        raise RuntimeError(f"{report.slug}: a paragraph goes over the end of the page, which leaves {left!r}")
    headings = [heading for heading in report.headings() if heading in lines]
    return {"text": corpus.expect(f"{report.slug}-page-{shown}", lines), "headings": headings}


# --- slides and sheets -------------------------------------------------------------------------------------------


def slide_show(path: Path, report: Report) -> Path:
    """Slides by python-pptx: a title slide; for each section its points, with a note; each table on its own slide."""
    show = pptx.Presentation()
    show.core_properties.author, show.core_properties.title = "Atzina", report.title
    slide = show.slides.add_slide(show.slide_layouts[0])
    slide.shapes.title.text = report.title
    _fill(slide.placeholders[1], [f"{label}: {value}" for label, value in report.labels])
    for section in report.sections:
        slide = show.slides.add_slide(show.slide_layouts[1])
        slide.shapes.title.text = section.heading
        _fill(slide.placeholders[1], reports.slide_points(section))
        slide.notes_slide.notes_text_frame.text = section.note
        for table in section.tables():
            slide = show.slides.add_slide(show.slide_layouts[5])
            _fill(slide.shapes.title, section.paragraphs()[-1:])
            size = len(table.rows), len(table.rows[0])
            grid = slide.shapes.add_table(*size, Inches(0.5), Inches(2), Inches(9), Inches(2)).table
            for row, cells in enumerate(table.rows):
                for column, text in enumerate(cells):
                    grid.cell(row, column).text = text
    # LibreOffice writes each layout into a ppt as a master of its own.
    used = {slide.slide_layout.name for slide in show.slides}
    for layout in list(show.slide_layouts):
        if layout.name not in used:
            show.slide_layouts.remove(layout)
    show.save(path)
    return path


def _fill(shape: Any, lines: list[str]) -> None:
    """Writes lines into a shape of a slide, small enough that all of them stand on the slide."""
    shape.text = "\n".join(lines)
    for paragraph in shape.text_frame.paragraphs:
        paragraph.font.size = Pt(20)


def add_slides(corpus: Corpus, name: str, slug: str, made_by: str) -> None:
    """Notes down a slide show, with the slide of each heading and of each last list item."""
    report = corpus.reports[slug]
    slides = reports.slide_lines(report)
    sentences = [*report.headings(), *report.sentences()]
    pages = {text: number for text in sentences for number, lines in enumerate(slides, 1) if text in lines}
    corpus.add(
        name,
        report,
        made_by,
        text=corpus.expect(f"{slug}-slides", [line for lines in slides for line in lines]),
        pages=pages,
        notes=[section.note for section in report.sections],
    )


def make_slides(corpus: Corpus) -> None:
    """pptx by python-pptx and by LibreOffice, odp and ppt by LibreOffice."""
    for slug in ("lv-oslo", "lt-aarhus", "et-tampere"):
        name = f"{slug}-python-pptx.pptx"
        slide_show(corpus.made(name), corpus.reports[slug])
        add_slides(corpus, name, slug, corpus.programs.python_pptx)
    for slug, suffix in (
        ("ru-daugavpils", "pptx"),
        ("en-glasgow", "pptx"),
        ("lv-goteborga", "odp"),
        ("nb-riga", "odp"),
        ("lt-rotterdam", "ppt"),
    ):
        source = slide_show(corpus.work / f"{slug}-slides.pptx", corpus.reports[slug])
        name = f"{slug}-libreoffice.{suffix}"
        corpus.later(source, name)
        add_slides(corpus, name, slug, corpus.programs.libreoffice)


def workbook(path: Path, report: Report) -> Path:
    """A workbook by openpyxl: the figures on one sheet, the text on another, a header row on each."""
    book = openpyxl.Workbook()
    book.properties.creator, book.properties.title = "Atzina", report.title
    book.remove(book.active)
    for name, rows in reports.sheet_rows(report).items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
        for cell in sheet[1]:
            cell.font = openpyxl.styles.Font(bold=True)
        sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width = 28, 60
    book.save(path)
    return path


def make_sheets(corpus: Corpus) -> None:
    """xlsx by openpyxl, LibreOffice and Gnumeric; ods and xls by LibreOffice; csv in two encodings."""

    def add(name: str, slug: str, made_by: str, **more: Any) -> None:
        report = corpus.reports[slug]
        text = corpus.expect(f"{slug}-sheets", reports.sheet_lines(report))
        sheets: dict[str, Any] = {"text": text, "title": None, "headings": list(report.sheets), "country": None}
        corpus.add(name, report, made_by, **{**sheets, "date": None, **more})

    for slug in ("lv-oslo", "lt-rotterdam", "ru-daugavpils"):
        workbook(corpus.made(f"{slug}-openpyxl.xlsx"), corpus.reports[slug])
        add(f"{slug}-openpyxl.xlsx", slug, corpus.programs.openpyxl)
    for slug, suffix in (("pl-kowno", "xlsx"), ("et-tampere", "ods"), ("lv-goteborga", "ods"), ("lt-aarhus", "xls")):
        name = f"{slug}-libreoffice.{suffix}"
        corpus.later(workbook(corpus.work / f"{slug}-sheets.xlsx", corpus.reports[slug]), name)
        add(name, slug, corpus.programs.libreoffice)
    for slug, suffix in (("fi-tallinna", "xlsx"), ("en-glasgow", "ods")):
        source = workbook(corpus.work / f"{slug}-sheets.xlsx", corpus.reports[slug])
        name = f"{slug}-gnumeric.{suffix}"
        run("ssconvert", source, corpus.made(name))
        add(name, slug, corpus.programs.gnumeric)
    for slug, encoding in (("lv-oslo", "windows-1257"), ("sv-reykjavik", "utf-8")):
        report, name = corpus.reports[slug], f"{slug}-{encoding}.csv"
        rows = reports.sheet_rows(report)[report.sheets[1]]
        lines = (";".join(f'"{cell}"' for cell in row) for row in rows)
        corpus.made(name).write_bytes(("\r\n".join(lines) + "\r\n").encode(encoding))
        text = corpus.expect(f"{slug}-csv", ("\t".join(map(str, row)) for row in rows))
        add(name, slug, corpus.programs.python, text=text, encoding=encoding, headings=[])


# --- mail --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Attachment:
    """A file of made/ under the name that the sender gave it."""

    file: str
    name: str


TYPES = {
    "docx": ("application", "vnd.openxmlformats-officedocument.wordprocessingml.document"),
    "pdf": ("application", "pdf"),
    "zip": ("application", "zip"),
}


def letter(corpus: Corpus, language: str) -> EmailMessage:
    """A mail with the headers of the covering letter in a language, and no body yet."""
    text, mail = corpus.letters[language], EmailMessage()
    for header in ("from", "to"):
        name, address = parseaddr(text[header])
        mail[header.capitalize()] = Address(name, addr_spec=address)
    mail["Subject"] = text["subject"]
    mail["Date"] = format_datetime(datetime.fromisoformat(text["date"]))
    mail["Message-ID"] = f"<{language}.1@atzina.example>"
    return mail


def letter_text(corpus: Corpus, language: str) -> str:
    """The body of the covering letter."""
    return "\n\n".join(corpus.letters[language]["body"]) + "\n"


def attach(corpus: Corpus, mail: EmailMessage, *attachments: Attachment) -> list[dict[str, Any]]:
    """Attaches files to a mail; what comes back is how expected.json names them."""
    for attachment in attachments:
        kind, subtype = TYPES[attachment.file.rpartition(".")[2]]
        data = corpus.made(attachment.file).read_bytes()
        mail.add_attachment(data, maintype=kind, subtype=subtype, filename=attachment.name)
    return [member(corpus, attachment.name, attachment.file) for attachment in attachments]


def member(corpus: Corpus, name: str, file: str) -> dict[str, Any]:
    """How expected.json names a file inside another one."""
    entry = corpus.entries[file]
    kept = ("format", "language", "kind", "text", "title", "members")
    return {"name": name, "same_as": file, **{key: entry[key] for key in kept if key in entry}}


def save_mail(corpus: Corpus, name: str, mail: EmailMessage, slug: str, lines: Iterable[str], **more: Any) -> None:
    """Writes a mail, and notes down what its body shows."""
    corpus.made(name).write_bytes(mail.as_bytes())
    report = corpus.reports[slug]
    text = corpus.expect(name.rpartition(".")[0], lines)
    more = {"headings": [], "country": None, **more, "text": text, "title": str(mail["Subject"])}
    corpus.add(
        name, report, corpus.programs.python + " email", "mail", date=mail["Date"].datetime.date().isoformat(), **more
    )


def make_mails(corpus: Corpus) -> None:
    """Mails by Python's email package: reports in the body, and covering letters with reports attached."""
    for slug, charset, encoding in (
        ("lv-oslo", "utf-8", "quoted-printable"),
        ("ru-daugavpils", "windows-1251", "base64"),
        ("lv-goteborga", "windows-1257", "base64"),
        ("lt-rotterdam", "windows-1257", "quoted-printable"),
        ("et-tampere", "utf-8", "8bit"),
    ):
        report = corpus.reports[slug]
        mail = letter(corpus, report.language)
        mail.set_content(reports.plain_text(report), charset=charset, cte=encoding)
        save_mail(
            corpus,
            f"{slug}-plain-{charset}-{encoding}.eml",
            mail,
            slug,
            reports.report_lines(report),
            headings=report.headings(),
            country=report.country,
        )

    for slug in ("lv-oslo", "lt-aarhus"):
        report = corpus.reports[slug]
        mail = letter(corpus, report.language)
        mail.set_content(reports.plain_text(report), cte="quoted-printable")
        mail.add_alternative(reports.page(report, "\n".join(reports.html_body(report))), subtype="html", cte="base64")
        save_mail(
            corpus,
            f"{slug}-html-alternative.eml",
            mail,
            slug,
            reports.report_lines(report),
            headings=report.headings(),
            country=report.country,
        )
    report = corpus.reports["pl-kowno"]
    mail = letter(corpus, "pl")
    body = reports.old_page(report, "iso-8859-2").translate(str.maketrans("–—", "--"))
    mail.set_content(body, subtype="html", charset="iso-8859-2", cte="quoted-printable")
    save_mail(
        corpus,
        "pl-kowno-html-only.eml",
        mail,
        "pl-kowno",
        without_dashes(report)[1],
        headings=report.headings(),
        country=report.country,
    )

    def with_files(
        name: str,
        language: str,
        slug: str,
        *attachments: Attachment,
        charset: str = "utf-8",
        encoding: str = "quoted-printable",
    ) -> EmailMessage:
        mail = letter(corpus, language)
        mail.set_content(letter_text(corpus, language), charset=charset, cte=encoding)
        members = attach(corpus, mail, *attachments)
        save_mail(corpus, name, mail, slug, corpus.letters[language]["body"], members=members)
        return mail

    with_files(
        "lt-aarhus-docx-attached.eml",
        "lt",
        "lt-aarhus",
        Attachment("lt-aarhus-libreoffice.docx", "Vizito ataskaita – Orhusas.docx"),
        charset="windows-1257",
    )
    with_files(
        "lv-goteborga-pdf-attached.eml",
        "lv",
        "lv-goteborga",
        Attachment("lv-goteborga-chromium.pdf", "Pārskats par vizīti Gēteborgā.pdf"),
        charset="windows-1257",
        encoding="base64",
    )
    with_files(
        "en-glasgow-docx-and-pdf-attached.eml",
        "en",
        "en-glasgow",
        Attachment("en-glasgow-pandoc.docx", "Glasgow report.docx"),
        Attachment("en-glasgow-xelatex.pdf", "Glasgow report.pdf"),
    )
    with_files(
        "ru-daugavpils-zip-attached.eml", "ru", "ru-daugavpils", Attachment("ru-cyrillic-names.zip", "Отчёты.zip")
    )
    inner = with_files(
        "et-tampere-docx-attached.eml",
        "et",
        "et-tampere",
        Attachment("et-tampere-libreoffice.docx", "Õppekäigu aruanne.docx"),
    )
    outer = letter(corpus, "en")
    outer.replace_header("Subject", "Fwd: " + str(inner["Subject"]))
    outer.set_content("Please see the message below.\n")
    outer.add_attachment(inner)
    save_mail(
        corpus,
        "et-tampere-forwarded.eml",
        outer,
        "et-tampere",
        ["Please see the message below."],
        language="en",
        members=[member(corpus, str(inner["Subject"]), "et-tampere-docx-attached.eml")],
    )


def make_outlook(corpus: Corpus) -> None:
    """Messages of Outlook (MS-OXMSG), written by Aspose.Email FOSS from the mails."""
    for name in (
        "lv-oslo-html-alternative",
        "lt-aarhus-docx-attached",
        "lt-rotterdam-plain-windows-1257-quoted-printable",
        "ru-daugavpils-plain-windows-1251-base64",
        "et-tampere-forwarded",
    ):
        target = name.replace("-quoted-printable", "").replace("-base64", "").replace("-windows-1257", "")
        target = target.replace("-windows-1251", "") + ".msg"
        source = corpus.made(f"{name}.eml")
        mail = read_mail(source)
        msg.MapiMessage.from_email_message(mail).save(str(corpus.made(target)))
        entry = dict(corpus.entries[source.name])
        corpus.entries[target] = {**entry, "file": target, "format": "msg", "made_by": corpus.programs.aspose}


def read_mail(path: Path) -> Any:
    """A mail as it is read from its file."""
    return message_from_bytes(path.read_bytes(), policy=policy.default)


# --- archives ----------------------------------------------------------------------------------------------------


def make_archives(corpus: Corpus) -> None:
    """Archives with folders and Baltic or Cyrillic names; one in another; one that is locked."""

    def pack(name: str, files: dict[str, str], *command: str, by: str, **more: Any) -> None:
        folder = corpus.work / f"pack-{name}"
        for inside, file in files.items():
            (folder / inside).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(corpus.made(file), folder / inside)
        corpus.made(name).unlink(missing_ok=True)
        run(*command, corpus.made(name), *sorted(path.name for path in folder.iterdir()), cwd=folder)
        report = next(report for report in corpus.reports.values() if report.language == name[:2])
        members = [member(corpus, inside, file) for inside, file in files.items()]
        empty: dict[str, Any] = {"text": None, "title": None, "country": None, "date": None}
        corpus.add(name, report, by, headings=[], members=members, **{**empty, "kind": "archive", **more})

    programs = corpus.programs
    pack(
        "lv-two-reports.zip",
        {
            "Vizītes/Oslo – pārskats.docx": "lv-oslo-libreoffice.docx",
            "Vizītes/Gēteborga/Ģimeņu centri.odt": "lv-goteborga-libreoffice.odt",
            "Lasi mani.txt": "lv-oslo-windows-1257.txt",
        },
        "zip",
        "-q",
        "-r",
        by=programs.infozip,
    )
    pack(
        "ru-cyrillic-names.zip",
        {
            "Отчёты/Поездка в Даугавпилс.docx": "ru-daugavpils-libreoffice.docx",
            "Отчёты/Текст отчёта.txt": "ru-daugavpils-utf-8.txt",
        },
        "zip",
        "-q",
        "-r",
        by=programs.infozip,
    )
    pack(
        "lt-nested.zip",
        {
            "Ataskaitos/Žinios iš Orhuso.html": "lt-aarhus-libreoffice.html",
            "Ataskaitos/Orhusas.pdf": "lt-aarhus-xelatex.pdf",
            "Kitų šalių ataskaitos.zip": "lv-two-reports.zip",
        },
        "zip",
        "-q",
        "-r",
        by=programs.infozip,
    )
    pack(
        "et-locked.zip",
        {"Aruanne – Tampere.docx": "et-tampere-libreoffice.docx"},
        "zip",
        "-q",
        "-r",
        "-P",
        PASSWORD,
        by=programs.infozip,
        kind="encrypted",
        password=PASSWORD,
    )
    pack(
        "pl-seven-zip.7z",
        {
            "Sprawozdania/Kowno – liczby.xlsx": "pl-kowno-libreoffice.xlsx",
            "Sprawozdania/Kowno – sprawozdanie.docx": "pl-kowno-libreoffice.docx",
        },
        "7z",
        "a",
        "-bso0",
        by=programs.sevenzip,
    )
    pack(
        "en-many-formats.zip",
        {
            "Report.md": "en-glasgow.md",
            "Slides/Glasgow.pptx": "en-glasgow-libreoffice.pptx",
            "Mail/Letter.txt": "en-glasgow-utf-8.txt",
        },
        "7z",
        "a",
        "-tzip",
        "-bso0",
        by=programs.sevenzip,
    )
    pack(
        "nb-report.tar.gz",
        {"Rapport/Studietur til Riga.odt": "nb-riga-pandoc.odt"},
        "tar",
        "-czf",
        by="GNU tar",
        format="tar.gz",
    )


# --- all of it ---------------------------------------------------------------------------------------------------


def write_expected(corpus: Corpus) -> None:
    """Writes expected.json; an error when a file has no entry, or an entry no file."""
    names = {path.name for path in MADE.iterdir()}
    if names != set(corpus.entries):
        raise RuntimeError(f"without entry or without file: {sorted(names ^ set(corpus.entries))}")
    entries = [corpus.entries[name] for name in sorted(corpus.entries)]
    text = io.StringIO()
    json.dump(entries, text, ensure_ascii=False, indent=1)
    (HERE / "expected.json").write_text(text.getvalue() + "\n", "utf-8")


def main() -> None:
    """Makes everything anew."""
    for folder in (MADE, EXPECTED):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
    with tempfile.TemporaryDirectory() as work:
        corpus = Corpus(Path(work))
        make_texts(corpus)
        make_markdown(corpus)
        make_html(corpus)
        sources = word_sources(corpus)
        make_word_processed(corpus, sources)
        make_abiword(corpus, sources)
        make_odd_word_files(corpus)
        make_slides(corpus)
        make_sheets(corpus)
        base = ask_for_pdfs(corpus, sources)
        corpus.office()
        note_office_pdfs(corpus)
        make_browser_pdfs(corpus)
        make_pandoc_pdfs(corpus)
        make_distilled_pdfs(corpus)
        make_changed_pdfs(corpus)
        make_scans(corpus, base)
        make_archives(corpus)
        make_mails(corpus)
        make_outlook(corpus)
        write_expected(corpus)


if __name__ == "__main__":
    main()
