"""Words before and behind the names of persons, in the languages of the trade, fit for both pattern engines."""

HONORIFIC = (
    r"Mr|Mrs|Ms|Miss|Mister|Dr|Eng|Engr|Er|Sheikh|Shri|Shree|Smt|Sra|Srta|Señora?|Senhora?|Herrn?|Frau|Mme|Mlle|Monsieur"
    r"|Madame|Haji|MR\.|MRS\.?|MS\.|DR\.|mr|mrs|Ustadz|Pak|Bapak|Ibu|Sig\.ra|Dott|Capt|Adv|Prof|Signora?"
    r"|г-н|г-жа|господин|госпожа|السيد|السيدة|الأستاذ|الاستاذ|المهندس|الدكتور|श्री|श्रीमती|सुश्री|Ông|Khun"
)
INTRODUCTION = (
    r"my name is|my name's|my name|i am called|me llamo|mi nombre es|meu nome é|o meu nome é|me chamo|chamo-me"
    r"|je m'appelle|je m’appelle|mon nom est|ich hei(?:ß|ss)e|mein name ist|меня зовут|мене звати|моё имя"
    r"|benim ad[ıi]m|ad[ıi]m"
    r"|nama saya|nama aku|il mio nome è|mi chiamo|mijn naam is|nazywam się|mam na imię|tên tôi là|jina langu ni|naitwa"
    r"|mera naam|mera name|mi naam|amar naam|en peyar|naa peru|اسمي|انا اسمي|नमस्ते मैं|मेरा नाम|मेरा नाम है"
    r"|myself|mă numesc|jmenuji se"
)
NAME_IS = r"(?<!product |brand |item |model |file |company |firm |trade )name is"
SELF = (
    r"this is|i am|i'm|i’m|im|it's|ich bin|je suis|ik ben|sono|hier ist|here is|yours|i,|saya|ben|jestem|tôi là"
    r"|أنا|انا"
    r"|я|represented by|signed by|sent by|aqui é|aquí|c'est"
)
SELF_BEFORE_LOWER = (
    r"(?:merhaba|selam),? ben|(?:ciao|salve|buongiorno),? sono|مرحبا،? أنا|السلام عليكم،? أنا|represented by|signed by"
    r"|hola,? soy|olá,? sou|bonjour,? je suis|hallo,? ich bin|hoi,? ik ben|halo,? saya|xin chào,? tôi là"
)
SELF_FOREIGN = r"saya|soy|sou|sono|je suis|ich bin|ik ben|jestem|ben|this is|i am|i'm|im|here is"
FROM = (
    r"from|dari|de|da|del|della|di|du|von|van|aus|z|ze|iz|din|of|at|for|with|here|speaking|calling|writing|my|phone|email|mobile"
    r"|contact|and|the owner|owner|manager|director|purchase manager|proprietor|ceo|buyer|desde|para|per|für"
    r"|pour|chez|bei"
)
SIGN_OFF_INLINE = (
    r"(?:best|kind|warm|kindest|with|warmest)? ?regards|rgds|thanks(?: (?:and|&|n) regards| in advance| a lot"
    r"| so much)?"
    r"|thank you(?: (?:so|very) much| and regards)?|thankyou|thx|tks|sincerely|yours (?:faithfully|truly"
    r"|sincerely)|respectfully"
    r"|saludos(?: cordiales)?|atentamente|un (?:cordial )?saludo|cordialement|bien à vous|bien cordialement"
    r"|(?:freundlichen?|viele|beste|liebe) grü(?:ß|ss)en?|saygılarımla|iyi çalışmalar|с уважением|з повагою"
    r"|atenciosamente|abraços"
    r"|(?:cordiali|distinti) saluti|met vriendelijke groet(?:en)?|hormat saya|salam hormat|pozdrawiam"
    r"|z poważaniem|s pozdravem"
    r"|مع تحياتي|مع خالص التحية|وتفضلوا بقبول فائق الاحترام|best wishes|trân trọng|cu respect"
    r"|med vänlig hälsning|üdvözlettel"
    r"|सादर|भवदीय|此致敬礼|顺祝商祺|祝好|よろしくお願いします"
)
SIGN_OFF = (
    SIGN_OFF_INLINE
    + r"|cheers|br|gracias|merci|mfg|vg|lg|danke|teşekkürler|спасибо|дякую|att|atte|obrigad[oa]|grazie|groeten"
    r"|terima kasih|salam|dziękuję|cảm ơn|asante|शुक्रिया|धन्यवाद|شكرا|تحياتي|mit freundlichen grü(?:ß|ss)en"
    r"|cordially|yours|love"
)
CONTACT = (
    r"contact(?: person| name)?|kind attn|attn|attention|ask for|speak to|talk to|c/o|buyer(?: name)?|contact person"
    r"|purchas(?:er|ing manager)|procurement manager|owner|full name|your name|nombre|nome|nom|sender|from|sent by"
    r"|signed|posted by|ansprechpartner|contacto|contato|联系人|聯絡人|姓名|收件人|担当者|担当|имя|контактное лицо"
    r"|контакт"
    r"|write to|пишите"
    r"|prepared by|ordered by|requested by|authori[sz]ed signatory|proprietor|prop|director|manager"
    r"|consignee name|a/c name"
    r"|account name|beneficiary|cc|kepada|u\.p|persona de contacto|responsable|responsável|referente"
    r"|interlocuteur|yetkili"
    r"|ilgili kişi|osoba kontaktowa|contactpersoon|الاسم|المسؤول|جهة الاتصال|संपर्क|नाम|담당자|이름"
)
LABEL = (
    r"contact person|contact name|buyer name|full name|contact|attn|attention|buyer|your name|sender|owner"
    r"|proprietor|nombre"
    r"|nome|nom|nama|ad soyad|имя|name of (?:buyer|customer|contact|person)|customer(?: name)?|client(?: name)?"
)
OF_THING = (
    r"(?:e-?mail|mail|phone|mobile|contact|whats ?app|telephone|cell|account|pan|aadhaar|aadhar|upi|gst|address"
    r"|passport)"
    r"(?: (?:id|no\.?|number|address|card|details?|num))?"
)
ROLE = (
    r"manager|director|owner|ceo|cfo|proprietor|partner|president|founder|purchase|purchasing|procurement|sales|import|export"
    r"|managing|general manager|buyer|head of|merchandiser|sourcing|executive|officer|assistant|gerente|director"
    r"|jefe|comprador"
    r"|geschäftsführer|einkauf|directeur|responsable|gérant|müdür|direktor|директор|менеджер|закуп"
)
AFTER_NAME = r"bhai|bhaiya|ji|sahab|saheb|sahib|sir ji|-san|さん|様|先生|女士|小姐|经理|總|드림|씨|님"
SURNAMES_HAN = (
    "王李张劉刘陈陳杨楊赵趙黄黃周吴吳徐孙孫胡朱高林何郭马馬罗羅梁宋郑鄭谢謝韩韓唐冯馮于董萧程曹袁邓鄧许許傅沈曾彭吕呂苏蘇卢盧蒋蔣蔡贾"
    "丁魏薛叶葉阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文"
)

STOP_TEXT = """
    i we you he she it they am is are was were be been looking interested want wanting need needing writing
    happy trying from and or but with in on at for to of the a an my our your this that not here there so if who
    which how why what when where please kindly can could would will shall do does did have has had get give let
    make like just also only very more some any all new good dear hello hi hey sir madam searching seeking
    sourcing planning based located working ready able sorry glad waiting currently contacting asking phone
    mobile tel email mail whatsapp address company number contact by call me us ok yes no thanks thank regards
    und ich wir et in advance best kind warm appears incorrectly really going sure afraid aware unable willing
    about still now using running dari buyer again back out up down over into as than then because
    importer exporter trader dealer retailer wholesaler distributor manufacturer shopkeeper agent broker owner manager
    director engineer student reseller business person man woman one two three first last next soon today tomorrow
    buscando interesado interessado procurando buscamos queremos quiero quero cherche recherche suche brauche zoek
    mencari ingin butuh mau perlu arıyorum istiyorum quote price pls plz reply send sent forwarded wrote subject re fw
    fwd date cc bcc attached attachment reference order invoice shipment delivery team department office
    ищу хочу нужно нужен нужна из мы нам जी है हूं हूँ से मैं हम नाम kya hai hain hu hoon se hun ko ka ki ke main hum chahiye
    friend friends all sirs everyone seller vendor vendors manufacturers colleagues partners partner there supplier
    gentlemen ladies somebody anyone authority whom concern greetings
"""
