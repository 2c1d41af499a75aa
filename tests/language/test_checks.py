"""What an editor would mark in a text, language by language, and what she would leave alone."""

import pytest

from nejat_cms.language.checks import apply_fixes, check_text
from nejat_cms.language.errors import UnknownLocaleError
from tests.language.checking import assert_found, told

ZWNJ = "\u200c"
Case = tuple[str, str, str, str | None]

LENT_NUMBERS = [
    "Python 3.12",
    "USB 2.0",
    "12.5 km",
    "3.5GB",
    "12:30 GMT",
    "ISBN 978-600-376-123-4",
    "ISBN 978-600-…",
    "A320-200",
    "10.0.0.1",
    "2026-11-24",
    "2026-11-24 12:30 GMT",
    "January 15, 2026",
    "15 January 2026",
    "10 – 12 km",
    "1920×1080 px",
    "\u20662026/11/24\u2069",
]
"""Right in other digits than the text around them."""

# Farsi ----------------------------------------------------------------------------------------

FARSI_WRONG: list[Case] = [
    ("⟦ك⟧تاب خوبی است.", "arabic_letter", "error", "ک"),
    ("قا⟦ي⟧ق روی آب بود.", "arabic_letter", "error", "ی"),
    ("باغ‌بان⟦ى⟧ در شهر", "arabic_letter", "error", "ی"),
    ("در دایر⟦ة⟧ کوچک", "arabic_letter", "info", None),
    ("کتاب⟦ ⟧ها روی میز بود.", "missing_zwnj", "warning", ZWNJ),
    ("گل⟦ ⟧هایی زیبا", "missing_zwnj", "warning", ZWNJ),
    ("دفتر⟦ ⟧های تازه", "missing_zwnj", "warning", ""),
    ("بزرگ⟦ ⟧ترین باغ شهر", "missing_zwnj", "warning", ZWNJ),
    ("همه به باغ رفته⟦ ⟧اند.", "missing_zwnj", "warning", ZWNJ),
    ("من می⟦ ⟧خواهم بخوانم.", "missing_zwnj", "warning", ZWNJ),
    ("او نمی⟦ ⟧داند.", "missing_zwnj", "warning", ZWNJ),
    ("او کتاب ⟦می⟧گیرد.", "missing_zwnj", "warning", f"می{ZWNJ}"),
    ("او ⟦نمی⟧رود.", "missing_zwnj", "warning", f"نمی{ZWNJ}"),
    ("خان⟦ه⟧های شهر", "missing_zwnj", "warning", f"ه{ZWNJ}"),
    (f"می⟦{ZWNJ}{ZWNJ}⟧روم", "doubled_zwnj", "warning", ZWNJ),
    (f"کتاب⟦{ZWNJ}⟧. تمام", "misplaced_zwnj", "warning", ""),
    (f"باغ⟦{ZWNJ} ⟧سبز", "misplaced_zwnj", "warning", " "),
    (f"دفتر⟦{ZWNJ}⟧ها", "misplaced_zwnj", "info", ""),
    ("کت⟦ــــ⟧اب", "stray_tatweel", "warning", ""),
    ("سلام⟦,⟧ خوبی؟", "latin_punctuation", "warning", "،"),
    ("سلام ⟦,⟧ خوبی؟", "latin_punctuation", "warning", "،"),
    ("آمد⟦;⟧ رفت.", "latin_punctuation", "warning", "؛"),
    ("چرا آمد⟦?⟧", "latin_punctuation", "warning", "؟"),
    ("۳ شب و ⟦12⟧ روز", "mixed_digits", "warning", "۱۲"),
    ("⟦٤⟧ کتاب", "mixed_digits", "warning", "۴"),
    ("فصل ⟦12⟧ کتاب", "mixed_digits", "info", "۱۲"),
    ("سال ⟦1405⟧ خورشیدی", "mixed_digits", "info", "۱۴۰۵"),
    ("در سال ۱۴۰۴ و ⟦1405⟧ خورشیدی", "mixed_digits", "warning", "۱۴۰۵"),
    ("فصل ⟦۱۲3⟧ کتاب", "mixed_digits", "warning", "۱۲۳"),
    ("ساعت ⟦12:30⟧ شب، ۵ آذر", "mixed_digits", "warning", "۱۲:۳۰"),
    ("⟦1,250,000⟧ کتاب", "mixed_digits", "info", "۱٬۲۵۰٬۰۰۰"),
    ("⟦12٫5⟧ متر", "mixed_digits", "info", "۱۲٫۵"),
    ("⟦۱۲.5⟧ متر", "mixed_digits", "warning", None),
    ("زبان Python ⟦3.۱۲⟧ را نوشت.", "mixed_digits", "warning", None),
    ("در ۲ سال، ⟦12.5⟧ متر", "mixed_digits", "info", None),
    ("نوشت: «⟦ك⟧تاب پدر»", "arabic_letter", "error", "ک"),
    ("نوشت: «⟦ك⟧تاب»", "arabic_letter", "warning", "ک"),
    ("نوشت: «الحمد لله رب العالم⟦ي⟧ن»", "arabic_letter", "info", None),
    ("نوشت: «رَبِّ ⟦ي⟧َسِّر»", "arabic_letter", "info", None),
    ("نوشت: “هو ف⟦ي⟧ البدر”", "arabic_letter", "info", None),
    ("⟦ك⟧تاب «هذا» و باغ", "arabic_letter", "error", "ک"),
    ("حرف «⟦ي⟧» دو نقطه دارد.", "arabic_letter", "info", None),
    ("باغ⟦  ⟧سبز", "double_space", "warning", " "),
    ("باغ ⟦(⟧سبز", "unbalanced", "warning", None),
    ("باغ سبز⟦»⟧ و آبی", "unbalanced", "warning", None),
    ('گفت ⟦"⟧سلام', "unbalanced", "warning", None),
    ("⟦\u202b⟧باغ سبز", "bidi_control", "error", ""),
]
FARSI_RIGHT = [
    "می‌خواهم کتاب‌هایم را بخوانم؛ نمی‌دانم کجا هستند.",
    "همه رفته‌اند و ما مانده‌ایم.",
    "دفترها، درها و کارها را نوشتیم.",
    "۱۲ می روز خوبی بود و ماه می گذشت.",
    "میدانی بزرگ در شهر است.",
    "تنها بها و رها ماند.",
    "خانهٔ ما، باغ شما؛ مسئلهٔ دیگری نیست.",
    "دایرةالمعارف را از کتابخانه گرفت.",
    "گفت: «باغ (سبز) کجاست؟» و رفت.",
    "«او گفت: “برو” و رفت.»",
    "زبان Python 3 و A4 را ۱۲ بار نوشت.",
    "نشانی ما https://example.org/?a=1,2;b=3 است.",
    "به mina,bo@example.org بنویسید: desk@example.org",
    "دستور `a, b; c?` را بزنید.",
    "۱۲٫۵ متر و ۱٬۲۵۰ کتاب",
    *(f"در ۱۲ روز، {number} را نوشت." for number in LENT_NUMBERS),
    "نسخهٔ Windows 10 و 11 در ۳ روز",
    "بازهٔ [۰، ۱) و (۲، ۳]",
    "الف) باغ ب) خانه ۱) در",
    "«بند یکم\n«بند دوم»",
    "از ها تا یا: به ها گفتند بله.",
    "تلفن: +98 21 1234 5678",
    "سال ۱۴۰۵ ه\u200d.ش. و سدهٔ ۱۴",
    "واژهٔ \u2066garden\u2069 و خانه‌ای در باغ",
    "﴿كتاب يقرأ?﴾",
]

# Arabic ---------------------------------------------------------------------------------------

ARABIC_WRONG: list[Case] = [
    ("⟦ک⟧تاب جديد", "persian_letter", "error", "ك"),
    ("ب⟦ی⟧ت قديم", "persian_letter", "error", "ي"),
    ("ف⟦ی⟧ البيت", "persian_letter", "error", "ي"),
    ("الت⟦ی⟧ قرأت", "persian_letter", "error", "ي"),
    ("ذهب إل⟦ی⟧ البيت", "persian_letter", "error", "ى"),
    ("ومت⟦ی⟧ يعود", "persian_letter", "error", "ى"),
    ("كتاب عل⟦ی⟧ الرف", "persian_letter", "error", None),
    ("كت⟦ـــ⟧اب", "stray_tatweel", "warning", ""),
    ("نعم⟦,⟧ هذا كتاب.", "latin_punctuation", "warning", "،"),
    ("جاء⟦;⟧ ثم ذهب.", "latin_punctuation", "warning", "؛"),
    ("لماذا ذهب⟦?⟧", "latin_punctuation", "warning", "؟"),
    ("قال: «لماذا»⟦?⟧", "latin_punctuation", "warning", "؟"),
    ("بعد ٣ ليال و ⟦12⟧ يوما", "mixed_digits", "warning", "١٢"),
    ("⟦۴⟧ كتب", "mixed_digits", "warning", "٤"),
    ("الفصل ⟦12⟧ من الكتاب", "mixed_digits", "info", "١٢"),
    ("سنة ⟦1405⟧ للهجرة", "mixed_digits", "info", "١٤٠٥"),
    ("الفصل ⟦١٢3⟧ من الكتاب", "mixed_digits", "warning", "١٢٣"),
    ("الساعة ⟦12:30⟧ ليلا بعد ٣ أيام", "mixed_digits", "warning", "١٢:٣٠"),
    ("⟦1,250,000⟧ كتاب", "mixed_digits", "info", "١٬٢٥٠٬٠٠٠"),
    ("⟦١٢.5⟧ متر", "mixed_digits", "warning", None),
    ("لغة Python ⟦3.١٢⟧ هنا.", "mixed_digits", "warning", None),
    ("⟦۲۰۲۶/۱۱/۲۴⟧ في المدينة", "mixed_digits", "warning", "٢٠٢٦/١١/٢٤"),
    ("بيت⟦  ⟧كبير", "double_space", "warning", " "),
    ("بيت ⟦(⟧كبير", "unbalanced", "warning", None),
    ("بيت ⟦«⟧كبير", "unbalanced", "warning", None),
    ("بيت ⟦“⟧كبير", "unbalanced", "warning", None),
    ("بيت ⟦[⟧كبير", "unbalanced", "warning", None),
    (f"مكتب⟦{ZWNJ}⟧.", "misplaced_zwnj", "warning", ""),
    (f"مك⟦{ZWNJ}{ZWNJ}⟧تب", "doubled_zwnj", "warning", ZWNJ),
    ("بيت ⟦\u202e⟧كبير", "bidi_control", "error", ""),
]
ARABIC_RIGHT = [
    "ذهبت إلى المكتبة في الصباح، ثم عدت؛ أليس كذلك؟",
    "قال: «هذا كتاب (قديم) جدا».",
    "قال: ”هذا كتاب“ ثم مضى.",
    "قال: “هذا كتاب” ثم مضى.",
    "قرأ ١٢ كتابا في ٣ أشهر.",
    "العدد ٣٫٥ والعدد ١٬٢٥٠",
    *(f"في ١٢ يوما، {number} هنا." for number in LENT_NUMBERS),
    "الفترة [٠، ١) والفترة (٢، ٣]",
    "مَدرسةٌ كبيرةٌ فيها كُتُبٌ كثيرة",
    "١٤٤٧ هـ في المدينة",
    "الـ PDF والـ HTML",
    "لغة Python 3 وورق A4",
    "ڤيتامين وغوغل وپنسلين",
    "العنوان https://example.org/?a=1,2;b=3 هنا.",
    "اكتب إلى desk@example.org",
    "الأمر `a, b; c?` سهل.",
    "أ) أولا ب) ثانيا ١) ثالثا",
    "«الفقرة الأولى\n«الفقرة الثانية»",
    "المسافة 15 km تقريبا",
    "وصلت الحافلة :)",
    "موسيقى المدينة في المقهى",
    "\u2067كتاب\u2069 صغير",
]

# Albanian -------------------------------------------------------------------------------------

ALBANIAN_WRONG: list[Case] = [
    ("Libri ⟦eshte⟧ i vjetër.", "missing_diacritic", "warning", "është"),
    ("⟦Eshte⟧ herët.", "missing_diacritic", "warning", "Është"),
    ("Lexoi ⟦nje⟧ libër.", "missing_diacritic", "warning", "një"),
    ("Libri ⟦per⟧ detin", "missing_diacritic", "warning", "për"),
    ("Dy libra ⟦per⟧ person", "missing_diacritic", "warning", "për"),
    ("⟦Cdo⟧ ditë lexon.", "missing_diacritic", "warning", "Çdo"),
    ("Deti i ⟦Shqiperise⟧", "missing_diacritic", "warning", "Shqipërisë"),
    ("LIBRI ⟦ESHTE⟧ I VJETËR", "missing_diacritic", "warning", "ËSHTË"),
    ("Një ⟦ceshtje⟧ e hapur", "missing_diacritic", "warning", "çështje"),
    ("Këndoi ⟦kenget⟧ e detit.", "missing_diacritic", "warning", "këngët"),
    ("Ku është ⟦celesi⟧?", "missing_diacritic", "warning", "çelësi"),
    ("Erdhi ⟦pervec⟧ tij.", "missing_diacritic", "warning", "përveç"),
    ("Dhjetë, ⟦njezet⟧ dhe tridhjetë", "missing_diacritic", "warning", "njëzet"),
    ("Një pemë⟦  ⟧e gjelbër", "double_space", "warning", " "),
    ("Një pemë ⟦(⟧e gjelbër", "unbalanced", "warning", None),
    ("Një ⟦„⟧pemë e gjelbër", "unbalanced", "warning", None),
    ("Një pemë⟦»⟧ e gjelbër", "unbalanced", "warning", None),
    ('Një ⟦"⟧pemë e gjelbër', "unbalanced", "warning", None),
    ("12 libra dhe ⟦۳⟧ fletore", "mixed_digits", "warning", "3"),
    ("Një pemë ⟦\u202e⟧e gjelbër", "bidi_control", "error", ""),
    ("Një pemë ⟦\u2067⟧e gjelbër", "bidi_control", "warning", None),
]
ALBANIAN_RIGHT = [
    "Çdo ditë është një ditë e bukur për të lexuar.",
    "Duhet të ketë kohë; e thotë edhe libri.",
    "Vajti te shtëpia që qe e bardhë.",
    "Një shumë e madhe dhe shume të tjera",
    "Të ardhurat per capita dhe ligji per se",
    "Pagesa per diem, pagesa per-diem dhe per annum",
    "Intervali [0; 1,5) dhe (2, 3]",
    "Jane, Kane dhe Per lexojnë bashkë.",
    "Departamenti PER dhe zyra e re",
    "Një „fjalë“ dhe «tjetra», “e treta” dhe „e katërta”.",
    "Faqja www.shtepia.example/eshte/nje është e re.",
    "Shkruani te eshte@example.org për #shqiperia.",
    "a) e para b) e dyta 1) e treta",
    "Shkruani `eshte` këtu.",
    "E\u0308shte\u0308 mëngjes.",
    'Një ekran 15" në tavolinë',
    "Moti :) dhe deti :(",
    "12 libra, 3,5 litra dhe A4",
    "„Paragrafi i parë\n„Paragrafi i dytë“",
    "Fjala perse_1 dhe nje2 në kod",
]

# English, and what all have in common ---------------------------------------------------------

ENGLISH_WRONG: list[Case] = [
    ("Two⟦  ⟧words", "double_space", "warning", " "),
    ("A garden ⟦(⟧green", "unbalanced", "warning", None),
    ("A garden⟦)⟧ and more", "unbalanced", "warning", None),
    ("A garden ⟦[⟧0, 1, 2)", "unbalanced", "warning", None),
    ("A ⟦[⟧garden (green)", "unbalanced", "warning", None),
    ("A {garden (⟦[⟧green)}", "unbalanced", "warning", None),
    ("She said ⟦“⟧go", "unbalanced", "warning", None),
    ("She said go⟦”⟧ again", "unbalanced", "warning", None),
    ('She said ⟦"⟧go', "unbalanced", "warning", None),
    ("Said ⟦“⟧go “again”", "unbalanced", "warning", None),
    ("safe⟦\u202e⟧gnp.exe", "bidi_control", "error", ""),
    ("safe ⟦\u202a⟧text", "bidi_control", "error", ""),
    ("one ⟦\u2066⟧two", "bidi_control", "warning", None),
    ("one⟦\u2069⟧ two", "bidi_control", "warning", None),
    ("one ⟦\u2068⟧two\nthree", "bidi_control", "warning", None),
    ("7 boats and ⟦٣⟧ sails", "mixed_digits", "warning", "3"),
    ("Chapter ⟦۳⟧", "mixed_digits", "info", "3"),
    ("Chapter ⟦1۳⟧", "mixed_digits", "warning", "13"),
    ("Chapter ⟦۳٫۵⟧", "mixed_digits", "info", None),
]
ENGLISH_RIGHT = [
    "It's a “quiet” morning (really), isn't it?",
    'She said "go" and went.',
    'A 5" pipe and a 12" plank',
    '"One paragraph\n"and the next"',
    "“One paragraph\n\n“and the next”",
    "The boat (the [old] one) {here}",
    "Rain :( and sun :) and ;-)",
    "In [0, 1), (−1.5, 2], (-∞, 0] and [a, b)",
    "a) one b) two 3) three iv) four",
    "\u2066one\u2069 and \u2067کتاب ۱۲\u2069",
    "  indented\n    more\nend  ",
    "The words «کتاب ۱۲» there",
    "https://example.org/a_(b)_c?x=a and www.example.org",
    "Run `a  ( b` twice.",
    "Call +1 (555) 123-4567.",
    "#tag,more and @name;",
    "",
    "\n\n",
]


@pytest.mark.parametrize(
    ("locale", "text", "code", "severity", "fix"),
    [
        *(("fa", *case) for case in FARSI_WRONG),
        *(("ar", *case) for case in ARABIC_WRONG),
        *(("sq", *case) for case in ALBANIAN_WRONG),
        *(("en", *case) for case in ENGLISH_WRONG),
    ],
)
def test_what_is_wrong_is_found_where_it_stands(
    locale: str, text: str, code: str, severity: str, fix: str | None
) -> None:
    assert_found(text, locale, code, severity, fix)


@pytest.mark.parametrize(
    ("locale", "text"),
    [
        *(("fa", text) for text in FARSI_RIGHT),
        *(("ar", text) for text in ARABIC_RIGHT),
        *(("sq", text) for text in ALBANIAN_RIGHT),
        *(("en", text) for text in ENGLISH_RIGHT),
    ],
)
def test_what_is_right_is_let_be(locale: str, text: str) -> None:
    assert check_text(text, locale) == []


# Several together -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("locale", "text", "mended"),
    [
        ("fa", 'گفت "سلام" و رفت.', "گفت «سلام» و رفت."),
        ("fa", "مي خواهم كتاب هايم را بخوانم,خوب?", "می‌خواهم کتاب‌هایم را بخوانم،خوب؟"),
        ("fa", "می\u200c روم  و می\u200c\u200cآیم", "می‌روم و می‌آیم"),
        ("fa", "میـــخواهم", "می‌خواهم"),
        ("fa", "باغ\u202b ها", "باغ‌ها"),
        ("ar", 'قال "هذا کتاب,جدید" في ۱۲ یوما؟', "قال «هذا كتاب،جديد» في ١٢ يوما؟"),
        ("sq", 'Ai tha "eshte vone  per nje liber"', "Ai tha „është vone për një libër“"),
        ("en", "Two  words \u202aand  more", "Two words and more"),
    ],
)
def test_a_text_is_right_when_all_its_fixes_are_made(locale: str, text: str, mended: str) -> None:
    assert apply_fixes(text, check_text(text, locale)) == mended
    assert check_text(mended, locale) == []


def test_what_two_rules_mend_in_one_place_is_one_finding() -> None:
    assert told("می\u200c خواهم", "fa") == [("missing_zwnj", "\u200c ", "\u200c")]
    assert told("مي خواهم", "fa") == [("arabic_letter", "ي", "ی"), ("missing_zwnj", " ", "\u200c")]
    assert told("مـيخواهم", "fa") == [("missing_zwnj", "مـي", "می\u200c")]


def test_the_most_severe_of_what_became_one_counts() -> None:
    (one,) = check_text("ميخواهم", "fa")
    assert (one.code, one.severity, one.fix) == ("missing_zwnj", "error", "می\u200c")


def test_quotation_marks_are_mended_in_pairs_or_not_at_all() -> None:
    assert told('"باغ" و "شهر"', "fa") == [("ascii_quotes", '"', mark) for mark in "«»«»"]
    assert told('"باغ" و "شهر', "fa") == [
        ("ascii_quotes", '"', None),
        ("ascii_quotes", '"', None),
        ("unbalanced", '"', None),
    ]
    assert told('«او گفت "باغ" و رفت»', "fa") == []
    assert told('واژهٔ "garden" را گفت', "fa") == []
    assert told('Fjala "det" këtu', "sq") == [("ascii_quotes", '"', "„"), ("ascii_quotes", '"', "“")]
    assert told('The word "sea" here', "en") == []


def test_an_edition_may_write_other_digits_than_its_language() -> None:
    text = "در ۱۲ روز و ۳ شب"
    assert told(text, "fa") == []
    assert [(one.code, one.severity, one.fix) for one in check_text(text, "fa", numbering="latn")] == [
        ("mixed_digits", "info", "12"),
        ("mixed_digits", "info", "3"),
    ]
    assert told("در 12 روز", "fa", numbering="latn") == []
    assert told("12 days and ১২ nights", "en", numbering="beng") == []


@pytest.mark.parametrize(
    ("locale", "text", "codes"),
    [
        ("ur", "کتاب ہے,  كيا?", ["latin_punctuation", "double_space", "latin_punctuation"]),
        ("ckb", "کتێبێکی باش, بەڵێ", ["latin_punctuation"]),
        ("fa-AF", "كتاب ها", ["arabic_letter", "missing_zwnj"]),
        ("ar-EG", "کتاب", ["persian_letter"]),
        ("ar-MA", "١٢ كتابا", ["mixed_digits"]),
        ("de", "Das „Haus“ und »der Hof« sind offen )", ["unbalanced"]),
        ("he", 'ספר  "טוב" (', ["double_space", "unbalanced"]),
        ("ja", "本(ほん)「ほん」  です", ["double_space"]),
    ],
)
def test_other_languages_are_checked_for_what_is_known_of_them(locale: str, text: str, codes: list[str]) -> None:
    assert [code for code, _, _ in told(text, locale)] == codes


def test_a_language_nobody_knows_is_refused() -> None:
    for locale in ("", "xx", "fa_IR!", "not a tag"):
        with pytest.raises(UnknownLocaleError):
            check_text("x", locale)
