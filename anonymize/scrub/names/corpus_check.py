"""How much training text there is, and whether a skeleton's own words hold a name.

`python -m anonymize.scrub.names.corpus_check` reads the corpus strictly, prints the counts, and fails where a literal
of a skeleton looks like a name. Callers: authors of the corpus, and its test.
"""

from collections.abc import Iterator
from itertools import pairwise

import regex  # type: ignore[import-untyped]  # ships no types

from anonymize.scrub.names.corpus import Corpus, load_corpus

_PLACEHOLDER = regex.compile(r"\{\w+\}")
_RUN = regex.compile(r"[\p{L}\p{M}]+(?:[ '’-][\p{L}\p{M}]+)+")


def counts(corpus: Corpus) -> dict[str, dict[str, int]]:
    """Entries by kind and file key: skeletons, negatives, formal, given, family, companies and addresses."""
    return {
        "skeletons": {key: len(each) for key, each in corpus.skeletons.items()},
        "negatives": {key: len(each) for key, each in corpus.negatives.items()},
        "formal": {key: len(each) for key, each in corpus.formal.items()},
        "given": {key: len(each.given) for key, each in corpus.names.items()},
        "family": {key: len(each.family) for key, each in corpus.names.items()},
        "companies": {key: len(each.patterns) for key, each in corpus.companies.items()},
        "addresses": {key: len(each.patterns) for key, each in corpus.addresses.items()},
    }


def full_names_in_literals(corpus: Corpus) -> Iterator[tuple[str, int]]:
    """Languages and places of skeletons whose own words hold a known given name followed by a known surname.

    One such word alone says little (Rose, Mark, Grant and Santos are words as well); two in a row, both capitalised
    or both of a script without capitals, are a person that would be trained as none.
    """
    given = {name.casefold() for names in corpus.names.values() for name in names.given}
    family = {name.casefold() for names in corpus.names.values() for name in names.family}
    for language, skeletons in corpus.skeletons.items():
        for place, skeleton in enumerate(skeletons):
            for run in _RUN.findall(_PLACEHOLDER.sub("\n", skeleton.text)):
                words = [word for word in regex.split(r"[ -]", run) if word]
                if any(
                    len(first) > 2
                    and len(last) > 2
                    and first.casefold() in given
                    and last.casefold() in family
                    and first[0] == first[0].upper()
                    and last[0] == last[0].upper()
                    for first, last in pairwise(words)
                ):
                    yield language, place


def main() -> int:
    """Prints the counts; returns 1 where a skeleton's literal looks like a name."""
    corpus = load_corpus()
    for kind, by_key in counts(corpus).items():
        print(f"{kind:<10} {sum(by_key.values()):>6,}  " + ", ".join(f"{key} {n}" for key, n in by_key.items()))
    found = list(full_names_in_literals(corpus))
    for language, place in found:
        print(f"skeletons/{language}: block {place + 1} of the language looks as if it held a name of its own")
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main())
