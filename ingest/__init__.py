"""Ingest: takes in files, folders and addresses; gives out documents in the corpus, and a report of the run.

It ends at the corpus: what is derived from there is the index's. May import `corpus`, and nothing else of ours.
"""

from ingest.agenda import NAME, Scheduled, read_agenda
from ingest.asked import Options, Source, Wanted
from ingest.countries import country_cases, country_forms, country_named, country_names
from ingest.formats import READERS
from ingest.formats.ocr import TESSDATA
from ingest.formats.ocr import languages as languages_of_scans
from ingest.job import ingest
from ingest.language import language_probabilities
from ingest.recognising import Recognised, recognise
from ingest.report import Failure, Report, in_words, runs_as_json
from ingest.sources import MAX_BYTES

__all__ = [
    "MAX_BYTES",
    "NAME",
    "READERS",
    "TESSDATA",
    "Failure",
    "Options",
    "Recognised",
    "Report",
    "Scheduled",
    "Source",
    "Wanted",
    "country_cases",
    "country_forms",
    "country_named",
    "country_names",
    "in_words",
    "ingest",
    "language_probabilities",
    "languages_of_scans",
    "read_agenda",
    "recognise",
    "runs_as_json",
]
