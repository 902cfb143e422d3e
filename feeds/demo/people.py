"""Names of people: pools by naming culture, from Faker where it knows the culture, else from the lists below.

The pools are the same for every seed (a seed draws from them), so they are built once a process.
"""

import unicodedata
from dataclasses import dataclass
from functools import cache

from faker.factory import Factory

from feeds.demo.pools import Pools, map_values

_N_DRAWS = 160
# Cultures by Faker locales. Draws of several locales are mixed.
_LOCALES = {
    "india": ("en_IN",), "pakistan": ("en_PK",), "es": ("es_MX", "es_CO"), "brazil": ("pt_BR",), "pt": ("pt_PT",),
    "fr": ("fr_FR",), "nigeria": ("yo_NG", "ig_NG", "ha_NG"), "kenya": ("en_KE",), "ghana": ("tw_GH",),
    "swahili": ("sw",), "zulu": ("zu_ZA",), "indo": ("id_ID",), "thai": ("en_TH",), "turk": ("tr_TR",),
    "uzbek": ("uz_UZ",), "de": ("de_DE",), "it": ("it_IT",), "nl": ("nl_NL",), "pl": ("pl_PL",), "west": ("en_GB",),
}  # fmt: skip
_ARAB = (
    "Ahmed Mohammed Khalid Omar Youssef Hassan Ali Fahad Abdullah Saeed Ibrahim Mustafa Tariq Nasser Sami Rashid "
    "Hamad Faisal Bilal Majid Walid Karim Fatima Aisha Maryam Layla Noura Huda Salma Rania Yasmin Amina Abdulaziz",
    "Al-Harbi|Al Mansoori|Al-Otaibi|Haddad|Khoury|El-Sayed|Mansour|Al Balushi|Nasr|Saleh|Al-Ghamdi|Farouk|Hamdan|"
    "Al Rashidi|Qasim|Al-Zahrani|Darwish|Aziz|Ben Salah|Bouazizi|El Idrissi|Benali|Al Ketbi|Al-Tamimi|Jaber|Awad",
)
_LISTS = {
    "arab": _ARAB,
    "gulf": (
        _ARAB[0] + " Rajesh Suresh Imran Shahid Anil Biju Farhan Sunil Joseph Reji Nadeem",
        _ARAB[1] + "|Nair|Menon|Sheikh|Kutty|Thomas|Varghese|Qureshi|Pillai",
    ),
    "persian": (
        "Reza Ali Hossein Mehdi Amir Farhad Behnam Saeed Navid Kourosh Maryam Zahra Shirin Parisa Leila Nasrin Babak",
        "Ahmadi|Hosseini|Karimi|Mohammadi|Rahimi|Moradi|Jafari|Sadeghi|Rostami|Kazemi|Noorzai|Ghasemi|Tehrani|Shirazi",
    ),
    "viet": (
        "Van_Minh Thi_Lan Quoc_Anh Duc_Huy Thanh_Ha Ngoc_Mai Hoang_Long Thu_Trang Minh_Tuan Bao_Ngoc Van_Hung Thi_Hoa",
        "Nguyen|Tran|Le|Pham|Hoang|Phan|Vu|Dang|Bui|Do|Ho|Ngo|Duong|Ly",
    ),
    "malay": (
        "Ahmad Siti Nurul Faizal Azman Hafiz Wei_Ming Jia_Hui Kok_Leong Mei_Ling Chee_Keong Kavitha Aisyah Farah",
        "Tan|Lim|Wong|Lee|bin Ismail|bin Abdullah|binti Hassan|Ng|Chong|Raman|Subramaniam|Goh|Ong|Yusof|Koh|Teo",
    ),
    "phil": (
        "Maria Jose Juan Jennifer Mark Rowena Christian Angelica Ramon Liza Jerome Grace Arnel Maricel Rodel Cherry",
        "Santos|Reyes|Cruz|Bautista|Ocampo|Garcia|Mendoza|Torres|Villanueva|Dela Cruz|Aquino|Castillo|Pangilinan",
    ),
    "francophone": (
        "Mamadou Aminata Ousmane Fatou Jean-Claude Awa Ibrahima Kouassi Aya Moussa Adjoa Serge Mireille Blaise Koffi",
        "Diallo|Traore|Kone|Ndiaye|Ouattara|Toure|Mbeki|Kabongo|Tshisekedi|Mbala|Nkurunziza|Sow|Diop|Kouame|Zongo|Fotso",
    ),
    "ethiopia": (
        "Abebe Tigist Dawit Selam Yohannes Hanna Bekele Mulugeta Almaz Getachew Tsegaye Meron Solomon Rahel Kebede",
        "Tesfaye|Girma|Haile|Alemu|Worku|Desta|Gebre|Assefa|Negash|Tadesse|Mekonnen|Wolde|Demissie|Abera",
    ),
    "slav": (
        "Ivan Olga Dmitry Natalia Sergei Elena Alexey Irina Nikola Milena Petar Svetlana Andrei Oksana Marina Bojan",
        "Ivanov|Petrov|Sokolova|Kuznetsov|Popov|Smirnova|Morozov|Kovalenko|Shevchenko|Jovanovic|Horvat|Dimitrov|Volkov|Novak",
    ),
    "greek": (
        "Giorgos Maria Dimitris Eleni Nikos Katerina Yannis Sofia Kostas Anna Panagiotis Vasiliki",
        "Papadopoulos|Georgiou|Nikolaidis|Ioannou|Karagiannis|Vlachos|Antoniou|Makris|Pappas|Christodoulou",
    ),
    "china": (
        "Wei Fang Jing Lei Xiaoming Yan Hui Jun Li_Na Tao Ying Qiang Min Haoran Zihan Xin Bo Mei Peng Rui",
        "Wang|Li|Zhang|Liu|Chen|Yang|Huang|Zhao|Wu|Zhou|Xu|Sun|Ma|Zhu|Hu|Guo|He|Lin|Gao|Luo",
    ),
    "japan": (
        "Hiroshi Yuki Takashi Akiko Kenji Naoko Satoshi Emi Daisuke Haruka Makoto Yoko Ryo Mai",
        "Sato|Suzuki|Takahashi|Tanaka|Watanabe|Ito|Yamamoto|Nakamura|Kobayashi|Kato|Yoshida|Matsumoto",
    ),
    "korea": (
        "Min-jun Seo-yeon Ji-hoon Su-bin Hyun-woo Ji-eun Dong-hyun Yu-na Sang-woo Eun-ji Tae-yang Mi-rae",
        "Kim|Lee|Park|Choi|Jung|Kang|Cho|Yoon|Jang|Lim|Han|Shin|Seo|Kwon",
    ),
}
# Cultures whose buyers sometimes write their names in their own script.
_NATIVE_LOCALES = {
    "arab": "ar_AA", "gulf": "ar_AA", "india": "hi_IN", "china": "zh_CN", "japan": "ja_JP", "korea": "ko_KR",
    "thai": "th_TH", "slav": "ru_RU", "greek": "el_GR",
}  # fmt: skip
_UNSPACED = {"china", "japan", "korea"}


@dataclass(frozen=True)
class People:
    """Pools of names; group `i` of each is culture `cultures[i]`; the ASCII pools run parallel to the written ones."""

    cultures: tuple[str, ...]
    firsts: Pools
    lasts: Pools
    ascii_firsts: Pools
    ascii_lasts: Pools
    natives: Pools
    has_native: tuple[bool, ...]


def plain(name: str) -> str:
    """A name as the local part of an address spells it: lower-case ASCII letters only."""
    bare = unicodedata.normalize("NFKD", name.replace("ı", "i").replace("ø", "o").replace("ł", "l").replace("Ł", "L"))
    return "".join(c for c in bare.lower() if c.isascii() and c.isalpha()) or "office"


def _drawn(locale: str) -> tuple[list[str], list[str]]:
    generator = Factory.create(locale, providers=["faker.providers.person"])
    generator.seed_instance(20260101)
    firsts = [str(generator.format("first_name")) for _ in range(_N_DRAWS)]
    lasts = [str(generator.format("last_name")) for _ in range(_N_DRAWS)]
    return list(dict.fromkeys(firsts)), list(dict.fromkeys(lasts))


def _names(culture: str) -> tuple[list[str], list[str]]:
    if culture in _LISTS:
        firsts, lasts = _LISTS[culture]
        return [name.replace("_", " ") for name in firsts.split()], lasts.split("|")
    drawn = [_drawn(locale) for locale in _LOCALES[culture]]
    return [name for firsts, _ in drawn for name in firsts], [name for _, lasts in drawn for name in lasts]


def _natives(culture: str) -> list[str]:
    if culture not in _NATIVE_LOCALES:
        return [""]
    firsts, lasts = _drawn(_NATIVE_LOCALES[culture])
    n = max(len(firsts), len(lasts))
    pairs = [(firsts[i % len(firsts)], lasts[i % len(lasts)]) for i in range(n)]
    return [last + first if culture in _UNSPACED else f"{first} {last}" for first, last in pairs]


@cache
def read_people() -> People:
    """The pools of every culture, in alphabetical order of culture."""
    cultures = tuple(sorted({*_LOCALES, *_LISTS}))
    names = [_names(culture) for culture in cultures]
    firsts, lasts = Pools.of([first for first, _ in names]), Pools.of([last for _, last in names])
    return People(
        cultures=cultures,
        firsts=firsts,
        lasts=lasts,
        ascii_firsts=map_values(firsts, plain),
        ascii_lasts=map_values(lasts, plain),
        natives=Pools.of([_natives(culture) for culture in cultures]),
        has_native=tuple(culture in _NATIVE_LOCALES for culture in cultures),
    )
