"""The vocabulary of terms: what its reader and its checker refuse, what is found in texts, and `mandi terms`."""

import shutil
from pathlib import Path

import polars as pl
import pytest
import yaml

from anonymize.scrub.entities import PLACEHOLDER
from anonymize.terms.check import check_vocabulary
from anonymize.terms.finding import terms_in, terms_of
from anonymize.terms.folding import folded
from anonymize.terms.negation import DENIALS
from anonymize.terms.vocabulary import FILES, FOLDER, Vocabulary, read_vocabulary
from anonymize.wordlists import CONFIG
from feeds.taxonomy import product_tree
from schemas.errors import ConfigurationError
from schemas.vocabulary import TermKind
from tests.support.command import Mandi

COTTON = {"id": "cotton", "en": "cotton", "hi": "सूती", "sectors": ["textiles_apparel"], "spellings": ["cotton"]}
WORDLISTS = ("legal_forms.txt", "free_mail.txt", "ordinary_words.txt", "brands.txt", "standards.txt")


def small(tmp_path: Path, *materials: object) -> Path:
    """A configuration folder with one certificate and some materials."""
    (tmp_path / FOLDER).mkdir(parents=True)
    for kind, name in FILES.items():
        terms = materials if kind is TermKind.MATERIAL else [COTTON | {"id": kind.value, "spellings": [f"{kind}ish"]}]
        (tmp_path / FOLDER / name).write_text(yaml.safe_dump(list(terms)), encoding="utf-8")
    for name in WORDLISTS:
        (tmp_path / name).symlink_to(CONFIG / name)
    (tmp_path / "products").symlink_to(CONFIG / "products")
    return tmp_path


def vocabulary_of(tmp_path: Path, **spellings: list[str]) -> Vocabulary:
    return read_vocabulary(small(tmp_path, *(COTTON | {"id": id, "spellings": each} for id, each in spellings.items())))


def found(vocabulary: Vocabulary, *texts: str | None) -> list[list[str]]:
    rows = terms_in(pl.Series(texts, dtype=pl.String), vocabulary)
    return [rows.filter(row=at)["term"].to_list() for at in range(len(texts))]


# The lists


def test_the_committed_vocabulary_is_sound_and_rich_in_the_focus_sectors() -> None:
    vocabulary = read_vocabulary()
    sectors = [code for level, code, _, _ in product_tree(CONFIG).nodes if level == "sector"]
    told = check_vocabulary(vocabulary, sectors)
    assert (told.names, told.without_sector) == ((), ())
    assert set(told.n_terms) == set(TermKind)
    for sector in ("textiles_apparel", "pharma_health", "auto_components", "electronics_electrical"):
        assert sum(sector in term.sectors for term in vocabulary.terms) >= 40, sector


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ({"id": "Cotton"}, "materials.yaml: entry 1 has a wrong or missing id"),
        ({"spellings": []}, "entry 1 has a wrong or missing spellings"),
        ({"remark": "x"}, "entry 1 has a wrong or missing remark"),
        ({"spellings": ["--"]}, "a spelling of cotton holds neither letter nor digit"),
        ({"spellings": ["Gucci"]}, "a spelling of cotton is a brand"),
        ({"spellings": ["lã"]}, "one word of one or two letters"),
        ({"id": "size"}, "size stands twice"),
        ({"spellings": ["Sizeish"]}, "one spelling stands for both"),
    ],
)
def test_a_wrong_term_is_refused_by_name(tmp_path: Path, entry: dict[str, object], said: str) -> None:
    with pytest.raises(ConfigurationError, match=said):
        read_vocabulary(small(tmp_path, COTTON | entry))


@pytest.mark.parametrize(
    ("content", "said"),
    [(None, "cannot be read"), (b"\xff", "cannot be read"), (b"[", "is no YAML"), (b"{}", "is no list of terms"),
     (b"[]", "is no list of terms"), (b"- cotton", "entry 1 has a wrong or missing entry")],
)  # fmt: skip
def test_a_file_that_holds_no_terms_is_refused(tmp_path: Path, content: bytes | None, said: str) -> None:
    path = small(tmp_path, COTTON) / FOLDER / "materials.yaml"
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigurationError, match=f"materials.yaml: {said}"):
        read_vocabulary(tmp_path)


def test_the_checker_finds_names_unknown_sectors_and_what_hides_what(tmp_path: Path) -> None:
    vocabulary = vocabulary_of(tmp_path, gots=["gots"], silk=["seda", "rahul"], merino=["gots wool"])
    told = check_vocabulary(vocabulary, ["auto_components"])
    assert told.names == ("silk",)
    assert "silk" in told.without_sector
    assert ("gots", "merino", 2) in told.hidden
    assert not told.is_sound


# Texts


def test_a_term_is_a_whole_word_in_any_case_accent_or_script_and_counts_once_a_text() -> None:
    assert found(read_vocabulary(), "COTTON, cotton & Algodón", "cottonwood", None, "", "कपास", "纯棉T恤", "القطن") == [
        ["cotton"], [], [], [], ["cotton"], ["cotton"], ["cotton"],
    ]  # fmt: skip


def test_the_longest_spelling_counts_where_several_overlap(tmp_path: Path) -> None:
    vocabulary = vocabulary_of(tmp_path, leather=["leather"], pu_leather=["faux leather"])
    assert found(vocabulary, "faux leather bags", "leather bags", "faux leather and leather") == [
        ["pu_leather"], ["leather"], ["leather", "pu_leather"],
    ]  # fmt: skip


def test_words_that_follow_each_other_are_all_heard(tmp_path: Path) -> None:
    vocabulary = vocabulary_of(tmp_path, silk=["silk"], wool=["wool"], yarn=["30/1"])
    assert found(vocabulary, "silk wool silk", "silk/wool", "30/1.", "130/1") == [
        ["silk", "wool"], ["silk", "wool"], ["yarn"], [],
    ]  # fmt: skip


DENIED = {
    "en": ["no CE mark", "without any GOTS certificate", "non-GOTS", "we don't need leather", "GOTS is not required",
           "not made of leather", "leather not wanted", "w/o GOTS", "without GOTS, or OEKO-TEX"],
    "de": ["ohne GOTS", "kein Leder", "nicht GOTS zertifiziert", "GOTS nicht zertifiziert",
           "Zertifikat GOTS ist nicht nötig"],
    "es": ["sin certificado GOTS", "ningún certificado CE", "GOTS no es necesario"],
    "pt": ["sem couro", "não precisa de GOTS", "GOTS não é necessário"],
    "fr": ["sans cuir", "pas de cuir", "GOTS non obligatoire"],
    "it": ["senza pelle", "senza certificato GOTS", "GOTS non necessario"],
    "nl": ["geen GOTS", "GOTS niet nodig"],
    "id": ["tanpa sertifikat GOTS", "tidak perlu GOTS", "GOTS tidak wajib"],
    "vi": ["không cần GOTS", "GOTS không cần"],
    "pl": ["bez GOTS", "GOTS nie wymagane"],
    "tr": ["deri değil", "GOTS belgesi gerekmez", "GOTS olmadan"],
    "ru": ["без сертификата CE", "GOTS не нужен", "не кожа"],
    "ar": ["بدون GOTS", "GOTS غير مطلوب"],
    "hi": ["बिना GOTS", "GOTS के बिना", "GOTS प्रमाणपत्र नहीं चाहिए", "GOTS nahi chahiye"],
    "ko": ["GOTS 없이", "GOTS 인증 불필요"],
    "zh": ["不需要GOTS认证", "不要真皮", "GOTS认证不需要", "無GOTS"],
    "ja": ["GOTS認証不要", "GOTS なし"],
    "th": ["ไม่ต้องการ GOTS", "ไม่มี GOTS"],
}  # fmt: skip


def test_what_a_text_denies_is_not_heard_in_any_language_with_a_rule() -> None:
    assert set(DENIALS) | {"zh", "ja", "th"} == set(DENIED)
    texts = [text for each in DENIED.values() for text in each]
    heard = found(read_vocabulary(), *texts, *(f"{text} ... cotton" for text in texts))
    assert [text for text, terms in zip(texts, heard, strict=False) if terms] == []
    assert heard[len(texts) :] == [["cotton"]] * len(texts)


def test_words_that_deny_something_else_deny_no_term() -> None:
    texts = ["not only GOTS", "No. 1 GOTS", "GOTS, no minimum", "no leather. GOTS", "cotton, not GOTS: cotton",
             "no GOTS; GOTS", "non-woven", "azo free", "不织布 GOTS"]  # fmt: skip
    assert found(read_vocabulary(), *texts) == [
        ["gots"], ["gots"], ["gots"], ["gots"], ["cotton"], ["gots"], ["non_woven"], ["azo_free"], ["gots"],
    ]  # fmt: skip


def test_a_latin_word_beside_a_letter_of_another_script_is_a_word() -> None:
    texts = ["GOTS认证", "通过ISO9001认证的", "OEKO-TEX认证", "GOTS인증", "棉GOTS", "CE认证", "ABCE认证"]
    assert found(read_vocabulary(), *texts) == [
        ["gots"], ["iso9001"], ["oeko_tex"], ["gots"], ["cotton", "gots"], ["ce"], [],
    ]  # fmt: skip


def test_plurals_are_heard_but_not_where_they_are_another_term(tmp_path: Path) -> None:
    vocabulary = vocabulary_of(tmp_path, tablet=["tablet"], bag=["bag"], many=["tablets"])
    assert found(vocabulary, "tablets", "tablet", "bags") == [["many"], ["tablet"], []]


def test_placeholders_are_no_words(tmp_path: Path) -> None:
    vocabulary = vocabulary_of(tmp_path, person=["person", "email"], cotton=["cotton"])
    assert PLACEHOLDER.fullmatch("<PERSON>") and PLACEHOLDER.fullmatch("<EMAIL>")
    assert found(vocabulary, "<PERSON>cotton<EMAIL>", "person") == [["cotton"], ["person"]]


def test_folding_gives_each_word_blanks_of_its_own() -> None:
    texts = ["T-Shirt, 100% COTTON 10.5", None, "...", "Öko-Tex d'occasion"]
    assert folded(pl.Series(texts)).to_list() == [
        " t  shirt  100  cotton  10.5 ", "", "", " oko  tex  doccasion ",
    ]  # fmt: skip


def test_terms_of_an_event_are_those_of_its_two_texts_each_once_and_none_across_them(tmp_path: Path) -> None:
    vocabulary = vocabulary_of(tmp_path, cotton=["cotton"], organic=["organic cotton"], wool=["wool"])
    titles = pl.Series(["wool, cotton", "organic", None, "nothing"], dtype=pl.String)
    messages = pl.Series(["Cotton", "cotton", "wool", None], dtype=pl.String)
    assert terms_of(titles, messages, vocabulary).to_list() == ["cotton wool", "cotton", "wool", None]
    assert terms_of(titles.head(0), messages.head(0), vocabulary).to_list() == []


# The command


@pytest.fixture
def mandi(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Mandi:
    return Mandi(tmp_path, monkeypatch, capsys)


def test_the_command_checks_the_lists_and_tells_what_hides_what(mandi: Mandi) -> None:
    told = mandi("terms", "check")
    assert (told.code, told.err) == (0, "")
    assert "pu_leather" in told.out


def test_the_command_refuses_lists_with_a_name(mandi: Mandi, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = tmp_path / "config"
    shutil.copytree(CONFIG, config)
    path = config / FOLDER / "materials.yaml"
    terms = [*yaml.safe_load(path.read_text(encoding="utf-8")), COTTON | {"id": "rahul", "spellings": ["Rahul"]}]
    path.write_text(yaml.safe_dump(terms), encoding="utf-8")
    monkeypatch.setenv("MANDI_CONFIG", str(config))
    told = mandi("terms", "check")
    assert told.code == 2
    assert "a spelling of rahul is the name of a person or a firm" in told.err


def test_the_command_tells_the_terms_of_a_text(mandi: Mandi) -> None:
    told = mandi("terms", "find", "GOTS organic cotton for Project X")
    assert told.code == 0
    assert [line.split()[0] for line in told.out.splitlines()] == ["term", "gots", "organic_cotton"]
    assert mandi("terms", "find", "Project X").out == "No term of the vocabulary stands in this text.\n"
