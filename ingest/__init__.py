"""Ingest: takes in files, folders and addresses; gives out documents in the corpus, and a report of the run.

It ends at the corpus: what is derived from there is the index's. May import `corpus`, and nothing else of ours.
"""

from ingest.countries import country_names
from ingest.job import Failure, Report, ingest
from ingest.language import language_probabilities

__all__ = ["Failure", "Report", "country_names", "ingest", "language_probabilities"]
