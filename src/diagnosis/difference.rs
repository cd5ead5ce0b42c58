//! What is wrong with a text that should have been another, in words.

use super::key::replace;
use crate::escape::{shortened, visible};

/// What is wrong with `wrong`, in words.
pub(super) fn difference(right: &[u8], wrong: &[u8]) -> String {
    let front = right.iter().zip(wrong).take_while(|(a, b)| a == b).count();
    let rest = right.iter().rev().zip(wrong.iter().rev()).take_while(|(a, b)| a == b).count();
    let back = rest.min(right.len().min(wrong.len()) - front);
    let (lost, found) = (&right[front..right.len() - back], &wrong[front..wrong.len() - back]);
    let (at, end) = (front + 1, front + lost.len());
    let is_whole = |text: &[u8]| text.len() == right.len() || text.len() == wrong.len();
    match (lost, found) {
        ([], [b]) if front > 0 && right.get(front - 1) == Some(b) => format!("character {front} is doubled"),
        ([], _) if front == right.len() => format!("{} after it", in_words(found)),
        ([], _) if front == 0 => format!("{} before it", in_words(found)),
        ([], _) => format!("{} after character {front}", in_words(found)),
        ([b], []) => format!("character {at}, {}, is missing", in_words(&[*b])),
        (_, []) if front == 0 => format!("its first {} characters are missing", lost.len()),
        (_, []) if back == 0 => format!("its last {} characters are missing", lost.len()),
        (_, []) => format!("characters {at} to {end} are missing"),
        ([a], [b]) => format!("character {at} is {} instead of {}", in_words(&[*b]), in_words(&[*a])),
        ([a, b], [c, d]) if (a, b) == (d, c) => format!("characters {at} and {end} are swapped"),
        _ => match group(right, wrong) {
            Some((which, reads)) => format!("the {which} group reads {}", in_words(reads)),
            None if wrong == replace(right, b'-', b"") => "its dashes are missing".to_owned(),
            None if is_whole(lost) || found.len() > 4 => format!("it reads {}", in_words(wrong)),
            None => format!("characters {at} to {end} are {} instead of {}", in_words(found), in_words(lost)),
        },
    }
}

/// The one of a GUID's five groups that differs.
fn group<'a>(right: &[u8], wrong: &'a [u8]) -> Option<(&'static str, &'a [u8])> {
    let (right, wrong): (Vec<_>, Vec<_>) = (right.split(|b| *b == b'-').collect(), wrong.split(|b| *b == b'-').collect());
    if right.len() != 5 || wrong.len() != 5 {
        return None;
    }
    let mut wrong = ["first", "second", "third", "fourth", "last"]
        .into_iter()
        .zip(right.into_iter().zip(wrong))
        .filter_map(|(which, (right, wrong))| (right != wrong).then_some((which, wrong)));
    wrong.next().filter(|_| wrong.next().is_none())
}

/// A text in a sentence: escaped, shortened where it is long, and in quotes where it is nothing but spaces.
pub(super) fn in_words(text: &[u8]) -> String {
    match text.trim_ascii_start() {
        [] if text.starts_with(b" ") => format!("'{}'", visible(text)),
        _ => shortened(text, 64),
    }
}

/// `text` with the characters that look alike made the same.
pub(super) fn look(text: &[u8]) -> impl Iterator<Item = u8> + '_ {
    text.iter().map(|b| match b {
        b'l' | b'I' | b'1' | b'|' | b'i' => b'1',
        b'O' | b'0' | b'o' | b'Q' => b'0',
        b'S' | b's' | b'5' => b'5',
        b'B' | b'8' => b'8',
        b'Z' | b'z' | b'2' => b'2',
        b => *b,
    })
}

/// Whether `a` becomes `b` when at most two characters are replaced, or one is dropped or inserted.
pub(super) fn nearly(a: &[u8], b: &[u8]) -> bool {
    let (short, long) = if a.len() < b.len() { (a, b) } else { (b, a) };
    let same = short.iter().zip(long).take_while(|(a, b)| a == b).count();
    match long.len() - short.len() {
        0 => short.iter().zip(long).filter(|(a, b)| a != b).count() <= 2,
        1 => short[same..] == long[same + 1..],
        _ => false,
    }
}
