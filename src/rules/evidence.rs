//! Lists of evidence, cut where nobody would read on.

use crate::escape::quote;
use crate::head::Head;

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
