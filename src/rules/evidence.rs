//! Lists of evidence, cut where nobody would read on.

use crate::escape::quote;
use crate::head::Head;

/// So many items of a list are quoted.
const MOST_ITEMS: usize = 5;

/// The values of the fields of this name, each as evidence.
pub(super) fn quote_all(head: &Head, name: &str) -> String {
    enumerate(head.get_all(name).map(quote))
}

/// The items in words: `a, b, c, d, e and 3 more`.
pub(super) fn enumerate(mut items: impl Iterator<Item = String>) -> String {
    let mut shown: Vec<_> = items.by_ref().take(MOST_ITEMS).collect();
    let last = items.next();
    match items.count() {
        0 => {
            shown.extend(last);
            shown.join(", ")
        }
        more => format!("{} and {} more", shown.join(", "), more + 1),
    }
}

/// The items in words, `none` where there is none.
pub(super) fn enumerate_or_none(items: impl Iterator<Item = String>) -> String {
    let items = enumerate(items);
    if items.is_empty() { "none".to_owned() } else { items }
}
