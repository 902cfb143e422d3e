"""Brand names, where the policy wants them gone; where it keeps them this recogniser is not built."""

import re

from anonymize.scrub.recognizers.base import RuleRecognizer, compile_rule
from anonymize.wordlists import Wordlists
from schemas.entities import Entity


class Brands(RuleRecognizer):
    """Brands of the committed list as whole words; `Applewood` is none."""

    ENTITY = Entity.BRAND

    def __init__(self, words: Wordlists) -> None:
        super().__init__()
        names = sorted(words.brands, key=lambda name: (-len(name), name))
        listed = "|".join(re.escape(name).replace(r"\ ", r"[ \-]") for name in names)
        self.rules = (compile_rule("brand of the list", rf"(?<![\w])(?:{listed})(?![\w])", 1.0),)
