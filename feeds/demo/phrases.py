"""The words of the demo marketplace: slots, phrases and attributes (`phrases.yaml`), streets and terms of delivery."""

from functools import cache
from pathlib import Path

import yaml

# Slots without identifiers, then those that identify, each with its entity.
PLAIN_SLOTS = ("product", "quantity", "spec", "cert", "terms", "city", "country", "part")
ENTITIES = {
    "person": "PERSON", "org": "ORG", "email": "EMAIL", "phone": "PHONE", "url": "URL", "address": "ADDRESS",
    "tax_id": "TAX_ID", "iban": "IBAN", "third_person": "PERSON", "third_org": "ORG", "third_email": "EMAIL",
    "third_phone": "PHONE",
}  # fmt: skip

TERMS_OF_DELIVERY = (
    "FOB Mundra", "FOB Nhava Sheva", "FOB Chennai", "CIF {city}", "CIF {city}", "CFR {city}", "DDP {city}", "EXW",
    "CIP {city} airport", "C&F {city}", "DAP {city}",
)  # fmt: skip
STREETS = (
    "Industrial Area Road", "Market Street", "Station Road", "Al Wahda Street", "Main Road", "Avenida Central",
    "Rua das Flores", "Rue du Commerce", "Jalan Merdeka", "Harbour Road", "Sheikh Zayed Road", "MG Road",
    "Nguyen Hue Street", "Calle 45", "Enterprise Road", "Kariakoo Lane", "Gulshan Avenue", "Bazaar Street", "Ring Road",
    "Old Port Road",
)  # fmt: skip
BUILDINGS = (
    "Plot {n}", "Shop No. {n}", "House {n}", "Warehouse {n}", "Office {n}, 2nd Floor", "No. {n}", "Unit {n}",
    "P.O. Box {n}",
)  # fmt: skip


@cache
def _read() -> dict[str, dict[str, dict[str, list[str]]]]:
    text = Path(__file__).with_name("phrases.yaml").read_text(encoding="utf-8")
    document: dict[str, dict[str, dict[str, list[str]]]] = yaml.safe_load(text)
    return document


def read_clauses() -> dict[str, dict[str, list[str]]]:
    """Templates by clause and language."""
    return _read()["clauses"]


def read_attributes() -> dict[str, dict[str, list[str]]]:
    """`specs` and `certs` by product family."""
    return _read()["attributes"]
