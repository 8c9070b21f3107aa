"""Ingest: takes in files, folders and addresses; gives out documents in the corpus, and a report of the run.

It ends at the corpus: what is derived from there is the index's. May import `corpus`, and nothing else of ours.
"""

from ingest.agenda import NAME, Scheduled, read_agenda
from ingest.asked import Options, Source, Wanted
from ingest.countries import country_cases, country_forms, country_names
from ingest.formats.ocr import TESSDATA
from ingest.formats.ocr import languages as languages_of_scans
from ingest.job import ingest
from ingest.language import language_probabilities
from ingest.report import Failure, Report, in_words, runs_as_json

__all__ = [
    "NAME",
    "TESSDATA",
    "Failure",
    "Options",
    "Report",
    "Scheduled",
    "Source",
    "Wanted",
    "country_cases",
    "country_forms",
    "country_names",
    "in_words",
    "ingest",
    "language_probabilities",
    "languages_of_scans",
    "read_agenda",
    "runs_as_json",
]
