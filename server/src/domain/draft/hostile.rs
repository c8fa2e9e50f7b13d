//! Changes that a client should not send: each is refused with its reason, and none does harm.

use yrs::{Any, Array, Doc, Map, OffsetKind, Options, ReadTxn, Text, Transact, block::ClientID};

use super::document::{Applied, BadUpdate, Changed, FILES, TEXT, apply, read};

const ME: u32 = 7;

fn doc(client: u32) -> Doc {
    Doc::with_options(Options {
        client_id: ClientID::new(client.into()),
        offset_kind: OffsetKind::Utf16,
        ..Options::default()
    })
}

/// Makes one update by one client.
fn update(client: u32, write: impl FnOnce(&mut yrs::TransactionMut<'_>)) -> Vec<u8> {
    let doc = doc(client);
    for root in [TEXT, FILES] {
        doc.get_or_insert_text(root);
    }
    let mut txn = doc.transact_mut();
    write(&mut txn);
    txn.encode_update_v1()
}

fn typed(text: &str) -> Vec<u8> {
    let doc = doc(ME);
    let place = doc.get_or_insert_text(TEXT);
    let mut txn = doc.transact_mut();
    place.insert(&mut txn, 0, text);
    txn.encode_update_v1()
}

fn changed(applied: Result<Applied, BadUpdate>) -> Changed {
    match applied {
        Ok(Applied::Changed(changed)) => *changed,
        other => panic!("{other:?}"),
    }
}

#[test]
fn text_goes_in_and_comes_out_and_twice_is_once() {
    let update = typed("Zürich 👩‍👩‍👧 😀");
    let first = changed(apply(&[], &update, ME));
    assert_eq!(first.content.text, "Zürich 👩‍👩‍👧 😀");
    let stored = [first.update.clone()];
    assert_eq!(read(&stored), Ok(first.content.clone()));
    assert!(matches!(apply(&stored, &update, ME), Ok(Applied::Known)));
    assert_eq!(read(&[first.whole]), Ok(first.content.clone()));
    assert_ne!(first.content.digest(b"a"), first.content.digest(b"b"), "the salt counts");
}

#[test]
fn the_text_and_the_files_are_told_apart_in_a_digest() {
    let file = update(ME, |txn| {
        txn.get_text(FILES).expect("a place").insert(txn, 0, "x");
    });
    let (text, file) = (changed(apply(&[], &typed("x"), ME)), changed(apply(&[], &file, ME)));
    assert_ne!(text.content.digest(b""), file.content.digest(b""));
}

#[test]
fn what_is_no_text_of_ones_own_is_refused_with_its_reason() {
    use BadUpdate::{AnothersClient, Missing, NotText, Nul, TooLong, Unreadable};
    let elsewhere = {
        let doc = doc(ME);
        let place = doc.get_or_insert_text("secret");
        let mut txn = doc.transact_mut();
        place.insert(&mut txn, 0, "hidden");
        txn.encode_update_v1()
    };
    let map = {
        let doc = doc(ME);
        let place = doc.get_or_insert_map(TEXT);
        let mut txn = doc.transact_mut();
        place.insert(&mut txn, "key", "hidden");
        txn.encode_update_v1()
    };
    let array = {
        let doc = doc(ME);
        let place = doc.get_or_insert_array(TEXT);
        let mut txn = doc.transact_mut();
        place.push_back(&mut txn, Any::from(1));
        txn.encode_update_v1()
    };
    let bold = update(ME, |txn| {
        let place = txn.get_text(TEXT).expect("a place");
        place.insert_with_attributes(txn, 0, "x", [("b".into(), true.into())].into());
    });
    // Values in values, so deep that reading them would fill the stack.
    let mut deep = vec![1, 1, 7, 0, 8, 1, 4];
    deep.extend(TEXT.as_bytes());
    deep.push(1);
    deep.extend([117, 1].repeat(15_000));
    deep.extend([126, 0]);
    let second = {
        let doc = doc(ME);
        let place = doc.get_or_insert_text(TEXT);
        place.insert(&mut doc.transact_mut(), 0, "one");
        let mut txn = doc.transact_mut();
        place.insert(&mut txn, 3, "two");
        txn.encode_update_v1()
    };
    let cut = {
        let mut typed = typed("some words");
        typed.truncate(typed.len() - 3);
        typed
    };
    let more = [typed("some words"), vec![0]].concat();
    for (name, update, client, why) in [
        ("nothing", vec![], ME, Unreadable),
        ("no update", vec![255; 40], ME, Unreadable),
        ("cut off", cut, ME, Unreadable),
        ("more behind it", more, ME, Unreadable),
        ("another client's", typed("x"), 8, AnothersClient),
        ("in another place", elsewhere, ME, NotText),
        ("a map", map, ME, NotText),
        ("a list", array, ME, NotText),
        ("formats", bold, ME, NotText),
        ("deep", deep, ME, NotText),
        ("a piece is missing", second, ME, Missing),
        ("NUL", typed("a\0b"), ME, Nul),
        ("too long", typed(&"x".repeat(8_001)), ME, TooLong),
        ("too many blocks", vec![1, 255, 255, 255, 255, 15, 7, 0], ME, Unreadable),
        ("beyond the last number", vec![1, 1, 7, 255, 255, 255, 255, 15, 0, 2, 0], ME, Unreadable),
        ("a gap", vec![1, 1, 7, 0, 10, 4, 0], ME, NotText),
        ("an empty block", vec![1, 1, 7, 0, 0, 0, 0], ME, Unreadable),
    ] {
        assert_eq!(apply(&[], &update, client).err(), Some(why), "{name}");
    }
    assert!(apply(&[], &typed(&"😀".repeat(4_000)), ME).is_ok(), "just not too long");
}

/// Valid changes, with bytes changed, cut and doubled by chance. What is taken can be read again and
/// built upon; whatever is refused leaves nothing. The seed is kept: what it finds stays found.
#[test]
fn changes_with_faults_in_them_do_no_harm() {
    let rounds = if std::env::args().any(|it| it == "--ignored") { 200_000 } else { 20_000 };
    let mut dice = 0x9e37_79b9_7f4a_7c15_u64;
    let mut roll = move |end: usize| {
        dice ^= dice << 13;
        dice ^= dice >> 7;
        dice ^= dice << 17;
        usize::try_from(dice % u64::try_from(end.max(1)).unwrap()).unwrap()
    };
    let base = changed(apply(&[], &typed("Where is my order? 📦"), ME)).whole;
    let mine = doc(ME);
    let place = mine.get_or_insert_text(TEXT);
    place.insert(&mut mine.transact_mut(), 0, "Where is my order? 📦");
    let mut seeds = Vec::new();
    for n in 0..40_u32 {
        let mut txn = mine.transact_mut();
        if n % 3 == 2 {
            place.remove_range(&mut txn, n % 5, 3);
        } else {
            place.insert(&mut txn, n % 7, ["😀", "ab", "👩‍👩‍👧"][roll(3)]);
        }
        seeds.push(txn.encode_update_v1());
    }
    let whole = mine.transact().encode_state_as_update_v1(&yrs::StateVector::default());
    seeds.push(whole);
    let stored = [base];
    let (mut taken, mut refused) = (0, 0);
    for _round in 0..rounds {
        let mut bytes = seeds[roll(seeds.len())].clone();
        for _fault in 0..=roll(4) {
            let at = roll(bytes.len());
            match roll(5) {
                0 => bytes[at] = u8::try_from(roll(256)).unwrap(),
                1 => bytes[at] ^= 1 << roll(8),
                2 => bytes.truncate(at.max(1)),
                3 => bytes.insert(at, [0, 1, 127, 128, 255][roll(5)]),
                _ => bytes.extend_from_within(at..),
            }
        }
        match apply(&stored, &bytes, ME) {
            Ok(Applied::Changed(changed)) => {
                taken += 1;
                let both = [stored[0].clone(), changed.update];
                assert_eq!(read(&both), Ok(changed.content.clone()), "{bytes:?}");
                assert_eq!(read(&[changed.whole]), Ok(changed.content), "{bytes:?}");
            }
            Ok(Applied::Known) => taken += 1,
            Err(_bad) => refused += 1,
        }
    }
    assert!(taken > 100 && refused > 1_000, "{taken} taken, {refused} refused");
}
