"""One digest of everything that decides what is found in a text: code, word lists, model, policy, libraries.

Belongs here: what counts. Does not belong here: what is kept under it (`span_cache`).
"""

import hashlib
import json
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import anonymize
import schemas
from schemas.policy import Scrub

_LIBRARIES = ("numpy", "phonenumbers", "polars", "presidio-analyzer", "regex")
_OF_MODELS = ("gliner", "spacy", "torch", "transformers")
"""Libraries that name models of others run on, where they are installed."""
_CODE = Path(anonymize.__file__).parent
_LISTS = (
    "brands.txt",
    "legal_forms.txt",
    "ordinary_words.txt",
    "products/lexicon.csv",
    "standards.txt",
)


def finding_version(config_dir: Path, policy: Scrub) -> str:
    """64 hexadecimal digits that change whenever what is found in some text might.

    Raises: OSError if a file of the code or of the configuration cannot be read.
    """
    digest = hashlib.sha256(_code_digest().encode())
    if policy.names.engine != "own":
        digest.update(json.dumps({name: _installed(name) for name in _OF_MODELS}, sort_keys=True).encode())
    digest.update(json.dumps(policy.model_dump(mode="json"), sort_keys=True).encode())
    for name in _LISTS:
        digest.update(f"\0{name}\0".encode() + hashlib.sha256((config_dir / name).read_bytes()).digest())
    return digest.hexdigest()


def _installed(library: str) -> str | None:
    try:
        return version(library)
    except PackageNotFoundError:
        return None


@lru_cache(maxsize=1)
def _code_digest() -> str:
    """Of the code and the model of this room, what it imports from its neighbours, and the libraries it runs."""
    neighbours = [_CODE / "wordlists.py", Path(schemas.__file__).parent / "entities.py"]
    files = [path for path in sorted((_CODE / "scrub").rglob("*")) if path.suffix in (".py", ".npz")]
    digest = hashlib.sha256()
    for path in (*files, *neighbours):
        digest.update(f"{path.relative_to(_CODE.parent)}\0".encode() + hashlib.sha256(path.read_bytes()).digest())
    digest.update(json.dumps({name: version(name) for name in _LIBRARIES}, sort_keys=True).encode())
    return digest.hexdigest()
