"""The training text of the name model: what it holds, and that a file that breaks the format is refused."""

import re
from pathlib import Path

import pytest

from anonymize.scrub.names.corpus import CORPUS, SKELETON, Corpus, load_corpus
from anonymize.scrub.names.corpus_check import counts, full_names_in_literals, main
from schemas.errors import ConfigurationError

FILES = {
    "skeletons/en.txt": "Ask {person_formal} of {company}.\n---\n#: a remark\n# 12 for {person}\n\n---\n{city} {price}",
    "skeletons/en-chat.txt": "yo {person_first}\n",
    "negatives/en.txt": "Panama Hat\nChelsea Boots\n",
    "formal/en.txt": "Mr {family}\nMs {given} {family}\n",
    "names/here.txt": "[given]\nAnna; Marie Claire;\nBo\n[family]\nAnna; Berg\n",
    "companies/here.txt": (
        "[names]\nhere\n[core]\nZor; Quix\n[legal]\nLtd\n[pattern]\n{core} {legal}\n{family} & Co\n[short]\n{core}\n"
    ),
    "addresses/xx.txt": "[street]\nMain Road\n[postcode]\n## ??\n[pattern]\n{number} {street}\\n{postcode}\n",
}


def written(folder: Path, **changed: str) -> Path:
    for name, text in {**FILES, **changed}.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    return load_corpus()


def test_a_corpus_is_read_as_written(tmp_path: Path) -> None:
    corpus = load_corpus(written(tmp_path))

    assert [(each.register, each.text) for each in corpus.skeletons["en"]] == [
        ("chat", "yo {person_first}"),
        ("", "Ask {person_formal} of {company}."),
        ("", "# 12 for {person}"),
        ("", "{city} {price}"),
    ]
    assert corpus.negatives == {"en": ("Panama Hat", "Chelsea Boots")}
    assert corpus.formal["en"] == ("Mr {family}", "Ms {given} {family}")
    assert corpus.names["here"].given == ("Anna", "Marie Claire", "Bo")
    assert corpus.companies["here"].lists == {"names": ("here",), "core": ("Zor", "Quix"), "legal": ("Ltd",)}
    assert corpus.companies["here"].patterns == ("{core} {legal}", "{family} & Co")
    assert corpus.companies["here"].short == ("{core}",)
    assert corpus.addresses["xx"].patterns == ("{number} {street}\n{postcode}",)


@pytest.mark.parametrize(
    ("file", "text", "line", "says"),
    [
        ("skeletons/en.txt", "Hi\n{person_first}\n---\n\nFor {peson}", 4, "unknown placeholder"),
        ("skeletons/en.txt", "Hi {person_first}\n---\nHi  {person_first}", 3, "stands here already"),
        ("skeletons/en.txt", "YO {person_first}", 1, "another file"),
        ("skeletons/en.txt", "Nobody here", 1, "needs a placeholder"),
        ("skeletons/en.txt", "{city}\n---\n---\n{country}", 3, "empty block"),
        ("skeletons/en.txt", "Ask {person", 1, "curly brace"),
        ("negatives/en.txt", "Panama Hat\n\npanama  hat", 3, "stands here already"),
        ("negatives/en.txt", "Hat for {person}", 1, "unknown placeholder"),
        ("negatives/en.txt", "#: only a remark\n", 1, "no entry"),
        ("formal/en.txt", "Mr {family}\nMr {surname}", 2, "unknown placeholder"),
        ("formal/en.txt", "Sir or Madam", 1, "needs {given} or {family}"),
        ("names/here.txt", "[given]\nAnna\n[family]\n", 1, "[family] is empty"),
        ("names/here.txt", "[given]\nAnna\n", 1, "[given] and [family]"),
        ("names/here.txt", "[given]\nBo\nAnna; Bo\n[family]\nBerg", 3, "stands here already"),
        ("names/here.txt", "Anna\n[given]\nBo\n[family]\nBerg", 1, "before the first section"),
        ("names/here.txt", "[given]\nBo\n[family]\nBerg\n[given]\nAnna", 5, "stands twice"),
        (
            "companies/here.txt",
            "[core]\nZor\n[pattern]\n{core}\n{family} & Co\n[short]\n{core}",
            5,
            "unknown placeholder",
        ),
        ("companies/here.txt", "[names]\nthere\n[pattern]\n{family} & Co\n[short]\n{family}", 1, "no file for 1"),
        ("companies/here.txt", "[core]\nZor\n[pattern]\n{core}", 1, "needs pattern, short"),
        (
            "companies/here.txt",
            "[core]\nZor\n[legal]\nLtd\n[pattern]\n{core}\n[short]\n{core}",
            1,
            "no pattern uses legal",
        ),
        (
            "addresses/xx.txt",
            "[street]\nMain Road\n[pattern]\n{number} {street}\n{street} {town}",
            5,
            "unknown placeholder",
        ),
    ],
)
def test_a_broken_file_is_refused_with_its_line(tmp_path: Path, file: str, text: str, line: int, says: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        load_corpus(written(tmp_path, **{file: text}))

    assert f"{file} line {line}: " in str(refused.value)
    assert says in str(refused.value)


def test_a_folder_without_files_and_a_file_that_is_no_text_are_refused(tmp_path: Path) -> None:
    folder = written(tmp_path)
    (folder / "names" / "here.txt").write_bytes(b"[given]\n\xff\n")
    with pytest.raises(ConfigurationError, match=r"here\.txt line 1: cannot be read"):
        load_corpus(folder)

    (folder / "negatives" / "en.txt").unlink()
    (folder / "names" / "here.txt").unlink()
    with pytest.raises(ConfigurationError, match="holds no file"):
        load_corpus(folder)


def test_a_language_that_is_polite_says_how(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"formal/sv\.txt"):
        load_corpus(written(tmp_path, **{"skeletons/sv.txt": "Hej {person_formal}"}))


def test_every_placeholder_is_used_by_the_committed_skeletons(corpus: Corpus) -> None:
    texts = [each.text for skeletons in corpus.skeletons.values() for each in skeletons]

    assert set(re.findall(r"\{(\w+)\}", "\n".join(texts))) == SKELETON


def test_comments_and_stray_spaces_do_not_reach_the_texts(corpus: Corpus) -> None:
    texts = [each.text for skeletons in corpus.skeletons.values() for each in skeletons]
    texts += [text for lines in corpus.negatives.values() for text in lines]

    assert [text for text in texts if "#:" in text or text != text.strip() or "---" in text.split("\n")] == []
    assert all(b"\r" not in path.read_bytes() for path in CORPUS.rglob("*.txt"))


def test_a_full_name_in_a_skeletons_own_words_is_found(tmp_path: Path) -> None:
    changed = {
        "skeletons/en.txt": "Anna and Berg for {company}\n---\nAsk Anna Berg of {company}",
        "skeletons/hi.txt": "राकेश मिस्त्री को {phone}",
        "names/there.txt": "[given]\nराकेश\n[family]\nमिस्त्री",
    }

    assert list(full_names_in_literals(load_corpus(written(tmp_path, **changed)))) == [("en", 2), ("hi", 0)]


def test_no_committed_skeleton_holds_a_full_name_of_its_own(corpus: Corpus) -> None:
    assert list(full_names_in_literals(corpus)) == []


def test_the_corpus_is_as_large_as_its_task_asks(corpus: Corpus) -> None:
    told = counts(corpus)

    assert told["skeletons"]["en"] >= 220
    assert told["negatives"]["en"] >= 1000
    for language in ("hi", "ar", "zh", "es", "pt", "fr", "ru", "tr", "id", "vi", "de", "it", "sw", "hi_latn"):
        assert told["skeletons"][language] >= 40, language
        assert told["negatives"][language] >= 60, language
    for language in ("en", "hi", "ar", "zh", "es", "pt", "ru"):
        assert sum(each.register == "news" for each in corpus.skeletons[language]) >= 25, language
    assert len(told["addresses"]) >= 25
    for region in ("india", "india_devanagari", "arab", "arab_script", "russia", "russia_cyrillic", "china"):
        assert min(told["given"][region], told["family"][region]) >= 120, region


def test_the_check_prints_counts(capsys: pytest.CaptureFixture[str]) -> None:
    assert main() == 0
    assert re.search(r"^skeletons +1,\d{3}  ar \d+, ", capsys.readouterr().out)
