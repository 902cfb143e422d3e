"""Phones spelt in words, as people dictate them: `nine eight double seven ...`, in the languages of India and others.

Belongs here: which words are digits and when a run of them is a phone. Caller: `phone`.
"""

import re
from collections.abc import Iterator

from anonymize.scrub.recognizers.base import Hit, compiled, matches

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
    "ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy"
    "|eighty|ninety"
)
_MARK = "hundred|thousand|plus"


_ANY = rf"(?:{_DIGIT}|{_MULTIPLE}|{_TENS}|{_MARK})"
PAIR = compiled(rf"{_ANY}[ ,.\-–/]{{1,3}}(?:{_ANY}|[0-9]|and|aur)")
"""A spoken token and what follows it in a run: without one there is no spoken phone."""
_WORD = re.compile(r"[^\s,.\-–/:;()!?]+")
_BETWEEN = re.compile(r"[ ,.\-–/]{1,3}")
_LENGTHS = dict.fromkeys(_DIGIT.split("|"), 1) | dict.fromkeys(_TENS.split("|"), 2) | dict.fromkeys(_MARK.split("|"), 0)
_FILLERS = frozenset(["and", "aur"])


def spoken_phones(text: str) -> Iterator[Hit]:
    """Runs of 7 to 20 digits (a card, too) of which at least four tokens are words: `one two three` is none."""
    if next(matches(PAIR, text), None) is None:
        return
    run: list[re.Match[str]] = []
    for match in _WORD.finditer(text):
        token = match[0].lower()
        is_near = not run or _BETWEEN.fullmatch(text, run[-1].end(), match.start()) is not None
        is_token = token in _LENGTHS or token in _TIMES or (token.isascii() and token.isdigit() and len(token) <= 5)
        if not is_near or not (is_token or (run and token in _FILLERS)):
            yield from _proven(run)
            run = []
        if is_token or (run and token in _FILLERS):
            run.append(match)
    yield from _proven(run)


def _proven(run: list[re.Match[str]]) -> Iterator[Hit]:
    while run and run[-1][0].lower() in _FILLERS:
        run = run[:-1]
    n_digits, times, n_words = 0, 1, 0
    for match in run:
        token = match[0].lower()
        n_words += not token.isdigit() and token not in _FILLERS
        if token in _TIMES:
            times = _TIMES[token]
        elif token not in _FILLERS:
            n_digits += _LENGTHS.get(token, len(token)) * times
            times = 1
    if 7 <= n_digits <= 20 and n_words >= 4:
        yield Hit(run[0].start(), run[-1].end(), 0.7, "digits in words")
