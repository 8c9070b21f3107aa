"""Finds the words that only look like a label of the vocabulary: `index/lookalikes.tsv`.

    python bench/lookalikes.py DATA

The beginning of a label stands for all its inflections, so *Chile* would be found in *child*. What a text names it
names in its translations, too: a word for which they do not name the concept, or no more often than other texts do, is
another word. DATA has `parallel/calibration.tsv` (NTREX-128, CC BY-SA 4.0) and `parallel/flores.tsv` (FLORES, CC BY-SA
4.0); our own are the findings. Adds to what the file has, so that it can be run again after the vocabulary has grown;
the line of a label that is gone is taken out by hand.
Prints how often a concept that is named in one language is named in another, in [0, 1], before and after; and labels
that translations do not bear out, to be taken out by hand where they are not what this work calls it.
"""

import argparse
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from parallel import FILED, HOUSE, VOCABULARY, findings, table

from index.concepts import FILES, concepts, naming

OUT = VOCABULARY / "lookalikes.tsv"
_SEEN = 2  # texts in which a word is at least
_SEEN_LABEL = 4  # times that a label is in any text, with all its inflections, at least
_SHARE = 0.08  # of the translations that name the concept: below, it is another word …
_CHANCE = 1.5  # … as it is below so many times the share of all texts that name it
_ROUNDS = 2  # what one round takes out makes the chance of the next smaller

Texts = Mapping[str, str]  # by language


class Like(NamedTuple):
    """A label of one word, and a word that looks like it, in small letters."""

    language: str
    label: str
    word: str


class Known(NamedTuple):
    """Of one text: the concepts that it names in each language, and by which words."""

    concepts: Mapping[str, Collection[int]]
    by: Mapping[str, Collection[tuple[int, Like]]]


def read(data: Path) -> list[Texts]:
    """Every text, by the language that it is in."""
    rows = [row for name in ("calibration", "flores") for row in table(data / "parallel" / f"{name}.tsv")]
    told = [{FILED.get(one, one): row[one] for one in HOUSE} for row in rows]
    return told + [finding["texts"] for finding in findings() if finding["texts"]]


def known(texts: Texts) -> Known:
    """What a text names."""
    by = {
        language: {(concept, Like(language, label, word)) for concept, label, word in naming(text, language)}
        for language, text in texts.items()
    }
    return Known({language: concepts(text, language) for language, text in texts.items()}, by)


def without(every: Sequence[Known], unlike: Collection[Like]) -> Iterator[Known]:
    """The same, where these words name nothing."""
    for each in every:
        by = {one: {(c, like) for c, like in found if like not in unlike} for one, found in each.by.items()}
        gone = {one: {c for c, _ in each.by[one]} - {c for c, _ in by[one]} for one in by}
        yield Known({one: set(found) - gone[one] for one, found in each.concepts.items()}, by)


def agreement(every: Sequence[Known]) -> float:
    """How often a concept that is named in one language is named in another."""
    both = named = 0
    for each in every:
        counted = Counter(c for found in each.concepts.values() for c in found)
        both += sum(times * (times - 1) for times in counted.values())
        named += sum(counted.values()) * (len(each.concepts) - 1)
    return both / named


def found_unlike(every: Sequence[Known]) -> set[Like]:
    """Words for which translations do not name what their label does; of several concepts, none of them.

    Never the label itself: where translations do not name it, it may be they that say it otherwise.
    """
    counted = Counter(c for each in every for found in each.concepts.values() for c in set(found))
    languages, shares = len(every[0].concepts), _shares(every)

    def other(concept: int, seen: Sequence[float]) -> bool:
        chance = counted[concept] / languages / len(every)
        return len(seen) >= _SEEN and sum(seen) / len(seen) < max(_SHARE, _CHANCE * chance)

    inflected = {like: by_concept for like, by_concept in shares.items() if like.word != like.label}
    return {like for like, by_concept in inflected.items() if all(other(c, seen) for c, seen in by_concept.items())}


def _shares(every: Sequence[Known]) -> dict[Like, dict[int, list[float]]]:
    """For each word and each concept that it names, the share of translations that name it, text by text."""
    shares: dict[Like, dict[int, list[float]]] = defaultdict(lambda: defaultdict(list))
    for each in every:
        times = Counter(c for found in each.concepts.values() for c in set(found))
        for likes in each.by.values():
            for concept, like in likes:
                shares[like][concept].append((times[concept] - 1) / (len(each.concepts) - 1))
    return shares


def unborne(every: Sequence[Known]) -> Iterator[str]:
    """A line for each label for which translations do not name the concept: its language, itself, the concept."""
    by_label: dict[tuple[str, str, int], list[float]] = defaultdict(list)
    for like, by_concept in _shares(every).items():
        for concept, seen in by_concept.items():
            by_label[like.language, like.label, concept] += seen
    names = [row["en"].split(";")[0] for name in FILES for row in table(VOCABULARY / name)]
    for (language, label, concept), seen in sorted(by_label.items()):
        if len(seen) >= _SEEN_LABEL and sum(seen) / len(seen) < _SHARE:
            yield f"{language}\t{label}\t{names[concept]}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("data", type=Path)
    every = [known(texts) for texts in read(parser.parse_args().data)]
    print(f"named in another language, too: {agreement(every):.3f}")
    words: dict[tuple[str, str], set[str]] = defaultdict(set)
    for row in table(OUT):
        words[row["language"], row["label"]] |= set(row["words"].split())
    for _ in range(_ROUNDS):
        unlike = found_unlike(every)
        every = list(without(every, unlike))
        for like in unlike:
            words[like.language, like.label].add(like.word)
        print(f"{len(unlike)} words more that only look alike: {agreement(every):.3f}")
    lines = ["\t".join((*key, " ".join(sorted(each)))) for key, each in sorted(words.items())]
    OUT.write_text("\n".join(["language\tlabel\twords", *lines]) + "\n", encoding="utf-8")
    for line in unborne(every):
        print(line)


if __name__ == "__main__":
    main()
