"""Trains the adapter of the bundled model: `index/adapter/bundled.safetensors`, merged when the model is converted.

    python bench/adapter.py DATA [--out FILE] [--steps 240] [--strength 0.65] [--findings N] [--apart 0]
    python bench/adapter.py DATA --held-back SET --out FOLDER

DATA has `questions-train/paragraphs.jsonl` (XQuAD-R, CC BY-SA 4.0), of which only articles with even numbers are
used, and `parallel/calibration.tsv` and `calibration-128.tsv` (NTREX-128, CC BY-SA 4.0), `flores.tsv` (FLORES,
CC BY-SA 4.0) and `tatoeba-pairs.tsv` (Tatoeba, CC BY 2.0 FR). Our own are the vocabulary and `findings.jsonl`:
passages as reports of this work have them, three about each matter, in seven languages, with a question and keywords
for each, and of many matters a question that none of the three answers. `--held-back` writes, of a judged set, only
what is of the other articles.

Low-rank matrices (Hu et al., "LoRA", ICLR 2022, arXiv:2106.09685) on the upper half of the encoder learn by InfoNCE
(van den Oord et al., 2018, arXiv:1807.03748), through the projection that takes languages out. In every batch half of
the questions are in one language and half in another, each with its answer in the other, so that half of the wrong
answers are in the question's own. What the base model says of texts of one side among themselves must stay. With
`--apart` the answer of any question must also be nearer to it than what is nearest to a question that has none.
"""

import argparse
import json
import math
import random
import re
import sys
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from parallel import FILED, HOUSE, VOCABULARY, Row, findings, table
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils import parametrize
from transformers import AutoModel, AutoTokenizer

from bot.settings import Settings
from index import SentenceEmbedder, calibration
from index.bundled import PROMPTS, bundled_folder
from index.calibration import calibrate, read_parallel
from index.concepts import FILES, concepts
from index.runtime import batches

OUT = Path(__file__).parent.parent / "index" / "adapter" / "bundled.safetensors"
MIX = {  # share of the batches
    "answers": 0.12,
    "paragraphs": 0.08,
    "keywords": 0.12,
    "extracts": 0.05,
    "catchwords": 0.03,
    "translations": 0.09,
    "headlines": 0.06,
    "documents": 0.06,
    "labels": 0.04,
    "named": 0.05,
    "findings": 0.30,
}
RANK, FROZEN = 12, 6  # of the matrices; layers that stay as they are
PAIRS, LONGEST, DOCUMENT = 40, 160, 384  # in a batch; tokens of a text, of a whole document
TOKENS = 1024  # computed at once, padding included
TEMPERATURE, KEEPING, RATE = 0.05, 10.0, 5e-4
SAME = 0.15  # share of the batches in which both sides are in one language
SCALE = 2.0  # of the matrices' product, while they are trained

Pair = tuple[str, str]  # a question, and what answers it; nothing where nothing in the batch does

_WORD = re.compile(r"[^\W\d_][\w’'-]*|\d{2,}")
_ENDINGS = {
    "lv": "s a u i am ai as ām os iem",
    "lt": "as os ų ai ams ui us ą",
    "et": "d t le st ga ks te",
    "ru": "а ы ов ам у ой и ах",
    "pl": "a y ów i u em ami ach",
    "no": "en er et ene e",
    "en": "s ing ed",
}
_COMMON = 25  # sentences: a word that is in more is none that somebody would search for


def held_back(article: int) -> bool:
    """Whether an article of XQuAD-R is kept from training."""
    return article % 2 == 1


class Pairs:
    """Batches of questions and what answers them, drawn from the data."""

    def __init__(self, data: Path, lines: int | None, seed: int) -> None:
        """Of the findings, so many lines from the first one; all of them where it is None."""
        self._chance = random.Random(seed)
        told = (data / "questions-train" / "paragraphs.jsonl").read_text(encoding="utf-8").splitlines()
        self._paragraphs = [p for p in map(json.loads, told) if not held_back(p["article"])]
        news: dict[str, list[Row]] = defaultdict(list)
        for row in table(data / "parallel" / "calibration.tsv"):
            news[row["document"]].append(row)
        self._news = list(news.values())
        self._others = _runs(table(data / "parallel" / "flores.tsv"))
        self._translated: dict[str, list[Row]] = defaultdict(list)
        for row in table(data / "parallel" / "tatoeba-pairs.tsv"):
            self._translated[row["lang"]].append(row)
        self._languages = sorted(self._others[0][0].keys() - {"index"})
        everything = [row for run in (*self._news, *self._others) for row in run]
        self._concepts = [_labels(row) for name in FILES for row in table(VOCABULARY / name)]
        self._naming = [(row, named) for row in everything if (named := concepts(row["en"], "en"))]
        self._named_by = Counter(concept for _, named in self._naming for concept in named)
        self._findings: dict[str, list[Any]] = defaultdict(list)
        self._unanswered: dict[str, list[Any]] = defaultdict(list)
        for finding in findings()[:lines]:
            (self._findings if finding["texts"] else self._unanswered)[finding["group"]].append(finding)
        self._held_by = {
            language: Counter(w for row in everything for w in set(_WORD.findall(row.get(language, "").casefold())))
            for language in self._languages
        }

    def __iter__(self) -> Iterator[list[Pair]]:
        kinds = {
            "answers": lambda: self._questions(lambda question, text: text[slice(*question["sentence"])], 3),
            "paragraphs": lambda: self._questions(lambda _, text: text, 1),
            "keywords": lambda: self._passages(self._keywords),
            "extracts": lambda: self._passages(lambda text, _: text),
            "catchwords": lambda: self._sentences(self._keywords),
            "translations": self._translations,
            "headlines": self._headlines,
            "documents": self._documents,
            "labels": self._of_concepts,
            "named": self._naming_concepts,
            "findings": self._of_findings,
        }
        while True:
            yield kinds[self._chance.choices(list(MIX), list(MIX.values()))[0]]()

    def _two(self, languages: Sequence[str], mostly: Sequence[str] = HOUSE, same: float = SAME) -> tuple[str, str]:
        """The languages of a batch."""
        one = other = self._chance.choice(mostly if self._chance.random() < 0.8 else languages)
        if self._chance.random() >= same:
            while other == one:
                other = self._chance.choice(mostly if self._chance.random() < 0.8 else languages)
        return one, other

    def _questions(self, answer: Callable[[Any, str], str], of_paragraph: int) -> list[Pair]:
        """A question, and what answers it: a sentence, or the whole paragraph."""
        known = sorted(self._paragraphs[0]["context"])
        languages = self._two(known, known)
        found: dict[str, Pair] = {}  # by what answers in English: another question's answer must be a wrong one
        for paragraph in self._chance.sample(self._paragraphs, min(PAIRS, len(self._paragraphs))):
            questions = paragraph["questions"]
            for question in self._chance.sample(questions, min(of_paragraph, len(questions))):
                asked, told = _turned(languages, len(found))
                text = answer(question[told], paragraph["context"][told])
                key = answer(question["en"], paragraph["context"]["en"])
                found.setdefault(key, (question[asked]["question"], text))
        return self._chance.sample(list(found.values()), min(PAIRS, len(found)))

    def _passages(self, question: Callable[[str, str], str]) -> list[Pair]:
        """Something of a sentence, and the passage around it, which half of the time stands below its headline."""
        languages, found = self._two(self._languages), []
        for number, (run, start, end, titled) in enumerate(self._pieces(languages)):
            asked, told = _turned(languages, number)
            text = " ".join(row[told] for row in run[start:end])
            if titled and start and self._chance.random() < 0.5:
                text = f"{run[0][told]}. {text}"
            found.append((question(self._chance.choice(run[start:end])[asked], asked), text))
        return found

    def _pieces(self, languages: Sequence[str]) -> list[tuple[list[Row], int, int, bool]]:
        """Documents with the places of a passage in each, and whether the first sentence is a headline."""
        others = [(run, *place, False) for run in self._others for place in self._cut(run)]
        news = [(run, *place, True) for run in self._news for place in self._cut(run)]
        known = all(language in self._news[0][0] for language in languages)
        chosen = self._chance.sample(news, PAIRS * 2 // 3) if known else []
        found = [*chosen, *self._chance.sample(others, PAIRS - len(chosen))]
        self._chance.shuffle(found)
        return found

    def _cut(self, run: Sequence[Row], characters: int = 700) -> Iterator[tuple[int, int]]:
        """Places of passages of about so many characters of English."""
        start = end = 0
        while end < len(run):
            most, size = characters * self._chance.uniform(0.45, 1.3), 0
            while end < len(run) and (not size or size + len(run[end]["en"]) < most):
                size += len(run[end]["en"])
                end += 1
            yield start, end
            start = end

    def _sentences(self, question: Callable[[str, str], str]) -> list[Pair]:
        """Something of a sentence, and the sentence in another language."""
        languages = self._two(self._languages, same=0)
        known = all(language in self._news[0][0] for language in languages)
        rows = [row for run in (*self._others, *(self._news * 2 if known else ())) for row in run]
        chosen = self._chance.sample(list({row["en"]: row for row in rows}.values()), PAIRS)
        turned = [(row, *_turned(languages, number)) for number, row in enumerate(chosen)]
        return [(question(row[asked], asked), row[told]) for row, asked, told in turned]

    def _translations(self) -> list[Pair]:
        if self._chance.random() >= 0.3:
            return self._sentences(lambda text, _: text)
        rows = self._chance.sample(self._translated[self._chance.choice(sorted(self._translated))], PAIRS)
        return [(row["text"], row["en"]) if number % 2 else (row["en"], row["text"]) for number, row in enumerate(rows)]

    def _headlines(self) -> list[Pair]:
        """A headline, and a passage of its document."""
        languages, found = self._two(HOUSE), []
        for number, run in enumerate(self._chance.sample(self._news, min(PAIRS, len(self._news)))):
            places = list(self._cut(run[1:]))
            if places:
                start, end = places[0] if self._chance.random() < 0.6 else self._chance.choice(places)
                asked, told = _turned(languages, number)
                found.append((run[0][asked], " ".join(row[told] for row in run[1:][start:end])))
        return found

    def _documents(self) -> list[Pair]:
        """A headline, and its whole document, mostly in one language: what is long must stay as near as it was."""
        languages = self._two(HOUSE, same=0.7)
        runs = self._chance.sample([run for run in self._news if len(run) > 1], PAIRS // 2)
        turned = [(run, *_turned(languages, number)) for number, run in enumerate(runs)]
        return [(run[0][asked], " ".join(row[told] for row in run[1:])) for run, asked, told in turned]

    def _of_concepts(self) -> list[Pair]:
        """What a concept of the vocabulary is called in one language, and in another."""
        languages, found = self._two(HOUSE, same=0), {}
        for number, labels in enumerate(self._chance.sample(self._concepts, PAIRS)):
            asked, told = _turned(languages, number)
            label = self._typed(self._chance.choice(labels[asked]).split(), asked)
            found[self._chance.choice(labels[told])] = label
        return [(asked, told) for told, asked in found.items()]

    def _naming_concepts(self) -> list[Pair]:
        """What a few concepts are called that a sentence names, rare ones rather than others, and the sentence."""
        languages, found = self._two(HOUSE, same=0), []
        known = [each for each in self._naming if all(language in each[0] for language in languages)]
        for number, (row, named) in enumerate(self._chance.sample(known, PAIRS)):
            asked, told = _turned(languages, number)
            rarest = sorted(named, key=lambda concept: self._named_by[concept] * self._chance.uniform(0.3, 1))
            labels = [self._concepts[c][asked] for c in rarest[: self._chance.choice([1, 2, 2, 3])]]
            words = [word for each in labels for word in self._chance.choice(each).split()]
            found.append((self._typed(words, asked), row[told]))
        return found

    def _of_findings(self) -> list[Pair]:
        """What is asked about a finding, and it, among others about the same matter; then what none of them answers."""
        languages, found = self._two(HOUSE), []
        groups = self._chance.sample(sorted(self._findings), min(PAIRS // 3, len(self._findings)))
        kind = self._chance.choice(["questions", "keywords"])
        answered = [each for group in groups for each in self._findings[group]]
        for number, finding in enumerate([*answered, *(each for group in groups for each in self._unanswered[group])]):
            asked, told = _turned(languages, number)
            said = finding[kind][FILED.get(asked, asked)].split()
            found.append((self._typed(said, asked), finding["texts"].get(FILED.get(told, told), "")))
        return found

    def _keywords(self, text: str, language: str) -> str:
        """A few words of a sentence that stand near each other, as people type them into a field."""
        chance, held_by = self._chance, self._held_by[language]
        telling = [
            w for w in _WORD.findall(text) if (len(w) > 3 or not w.islower()) and held_by[w.casefold()] <= _COMMON
        ]
        if len(telling) < 2:
            return text
        most = chance.choice([2, 2, 3, 3, 4])
        start = chance.randrange(max(1, len(telling) - most))
        near = telling[start : start + most + 1]
        words = [near[place] for place in sorted(chance.sample(range(len(near)), min(most, len(near))))]
        if chance.random() < 0.2:
            chance.shuffle(words)
        if chance.random() < 0.35:
            words = [self._inflected(word, language) if chance.random() < 0.6 else word for word in words]
        return self._typed(words, language)

    def _typed(self, words: Sequence[str], language: str) -> str:
        """Words as people type them in haste: some with a mistake, without diacritics, in small letters."""
        chance, words = self._chance, list(words)
        if chance.random() < 0.25:
            place = chance.randrange(len(words))
            words[place] = self._mistyped(words[place])
        said = " ".join(words)
        if chance.random() < 0.3 and language != "ru":
            said = "".join(c for c in unicodedata.normalize("NFD", said) if not unicodedata.combining(c))
        return said.lower() if chance.random() < 0.7 else said

    def _inflected(self, word: str, language: str) -> str:
        if len(word) < 6 or language not in _ENDINGS:
            return word
        return word[: -self._chance.choice([1, 2])] + self._chance.choice(_ENDINGS[language].split())

    def _mistyped(self, word: str) -> str:
        if len(word) < 5:
            return word
        at = self._chance.randrange(1, len(word) - 1)
        here, after = word[at], word[at + 1 :]
        wrong = self._chance.choices(["", after[:1] + here, here + here], [4, 3, 3])[0]
        return word[:at] + wrong + (after[1:] if wrong == after[:1] + here else after)


def _labels(row: Row) -> Mapping[str, list[str]]:
    """What a concept is called in each language."""
    return {one: [label.strip() for label in row[FILED.get(one, one)].split(";")] for one in HOUSE}


def _turned(languages: tuple[str, str], number: int) -> tuple[str, str]:
    return languages if number % 2 else (languages[1], languages[0])


def _runs(rows: Sequence[Row]) -> list[list[Row]]:
    """Rows whose `index` follows on."""
    found: list[list[Row]] = []
    for row in rows:
        if not found or int(row["index"]) != int(found[-1][-1]["index"]) + 1:
            found.append([])
        found[-1].append(row)
    return found


class LowRank(nn.Module):
    """What is added to a matrix: (n, rank) x (rank, m), where it is switched on."""

    on = True

    def __init__(self, weight: Tensor) -> None:
        super().__init__()
        rows, columns = weight.shape
        self.down = nn.Parameter(torch.randn(RANK, columns) / columns**0.5)
        self.up = nn.Parameter(torch.zeros(rows, RANK))

    def forward(self, weight: Tensor) -> Tensor:
        return weight + SCALE * self.up @ self.down if LowRank.on else weight


class Encoder:
    """The bundled model, with low-rank matrices on the layers above `FROZEN`, and without the languages of a file."""

    def __init__(self, parallel: Path) -> None:
        models = Settings.from_env({}).cache / "models"
        folder = bundled_folder(models, _say, adapted=False)
        self._tokens = AutoTokenizer.from_pretrained(folder)
        self._model = AutoModel.from_pretrained(folder, add_pooling_layer=False).eval().requires_grad_(False)
        embedder, texts = SentenceEmbedder(str(folder), models, _say), read_parallel(parallel, 8)
        subspace = calibrate(embedder, texts, calibration.RANK, lambda done, of: _say(f"language {done} of {of}"))
        self._basis = torch.from_numpy(subspace.basis)
        self.added: dict[str, LowRank] = {}
        for name, part in list(self._model.named_modules()):
            if isinstance(part, nn.Linear) and int(name.split(".")[2]) >= FROZEN:
                self.added[f"{name}.weight"] = LowRank(part.weight)
                parametrize.register_parametrization(part, "weight", self.added[f"{name}.weight"])

    def vectors(self, texts: Sequence[str], most: int) -> tuple[Tensor, Tensor]:
        """Of texts with their prompts, without their language: as the adapter makes them, and as they were."""
        ids: list[list[int]] = self._tokens(list(texts), truncation=True, max_length=most)["input_ids"]
        rows = batches([len(each) for each in ids], TOKENS)
        parts = [self._vectors([ids[row] for row in part]) for part in rows]
        place = torch.tensor([row for part in rows for row in part]).argsort()
        adapted, before = (torch.cat(each)[place] for each in zip(*parts, strict=True))
        return adapted, before

    def _vectors(self, ids: list[list[int]]) -> tuple[Tensor, Tensor]:
        read = self._tokens.pad({"input_ids": ids}, return_tensors="pt")
        mask = read["attention_mask"].bool()
        with torch.no_grad():
            states = self._through(self._model.embeddings(input_ids=read["input_ids"]), mask, 0, FROZEN)
        adapted = self._pooled(self._through(states, mask, FROZEN, None), mask)
        LowRank.on = False
        with torch.no_grad():
            before = self._pooled(self._through(states, mask, FROZEN, None), mask)
        LowRank.on = True
        return adapted, before

    def _through(self, states: Tensor, mask: Tensor, first: int, end: int | None) -> Tensor:
        for layer in self._model.encoder.layer[first:end]:
            out = layer(states, attention_mask=mask[:, None, None, :])
            states = out[0] if isinstance(out, tuple) else out
        return states

    def _pooled(self, states: Tensor, mask: Tensor) -> Tensor:
        means = (states.float() * mask[..., None]).sum(1) / mask.sum(1, keepdim=True)
        vectors = functional.normalize(means, dim=-1)
        return functional.normalize(vectors - vectors @ self._basis.T @ self._basis, dim=-1)


def train(data: Path, lines: int | None, steps: int, apart: float, seed: int = 1) -> dict[str, LowRank]:
    """The matrices, by the name of the weight that each is added to."""
    torch.manual_seed(seed)
    encoder = Encoder(data / "parallel" / "calibration-128.tsv")
    learnt = [value for part in encoder.added.values() for value in part.parameters()]
    optimizer = torch.optim.AdamW(learnt, lr=RATE, betas=(0.9, 0.99), weight_decay=0)
    for step, pairs in zip(range(steps), Pairs(data, lines, seed), strict=False):
        warm, cooled = min(1, (step + 1) / 20), max(0.02, 0.5 * (1 + math.cos(math.pi * step / steps)))
        optimizer.param_groups[0]["lr"] = RATE * warm * cooled
        optimizer.zero_grad()
        lost = _loss(encoder, pairs, apart)
        lost.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(learnt, 1.0)
        optimizer.step()
        _say(f"step {step + 1} of {steps}: {lost.item():.3f}")
    return encoder.added


def _loss(encoder: Encoder, pairs: Sequence[Pair], weight: float) -> Tensor:
    """Which passage belongs to which question; what changes among texts of one side; which questions have a passage.

    `weight`: what the last of them weighs.
    """
    asked, told = [question for question, _ in pairs], [text for _, text in pairs if text]
    most = DOCUMENT if sum(map(len, told)) > len(told) * 4 * LONGEST else LONGEST
    with torch.autocast("cpu", torch.bfloat16, enabled=torch.cpu.get_capabilities()["avx512_bf16"]):
        questions, old_questions = encoder.vectors([PROMPTS["query"] + each for each in asked], most)
        passages, old_passages = encoder.vectors([PROMPTS["document"] + each for each in told], most)
    scores, right = questions @ passages.T / TEMPERATURE, torch.arange(len(told))
    answered = scores[: len(told)]
    between = 0.7 * functional.cross_entropy(answered, right) + 0.3 * functional.cross_entropy(answered.T, right)
    # a question whose answer is taken away is one that has none: its nearest should be farther than any answer is
    nearest = scores.masked_fill(torch.eye(*scores.shape, dtype=torch.bool), -math.inf).amax(dim=1)
    apart = functional.softplus(nearest[None, :] - scores.diagonal()[:, None]).mean()
    sides = ((questions, old_questions), (passages, old_passages))
    kept = sum(((new @ new.T - old @ old.T) ** 2).mean() for new, old in sides)
    return between + weight * apart + KEEPING * kept


def save(added: Mapping[str, LowRank], strength: float, path: Path) -> None:
    """Writes for each weight `up` (n, r), the strength in it, and `down` (r, m), in half precision."""
    tensors = {}
    for name, part in added.items():
        tensors[f"{name}.up"] = (strength * SCALE * part.up.detach()).half().contiguous()
        tensors[f"{name}.down"] = part.down.detach().half().contiguous()
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file(tensors, path, {"strength": str(strength), "licence": "CC BY-SA 4.0"})


def write_held_back(judged: Path, out: Path) -> None:
    """Of a judged set whose passages and questions are named by their articles, what was kept from training."""
    (out / "qrels").mkdir(parents=True, exist_ok=True)
    for name in ("corpus.jsonl", "queries.jsonl"):
        lines = (judged / name).read_text(encoding="utf-8").splitlines()
        (out / name).write_text("".join(f"{line}\n" for line in lines if held_back(_article(json.loads(line)["_id"]))))
    head, *rows = (judged / "qrels" / "test.tsv").read_text(encoding="utf-8").splitlines()
    kept = [row for row in rows if held_back(_article(row.split("\t")[0]))]
    (out / "qrels" / "test.tsv").write_text("\n".join([head, *kept]) + "\n")


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _article(name: str) -> int:
    """The article that a passage or a question of XQuAD-R is named by.

    >>> _article("q13-2-0"), _article("de-q7-0-2"), _article("4-0-s2")
    (13, 7, 4)
    """
    found = re.search(r"\d+", name)
    if not found:
        sys.exit(f"{name} names no article")
    return int(found[0])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--out", type=Path, default=OUT)
    parser.add_argument("--steps", type=int, default=240)
    parser.add_argument("--strength", type=float, default=0.65)
    parser.add_argument("--findings", type=int, metavar="N")
    parser.add_argument("--apart", type=float, default=0.0)
    parser.add_argument("--held-back", type=Path, metavar="SET")
    wanted = parser.parse_args()
    if wanted.held_back:
        write_held_back(wanted.held_back, wanted.out)
    else:
        added = train(wanted.data, wanted.findings, wanted.steps, wanted.apart)
        save(added, wanted.strength, wanted.out)


if __name__ == "__main__":
    main()
