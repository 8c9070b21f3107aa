"""Makes the language subspace that is shipped for the bundled model: index/subspace/bundled.npy.

    python bench/make_subspace.py PARALLEL.tsv --every 2 [--rank 24] [--out index/subspace/bundled.npy]

PARALLEL.tsv has a column a language and a row a sentence (a first column `document` is passed over). The shipped
matrix was made from NTREX-128 (Federmann, Kocmi and Xin, 2022, "NTREX-128: News Test References for MT Evaluation
of 128 Languages"; CC BY-SA 4.0, Microsoft): every second one of 302 sentences, in 128 languages, so 151 a language.
Takes about 10 minutes on two cores.
"""

import argparse
import csv
from pathlib import Path

import numpy as np

from bot.settings import Settings
from index.embedder import BUNDLED, SentenceEmbedder
from index.fairness import subspace_of


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("parallel", type=Path)
    parser.add_argument("--every", type=int, default=1, help="take every n-th sentence")
    parser.add_argument("--rank", type=int, default=24)
    parser.add_argument("--out", type=Path, default=Path("index/subspace/bundled.npy"))
    wanted = parser.parse_args()
    with wanted.parallel.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))[:: wanted.every]
    languages = [column for column in rows[0] if column != "document"]
    embedder = SentenceEmbedder(BUNDLED, Settings.from_env({}).cache / "models", print)
    means = []
    for number, language in enumerate(languages, 1):
        texts = [row[language] for row in rows if row[language]]
        means.append(embedder.questions(texts).mean(axis=0))
        means.append(np.concatenate(list(embedder.passages(texts))).mean(axis=0))
        print(f"{number}/{len(languages)} {language}", flush=True)
    wanted.out.parent.mkdir(parents=True, exist_ok=True)
    np.save(wanted.out, subspace_of(np.stack(means), wanted.rank).basis)


if __name__ == "__main__":
    main()
