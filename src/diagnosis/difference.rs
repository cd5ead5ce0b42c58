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
