"""The words that the benchmarks' texts are made of, in four languages: gardens, kitchens, weather and crafts.

Written for this project. They stand in the order of their frequency, the little words of the language
first; whatever is rarer is two of them written as one. Planted words are in no text but where
`corpus` plants them, and neither are their stems.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Planted:
    """Words of known frequency. `form` is another form of `word`, of the same stem; Albanian has no stemmer."""

    word: str
    form: str
    beside: str
    begun: str
    """The beginning of `word` and `form`, and of no other word of any language."""
    many: str


SHARED = "velmora"
"""The name of an invented tune, the same in every language."""

PLANTED: Mapping[str, Planted] = {
    "en": Planted("lantern", "lanterns", "marmalade", "lanter", "quilt"),
    "ar": Planted("برتقال", "البرتقال", "زعفران", "برتق", "طاووس"),
    "fa": Planted("فانوس", "فانوس‌ها", "زعفران", "فانو", "طاووس"),
    "sq": Planted("fener", "fener", "marmelatë", "fene", "xixëllonjë"),
}

JOINER: Mapping[str, str] = {"fa": "\u200c"}
"""What stands between two words that are written as one, where anything does."""

SECTIONS: Sequence[Mapping[str, str]] = (
    {"en": "Cooking", "ar": "طبخ", "fa": "آشپزی", "sq": "Gatim"},
    {"en": "Journeys", "ar": "رحلات", "fa": "سفرنامه", "sq": "Udhëtime"},
    {"en": "Crafts", "ar": "حرف", "fa": "پیشه‌وری", "sq": "Zeje"},
    {"en": "Weather", "ar": "طقس", "fa": "آب‌وهوا", "sq": "Moti"},
)

TAGS: Sequence[Mapping[str, str]] = (
    {"en": "Seeds", "ar": "بذور", "fa": "دانه‌ها", "sq": "Fara"},
    {"en": "Ovens", "ar": "أفران", "fa": "تنورها", "sq": "Furra"},
    {"en": "Looms", "ar": "أنوال", "fa": "دارهای قالی", "sq": "Tezgjah"},
    {"en": "Bridges", "ar": "جسور", "fa": "پل‌ها", "sq": "Ura"},
    {"en": "Clouds", "ar": "غيوم", "fa": "ابرها", "sq": "Re"},
)

WORDS: Mapping[str, Sequence[str]] = {
    locale: text.split()
    for locale, text in {
        "en": """
            the of and in a to with on for from by under near after over
            garden water bread morning river house tree road stone evening market
            winter summer kitchen window field small old green warm long quiet
            wool wood salt flour apple pear onion honey milk butter cheese oven
            table chair basket bottle spoon plate cup candle door roof wall bridge
            boat harbour island mountain valley forest meadow spring autumn rain snow
            wind cloud storm sunlight shadow moon star bird bee goat sheep horse
            fish cat leaf root seed flower branch berry grape walnut almond pepper
            needle thread cloth carpet loom clay jar brush paper ink pencil letter
            book library school lesson song drum flute dance game story clock train
            bicycle wheel ladder hammer saw nail rope map path corner square street
            bakes grows carries gathers mends weaves paints washes waits walks reads
            counts measures fills opens closes finds keeps brings turns sings""",
        "ar": """
            في من على إلى عن مع ثم أو بعد قبل تحت قرب حين كل بين
            حديقة ماء خبز صباح نهر بيت شجرة طريق حجر مساء سوق
            شتاء صيف مطبخ نافذة حقل صغير قديم أخضر دافئ طويل هادئ
            صوف خشب ملح طحين تفاح إجاص بصل عسل حليب زبدة جبن فرن
            طاولة كرسي سلة قارورة ملعقة صحن كوب شمعة باب سقف جدار جسر
            قارب ميناء جزيرة جبل واد غابة مرج ربيع خريف مطر ثلج
            ريح غيمة عاصفة ضياء ظل قمر نجمة عصفور نحلة ماعز خروف حصان
            سمك قطة ورقة جذر بذرة زهرة غصن توت عنب جوز لوز فلفل
            إبرة خيط قماش سجادة نول طين جرة فرشاة حبر قلم رسالة
            كتاب مكتبة مدرسة درس أغنية طبل مزمار رقصة لعبة قصة ساعة قطار
            دراجة عجلة سلم مطرقة منشار مسمار حبل خريطة ممر زاوية ساحة شارع
            يخبز ينمو يحمل يجمع يصلح ينسج يرسم يغسل ينتظر يمشي يقرأ
            يعد يقيس يملأ يفتح يغلق يجد يحفظ يجلب يدور يغني""",
        "fa": """
            و در به از که را با برای این تا هر یا پس زیر کنار
            باغ آب نان صبح رودخانه خانه درخت راه سنگ عصر بازار
            زمستان تابستان آشپزخانه پنجره کشتزار کوچک قدیمی سبز گرم بلند آرام
            پشم چوب نمک آرد سیب گلابی پیاز عسل شیر کره پنیر تنور
            میز صندلی سبد بطری قاشق بشقاب فنجان شمع درگاه بام دیوار پل
            قایق بندر جزیره کوه دره جنگل چمنزار بهار پاییز باران برف
            باد ابر توفان روشنایی سایه ماه ستاره پرنده زنبور بز گوسفند اسب
            ماهی گربه برگ ریشه دانه گل شاخه توت انگور گردو بادام فلفل
            سوزن نخ پارچه قالی دار گِل کوزه قلم‌مو کاغذ مرکب مداد نامه
            کتاب کتابخانه مدرسه درس ترانه دهل نی رقص بازی داستان ساعت قطار
            دوچرخه چرخ نردبان چکش اره میخ طناب نقشه گذرگاه گوشه میدان خیابان
            می‌پزد می‌روید می‌برد می‌چیند می‌دوزد می‌بافد می‌شوید می‌ماند می‌رود می‌خواند
            می‌شمارد می‌سنجد می‌گشاید می‌بندد می‌یابد می‌آورد می‌چرخد کتاب‌ها درخت‌ها خانه‌ها""",
        "sq": """
            e të në dhe i me për nga një ku pas mbi nën pranë kur
            kopsht ujë bukë mëngjes lumë shtëpi pemë rrugë gur mbrëmje treg
            dimër verë kuzhinë dritare fushë vogël vjetër gjelbër ngrohtë gjatë qetë
            lesh dru kripë miell mollë dardhë qepë mjaltë qumësht gjalpë djathë furrë
            tryezë karrige shportë shishe lugë pjatë filxhan qiri derë çati mur urë
            varkë liman ishull mal luginë pyll livadh pranverë vjeshtë shi borë
            erë re stuhi dritë hije hënë yll zog bletë dhi dele kalë
            peshk mace gjethe rrënjë farë lule degë manaferrë rrush arrë bajame spec
            gjilpërë fije pëlhurë qilim tezgjah argjilë qyp furçë letër bojë laps çantë
            libër bibliotekë shkollë mësim këngë daulle fyell valle lojë tregim orë tren
            biçikletë rrotë shkallë çekiç sharrë gozhdë litar hartë shteg qoshe shesh çelës
            pjek rritet mban mbledh ndreq thur pikturon lan pret ecën lexon
            numëron mat mbush hap mbyll gjen ruan sjell kthen këndon""",
    }.items()
}
