//! The latest of what was seen, up to a bound.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, VecDeque};

/// How many exchanges are remembered of a capture of any length: what was seen twice, reused keys and constant accept values are looked
/// for among these.
pub(crate) const MOST_REMEMBERED: usize = 100_000;

/// Values by their keys: the keys that came latest.
#[derive(Clone, Debug)]
pub(crate) struct Latest<K, V> {
    most: usize,
    /// A tree, since a hash map takes twice as much where many keys come and go.
    values: BTreeMap<K, V>,
    /// The keys in the order in which they came.
    order: VecDeque<K>,
}

impl<K: Clone + Ord, V> Latest<K, V> {
    pub(crate) fn new(most: usize) -> Self {
        Self { most, values: BTreeMap::new(), order: VecDeque::new() }
    }

    pub(crate) fn get(&self, key: &K) -> Option<&V> {
        self.values.get(key)
    }

    /// The value of this key, which is this one where there was none. The oldest key goes where there are too many.
    pub(crate) fn get_or_insert(&mut self, key: K, value: impl FnOnce() -> V) -> &mut V {
        if self.order.len() == self.most
            && !self.values.contains_key(&key)
            && let Some(oldest) = self.order.pop_front()
        {
            self.values.remove(&oldest);
        }
        match self.values.entry(key) {
            Entry::Occupied(there) => there.into_mut(),
            Entry::Vacant(place) => {
                self.order.push_back(place.key().clone());
                place.insert(value())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_goes() {
        let mut latest = Latest::new(2);
        for (key, value) in [('a', 1), ('b', 2), ('a', 3), ('c', 4)] {
            latest.get_or_insert(key, || value);
        }
        assert_eq!(['a', 'b', 'c'].map(|key| latest.get(&key).copied()), [None, Some(2), Some(4)]);
    }
}
