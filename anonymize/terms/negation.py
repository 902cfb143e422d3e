"""Terms that a text speaks of in order to say that they are not wanted: *no CE mark*, *ohne GOTS*, *不需要*.

A rule a language: words that deny what follows them, words that may stand between, words that deny what they follow.
All are folded as texts are. Belongs here: nothing but saying of a spelling that stands somewhere whether it is denied.
Called by `finding`, on the few texts that hold both a term and a word that denies.
"""

from dataclasses import dataclass

import polars as pl


@dataclass(frozen=True)
class Denial:
    """How a language denies; every word folded, alternatives parted by blanks, `_` for a blank within one."""

    before: str = ""
    between: str = ""
    after: str = ""


DENIALS = {
    "en": Denial(
        before="no not non without never nor neither dont doesnt isnt arent excluding except avoid w_o "
        "free_of free_from",
        between="any a an the need needs needed want wants wanted require requires required requirement looking longer "
        "interested accept use using used contain contains containing with have has having be made of in for to from "
        "certificate certificates certification certified material",
        after="not_required not_needed not_necessary not_wanted not_certified not_allowed not_accepted not_acceptable "
        "not_mandatory not_compulsory not_important not_essential dont_need dont_want unnecessary excluded",
    ),
    "de": Denial(
        before="nicht kein keine keinen keiner keines keinem ohne",
        between="zertifizierung zertifikat zertifiziert zertifizierte zertifizierten mit aus nach ein eine einen",
        after="nicht_erforderlich nicht_notig nicht_notwendig nicht_benotigt nicht_zertifiziert nicht_gewunscht",
    ),
    "es": Denial(
        before="sin ningun ninguna excepto",
        between="certificado certificados certificada certificacion necesito necesitamos quiero queremos requiere con "
        "de del el la los las que sea sello",
        after="no_necesario no_necesaria no_es_necesario no_es_necesaria no_requerido no_requerida no_hace_falta "
        "no_certificado no_certificada no_obligatorio no_obligatoria",
    ),
    "pt": Denial(
        before="sem nao nenhum nenhuma",
        between="certificacao preciso precisa precisamos com do da um uma selo",
        after="nao_necessario nao_necessaria nao_e_necessario nao_e_necessaria nao_precisa nao_obrigatorio",
    ),
    "fr": Denial(
        before="sans pas aucun aucune sauf",
        between="certificat certifie certifies certifiee besoin du des le les en avec marquage",
        after="pas_necessaire non_necessaire pas_requis non_requis pas_obligatoire non_obligatoire non_certifie "
        "pas_certifie",
    ),
    "it": Denial(before="senza nessun nessuna", between="certificato certificazione di con", after="non_necessario"),
    "nl": Denial(before="geen niet zonder", after="niet_nodig"),
    "id": Denial(
        before="tanpa tidak bukan jangan",
        between="perlu butuh pakai dengan ada sertifikat bersertifikat",
        after="tidak_perlu tidak_diperlukan tidak_wajib",
    ),
    "vi": Denial(before="khong", between="can co chung nhan", after="khong_can"),
    "pl": Denial(before="bez nie", after="nie_wymagane nie_potrzebne"),
    "tr": Denial(after="gerekmez gerekmiyor gerekli_degil istemiyoruz istemiyorum olmayan olmadan degil"),
    "ru": Denial(
        before="без не нет кроме",
        between="нужен нужна нужно нужны требуется надо сертификат сертификата из с",
        after="не_нужен не_нужна не_нужно не_нужны не_требуется не_обязателен не_обязательно не_надо",
    ),
    "ar": Denial(
        before="بدون دون غير ليس لا بلا",
        between="شهاده حاجه الي نحتاج نريد",
        after="غير_مطلوب غير_مطلوبه غير_ضروري غير_ضروريه",
    ),
    "hi": Denial(
        before="बिना गैर bina",
        between="प्रमाणपत्र प्रमाणित",
        after="नहीं के_बिना की_जरूरत_नहीं की_आवश्यकता_नहीं जरूरी_नहीं आवश्यक_नहीं nahi nahin nhi ke_bina zaroori_nahi",
    ),
    "ko": Denial(after="없이 없는 불필요 아닌 필요_없는 필요_없음"),
}
"""By language. Portuguese *no*, which is *in the*, denies as the English word does: it is rarer before a term."""

UNSPACED = Denial(
    before="不需要 不要 不用 不必 不含 不带 不是 无需 無需 没有 沒有 非 无 無 ไม่ต้องการ ไม่ต้อง ไม่มี ไม่เอา ไม่ใช่ ปราศจาก",
    between="任何 有 的 经过",
    after="不需要 不要 不用 不必 无需 なし 無し は不要",
)
"""Chinese, Japanese and Thai, which put no blank between words."""

_NAMED = (
    "certificate certification certified mark label is are zertifikat zertifizierung ist sind certificado "
    "certificacion certificat est sertifikasi belgesi сертификат प्रमाणपत्र प्रमाणित "
    "认证 認證 証明書 認証 证书 證書 인증 인증서 인증은"
)
"""Words that may stand between a term and what denies it afterwards."""

_OR = "or nor oder noch o ou ni или ни atau veya या او 或 或者"


def _any(*lists: str) -> str:
    words = sorted({word for words in lists for word in words.split()}, key=lambda word: (-len(word), word))
    return "(?:" + "|".join(word.replace("_", " +") for word in words) + ")"


_WORD_BEFORE = _any(*(denial.before for denial in DENIALS.values()))
_WORD_AFTER = _any(*(denial.after for denial in DENIALS.values()))
_BETWEEN = _any(*(denial.between for denial in DENIALS.values()), UNSPACED.between)
_BEFORE = (
    rf"(?:(?:^| ){_WORD_BEFORE} +|{_any(UNSPACED.before)} *)(?:{_BETWEEN} *(?: |$) *)*(?:{_any(UNSPACED.between)})*$"
)
_AFTER = rf"^ *(?:{_any(_NAMED)} *)*(?:{_WORD_AFTER}(?: |$)|{_any(UNSPACED.after)})"
_SHARED = rf"{_AFTER} *(?:{_BETWEEN} *)*$"
_LINK = rf"^ *{_any(_OR)} *$"
_GATE = rf" (?:{_WORD_BEFORE}|{_WORD_AFTER}) |{_any(UNSPACED.before, UNSPACED.after)}"


def may_deny(plain: pl.Expr) -> pl.Expr:
    """Whether a folded text holds any word that denies."""
    return plain.str.contains(_GATE)


def asked(found: pl.DataFrame) -> pl.DataFrame:
    """The spellings that are asked for, of those found in texts.

    Args: `row`, `plain` (the folded text), `at` (byte at which a spelling begins) and `spelling`, by row and place.
    Returns: the rows that nothing denies: neither a word before the spelling or after it, nor an *or* between it and
    one that is denied.
    """
    before, after = (
        pl.col("plain").cast(pl.Binary).bin.slice(*where).cast(pl.String)
        for where in ((pl.lit(0), pl.col("at")), (pl.col("end"), None))
    )
    gap = (
        pl.col("plain").cast(pl.Binary)
        .bin.slice(pl.col("end_before"), (pl.col("at") - pl.col("end_before")).clip(lower_bound=0))
        .cast(pl.String)
    )  # fmt: skip
    return (
        found.with_columns(end=pl.col("at") + pl.col("spelling").str.len_bytes())
        .with_columns(end_before=pl.col("end").shift(1).over("row"))
        .with_columns(
            by_before=before.str.contains(_BEFORE),
            by_after=after.str.contains(_AFTER),
            # of "GOTS not required, cotton" the words between belong to what they follow
            is_taken=gap.str.contains(_SHARED).fill_null(False),
            chain=(~gap.str.contains(_LINK).fill_null(False)).cum_sum(),
        )
        .with_columns(is_denied=pl.col("by_after") | (pl.col("by_before") & ~pl.col("is_taken")))
        .filter(~pl.col("is_denied").cum_max().over("row", "chain"))
    )
