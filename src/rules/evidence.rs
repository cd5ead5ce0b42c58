//! Evidence in words: lists, cut where nobody would read on, and names that are nearly right.

use crate::escape::quote;
use crate::head::{ACCEPT, EXTENSIONS, Head, KEY, PROTOCOL, VERSION};

/// The most items that are quoted.
const MOST_ITEMS: usize = 5;

/// The values of the fields of this name, each as evidence.
pub(super) fn quote_all(head: &Head, name: &str) -> String {
    enumerate(head.get_all(name).map(quote))
}

/// The items in words: `a, b, c, d, e and 3 more`.
pub(super) fn enumerate(mut items: impl Iterator<Item = String>) -> String {
    let mut first: Vec<_> = items.by_ref().take(MOST_ITEMS).collect();
    let last = items.next();
    match items.count() {
        0 => {
            first.extend(last);
            first.join(", ")
        }
        more => format!("{} and {} more", first.join(", "), more + 1),
    }
}

/// The items with what was done with them: `offered a, b`, or `none offered`.
pub(super) fn enumerate_as(participle: &str, items: impl Iterator<Item = String>) -> String {
    let items = enumerate(items);
    if items.is_empty() { format!("none {participle}") } else { format!("{participle} {items}") }
}

/// A field whose name was perhaps meant to be this one, which is missing: as the end of a sentence, empty where there is none.
pub(super) fn near(head: &Head, name: &str) -> String {
    let of_handshake = ["Upgrade", "Connection", KEY, ACCEPT, VERSION, PROTOCOL, EXTENSIONS];
    let is_own = |found: &[u8]| of_handshake.iter().any(|other| found.eq_ignore_ascii_case(other.as_bytes()));
    let mut names = head.fields.iter().map(|field| field.name.as_slice()).filter(|found| !is_own(found));
    names.find(|found| is_near(found, name)).map_or_else(String::new, |found| format!("; {} has nearly that name", quote(found)))
}

/// Whether two letters at most tell the names apart, or hyphens, or a word before or behind.
fn is_near(found: &[u8], name: &str) -> bool {
    let letters = |name: &[u8]| -> Vec<u8> {
        name.iter().filter(|b| b.is_ascii_alphanumeric()).take(64).map(u8::to_ascii_lowercase).collect()
    };
    let (found, name) = (letters(found), letters(name.as_bytes()));
    let without = |word: &str| name.strip_prefix(word.as_bytes()).unwrap_or_default();
    // `Upgrade-Insecure-Requests` and `Proxy-Connection` are fields of their own.
    let is_long = name.starts_with(b"secwebsocket");
    let has_more = is_long && (found.starts_with(&name) || found.ends_with(&name) || found == without("sec"));
    has_more || found.len().abs_diff(name.len()) <= 2 && distance(&found, &name) <= 2
}

/// How many letters must be put in, left out or exchanged to make one text of the other.
fn distance(one: &[u8], other: &[u8]) -> usize {
    let mut row: Vec<_> = (0..=other.len()).collect();
    for (at, a) in one.iter().enumerate() {
        let mut before = std::mem::replace(&mut row[0], at + 1);
        for (i, b) in other.iter().enumerate() {
            let exchanged = before + usize::from(a != b);
            before = row[i + 1];
            row[i + 1] = exchanged.min(before + 1).min(row[i] + 1);
        }
    }
    row[other.len()]
}
