"""Short texts in four languages, for the search tests: gardens, bread, books and weather, with every spelling trap.

Each has a name by which `search_pairs` says what must find it. They are written newest first.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from html import escape
from typing import Any

from nejat_cms.content.rules.html import parse_html
from nejat_cms.content.rules.snapshots import Body

NEWEST = datetime(2026, 3, 1, 12, tzinfo=UTC)
LONG_WORD = "rinne" * 16
"""80 letters: an index keeps 64."""
PRESENTED = "\ufedb\ufe98\ufe8e\ufe8f \ufe8d\ufedf\ufec4\ufe92\ufea6"
"""كتاب الطبخ in presentation forms, as old files have it."""


@dataclass(frozen=True)
class Text:
    """A text of the corpus."""

    name: str
    title: str
    lead: str
    body: str

    def work(self, at: datetime) -> dict[str, Any]:
        """As `press` takes it."""
        return {"title": self.title, "lead": self.lead, "body": body_of(self.body), "published_at": at}


def body_of(text: str) -> Body:
    """A plain text as a body: a paragraph for each line."""
    html = "".join(f"<p>{escape(line, quote=False)}</p>" for line in text.split("\n"))
    return Body(parse_html(html)[0], as_html=True)


def works(texts: Sequence[Text]) -> list[dict[str, Any]]:
    """The texts as `press` takes them, each an hour older than the one before."""
    return [text.work(NEWEST - timedelta(hours=at)) for at, text in enumerate(texts)]


CORPUS: Mapping[str, Sequence[Text]] = {
    "en": (
        Text("boats", "Paper boats on the river", "Children fold them in spring.", "A boat of paper floats an hour."),
        Text("mill", "The old mill", "Water turns the wheel.", "The miller's books tell of boats made of paper."),
        Text(
            "bread",
            "Baking bread at home",
            "Flour, water, salt",
            "Forty-five minutes at 220 °C, 1,250 g of flour, 3.5 g of yeast.\n"
            "Write to bakers@example.org or read https://example.org/rye_recipes?page=2#crust.",
        ),
        Text(
            "library",
            "A library for everybody",
            "Readers don’t pay",
            "The O'Neil shelf holds 12500 volumes. A naïve résumé, ＦＵＬＬ width and co\u00adoperation are there too.",
        ),
        Text(
            "bees", "What bees know", "Beehives hum: 3 < 5 & <b>bold</b>", "They dance “in the dark” to tell the way."
        ),
        Text("long", f"The {LONG_WORD} stream", "A long word", f"{LONG_WORD}x and {LONG_WORD[:70]}."),
        Text("swim", "Swimming lessons", "Everybody swims", "Swimmers rest in the state-of-the-art pool."),
        Text("connect", "Connected gardens", "A path joins them", "Walk from one to the next."),
        Text("connection", "A connection of ponds", "A ditch joins them", "Frogs use it."),
        Text("connecting", "Gates", "They are connecting fields", "Sheep pass."),
        Text("cafe", "Café and CAFÉ", "Coffee, Straße, İstanbul, Łódź", "Œuvre, æther, smørrebrød, encyclopædia."),
        Text("mixed", "A word of Farsi: «باغ»", "Garden is باغ", "The Arabic word is حديقة, the Albanian one kopsht."),
    ),
    "ar": (
        Text("kitab", "كتاب قديم في المكتبة", "قصة كتاب نادر", "وَجَدَ الطفلُ كِتَابًا في مَدرَسةٍ صغيرة."),
        Text("kutub", "الكتب والأقلام", "كتبٌ كثيرة", "اشترينا ثلاثة كتب وقلمين."),
        Text("walkitab", "القلم والكتاب", "هدية", "أخذت القلم والكتاب إلى البيت، ومعهما دفتر."),
        Text("madrasa", "مَدْرَسَةُ النَّحْل", "كيف يتعلّم النحلُ الرقصَ؟", "المدارس الصغيرة في الحديقة."),
        Text("ala", "على ضفة النهر", "نزهة هادئة", "مشى الأولاد إلى الجسر ثم عادوا."),
        Text("ali", "شجرة علي", "شجرة عالية في فناء البيت", "زرعها علي قبل سنوات."),
        Text("rain", "أمطار آذار", "إبريق وإناء للماء", "ٱلْمَطَر على الأوراق، وأصوات الأرض."),
        Text("masul", "مسؤول الحديقة", "شؤون الأزهار", "سُئل المسؤول عن الريّ فقال شيئًا عن البئر."),
        Text("masul2", "مسئول المكتبة", "شئون القرّاء", "المكتبة مفتوحة مساءً."),
        Text("digits", "حصاد ٢٠٢٥", "ألف و٢٥٠ سلة", "في السنة ۱۴۰۴ بالأرقام الفارسية و1446 بالأرقام الأخرى."),
        Text("cooking", f"قديم: {PRESENTED}", "وصفات", "الحساء والخبز وﻻ شيء غيرهما."),
        Text("tatweel", "اللغة العـــربيـــة", "خطّ جميـــل", "الحروف تمتد."),
        Text("persian", "ﭘﻨﺠﺮه بحرف فارسي", "چای وگل", "كلمات من لغة أخرى، بيت وبنت."),
        Text("rights", "اليوم العالمي لحقوق الإنسان", "ندوة بالحب", "بدت كقلعة بعيدة."),
        Text("sun", "الشمس والقمر", "سماء صافية", "فالشمس تشرق، وبالليل قمر، كالمصباح للمسافر."),
    ),
    "fa": (
        Text("zwnj", "کتاب‌های کودکان", "می‌خواهم بخوانم", "این کتاب‌ها را نمی‌فروشیم."),
        Text("joined", "کتابهای قدیمی", "میخواهم بخوانم", "این کتابها را نمیفروشیم."),
        Text("spaced", "کتاب های باران‌خورده", "می خواهم بخوانم", "این کتاب ها را نمی فروشیم."),
        Text("biggest", "بزرگ‌ترین باغ", "زیباتر از باغ‌های دیگر", "سبزترین و بزرگتر از همه، کوچک تر از دشت."),
        Text("weekly", "هفته‌نامهٔ باغبان", "نامهٔ خانه‌ی ما", "مجلهٔ ماهانه و هفته نامه."),
        Text("house", "خانۀ مادربزرگ", "خانه و حیاط", "کلیۀ اتاق‌ها آفتاب‌گیر است."),
        Text("arabic_keys", "ماهي هاي كوچك", "دريا و كوه", "قايق كاغذي در بركة آب، على‌رغم باد."),
        Text("tea", "چای داغ", "ژاله بر پنجره", "پر پرنده روی گل افتاد."),
        Text("place", "جای خالی", "بر بام", "کل راه را پیاده رفتیم، زاله‌ای ندیدیم."),
        Text("supply", "تا\u0654مین آب", "مسئول آبیاری", "مسؤول مزرعه رأی داد؛ سؤال و جرأت."),
        Text("supply2", "تامین نور", "مسوول روشنایی", "رای و سوال و جرات."),
        Text("compound", "پیش‌داوری‌ها دربارهٔ آب‌وهوا", "گفت‌وگو", "پیش‌داوری‌هایی که گفت‌وگوها را سخت می‌کند."),
        Text("digits", "بهار ۱۴۰۴", "۲۵۰ نهال", "در سال ٢٠٢٥ میلادی، 1446 قمری."),
        Text("formal", "می‌آییم و می‌رویم", "نمی‌دانند", "رفته‌اند، آمده‌ایم، خانه‌شان آن‌جاست."),
        Text("apart", "هیچ کس آن را ندید", "این که درمان گاه دور است", "سایه‌ی دیوار، سنگ‌های رود و ۱٬۰۰۰ املاء."),
        Text("together", "هیچکس آنرا ندید", "اینکه درمانگاه دور است", "سایهٔ دیوار، سنگهای رود و ۱۰۰۰ املا."),
        Text("latin", "کتاب HTML برای باغبانان", "Wi-Fi در گلخانه", "نشانی: https://example.org/bagh و «سیب ترش»."),
    ),
    "sq": (
        Text("house", "Shtëpia në mal", "Çatia e kuqe", "Dritarja sheh nga lugina; dëbora bie në dhjetor."),
        Text("rights", "Të drejtat e lexuesit", "Çdo lexues ka të drejta", "E drejta për të lexuar në heshtje."),
        Text("tea", "Çaji i malit", "Ç’është çaji?", "S’ka pije më të mirë. T’i shtojmë pak mjaltë."),
        Text("books", "Librat e gjyshes", "Libri i vjetër", "Me librin në dorë; një libër për dimër."),
        Text("ascii", "Shtepia ne fshat", "Caji pa sheqer", "Ketu shkruhet pa shenja."),
        Text("capitals", "BREGU I LIQENIT", "UJË I ËMBËL", "ÇELËSI ËSHTË NË DERË."),
        Text("decomposed", "E\u0308ndrra e pranvere\u0308s", "C\u0327iklisti", "Zile dhe rruga."),
        Text("bread", "Buka e shtëpisë", "Miell, ujë, kripë", "Piqet 45 minuta në 220 gradë."),
    ),
}
