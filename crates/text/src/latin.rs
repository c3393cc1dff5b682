//! Languages of Latin script: function words first, because a post is short, slangy and full of names; n-grams where
//! those say nothing.

use std::collections::HashMap;
use std::sync::LazyLock;

use lingua::{Language, LanguageDetector, LanguageDetectorBuilder};

/// Frequent words that carry grammar, greetings and slang, by BCP 47 code. A word of several languages counts for each
/// of them by an equal part.
const FUNCTION_WORDS: &[(&str, &str)] = &[
    (
        "en",
        "the a an and or but if of to in on at by for from with about into onto as is are was were be been being am
         do does did done have has had will would can could should may might must not no yes i me my mine you your
         yours he him his she her it its we us our they them their this that these those there here what which who
         whom whose when where why how all any some more most much many just so than then too very only also now
         out up down over under again off after before between without within through during against behind while
         until because though since upon across around along among every each other another both few such own same
         i'm i've i'd i'll you're you've you'll he's she's it's we're we've they're they've don't doesn't didn't
         can't couldn't won't wouldn't isn't aren't wasn't haven't that's what's there's let's dont cant wont didnt
         doesnt im ive id ur u r lol lmao lmfao rofl omg wtf wth tbh imo idk btw smh ngl fr rn pls plz thx ty gm gn
         bro dude guys gonna wanna gotta yeah yep nope hey hi hello thanks thank please sorry love like good great
         nice cool best bad better worst worse new old big small little long short high low full free open real
         right wrong left back first last next early late today tomorrow yesterday tonight morning night day week
         month year years days hours time times look looks get gets got go goes going gone come comes coming came
         make makes made making take takes took need needs want wants know knows knew think thinks thought see sees
         seen say says said tell told ask asked give gives gave find found feel feels felt keep keeps let put run
         runs show shows work works working play playing watch watching wait waiting use used uses using try tried
         call called start started stop buy bought sell sold pay paid win won lose lost help happy sad hate hope
         wish life people person man men woman women kid kids child children girl boy friend friends family home
         house school world country city place way thing things something anything everything nothing someone
         anyone everyone nobody people's still never always ever really already yet maybe sure even well away
         together today's god comment da dat dis nah money job news story game games season team phone water food
         car music song book movie birthday beautiful amazing awesome funny crazy hard easy ready turns based
         written build building built live lives power light black white red blue green heart hand head eyes face
         body mind word words name number part point end question answer reason problem change changes why's how's war hat",
    ),
    (
        "fr",
        "le la les un une des du de et ou mais si est sont était être avoir ai as a ont avait je tu il elle on nous vous ils
         elles me te se ce cet cette ces mon ma mes ton ta tes son sa ses notre votre leur qui que quoi dont où quand comment
         pourquoi pas ne plus très trop bien dans sur sous avec sans pour par en au aux chez tout tous toute comme aussi
         même c'est j'ai qu'il d'un d'une l'on n'est merci beaucoup bonjour bonsoir salut oui non mdr ptdr alors donc fait faire être ça",
    ),
    (
        "de",
        "der die das den dem des ein eine einen einem einer und oder aber wenn ist sind war waren sein haben hat hatte ich du
         er sie es wir ihr mich dich mir dir uns euch mein dein nicht kein keine auch nur noch schon sehr so wie was wer wo
         wann warum auf in im an am zu zum zur von vom mit bei nach aus für über unter vor durch um als dass weil doch mal
         ja nein danke bitte hallo guten morgen heute immer mehr wird werden kann muss alle man habe bin dann",
    ),
    (
        "es",
        "el la los las un una unos unas de del al y o pero si es son era fue ser estar está están he ha han yo tú él ella
         nosotros ellos me te se le lo nos mi tu su mis sus este esta esto ese esa eso que qué quien quién cuando cómo como
         dónde donde por para con sin en sobre entre no sí muy más menos también ya todo todos toda hay porque pues hoy
         gracias hola buenos buenas días noches jaja jajaja jajajaja vamos muchas mucho bien está estoy eres tengo tiene qué",
    ),
    (
        "pt",
        "o a os as um uma de do da dos das e ou mas se é são era foi ser estar está eu tu ele ela nós vocês você eles me te
         lhe meu minha seu sua este esta isso isto esse essa que quem quando como onde por para com sem em no na nos nas ao
         não sim muito mais menos também já todo todos tudo tem ter porque pois hoje obrigado obrigada olá bom boa dia noite
         kkk kkkk kkkkk gente pra pro tá vou tenho estou mesmo",
    ),
    (
        "it",
        "il lo la i gli le un uno una di del della dei delle e o ma se è sono era essere avere ho hai ha hanno io tu lui lei
         noi voi loro mi ti si ci vi mio mia tuo suo questo questa quello che chi quando come dove perché per con senza in nel
         nella su sul da dal al alla non più molto anche già tutto tutti grazie ciao buongiorno bene sì così fatto cosa sempre",
    ),
    (
        "nl",
        "de het een en of maar als is zijn was waren ben heb hebt heeft had ik jij je hij zij ze wij we jullie mij hem haar
         ons mijn jouw dit dat deze die wat wie waar wanneer waarom hoe niet geen ook nog al zeer heel op in aan te van voor
         met bij naar uit over door om dan omdat toch ja nee dank bedankt hallo goed vandaag wel er maar weer kan wordt",
    ),
    (
        "id",
        "yang dan di ke dari ini itu untuk dengan pada adalah ada tidak bukan sudah belum akan bisa saya aku kamu dia kami
         kita mereka apa siapa kapan dimana kenapa bagaimana juga saja lagi sangat banget gak nggak ga aja udah kalau karena
         jadi tapi atau oleh terima kasih selamat pagi malam semua hari orang wkwk wkwkwk",
    ),
    (
        "tr",
        "bir ve bu şu o da de için ile ama çok daha en ne kim nasıl neden nerede değil var yok ben sen biz siz onlar benim
         senin gibi kadar sonra önce her şey hiç mi mı mu evet hayır teşekkürler merhaba günaydın iyi güzel olan olarak",
    ),
    (
        "pl",
        "i w na z do nie się że to jest są był była być ja ty on ona my wy oni mnie ciebie jak co kto gdzie kiedy dlaczego
         ale lub czy już jeszcze tylko też bardzo dla od po przez przy za o u dzień dobry dziękuję tak proszę",
    ),
    (
        "sv",
        "och att det är en ett på av för med som den inte har jag du han hon vi ni de om till från var men så kan ska vill
         också när hur vad här där mycket tack hej god bra idag mig dig sig",
    ),
    ("vi", "và là của không có cho được này tôi bạn mình anh em với người một những rất cũng đã đang sẽ gì nào cảm ơn"),
];

/// Which languages (bits, in the order of [`FUNCTION_WORDS`]) a word belongs to.
static WORD_LANGUAGES: LazyLock<HashMap<&'static str, u16>> = LazyLock::new(|| {
    let mut bits = HashMap::new();
    for (index, (_, words)) in FUNCTION_WORDS.iter().enumerate() {
        for word in words.split_whitespace() {
            *bits.entry(word).or_insert(0) |= 1 << index;
        }
    }
    bits
});

/// What a word counts that may as well be a name: a single letter, an abbreviation such as `AI`, or a capitalised word before
/// another one, as in `Los Angeles`.
const NAME_CERTAINTY: f32 = 0.25;
/// A leader must have this many times the score of the next language to be believed without n-grams.
const CLEAR_LEAD: f32 = 2.0;
/// A leader must have at least this score: one word of two languages.
const LEAST_SCORE: f32 = 0.5;
/// Function words must make up this share of the words; in running text they are about 0.4.
const LEAST_SHARE: f32 = 0.12;
/// Below this many words, or letters, there is too little for n-grams.
const FEW_WORDS: usize = 4;
/// See [`FEW_WORDS`].
const FEW_LETTERS: usize = 20;
/// Longer text in any language but English holds one of its function words.
const MANY_WORDS: usize = 8;
/// Bytes of a text that the n-grams see; more does not change the answer, only the time.
const LONGEST_SAMPLE: usize = 400;
/// From this many bytes on, trigrams alone decide as well as all n-grams do.
const LONG_SAMPLE: usize = 120;
/// An answer other than English that no function word and no accent supports counts from this probability on.
const SURE_PROBABILITY: f64 = 0.9;

static DETAILED: LazyLock<LanguageDetector> = LazyLock::new(|| ngram_detector().build());
static QUICK: LazyLock<LanguageDetector> =
    LazyLock::new(|| ngram_detector().with_low_accuracy_mode().build());

fn ngram_detector() -> LanguageDetectorBuilder {
    use Language::{English, French, German, Portuguese, Spanish};
    LanguageDetectorBuilder::from_languages(&[English, French, German, Spanish, Portuguese])
}

/// Returns the code of the language of a text in Latin script, given its words in order. Without evidence it is `en`.
pub(crate) fn identify(words: &[&str]) -> &'static str {
    let mut scores = [0.0_f32; FUNCTION_WORDS.len()];
    let mut letters = 0;
    let mut has_accents = false;
    let mut lower = String::new();
    let is_shouted = words.iter().all(|word| !word.contains(char::is_lowercase));
    for (index, word) in words.iter().enumerate() {
        letters += word.len();
        has_accents |= word.chars().any(|c| !c.is_ascii() && c != '’');
        lower.clear();
        for c in word.chars() {
            match c {
                '’' => lower.push('\''),
                _ if c.is_ascii() => lower.push(c.to_ascii_lowercase()),
                _ => lower.extend(c.to_lowercase()),
            }
        }
        let Some(bits) = WORD_LANGUAGES.get(lower.as_str()) else { continue };
        let is_name =
            is_capitalised(word) && words.get(index + 1).is_some_and(|next| is_capitalised(next));
        let is_short_name = lower.len() == 1 || (is_abbreviation(word) && !is_shouted);
        let certainty = if is_name || is_short_name { NAME_CERTAINTY } else { 1.0 };
        let part = certainty / bits.count_ones() as f32;
        for (index, score) in scores.iter_mut().enumerate() {
            if bits & (1 << index) != 0 {
                *score += part;
            }
        }
    }
    let (leader, best, second) = leader(&scores);
    let is_clear = best >= CLEAR_LEAD * second && best >= LEAST_SCORE;
    if is_clear && best >= LEAST_SHARE * words.len() as f32 {
        return leader;
    }
    if !has_accents && best < LEAST_SCORE && words.len() <= MANY_WORDS {
        return "en";
    }
    // A headline of names around one English word needs no n-grams, which would stumble over the names.
    if leader == "en" && !has_accents && second == 0.0 && best >= 1.0 {
        return leader;
    }
    let is_short = words.len() < FEW_WORDS || letters < FEW_LETTERS;
    if is_short && !has_accents {
        return if best > second && best >= LEAST_SCORE { leader } else { "en" };
    }
    let Some((code, probability)) = identify_by_ngrams(words) else {
        return if best > second { leader } else { "en" };
    };
    let is_supported = scores[index_of(code)] >= LEAST_SCORE || has_accents;
    if code == "en" || is_supported || probability >= SURE_PROBABILITY {
        // Lingua knows five languages; where a sixth leads, it is not asked.
        let is_sixth_ahead = best > second && best >= 1.0 && scores[index_of(code)] == 0.0;
        return if is_sixth_ahead { leader } else { code };
    }
    if best > second && best >= 1.0 { leader } else { "en" }
}

fn is_capitalised(word: &str) -> bool {
    let mut letters = word.chars();
    letters.next().is_some_and(char::is_uppercase) && letters.next().is_some_and(char::is_lowercase)
}

fn is_abbreviation(word: &str) -> bool {
    word.len() <= 4 && word.bytes().all(|byte| byte.is_ascii_uppercase())
}

fn index_of(code: &str) -> usize {
    FUNCTION_WORDS.iter().position(|(known, _)| *known == code).unwrap_or(0)
}

/// Returns the language with the highest score (the first one on a tie), its score, and the next score.
fn leader(scores: &[f32]) -> (&'static str, f32, f32) {
    let mut first = 0;
    for (index, score) in scores.iter().enumerate() {
        if *score > scores[first] {
            first = index;
        }
    }
    let mut second = 0.0_f32;
    for (index, score) in scores.iter().enumerate() {
        if index != first {
            second = second.max(*score);
        }
    }
    (FUNCTION_WORDS[first].0, scores[first], second)
}

/// Returns the likeliest language by n-grams of letters, with its probability among the five that lingua knows here.
fn identify_by_ngrams(words: &[&str]) -> Option<(&'static str, f64)> {
    let mut sample = String::with_capacity(LONGEST_SAMPLE);
    for word in words {
        if sample.len() + word.len() > LONGEST_SAMPLE {
            break;
        }
        sample.push_str(word);
        sample.push(' ');
    }
    let detector = if sample.len() >= LONG_SAMPLE { &*QUICK } else { &*DETAILED };
    let (language, probability) =
        detector.compute_language_confidence_values(sample).into_iter().next()?;
    let code = match language {
        Language::English => "en",
        Language::French => "fr",
        Language::German => "de",
        Language::Spanish => "es",
        Language::Portuguese => "pt",
    };
    Some((code, probability))
}

#[cfg(test)]
mod tests {
    use crate::detect_language;

    #[test]
    fn languages_of_latin_script() {
        for (text, code) in [
            ("The battery dies after two hours, very disappointed", "en"),
            ("Worst customer service ever, avoid", "en"),
            ("Barack Obama vowed Wednesday as he visited storm-ravaged New Jersey", "en"),
            ("Florida DJs May Face Felony for April Fools' Water Joke", "en"),
            ("Interactive Dynamic Video", "en"),
            ("C'est vraiment une très mauvaise expérience", "fr"),
            ("merci beaucoup", "fr"),
            ("Bonjour à tous les amis", "fr"),
            ("Das ist wirklich sehr schlecht, nie wieder", "de"),
            ("danke schön", "de"),
            ("Ich habe heute keine Zeit", "de"),
            ("Esto es una vergüenza, no lo compren", "es"),
            ("muchas gracias", "es"),
            ("Não gostei do produto, muito ruim", "pt"),
            ("bom dia gente", "pt"),
            ("Il gatto è sul tavolo e non vuole scendere", "it"),
            ("Ik heb dit niet besteld en het is te laat", "nl"),
            ("aku gak tau kenapa dia bisa begitu banget", "id"),
            ("Bu çok güzel bir şey değil mi", "tr"),
            ("To jest bardzo dobry dzień dla mnie", "pl"),
            ("Jag tycker inte att det är bra", "sv"),
            ("Tôi không thích sản phẩm này", "vi"),
        ] {
            assert_eq!(detect_language(text), Some(code), "{text}");
        }
    }

    #[test]
    fn names_alone_are_english() {
        for text in [
            "Maru turns Android smartphones into portable PCs",
            "Appcamp.io",
            "Firefox OS Pivot to Connected Devices",
            "WOW. @ Los Angeles, California",
            "Tesla",
            "Taylor Swift",
            "Messi",
            "Samsung Galaxy S24 Ultra",
            "Xiaomi vs Huawei",
        ] {
            assert_eq!(detect_language(text), Some("en"), "{text}");
        }
    }
}
