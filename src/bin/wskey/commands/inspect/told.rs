//! What was told of a text that goes on, and may be another exchange by what comes later.

use super::exchange::JudgedExchange;
use std::collections::HashMap;
use wskey::head::Exchange;

/// Where an exchange stands: the line on which it begins, and how many before it begin there too. Its number is another once what stands
/// before it turns out to be one.
pub(super) type Place = (usize, usize);

/// What was told of exchanges.
#[derive(Default)]
pub(super) struct Told {
    pub(super) words: HashMap<Place, String>,
    pub(super) is_any_shown: bool,
    /// The last place that is forgotten: more may begin on its line.
    last: Option<Place>,
}

impl Told {
    /// How many exchanges were told.
    pub(super) fn count(&self) -> usize {
        self.words.len()
    }

    /// The places of exchanges, in their order.
    pub(super) fn places(&self, exchanges: &[Exchange]) -> Vec<Place> {
        let mut counts: HashMap<_, _> = self.last.into_iter().collect();
        let place = |exchange: &Exchange| {
            let lines = exchange.heads().map(|(_, head)| head.line);
            let line = lines.filter(|line| *line > 0).min().unwrap_or_default();
            let count: &mut usize = counts.entry(line).or_default();
            *count += 1;
            (line, *count)
        };
        exchanges.iter().map(place).collect()
    }

    /// Whether an exchange was told, in the words that it has now.
    pub(super) fn has(&self, place: Place, judged: &JudgedExchange) -> bool {
        self.words.get(&place).is_some_and(|words| *words == judged.words(false))
    }

    /// How many exchanges there are up to the last one that was told.
    pub(super) fn reach(&self, places: &[Place]) -> usize {
        places.iter().rposition(|place| self.words.contains_key(place)).map_or(0, |at| at + 1)
    }

    /// Forgets the exchanges at these places: they are told for good.
    pub(super) fn forget(&mut self, places: &[Place]) {
        for place in places {
            self.words.remove(place);
        }
        self.last = self.last.max(places.iter().max().copied());
    }

    /// What is to be said of exchanges that were told, and are none any more.
    pub(super) fn left(&self) -> Vec<String> {
        let mut lines: Vec<_> = self.words.keys().map(|(line, _)| line).collect();
        lines.sort_unstable();
        let said =
            |line| format!("line {line}: by what came later, the exchange that was told there is part of another one, or none");
        lines.into_iter().map(said).collect()
    }
}
