"""The reports that the files are made of: how they are read, and how they are written as text, Markdown and HTML."""

from __future__ import annotations

import html
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

SOURCES = Path(__file__).parent / "sources"


@dataclass(frozen=True)
class Paragraph:
    """One paragraph of running text."""

    text: str


@dataclass(frozen=True)
class Bullets:
    """A bulleted list."""

    items: tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """A table whose first row is its header."""

    rows: tuple[tuple[str, ...], ...]


Block = Paragraph | Bullets | Table


@dataclass(frozen=True)
class Section:
    """A heading with what stands below it, and a note for whoever speaks about it."""

    heading: str
    note: str
    blocks: tuple[Block, ...]

    def paragraphs(self) -> list[str]:
        """Its paragraphs, in order."""
        return [block.text for block in self.blocks if isinstance(block, Paragraph)]

    def bullets(self) -> list[str]:
        """The items of all its lists, in order."""
        return [item for block in self.blocks if isinstance(block, Bullets) for item in block.items]

    def tables(self) -> list[Table]:
        """Its tables, in order."""
        return [block for block in self.blocks if isinstance(block, Table)]


@dataclass(frozen=True)
class Report:
    """One report of a study visit, in one language."""

    slug: str
    language: str
    country: str
    date: str
    running: str
    sheets: tuple[str, str]
    columns: tuple[str, str]
    title: str
    labels: tuple[tuple[str, str], ...]
    sections: tuple[Section, ...]

    def headings(self) -> list[str]:
        """The headings below the title, in order."""
        return [section.heading for section in self.sections]

    def sentences(self) -> list[str]:
        """Sentences that occur once: of each section the first of its first paragraph, and its last list item."""
        found: list[str] = []
        for section in self.sections:
            found.append(first_sentence(section.paragraphs()[0]))
            found += section.bullets()[-1:]
        return found


def first_sentence(paragraph: str) -> str:
    """The paragraph up to the first full stop that a capital letter follows."""
    found = re.search(r"\S{3,}[.?!](?= [^\W\d_a-z])", paragraph)
    return paragraph[: found.end()] if found else paragraph


def read_report(path: Path) -> Report:
    """The report of a source file; ValueError when it does not have the shape that README.md describes."""
    head, _, body = path.read_text("utf-8").partition("\n\n")
    fields = dict(line.split(": ", 1) for line in head.splitlines())
    title, labels, sections = "", [], []
    for block in re.split(r"\n\n+", body.strip()):
        if block.startswith("# "):
            title = block[2:]
        elif block.startswith("## "):
            sections.append((block[3:], [""], []))
        elif not sections:
            labels = [tuple(line.split(": ", 1)) for line in block.splitlines()]
        elif block.startswith("^ "):
            sections[-1][1][0] = block[2:]
        else:
            sections[-1][2].append(_read_block(block))
    if not title or len(labels) != 4 or len(sections) != 3:
        raise ValueError(f"{path.name}: a title, four labelled lines and three sections are wanted")
    return Report(
        slug=path.stem,
        language=fields["language"],
        country=fields["country"],
        date=fields["date"],
        running=fields["running"],
        sheets=_pair(fields["sheets"]),
        columns=_pair(fields["columns"]),
        title=title,
        labels=tuple(labels),
        sections=tuple(Section(heading, note[0], tuple(blocks)) for heading, note, blocks in sections),
    )


def _pair(text: str) -> tuple[str, str]:
    first, second = text.split(" | ")
    return first, second


def _read_block(block: str) -> Block:
    lines = block.splitlines()
    if block.startswith("- "):
        return Bullets(tuple(line[2:] for line in lines))
    if block.startswith("| "):
        return Table(tuple(tuple(line.strip("| ").split(" | ")) for line in lines))
    return Paragraph(block)


def read_reports() -> dict[str, Report]:
    """All reports in sources/, by slug."""
    return {path.stem: read_report(path) for path in sorted(SOURCES.glob("*.md"))}


def read_toml(name: str) -> dict[str, dict]:
    """The letters or the web sites in sources/, by language."""
    return tomllib.loads((SOURCES / name).read_text("utf-8"))


def block_lines(block: Block) -> list[str]:
    """The lines of a block as plain text: a list item a line, a table row a line with tabs between the cells."""
    if isinstance(block, Paragraph):
        return [block.text]
    if isinstance(block, Bullets):
        return list(block.items)
    return ["\t".join(row) for row in block.rows]


def report_lines(report: Report, *, notes: bool = False) -> list[str]:
    """The words that a reader sees, in reading order; with the notes, each behind its section's first paragraph."""
    lines = [report.title, *(f"{label}: {value}" for label, value in report.labels)]
    for section in report.sections:
        lines.append(section.heading)
        for number, block in enumerate(section.blocks):
            lines += block_lines(block)
            if notes and number == 0:
                lines.append(section.note)
    return lines


def plain_text(report: Report) -> str:
    """The report as someone types it in an editor: empty lines between the blocks, and hyphens before list items."""
    parts = [report.title, "\n".join(f"{label}: {value}" for label, value in report.labels)]
    for section in report.sections:
        parts.append(section.heading)
        for block in section.blocks:
            mark = "- " if isinstance(block, Bullets) else ""
            parts.append("\n".join(mark + line for line in block_lines(block)))
    return "\n\n".join(parts) + "\n"


def front_matter(report: Report) -> str:
    """The YAML block that some editors put on top of Markdown."""
    country, _, organisation, project = (value for _, value in report.labels)
    return (
        f'---\ntitle: "{report.title}"\ndate: {report.date}\nlanguage: {report.language}\ncountry: "{country}"\n'
        f'organisation: "{organisation}"\nproject: "{project}"\n---\n\n'
    )


def markdown(report: Report, *, footnotes: bool = False, tracked: bool = False) -> str:
    """The report as Pandoc's Markdown.

    With footnotes, each note is a footnote of its section's first paragraph.
    Tracked, the last paragraph is marked as inserted and each note as deleted.
    """
    labels = "\\\n".join(f"**{label}:** {value}" for label, value in report.labels)
    parts = [f"# {report.title}", labels]
    author = 'author="A" date="2024-01-01T10:00:00Z"'
    for section in report.sections:
        parts.append(f"## {section.heading}")
        for number, block in enumerate(section.blocks):
            text = _markdown_block(block)
            if footnotes and number == 0:
                text += f"^[{section.note}]"
            if tracked and number == 0:
                text += f" [{section.note}]{{.deletion {author}}}"
            if tracked and section is report.sections[-1] and block is section.blocks[-1]:
                text = f"[{text}]{{.insertion {author}}}"
            parts.append(text)
    return "\n\n".join(parts) + "\n"


def _markdown_block(block: Block) -> str:
    if isinstance(block, Paragraph):
        return block.text
    if isinstance(block, Bullets):
        return "\n".join(f"- {item}" for item in block.items)
    header, *rows = block.rows
    rule = ["---"] * len(header)
    return "\n".join("| " + " | ".join(row) + " |" for row in (header, rule, *rows))


def html_body(report: Report, *, level: int = 1) -> Iterator[str]:
    """The elements of the report in HTML, the title at the heading level that is asked for."""
    yield f"<h{level}>{html.escape(report.title)}</h{level}>"
    lines = (f"<strong>{html.escape(label)}:</strong> {html.escape(value)}" for label, value in report.labels)
    yield "<p>" + "<br>\n".join(lines) + "</p>"
    for section in report.sections:
        yield f"<h{level + 1}>{html.escape(section.heading)}</h{level + 1}>"
        yield from (html_block(block) for block in section.blocks)


def html_block(block: Block) -> str:
    """One block in HTML."""
    if isinstance(block, Paragraph):
        return f"<p>{html.escape(block.text)}</p>"
    if isinstance(block, Bullets):
        return "<ul>\n" + "\n".join(f"<li>{html.escape(item)}</li>" for item in block.items) + "\n</ul>"
    lines = []
    for number, row in enumerate(block.rows):
        tag = "td" if number else "th"
        lines.append("<tr>" + "".join(f"<{tag}>{html.escape(cell)}</{tag}>" for cell in row) + "</tr>")
    return "<table>\n" + "\n".join(lines) + "\n</table>"


STYLE = """
body { font-family: 'Liberation Sans', sans-serif; font-size: 11pt; line-height: 1.35; }
table { border-collapse: collapse; margin: 1em 0; }
td, th { border: 1px solid #666; padding: 3px 8px; text-align: left; vertical-align: top; }
"""


def page(report: Report, body: str, style: str = STYLE) -> str:
    """A whole HTML page around a body."""
    return (
        f'<!DOCTYPE html>\n<html lang="{report.language}">\n<head>\n<meta charset="utf-8">\n'
        f"<title>{html.escape(report.title)}</title>\n<style>{style}</style>\n</head>\n<body>\n{body}\n</body>\n</html>\n"
    )


def form_page(report: Report, style: str = STYLE) -> str:
    """The report as a form: one table whose left column has the labels and headings, and the right one the contents."""
    rows = [(label, html.escape(value)) for label, value in report.labels]
    rows += [(section.heading, "\n".join(map(html_block, section.blocks))) for section in report.sections]
    cells = "\n".join(f"<tr><th>{html.escape(left)}</th><td>{right}</td></tr>" for left, right in rows)
    title = html.escape(report.title)
    return page(report, f"<h1>{title}</h1>\n<table>\n{cells}\n</table>", style)


def form_lines(report: Report) -> list[str]:
    """The words of the form, in reading order."""
    lines = [report.title, *(f"{label}\t{value}" for label, value in report.labels)]
    for section in report.sections:
        lines.append(section.heading)
        for block in section.blocks:
            lines += block_lines(block)
    return lines


def web_page(report: Report, site: dict, *, charset: str = "utf-8") -> str:
    """The report as the article of a web page, with navigation, a notice of cookies, related links and a footer."""
    links = "".join(f'<li><a href="#">{html.escape(name)}</a></li>' for name in site["navigation"])
    related = "\n".join(f'<li><a href="#">{html.escape(name)}</a></li>' for name in site["related"])
    article = "\n".join(html_body(report))
    return f"""<!DOCTYPE html>
<html lang="{report.language}">
<head>
<meta http-equiv="Content-Type" content="text/html; charset={charset}">
<title>{html.escape(report.title)} | {html.escape(site["site"])}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="style.css">
<script>window.dataLayer = window.dataLayer || []; function track(name) {{ dataLayer.push({{event: name}}); }}</script>
<style>nav ul {{ display: flex; list-style: none }} .cookies {{ position: fixed; bottom: 0; background: #eee }}</style>
</head>
<body>
<header class="site-header"><a class="logo" href="#">{html.escape(site["site"])}</a>
<nav aria-label="main"><ul>{links}</ul></nav></header>
<div class="cookies" id="cookie-banner"><p>{html.escape(site["cookies"])}</p>
<button onclick="track('ok')">{html.escape(site["accept"])}</button></div>
<main>
<article>
{article}
</article>
<aside class="related"><h3>{html.escape(site["related_title"])}</h3>
<ul>
{related}
</ul></aside>
</main>
<footer><p>{html.escape(site["footer"])}</p></footer>
<noscript><img height="1" width="1" src="data:image/gif;base64,R0lGODlhAQABAAAAACw=" alt=""></noscript>
</body>
</html>
"""


def web_furniture(site: dict) -> list[str]:
    """What a web page shows besides its article."""
    return [
        site["site"],
        *site["navigation"],
        site["cookies"],
        site["accept"],
        site["related_title"],
        *site["related"],
        site["footer"],
    ]


def old_page(report: Report, charset: str) -> str:
    """The report as an old hand-made page: tables for the layout, FONT elements, a declared charset."""
    article = "\n".join(html_body(report, level=2)).replace("<p>", "<P><FONT SIZE=2 FACE=Arial>")
    return (
        '<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 4.01 Transitional//EN">\n<HTML>\n<HEAD>\n'
        f'<META HTTP-EQUIV="Content-Type" CONTENT="text/html; charset={charset}">\n'
        f"<TITLE>{html.escape(report.title)}</TITLE>\n</HEAD>\n"
        f"<BODY BGCOLOR=#FFFFFF>\n<CENTER><TABLE WIDTH=640 BORDER=0><TR><TD>\n{article}\n"
        "</TD></TR></TABLE></CENTER>\n</BODY>\n</HTML>\n"
    )


def slide_lines(report: Report) -> list[list[str]]:
    """The words of each slide: the title with the labelled lines; then for each section its points, and its table."""
    slides = [[report.title, *(f"{label}: {value}" for label, value in report.labels)]]
    for section in report.sections:
        slides.append([section.heading, *slide_points(section)])
        slides += [[*section.paragraphs()[-1:], *block_lines(table)] for table in section.tables()]
    return slides


def slide_points(section: Section) -> list[str]:
    """The points of a section's slide: the first sentence of each paragraph but a table's, and the list items."""
    paragraphs = section.paragraphs()[:-1] if section.tables() else section.paragraphs()
    return [first_sentence(paragraph) for paragraph in paragraphs] + section.bullets()


def sheet_rows(report: Report) -> dict[str, list[list[str | int]]]:
    """The rows of the two sheets of a workbook, by the sheet's name; numbers are numbers."""
    table = next(table for section in report.sections for table in section.tables())
    figures = [[int(cell) if cell.isdigit() else cell for cell in row] for row in table.rows]
    texts: list[list[str | int]] = [list(report.columns)]
    for section in report.sections:
        texts += [[section.heading, text] for text in (*section.paragraphs(), *section.bullets())]
    return {report.sheets[0]: figures, report.sheets[1]: texts}


def sheet_lines(report: Report) -> list[str]:
    """The words of the workbook, sheet by sheet, with the names of the sheets."""
    lines = []
    for name, rows in sheet_rows(report).items():
        lines += [name, *("\t".join(map(str, row)) for row in rows)]
    return lines
