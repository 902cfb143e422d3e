"""Phones spelt in words, as people dictate them: `nine eight double seven ...`, in the languages of India and others.

Belongs here: which words are digits and when a run of them is a phone. Caller: `phone`.
"""

from collections.abc import Iterator

import regex  # type: ignore[import-untyped]

from anonymize.scrub.recognizers.base import TIMEOUT_S, Hit, compiled

_ENGLISH = "zero|oh|nought|nil|one|two|three|four|five|six|seven|eight|nine"
_HINDI = "shunya|sunya|ek|do|teen|tin|char|chaar|paanch|panch|chhe|chhah|chah|che|saat|sat|aath|ath|nau"
_DEVANAGARI = "शून्य|एक|दो|तीन|चार|पांच|पाँच|छह|छः|छे|सात|आठ|नौ"
_ROMANCE = (
    "cero|uno|una|dos|tres|cuatro|cinco|seis|siete|ocho|nueve|um|dois|quatro|sete|oito|nove|deux|trois"
    "|quatre|cinq|sept|huit|neuf"
)
_GERMANIC = "null|eins|zwei|zwo|drei|vier|fünf|sechs|sieben|acht|neun|een|twee|drie|vijf|zes|zeven|negen"
_RUSSIAN = "ноль|один|два|три|четыре|пять|шесть|семь|восемь|девять"
_ARABIC = "صفر|واحد|اثنين|اثنان|ثلاثة|اربعة|أربعة|خمسة|ستة|سبعة|ثمانية|تسعة"
_OTHERS = "satu|dua|tiga|empat|lima|enam|tujuh|delapan|sembilan|nol|sıfır|bir|iki|üç|dört|beş|altı|yedi|sekiz|dokuz"
_DIGIT = "|".join((_ENGLISH, _HINDI, _DEVANAGARI, _ROMANCE, _GERMANIC, _RUSSIAN, _ARABIC, _OTHERS))
_TIMES = {
    "double": 2,
    "dubble": 2,
    "triple": 3,
    "treble": 3,
    "tripple": 3,
    "doble": 2,
    "triplo": 3,
    "डबल": 2,
    "ट्रिपल": 3,
}
_MULTIPLE = "|".join(_TIMES)
_TENS = (
    "ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen|twenty|thirty|forty"
    "|fifty|sixty|seventy|eighty|ninety"
)
_MARK = "hundred|thousand|plus"
_TOKEN = rf"(?:{_DIGIT}|{_MULTIPLE}|{_TENS}|{_MARK}|[0-9]{{1,5}})"
_GAP = r"(?:[ ,.\-–/]{1,3}(?:and |aur )?)"

SPOKEN_GATE = rf"(?:{_DIGIT}|{_MULTIPLE}|{_TENS}){_GAP}(?:{_DIGIT}|{_MULTIPLE}|{_TENS}|{_MARK}|[0-9])"
"""For gates: two tokens of a spoken number, one behind the other, whatever the case."""

_RUN = compiled(rf"(?<![\w]){_TOKEN}(?:{_GAP}{_TOKEN}){{3,20}}(?![\w])")
_WORDS = regex.compile(r"[^\s,.\-–/]+")


def spoken_phones(text: str) -> Iterator[Hit]:
    """Runs of 7 to 20 digits (a card, too) of which at least four tokens are words: `one two three` is none."""
    for match in _RUN.finditer(text, timeout=TIMEOUT_S):
        tokens = [token.lower() for token in _WORDS.findall(match[0]) if token.lower() not in ("and", "aur")]
        n_digits, times, n_words = 0, 1, 0
        for token in tokens:
            if token in _TIMES:
                times = _TIMES[token]
                n_words += 1
                continue
            length = len(token) if token.isdigit() else 2 if token in _TENS_SET else 0 if token in _MARK_SET else 1
            n_words += not token.isdigit()
            n_digits += length * times
            times = 1
        if 7 <= n_digits <= 20 and n_words >= 4:
            yield Hit(match.start(), match.end(), 0.7, "digits in words")


_TENS_SET = frozenset(_TENS.split("|"))
_MARK_SET = frozenset(_MARK.split("|"))
