"""One table a recogniser: what it must hit, whole, and look-alikes of the trade that it must leave alone."""

from itertools import pairwise

import pytest

from anonymize.scrub.engine import Engine
from anonymize.scrub.entities import apply, settle
from anonymize.scrub.policy import read_scrub_policy
from anonymize.scrub.recognizers.in_aadhaar import has_verhoeff_digit
from anonymize.scrub.recognizers.in_gstin import gstin_check_character
from anonymize.wordlists import CONFIG, read_wordlists
from schemas.entities import Entity
from tests.support.names import NoNames

ENGINE = Engine(read_wordlists(), read_scrub_policy(CONFIG), NoNames())

# Entity, country of the row, text with each expected hit between double square brackets.
POSITIVES: list[tuple[Entity, str | None, str]] = [
    (Entity.EMAIL, None, "write to [[ana.roy+shop@acme-trading.co.in]] please"),
    (Entity.EMAIL, None, "mail[[：ana@acme.com]]".replace("[[：", "：[[")),
    (Entity.EMAIL, None, "[[ana @ acme . com]] is mine"),
    (Entity.EMAIL, None, "reach [[ana at acme dot com]]"),
    (Entity.EMAIL, None, "reach [[ana dot roy at acme dot co dot in]]"),
    (Entity.EMAIL, None, "reach [[ana_roy (at) acme (dot) org]]"),
    (Entity.EMAIL, None, "reach [[ana[at]acme.org]]"),
    (Entity.EMAIL, None, "reach [[ana at the rate gmail dot com]] now"),
    (Entity.EMAIL, None, "my id [[ana.roy@gmail]] ok"),
    (Entity.URL, None, "see [[https://shop.acme.io/item?id=7]] for it"),
    (Entity.URL, None, "see [[www.acme-trading.ae]]"),
    (Entity.URL, None, "see [[acme-trading.com/catalogue]]"),
    (Entity.URL, None, "see [[acme.co.in]] or"),
    (Entity.URL, None, "chat [[wa.me/971501234567]]"),
    (Entity.URL, None, "our shop [[hxxp://acme.example/x]]"),
    (Entity.HANDLE, None, "WeChat: [[ana_roy88]]"),
    (Entity.HANDLE, None, "add me on telegram [[@anaroy]]"),
    (Entity.HANDLE, None, "skype id [[live.anaroy]]"),
    (Entity.HANDLE, None, "微信号[[ana88roy]]"),
    (Entity.HANDLE, None, "QQ [[123456789]]"),
    (Entity.PHONE, None, "call [[+971 50 123 4567]] any time"),
    (Entity.PHONE, None, "([[+91) 98765-43210]]"),
    (Entity.PHONE, None, "[[00971501234567]] is mine"),
    (Entity.PHONE, None, "Tel: [[04 345 6789]]"),
    (Entity.PHONE, None, "whatsapp no [[050 1234567]]"),
    (Entity.PHONE, None, "电话：[[13812345678]]"),
    (Entity.PHONE, None, "mobile number is [[8150939834]]"),
    (Entity.PHONE, None, "[[(415) 555-2671]] office"),
    (Entity.PHONE, None, "[[seven nine six three eight six three nine six zero]] call"),
    (Entity.PHONE, "AE", "please [[050 123 4567]] today"),
    (Entity.PHONE, "AE", "[[0545061973]] Fatima"),
    (Entity.PHONE, "IN", "order [[98765 43210]] thanks"),
    (Entity.PHONE, "IN", "[[9876543210]]"),
    (Entity.PHONE, "US", "at [[415-555-2671]] daily"),
    (Entity.PHONE, "GB", "ring us, [[07911 123456]]"),
    (Entity.IBAN, None, "pay to [[GB33 BUKB 2020 1555 5555 55]] today"),
    (Entity.IBAN, None, "[[DE89370400440532013000]]"),
    (Entity.CREDIT_CARD, None, "card [[4111 1111 1111 1111]]"),
    (Entity.CREDIT_CARD, None, "card [[378282246310005]]"),
    (Entity.IP, None, "from [[192.168.10.4]] and"),
    (Entity.IP, None, "from [[2001:db8::8a2e:370:7334]] and"),
    (Entity.IN_PAN, None, "PAN [[AAPFU0939F]]"),
    (Entity.IN_PAN, None, "[[ABCPL1234K]] is ours"),
    (Entity.IN_PAN, None, "pan no: [[abcpl1234k]]"),
    (Entity.IN_AADHAAR, None, "[[2341 2341 2346]]"),
    (Entity.IN_AADHAAR, None, "aadhaar no. [[234123412346]]"),
    (Entity.IN_GSTIN, None, "we are [[27AAPFU0939F1ZV]]"),
    (Entity.IN_GSTIN, None, "GSTIN: [[27 AAPFU 0939 F 1 Z V]]"),
    (Entity.IN_GSTIN, None, "gst no [[27AAPFU0939F1ZA]]"),
    (Entity.TAX, None, "TRN [[100354211200003]]"),
    (Entity.TAX, None, "VAT No: [[GB 123 4567 82]]"),
    (Entity.TAX, None, "CNPJ [[12.345.678/0001-95]]"),
    (Entity.TAX, None, "[[12.345.678/0001-95]] Brasil"),
    (Entity.TAX, None, "ИНН [[7707083893]]"),
    (Entity.ADDRESS, None, "ship to [[12 Baker Street, London]]"),
    (Entity.ADDRESS, None, "[[P.O. Box 12345]] Dubai"),
    (Entity.ADDRESS, None, "[[Shop No. 14, Gold Souk]]"),
    (Entity.ADDRESS, None, "nach [[Berlinerstraße 15]] bitte"),
    (Entity.ADDRESS, None, "envio a [[Calle Mayor 15]]"),
    (Entity.ADDRESS, None, "delivery address: [[1080 West Port Blvd, Unit 5107]]"),
    (Entity.ORG, None, "from [[Al Noor Trading LLC]] Dubai"),
    (Entity.ORG, None, "we are [[al noor trading llc]] and need yarn"),
    (Entity.ORG, None, "([[Quirk Auto Parts Pvt. Ltd.]])"),
    (Entity.ORG, None, "bei [[Müller & Söhne GmbH]] ist"),
    (Entity.ORG, None, "[[Zenith Foods Sdn. Bhd.]] buys"),
    (Entity.ORG, None, "buyer [[Quirk Hermanos S.A. de C.V.]]"),
    (Entity.ORG, None, "Bonjour de [[Quirk Frères S.A.]], Paris"),
    (Entity.ORG, None, "[[ООО «Ромашка»]] покупает"),
    (Entity.ORG, None, "采购 [[上海贸易有限公司]] 联系"),
    (Entity.ORG, None, "yarn\nplease\n[[Zenith Quirk Trading]]"),
    (Entity.ORG, None, "we are from [[Quirk Enterprises]]."),
    (Entity.ORG, None, "M/s [[Quirk Brothers]] want"),
    (Entity.PERSON, None, "contact Mr. [[Zebulon Quirk]] for it"),
    (Entity.PERSON, None, "my name is [[zebulon quirk]] and i want yarn"),
    (Entity.PERSON, None, "Regards,\n[[Zebulon Quirk]]\nManager"),
    (Entity.PERSON, None, "Best regards, [[Zebulon Quirk]]"),
    (Entity.PERSON, None, "thanks\n[[zebulon]]"),
    (Entity.PERSON, None, "regards[[Zebulon Quirk]] Dubai".replace(" Dubai", "")),
    (Entity.PERSON, None, "Attn: [[Zebulon Quirk]]"),
    (Entity.PERSON, None, "I'm [[Zebulon]] from Spain"),
    (Entity.PERSON, None, "Hola, me llamo [[José Quirk]]"),
    (Entity.PERSON, None, "с уважением,\n[[Иван Петров]]"),
    (Entity.PERSON, None, "您好，我是[[王小明]]，想买布"),
    (Entity.PERSON, None, "اسمي [[محمد]]"),
]

NEGATIVES: list[tuple[Entity, str | None, str]] = [
    (Entity.EMAIL, None, "100 pcs @ 3.50 USD"),
    (Entity.EMAIL, None, "look at amazon.com for it"),
    (Entity.EMAIL, None, "polka dot dress at low price"),
    (Entity.EMAIL, None, "delivery at port. Only new"),
    (Entity.URL, None, "fertiliser acid.red 2.5kg.in bulk"),
    (Entity.URL, None, "ASP.NET developer kit v2.0"),
    (Entity.URL, None, "size 40cm.Colour blue.No logo"),
    (Entity.HANDLE, None, "Instagram marketing light for live"),
    (Entity.HANDLE, None, "Ignition coil IGN200001 for MG3"),
    (Entity.HANDLE, None, "whatsapp sticker sheets"),
    (Entity.HANDLE, None, "5 pcs @ 3 usd"),
    (Entity.PHONE, "AE", "Toyota oil filter 90915-10003"),
    (Entity.PHONE, "IN", "Toyota oil filter 90915-10003"),
    (Entity.PHONE, "IN", "EAN 8901234567894 soap"),
    (Entity.PHONE, "US", "UPC 012345678905"),
    (Entity.PHONE, "US", "part 11 42 7 566 327 BMW"),
    (Entity.PHONE, "GB", "bearing 6205-2RS 22320 E1"),
    (Entity.PHONE, "AE", "Wholesale T3-T8 1060 3003 3004 5052 steel"),
    (Entity.PHONE, None, "phone 128 256 512 GB"),
    (Entity.PHONE, None, "cell 18650 3000mAh"),
    (Entity.PHONE, None, "from 2024-01-15 to 2024-02-15"),
    (Entity.PHONE, None, "1000-5000 pcs, 20000 next"),
    (Entity.PHONE, None, "one two three layers"),
    (Entity.IBAN, None, "GB33 BUKB 2020 1555 5555 56"),
    (Entity.IBAN, None, "SDCZ410-064G-G46 SanDisk Ultra Shift"),
    (Entity.CREDIT_CARD, None, "4111 1111 1111 1112"),
    (Entity.CREDIT_CARD, None, "EAN 4006381333931"),
    (Entity.IP, None, "clause 1.2.3.4 of the norm"),
    (Entity.IP, None, "firmware v10.20.30.40"),
    (Entity.IP, None, "ratio 1:10:100 at 12:30:45"),
    (Entity.IN_PAN, None, "FERTILIZER ABCDE1234F"),
    (Entity.IN_PAN, None, "model abcpl1234k"),
    (Entity.IN_AADHAAR, None, "2341 2341 2347"),
    (Entity.IN_AADHAAR, None, "UPC 234123412346"),
    (Entity.IN_GSTIN, None, "27AAPFU0939F1ZA"),
    (Entity.TAX, None, "GST 18% extra on 500 pcs"),
    (Entity.TAX, None, "VAT included, price 12.50"),
    (Entity.TAX, None, "tin can 500 ml"),
    (Entity.ADDRESS, None, "Used 2025 Off Road All Wheel car"),
    (Entity.ADDRESS, None, "32 Inch Retro Street Fighter Cabinet"),
    (Entity.ADDRESS, None, "USB 3.0 Flash Drive From SanDisk"),
    (Entity.ADDRESS, None, "700C Road Bike"),
    (Entity.ADDRESS, None, "delivery address: Canada"),
    (Entity.ADDRESS, None, "500 boxes of 20 pieces"),
    (Entity.ORG, None, "Limited Edition watch"),
    (Entity.ORG, None, "RAV4 Limited FWD SUV"),
    (Entity.ORG, None, "Siemens PLC Module S7"),
    (Entity.ORG, None, "Cotton yarn 20 KG"),
    (Entity.ORG, None, "Trading Cards for Kids"),
    (Entity.ORG, None, "Co-ord set for women"),
    (Entity.ORG, None, "EU plug US plug"),
    (Entity.ORG, None, "suitable for Supermarket Stores"),
    (Entity.PERSON, None, "I am Looking For cotton"),
    (Entity.PERSON, None, "MR16 LED lamp"),
    (Entity.PERSON, None, "MS PIPE Q235 Grade"),
    (Entity.PERSON, None, "Thanks in advance"),
    (Entity.PERSON, None, "thank you\nwaiting for your reply"),
    (Entity.PERSON, None, "White Soy Candle Wax"),
    (Entity.PERSON, None, "Product Name:Plush Box Color:red"),
    (Entity.PERSON, None, "Thank You Stickers Roll"),
    (Entity.PERSON, None, "cordialement\nPersonnages: popmart"),
]


@pytest.mark.parametrize(("entity", "region", "marked"), POSITIVES)
def test_identifiers_are_found_whole(entity: Entity, region: str | None, marked: str) -> None:
    start = marked.index("[[")
    end = marked.rindex("]]") - 2
    text = marked[:start] + marked[start + 2 : end + 2] + marked[end + 4 :]
    covered = {i for one in ENGINE.find(text, region, [entity]) for i in range(one.start, one.end)}

    assert set(range(start, end)) <= covered
    assert len(covered) <= end - start + 3


@pytest.mark.parametrize(("entity", "region", "text"), NEGATIVES)
def test_lookalikes_are_left_alone(entity: Entity, region: str | None, text: str) -> None:
    assert ENGINE.find(text, region, [entity]) == []


@pytest.mark.parametrize("entity", sorted({entity for entity, _, _ in POSITIVES}))
def test_each_table_has_lookalikes(entity: Entity) -> None:
    assert entity in {one for one, _, _ in NEGATIVES}


def test_recognisers_see_no_placeholder() -> None:
    text = "Regards,\n<PERSON>\n<ORG> LLC <EMAIL> @<HANDLE> +<PHONE>"

    assert ENGINE.find(text, "IN") == []


def test_settled_findings_cover_their_parts_and_never_overlap() -> None:
    text = "ask Mr. Zebulon Quirk, Quirk Trading LLC, ana@quirk.com"
    found = ENGINE.find(text)
    settled = settle(found, text)

    assert all(any(s.start <= one.start and one.end <= s.end for s in settled) for one in found)
    assert all(left.end <= right.start for left, right in pairwise(settled))
    assert apply(text, settled, ENGINE.policy.entities) == "ask Mr. <PERSON>, <ORG>, <EMAIL>"


@pytest.mark.parametrize(("digits", "is_valid"), [("2363", True), ("2364", False), ("234123412346", True)])
def test_verhoeff_digits(digits: str, is_valid: bool) -> None:
    assert has_verhoeff_digit(digits) is is_valid


def test_gstin_check_characters() -> None:
    assert gstin_check_character("27AAPFU0939F1Z") == "V"
    assert gstin_check_character("29AAGCB7383J1Z") == "4"
