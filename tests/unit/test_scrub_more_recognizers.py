"""Further tables of recognisers: Indian and trade identifiers, spoken and foreign forms, each with its look-alikes."""

import pytest

from anonymize.scrub.engine import Engine
from anonymize.scrub.policy import read_scrub_policy
from anonymize.scrub.recognizers.cn_uscc import uscc_check_character
from anonymize.scrub.recognizers.container import container_check_digit
from anonymize.scrub.recognizers.imo import has_imo_digit
from anonymize.wordlists import CONFIG, read_wordlists
from schemas.entities import Entity
from tests.support.names import NoNames

ENGINE = Engine(read_wordlists(), read_scrub_policy(CONFIG), NoNames())

# Entity, country of the row, text with the expected hit between double square brackets.
POSITIVES: list[tuple[Entity, str | None, str]] = [
    (Entity.IN_IEC, None, "IEC: [[0512345678]] attached"),
    (Entity.IN_IEC, None, "importer exporter code no [[AAPFU0939F]]"),
    (Entity.IN_CIN, None, "CIN [[U17110MH2004PTC145678]] Mumbai"),
    (Entity.IN_CIN, None, "regd as [[L24230GJ1992PLC018765]]"),
    (Entity.IN_LLPIN, None, "LLPIN: [[AAB-1234]]"),
    (Entity.IN_TAN, None, "TAN no. [[MUMA12345B]]"),
    (Entity.IN_IFSC, None, "bank [[SBIN0001234]] branch"),
    (Entity.IN_IFSC, None, "ifsc code: [[abcd0123456]]"),
    (Entity.IN_UPI, None, "pay [[ana.roy@okhdfcbank]] now"),
    (Entity.IN_UPI, None, "pay [[9876543210@ybl]]."),
    (Entity.IN_UPI, None, "UPI id is [[anaroy@newbank]]"),
    (Entity.IN_FSSAI, None, "FSSAI lic. no. [[10012345000123]]"),
    (Entity.VAT, None, "we are [[DE136695976]] registered"),
    (Entity.VAT, None, "id [[FR40303265045]]"),
    (Entity.VAT, None, "id [[NL004495445B01]]"),
    (Entity.VAT, None, "id [[BE 0428759497]]"),
    (Entity.VAT, None, "id [[PL8567346215]]"),
    (Entity.VAT, None, "VAT: [[ESX1234567X]]"),
    (Entity.VAT, None, "USt-IdNr. [[DE 123456789]]"),
    (Entity.EORI, None, "EORI number: [[GB123456789000]]"),
    (Entity.CN_USCC, None, "code [[91350100M000100Y43]]"),
    (Entity.CN_USCC, None, "统一社会信用代码：[[91350100M000100Y44]]"),
    (Entity.LEI, None, "LEI [[5493001KJTIIGC8Y1R12]]"),
    (Entity.DUNS, None, "D-U-N-S No. [[15-048-3782]]"),
    (Entity.DUNS, None, "duns [[150483782]]"),
    (Entity.CONTAINER, None, "in [[CSQU3054383]] today"),
    (Entity.CONTAINER, None, "container [[csqu 305438-3]]"),
    (Entity.IMO, None, "vessel IMO [[9074729]] arrives"),
    (Entity.DOCUMENT, None, "B/L no. [[MAEU123456789]]"),
    (Entity.DOCUMENT, None, "invoice no: [[INV/2024/0117]]"),
    (Entity.DOCUMENT, None, "PO # [[45001234]] enclosed"),
    (Entity.DOCUMENT, None, "L/C number [[LC-2024-7781]]"),
    (Entity.DOCUMENT, None, "proforma: [[PI2024A113]]"),
    (Entity.CREDIT_CARD, None, "card no 4111.1111.1111.1111"[:8] + "[[4111.1111.1111.1111]]"),
    (Entity.EMAIL, None, "mail [[ana underscore roy at the rate acme dot co dot in]]"),
    (Entity.PHONE, None, "call [[nine eight double seven six five four three two one]]"),
    (Entity.PHONE, None, "call [[nau aath saat chhe paanch char teen do ek shunya]]"),
    (Entity.PHONE, None, "फोन [[नौ आठ सात छह पांच चार तीन दो एक शून्य]]"),
    (Entity.PHONE, None, "llama [[nueve ocho siete seis cinco cuatro tres dos]]"),
    (Entity.PHONE, None, "[[98 double five 4321 seven eight]] is it"),
    (Entity.PHONE, None, "tel [[415-555-2671 ext. 12]]"),
    (Entity.PHONE, None, "[[001-555-340-2671x406]]"),
    (Entity.PHONE, None, "[[0431 35 06 90]] office"),
    (Entity.PHONE, None, "just call [[33 93 31]]"),
    (Entity.HANDLE, None, "line id: [[ana.roy7]]"),
    (Entity.HANDLE, None, "viber: [[anaroy_77]]"),
    (Entity.ADDRESS, None, "at [[1600 Quirk Avenue, Suite 12, Springfield, IL 62704]]"),
    (Entity.ADDRESS, None, "at [[221B Baker Street, London NW1 6XE]]"),
    (Entity.ADDRESS, None, "at [[Plot No. 45/2, Phase II, GIDC, Vapi - 396195]]"),
    (Entity.ADDRESS, None, "at [[Shed No 12, MIDC, Pune]]"),
    (Entity.ADDRESS, None, "at [[12 Gandhi Nagar, Surat]]"),
    (Entity.ADDRESS, None, "at [[Building 5, Street 12, Zone 40]]"),
    (Entity.ADDRESS, None, "at [[PO Box 12345]], Sharjah"),
    (Entity.ADDRESS, None, "en [[Av. Insurgentes Sur 1602]]"),
    (Entity.ADDRESS, None, "en [[Calle 45 # 12-34]]"),
    (Entity.ADDRESS, None, "na [[Rua das Flores, nº 120]]"),
    (Entity.ADDRESS, None, "in [[Lindenallee 12]] bitte"),
    (Entity.ADDRESS, None, "au [[12 rue de la Paix, 75002 Paris]]"),
    (Entity.ADDRESS, None, "地址在[[深圳市南山区科技路12号]]"),
    (Entity.ADDRESS, None, "по [[ул. Ленина, д. 5]]"),
    (Entity.ADDRESS, None, "[[Atatürk Mah. Gül Sok. No: 12/3, İzmir]]"),
    (Entity.ADDRESS, None, "via [[Via Garibaldi 12]]"),
    (Entity.ADDRESS, None, "zip code is [[62704]]"),
    (Entity.ORG, None, "from [[Quirk Tekstil San. ve Tic. Ltd. Şti.]] in Bursa"),
    (Entity.ORG, None, "из [[ТОО «Ромашка»]] пишут"),
    (Entity.ORG, None, "dari [[PT Sinar Quirk]], Jakarta"),
    (Entity.ORG, None, "từ [[Công ty TNHH Quirk]]"),
    (Entity.ORG, None, "نحن [[شركة زيبولون للتجارة]]"),
    (Entity.ORG, None, "हम [[जेबुलन टेक्सटाइल प्राइवेट लिमिटेड]]"),
    (Entity.ORG, None, "[[เซบู]]".replace("[[เซบู]]", "[[บริษัท เซบูลอน จำกัด]]")),
    (Entity.ORG, None, "[[(주)제불론]] 입니다"),
    (Entity.ORG, None, "da [[Quirk Comércio Ltda]]"),
    (Entity.ORG, None, "da [[Quirk Importadora EIRELI]]"),
    (Entity.ORG, None, "buyer [[Zenith Quirk S.A.C.]] asks"),
    (Entity.ORG, None, "from [[quirk exports]] here"),
    (Entity.ORG, None, "from [[Quirk Overseas]]."),
    (Entity.PERSON, None, "i am [[zebulon quirk]] from surat"),
    (Entity.PERSON, None, "phone number of [[zebulon quirk]] is with me"),
    (Entity.PERSON, None, "Dear [[Zebulon]],\nplease quote"),
    (Entity.PERSON, None, "[[zebulon]] this side, need yarn"),
    (Entity.PERSON, None, "ask [[Zebulon]] bhai"),
    (Entity.PERSON, None, "best price\n[[Zebulon Quirk]]\nPurchase Manager"),
    (Entity.PERSON, None, "call [[Zebulon Quirk]] at office"),
    (Entity.PERSON, None, "buyer name: [[zebulon quirk]]"),
    (Entity.PERSON, None, "hola, soy [[zebulon quirk]] de Lima"),
    (Entity.PERSON, None, "Saya [[zebulon quirk]] dari Jakarta"),
    (Entity.PERSON, None, "联系人：[[王小明]]"),
    (Entity.PERSON, None, "找[[王]]先生".replace("找", "")),
    (Entity.PERSON, None, "пишет [[Иван Петрович]] из Омска"),
    (Entity.PERSON, None, "директор [[Петров И.И.]]"),
    (Entity.PERSON, None, "Benim adım [[Zebulon Quirk]]"),
    (Entity.PERSON, None, "Je m'appelle [[Zébulon Quirk]]"),
    (Entity.PERSON, None, "@[[zebulon quirk]] pls confirm"),
]

NEGATIVES: list[tuple[Entity, str | None, str]] = [
    (Entity.IN_IEC, None, "IEC 60947-2 breaker 0512345678"),
    (Entity.IN_CIN, None, "serial U17110MH2004XYZ145678"),
    (Entity.IN_LLPIN, None, "part AAB-1234"),
    (Entity.IN_TAN, None, "tan leather ABCD12345E bag"),
    (Entity.IN_IFSC, None, "model TYRE0123456"),
    (Entity.IN_UPI, None, "500 pcs @ sbi rate"),
    (Entity.IN_UPI, None, "ana@ybl-trading.com"),
    (Entity.IN_FSSAI, None, "barcode 10012345000123"),
    (Entity.VAT, None, "part DE136695977"),
    (Entity.VAT, None, "IT equipment 12 pcs, SE 10 units"),
    (Entity.EORI, None, "GB123456789000"),
    (Entity.CN_USCC, None, "serial 91350100M000100Y44"),
    (Entity.LEI, None, "serial 5493001KJTIIGC8Y1R13"),
    (Entity.DUNS, None, "code 150483782"),
    (Entity.CONTAINER, None, "part CSQU3054384"),
    (Entity.IMO, None, "part 9074729"),
    (Entity.IMO, None, "IMO 9074728"),
    (Entity.DOCUMENT, None, "order 5000 pcs"),
    (Entity.DOCUMENT, None, "invoice: 2 copies"),
    (Entity.DOCUMENT, None, "quotation: 5000 pieces"),
    (Entity.DOCUMENT, None, "PO price 12500"),
    (Entity.PHONE, None, "one two three four"),
    (Entity.PHONE, "US", "brake pad 04465-33471"),
    (Entity.PHONE, "IN", "HS code 6109.10.00 and 61091000"),
    (Entity.PHONE, None, "EAN 5901234123457, UPC 036000291452"),
    (Entity.PHONE, None, "1000 - 5000 mobile phones"),
    (Entity.PHONE, None, "120 x 80 x 75 cm"),
    (Entity.ADDRESS, None, "4 Pcs Ceramic Plate Square, white"),
    (Entity.ADDRESS, None, "3 Way Valve"),
    (Entity.ADDRESS, None, "12 Inch Kitchen Drive Belt"),
    (Entity.ADDRESS, None, "Microsoft Office 2019"),
    (Entity.ADDRESS, None, "Sector Gear 12T"),
    (Entity.ADDRESS, None, "500 pcs to Mumbai, India"),
    (Entity.ORG, None, "U.S.A. flag polo"),
    (Entity.ORG, None, "made in P.R.C. by hand"),
    (Entity.ORG, None, "from best exports"),
    (Entity.PERSON, None, "Dear Supplier,"),
    (Entity.PERSON, None, "Hello Friends,"),
    (Entity.PERSON, None, "Natural Soy Candle Wax, 25 kg"),
    (Entity.PERSON, None, "i am still interested from India"),
    (Entity.PERSON, None, "Service Call Buttons"),
    (Entity.PERSON, None, "Pan Masala Mix"),
    (Entity.PERSON, None, "@ low price please"),
    (Entity.PERSON, None, "yarn\nCotton Bath Towel\n+"),
]


def unmarked(marked: str) -> tuple[str, int, int]:
    start = marked.index("[[")
    end = marked.rindex("]]") - 2
    return marked.replace("[[", "").replace("]]", ""), start, end


@pytest.mark.parametrize(("entity", "region", "marked"), POSITIVES)
def test_identifiers_are_found_whole(entity: Entity, region: str | None, marked: str) -> None:
    text, start, end = unmarked(marked)
    covered = {i for one in ENGINE.find(text, region, [entity]) for i in range(one.start, one.end)}

    assert set(range(start, end)) <= covered
    assert len(covered) <= end - start + 3


@pytest.mark.parametrize(("entity", "region", "text"), NEGATIVES)
def test_lookalikes_are_left_alone(entity: Entity, region: str | None, text: str) -> None:
    assert ENGINE.find(text, region, [entity]) == []


def test_every_new_recogniser_has_both_tables() -> None:
    for table in (POSITIVES, NEGATIVES):
        assert {entity for entity, _, _ in table} >= set(Entity) - {
            Entity.EMAIL, Entity.URL, Entity.HANDLE, Entity.IBAN, Entity.CREDIT_CARD, Entity.IP, Entity.IN_PAN,
            Entity.IN_AADHAAR, Entity.IN_GSTIN, Entity.TAX, Entity.BRAND, Entity.ID,
        }  # fmt: skip


def test_every_finding_tells_its_rule() -> None:
    for _, region, marked in POSITIVES:
        assert all(one.reason for one in ENGINE.find(unmarked(marked)[0], region))


def test_product_codes_dimensions_and_standards_stay() -> None:
    text = (
        "OEM 90915-10003, 04465-33471, 11 42 7 566 327; EAN 5901234123457; UPC 036000291452; HS 6109.10.00, 61091000; "
        "120 x 80 x 75 cm; M8x1.25; 6205-2RS; ISO 9001:2015, GOTS, BMW E90, 30/1 Ne, 100% cotton, 12V 55Ah, DN50 PN16"
    )
    for region in (None, "IN", "US", "AE", "DE"):
        assert ENGINE.find(text, region) == []


def test_check_digits() -> None:
    assert uscc_check_character("91350100M000100Y4") == "3"
    assert container_check_digit("CSQU305438") == 3
    assert has_imo_digit("9074729")
    assert not has_imo_digit("9074728")
