"""What needs nothing but chance: invented words, part numbers, phones, dates, prices.

Belongs here: fillers that draw from no corpus. Does not belong here: firms, places, goods (`fillers`).
"""

from random import Random

from training.lists import LISTS

_VOWELS, _CONSONANTS = "aeiou", ["b", "c", "d", "f", "g", "h", "j", "k", "l", "m", "n", "p", "r", "s", "t", "v", "w",
                                 "x", "z", "st", "tr", "sh", "ch", "br", "kr", "ll", "nn", "th"]  # fmt: skip


def word(random: Random) -> str:
    """A word that does not exist: a brand, a model."""
    if random.random() < 0.2:
        return random.choice(LISTS["halves"]) + random.choice(LISTS["halves"] + LISTS["ends"])
    letters = "".join(random.choice(_CONSONANTS) + random.choice(_VOWELS) for _ in range(random.choice([1, 2, 2, 3])))
    return letters + random.choice(["", "", "n", "x", "r", "s", "l", "k", "m", "tex", "co", "on", "ix"])


def number(random: Random) -> str:
    """A part number, an order number, a size."""
    a, b = random.randint(1, 99), random.randint(10, 99999)
    letters = "".join(random.choice("ABCDEFGHKLMNPRSTVWX") for _ in range(random.choice([1, 2, 3])))
    return random.choice(
        [f"{letters}{b}", f"{letters}-{b}", f"{b}-{a}{letters}", f"{a}x{b % 100}cm", f"{a}mm", f"{b % 1000}W", f"{b}",
         f"PO-{b}", f"{a}/{b}", f"{a}V", f"{b % 1000}ml", f"#{b}", f"{a}.{a}", f"202{a % 10}"]
    )  # fmt: skip


def _model(random: Random) -> str:
    """A code of one to four parts."""
    parts = [
        random.choice([random.choice("ABCDEKLPRST") + str(random.randint(1, 9999)), str(random.randint(10, 99999))])
        for _ in range(random.randint(2, 4))
    ]
    return "-".join(parts)


def numbers(random: Random) -> str:
    """Several part numbers or sizes in a row, like in kind, as lists of models have them."""
    kind = random.random()
    n = random.randint(2, 7)
    if kind < 0.4:
        stem = "".join(random.choice("ABCDEFGHKLMNPQRSTVWX") for _ in range(random.choice([1, 1, 2, 3])))
        first = random.randint(1, 999)
        tails = ["", "", "A", "B", "Mj", "Pro", "X"]
        items = [f"{stem}{first + random.randint(0, 99)}{random.choice(tails)}" for _ in range(n)]
    elif kind < 0.65:
        unit = random.choice(LISTS["measures"])
        items = [
            random.choice(["5", "10", "15", "30", "50", "100", "128", "200", "500", "1.5"]) + unit for _ in range(n)
        ]
    elif kind < 0.85:
        items = [_model(random) for _ in range(random.randint(1, 3))]
    else:
        low, high = random.choice([(1980, 2026), (100, 99999)])
        items = [str(random.randint(low, high)) for _ in range(n)]
    return random.choice([" ", " ", "/", " / ", ", ", ","]).join(items)


def phone(random: Random) -> str:
    """A phone number in one of many forms."""
    digits = "".join(random.choice("0123456789") for _ in range(10))
    code = random.choice(["91", "86", "971", "1", "44", "55", "52", "7", "90", "62", "84", "254", "234", "20", "49"])
    near, far = digits[:5], digits[5:]
    return random.choice(
        [f"+{code} {near} {far}", f"+{code}{digits}", f"0{near}{far}", f"{near[:3]}-{digits[3:6]}-{digits[6:]}",
         f"+{code}-{near[:3]}-{digits[3:]}", f"({near[:3]}) {digits[3:6]} {digits[6:]}", digits, f"00{code}{digits}"]
    )  # fmt: skip


def spoken(random: Random) -> str:
    """A phone number as somebody says it."""
    return " ".join(random.choice(LISTS["digits"]) for _ in range(random.randint(7, 10)))


def date(random: Random) -> str:
    """A day or a month."""
    day, month, year = random.randint(1, 28), random.randint(1, 12), random.randint(2019, 2027)
    name = random.choice(LISTS["months"])
    return random.choice(
        [f"{day:02}-{month:02}-{year}", f"{day}/{month}/{year}", f"{year}-{month:02}-{day:02}", f"{day} {name}",
         f"{name} {day}, {year}", f"{day}.{month}.{year}", f"{name} {year}"]
    )  # fmt: skip


def url(random: Random) -> str:
    """A web address."""
    return random.choice(["www.", "https://", ""]) + word(random) + "." + random.choice(LISTS["endings"])


def quantity(random: Random) -> str:
    """An amount with a unit."""
    amount = random.choice(["1", "5", "20", "100", "500", "1000", "5000", "10,000", "2.5"])
    return f"{amount} {random.choice(LISTS['units'])}"


def price(random: Random) -> str:
    """A currency and an amount."""
    return f"{random.choice(LISTS['currencies'])} {random.randint(1, 9999)}"
