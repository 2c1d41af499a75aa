"""Rules for Albanian: words that are often typed without their ë and ç, and straight quotation marks."""

import re
from collections.abc import Iterator

from nejat_cms.language.checks.common import all_in_pairs, straight_quotes
from nejat_cms.language.checks.findings import Finding
from nejat_cms.language.checks.patterns import PLACEHOLDER

_SMALL_WORDS = """
është janë kanë qenë një asnjë unë atë këtë këta këto këtu këtij kësaj këtyre kështu për përse gjë diçka çdo çfarë
gjithçka çdonjëri veç ngaqë meqë meqenëse megjithëse nëse ndërsa ndërkohë gjatë jashtë poshtë pranë afër vetëm
përmes përpara përveç përsëri përherë sipër nëpër ndërmjet tashmë kurrë nesër mbrëmë atëherë njëherë asnjëherë
menjëherë nganjëherë shpeshherë njëkohësisht gjithnjë gjithë tjetër tjetrën mirë plotë thellë dytë pesë gjashtë nëntë
dhjetë njëzet tridhjetë pesëdhjetë gjashtëdhjetë shtatëdhjetë tetëdhjetë nëntëdhjetë mijëra njëjtë njëjtën njëjti
vërtet vërtetë vështirë përditë veçanërisht
"""
_VERBS = """
thënë dhënë lënë hëngri bëjnë bëjmë bëhet bëhen kërkoj kërkon kërkojnë kërkuar përdor përdoret përdorin
përdorur dëgjoj dëgjon dëgjuar dërgoj dërgon dërguar dëshiroj dëshiron mësoj mësojmë mësuar ndërton ndërtuar
ndërroj ndërron përfundoj përfundon përfundoi përfshin përfshirë përkthej përkthen përkthyer përgatit përgatitur
përshkruan përshtatet përpiqet përpiqen pëlqej pëlqen shërben shpërndan shkëlqen tërheq mbërrin mbërriti mbështet
vëzhgoj vëzhgon këndoj këndon kërcen lëviz lëvizin
"""
_NOUNS = """
çështje çështja çështjen çështjes çështjet shqipëri shqipëria shqipërinë shqipërisë shtëpi shtëpia shtëpinë shtëpisë
shtëpitë mënyra mënyrat mënyrën mënyrës fëmija fëmijës fëmijët fëmijëve vëlla vëllai vëllanë vëllezër vëllezërit
mësim mësimi mësimin mësimet mësues mësuesi mësuesit mësuesja mësuese nxënës nxënësi nxënësit nxënësve shëndet
shëndeti shëndetin shëndetit përkthim përkthimi përkthimet përkthyes përkthyesi përdorim përdorimi përdorues
përshkrim përshtatje përshëndetje përfundim përfundimi përgjigje përgjigja përgjigjen përmbajtje përmbajtja
përmbledhje përpjekje përqind përvoja përvojën përkujdesje përzgjedhje përbërje përmirësim përparim përgjithësi
përralla përrallat kërkesa kërkim kërkimi kërkime këngëtar kënga këngët këshilla këshilli këmbët gjuhën gjuhës
gjuhët jetën jetës kohën kohës ditën ditës ditët javën javës orën orës orët botën botës punën punës punët fjalën
fjalës fjalët rrugën rrugës rrugët shkollën shkollës herën dorën dorës pjesën pjesës pjesët natën natës netët bukën
bukës hëna hënës dimër vjeshtën vjeshtës pranverën pranverës kulturën kulturës historinë historisë bibliotekën
bibliotekës revistën revistës gazetën gazetës redaksisë çmim çmimi çmimin çmimet çelës çelësi çift çifti çaj çaji
çudi veçanti veçori emër letër letërsi letërsia libër numër metër kilometër teatër qendër qendrën ndërtesa
ndërtesat ndërtim ndërtimi ndërrim ndërhyrje bashkësi bashkëpunim bashkëpunimi njësi njësia cilësi cilësia
cilësinë aftësi aftësia drejtësi rëndësi rëndësia rëndësinë rëndësisë lehtësi vështirësi vështirësitë thellësi
miqësi tërësi shpejtësi gjatësi lartësi gjerësi pastërti vëmendje vëmendja vëllim vëzhgim zëvendës zëvendësim
zëri zërin lëvizje lëvizja lënda lëndët shënim shënime shërbim shërbimi shërbime shërbimet shëtitje shëtitja
shkëmb shkëmbim shpërndarje shpërblim mbështetje mbretëri mbrëmje mbrëmja mbrëmjen mëngjes mëngjesi mëngjesin nëntor
njerëz njerëzit njerëzve hapësira hapësirën detyrën pemët pemëve bimët bimëve ëndërr ëndrra ëmbëlsira
"""
_ADJECTIVES = """
këndshëm përbashkët përditshëm përditshme përgjithshëm rëndësishëm rëndësishme çuditshëm zakonshëm nevojshëm
dobishëm mundshëm ardhshëm gatshëm shkëlqyer shëndetësor ndërkombëtar ndërkombëtare kombëtar kombëtare miqësor
njerëzor ëmbël
"""
_PLAIN = str.maketrans("ëçËÇ", "ecEC")
WORDS = {
    word.translate(_PLAIN): word for words in (_SMALL_WORDS, _VERBS, _NOUNS, _ADJECTIVES) for word in words.split()
}
"""Words by what is left of them without ë and ç, where that is no word itself.

So not *të* (te), *në* (ne), *që* (qe), *shumë* (a *shume* is a sum's), *lehtë* (lehte: it
barked), nor a noun that differs in its last ë alone, which is e in the dative (*i një pune*).
"""

_BESIDE = f"\\w\u0300-\u036f{PLACEHOLDER}"
_WORD = re.compile(f"(?<![{_BESIDE}])[^\\W\\d_]++(?![{_BESIDE}])")
_ABBREVIATION = 3
_NAMES = frozenset(["ate", "emer", "hena", "jane", "kane", "lene", "liber", "mire", "per", "zeri"])
"""With a capital these are names of people and papers, or words of another language's title."""
_LATIN_PHRASE = re.compile(r" (?:capita|se|annum|diem|cent|mille|mensem)\b|[-‐‑][^\W\d_]", re.IGNORECASE)


def missing_diacritics(text: str) -> Iterator[Finding]:
    """A known word without all its ë and ç; short words in capitals may be abbreviations.

    `per se` and `per-diem` are Latin. One that has some of them may be another word: *ketë* is no *këtë*.
    """
    for match in _WORD.finditer(text):
        word, right = match[0], WORDS.get(match[0].lower())
        if right is None or (right == "për" and _LATIN_PHRASE.match(text, match.end())):
            continue
        if not word.islower():
            if word.lower() in _NAMES or (word.isupper() and len(word) <= _ABBREVIATION):
                continue
            right = right.upper() if word.isupper() else right.capitalize()
        if right.translate(_PLAIN) == word:
            yield Finding("missing_diacritic", match.start(), match.end(), "warning", right)


def straight_quotes_to_curly(text: str) -> Iterator[Finding]:
    """Straight quotation marks, for which Albanian has „ and “ or « and »: worth knowing, not wrong."""
    pairs, _ = straight_quotes(text)
    sure = all_in_pairs(text, pairs)
    for opened, closed in pairs:
        for place, curly in ((opened, "„"), (closed, "“")):
            yield Finding("ascii_quotes", place, place + 1, "info", curly if sure else None)
