//! The vocabulary, and text that comes in pieces.

use logitlab::{error::Error, text::TextStream, token::Vocab};
use proptest::prelude::*;

fn ids(vocab: &Vocab, text: &str) -> (Vec<u32>, usize) {
    let encoded = vocab.encode(text).unwrap();
    (encoded.ids, encoded.replaced)
}

#[test]
fn notebook_vocabulary() {
    let vocab = Vocab::notebook();
    let text: String = (0..30).map(|id| vocab.token_text(id)).collect();
    assert_eq!((vocab.len(), text.as_str()), (30, "abcdefghijklmnopqrstuvwxyz .,\n"));
}

/// As the notebook: the text in lower case, what is unknown then is a space.
#[test]
fn notebook_encoding() {
    let vocab = Vocab::notebook();
    for (text, expected, replaced) in [
        ("the ", "the ", 0),
        ("", "", 0),
        ("The End.\n", "the end.\n", 0),
        ("a1b", "a b", 1),
        ("<script>", " script ", 2),
        ("🦀é", "  ", 2),
        ("👨‍👩‍👧", "     ", 5), // three people and two joiners
        ("שלום, a", "    , a", 4),
        ("\u{212A}", "k", 0), // the Kelvin sign
        ("\u{130}", "i ", 1), // İ is two characters in lower case: i and a dot above
        ("a\tb\r\n", "a b \n", 2),
    ] {
        let encoded = vocab.encode(text).unwrap();
        assert_eq!(vocab.decode(&encoded.ids).as_deref(), Ok(expected), "{text:?}");
        assert_eq!(encoded.replaced, replaced, "{text:?}");
    }
}

#[test]
fn vocabulary_of_a_text() {
    let vocab = Vocab::from_text("née שלום 🦀 <b>");
    let all: Vec<_> = (0..).take(vocab.len()).map(|id| vocab.token_text(id).into_owned()).collect();
    assert_eq!(all.concat(), " <>benéולםש🦀");
    assert_eq!(ids(&vocab, "née שלום 🦀 <b>").1, 0);
    assert_eq!(ids(&vocab, "É"), ids(&vocab, "é"), "lower case where that is known");
    assert_eq!(ids(&vocab, "zé"), (vec![0, 6], 1));
    assert_eq!(Vocab::from_text("ab").len(), 3, "the space is always there");
    assert_eq!(ids(&Vocab::from_text("aA"), "Aa").0, [1, 2], "upper case where that is known");
}

#[test]
fn tokens_need_not_be_characters() {
    let vocab = Vocab::from_tokens([&b"th"[..], b" ", b"\xF0\x9F", b"\xA6\x80", b"", b"a", b"a"]);
    assert_eq!(vocab.decode(&[0, 2, 3, 4, 5]).as_deref(), Ok("th🦀a"));
    assert_eq!(vocab.decode(&[2, 5]).as_deref(), Ok("\u{FFFD}a"));
    assert_eq!(vocab.token_bytes(3), b"\xA6\x80");
    assert_eq!(vocab.token_text(4), "");
    assert_eq!((vocab.token_text(2), vocab.token_text(3)), ("<0xF0><0x9F>".into(), "<0xA6><0x80>".into()));
    assert_eq!(ids(&vocab, "a t"), (vec![5, 1, 1], 1), "the first of equal tokens; longer tokens are not for typing");
}

#[test]
fn vocabulary_errors() {
    let error = Error::InvalidToken { id: 30, position: 2, vocab_size: 30 };
    assert_eq!(Vocab::notebook().decode(&[0, 29, 30, 31]), Err(error));
}

#[test]
fn without_a_space_a_character_outside_the_vocabulary_is_named() {
    // makemore's: the letters, and a dot where a name begins and ends.
    let names = Vocab::from_tokens(".abcdefghijklmnopqrstuvwxyz".chars().map(String::from));
    assert_eq!(names.encode("emma.EMMA").map(|encoded| encoded.ids), Ok(vec![5, 13, 13, 1, 0, 5, 13, 13, 1]));
    for (text, named) in
        [("emma jo", "' ' at position 4"), ("Zoë", "'ë' at position 2"), ("\u{130}", "'İ' at position 0")]
    {
        let error = names.encode(text).expect_err("a character outside");
        let reason = format!("the character {named} is not in the model's vocabulary");
        assert_eq!(
            (error.code(), error.to_string()),
            ("cannot_encode", format!("the text cannot be turned into tokens: {reason}"))
        );
    }
}

#[test]
fn a_million_characters() {
    let text = "The 🦀 ש<script>\n".repeat(67_000);
    let encoded = Vocab::notebook().encode(&text).unwrap();
    assert_eq!(encoded.ids.len(), text.chars().count());
    assert_eq!(encoded.replaced, 4 * 67_000);
    assert_eq!(Vocab::from_text(&text).encode(&text).unwrap().replaced, 0);
}

/// Pushes the pieces; what each made final, the rest, and the stop.
fn stream(stops: &[&str], pieces: &[&[u8]]) -> (Vec<String>, String, Option<String>) {
    let mut text = TextStream::new(stops.iter().copied());
    let ready = pieces.iter().map(|piece| {
        text.push(piece);
        text.take_ready()
    });
    let ready = ready.collect();
    let rest = text.finish();
    (ready, rest, text.stopped().map(str::to_owned))
}

#[test]
fn streams() {
    type Case<'a> = (&'a [&'a str], &'a [&'a [u8]], &'a [&'a str], &'a str, Option<&'a str>);
    let cases: &[Case<'_>] = &[
        (&[], &[b"ab", b"c"], &["ab", "c"], "", None),
        (&[], &[b"\xF0\x9F", b"\xA6", b"\x80!"], &["", "", "🦀!"], "", None),
        (&[], &[b"a\xF0\x9F"], &["a"], "\u{FFFD}", None),
        (&[], &[b"\xF0\x9F", b"a"], &["", "\u{FFFD}a"], "", None),
        (&[], &[b"\xFF", b"\x80"], &["\u{FFFD}", "\u{FFFD}"], "", None),
        (&["END"], &[b"xE", b"N", b"D", b"y"], &["x", "", "", ""], "", Some("END")),
        (&["END"], &[b"xE", b"N", b"d"], &["x", "", "ENd"], "", None),
        (&["END"], &[b"xEN"], &["x"], "EN", None),
        (&["END"], &[b"xENDy"], &["x"], "", Some("END")),
        (&["aab"], &[b"a", b"a", b"a", b"b"], &["", "", "a", ""], "", Some("aab")),
        (&["abcd", "bc"], &[b"a", b"b", b"c"], &["", "", "a"], "", Some("bc")),
        (&["c", "bc", "xc"], &[b"a", b"bc"], &["a", ""], "", Some("bc")),
        (&["é"], &[b"\xC3", b"\xA9"], &["", ""], "", Some("é")),
        (&["é"], &[b"\xC3", b"\xA8"], &["", "è"], "", None),
        (&["\u{FFFD}"], &[b"a\xC3"], &["a"], "", Some("\u{FFFD}")),
        (&["\n\n"], &[b"a\n", b"b\n\n"], &["a", "\nb"], "", Some("\n\n")),
        (&["", "b"], &[b"ab"], &["a"], "", Some("b")),
    ];
    for (stops, pieces, ready, rest, stopped) in cases {
        let found = stream(stops, pieces);
        let expected =
            (ready.iter().map(|s| (*s).to_owned()).collect(), (*rest).to_owned(), stopped.map(str::to_owned));
        assert_eq!(found, expected, "stops {stops:?}, pieces {pieces:?}");
    }
}

/// Naive: the text of `bytes` before the first stop string to be complete, and that stop string.
fn reference(bytes: &[u8], stops: &[String]) -> (String, Option<String>) {
    let text = String::from_utf8_lossy(bytes).into_owned();
    let ends = text.char_indices().map(|(ix, character)| ix + character.len_utf8());
    for end in ends {
        let complete = stops.iter().filter(|stop| text[..end].ends_with(stop.as_str()));
        if let Some(stop) = complete.max_by_key(|stop| stop.len()) {
            return (text[..end - stop.len()].to_owned(), Some(stop.clone()));
        }
    }
    (text, None)
}

/// Naive: what may be shown when `bytes` are there and more may come.
fn showable(bytes: &[u8], stops: &[String]) -> String {
    let incomplete = match bytes.utf8_chunks().last() {
        Some(last) if std::str::from_utf8(last.invalid()).is_err_and(|error| error.error_len().is_none()) => {
            last.invalid().len()
        }
        _ => 0,
    };
    let (text, stopped) = reference(&bytes[..bytes.len() - incomplete], stops);
    if stopped.is_some() {
        return text;
    }
    let is_start = |tail: &str| stops.iter().any(|stop| stop.starts_with(tail));
    let held = text.char_indices().map(|(ix, _)| ix).find(|&ix| is_start(&text[ix..])).unwrap_or(text.len());
    text[..held].to_owned()
}

/// Few characters, so that stop strings do occur; some pieces are no UTF-8.
fn bytes() -> impl Strategy<Value = Vec<u8>> {
    let pieces: [&'static [u8]; 9] =
        [b"a", b"a", b"b", "é".as_bytes(), "🦀".as_bytes(), b"\xF0", b"\x9F", b"\xC3", b"\xFF"];
    prop::collection::vec(prop::sample::select(pieces.to_vec()), 0..40).prop_map(|pieces| pieces.concat())
}

fn stops() -> impl Strategy<Value = Vec<String>> {
    let characters = prop::sample::select(vec!['a', 'b', 'é', '🦀', char::REPLACEMENT_CHARACTER]);
    let stop = prop::collection::vec(characters, 1..6).prop_map(String::from_iter);
    prop::collection::vec(stop, 0..4)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn cuts_make_no_difference(
        bytes in bytes(),
        stops in stops(),
        lengths in prop::collection::vec(1usize..7, 1..20),
    ) {
        let mut text = TextStream::new(stops.iter().cloned());
        let (mut shown, mut end) = (String::new(), 0);
        for length in lengths.into_iter().cycle() {
            let start = end;
            end = bytes.len().min(start + length);
            text.push(&bytes[start..end]);
            shown += &text.take_ready();
            prop_assert_eq!(&shown, &showable(&bytes[..end], &stops));
            if end == bytes.len() {
                break;
            }
        }
        shown += &text.finish();
        let (expected, stopped) = reference(&bytes, &stops);
        prop_assert_eq!(shown, expected);
        prop_assert_eq!(text.stopped().map(str::len), stopped.map(|stop| stop.len()));
    }
}
