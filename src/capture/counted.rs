//! Lines that are numbered, as `cat -n`, `nl` and `grep -n` print them: where a number is left out, lines are.

use std::collections::HashMap;

/// How many lines must be numbered one after the other, for each number that is left out.
const LEAST_STEPS: usize = 4;

/// The most texts of which it is looked for what is counted behind them, and the longest.
const MOST_COUNTERS: usize = 1 << 12;
const LONGEST_BEFORE: usize = 256;

/// How many numbers may be left out beyond those that the steps allow: behind these it is not looked for more.
const MOST_JUMPS: usize = 1 << 10;

/// Takes the lines of a text in their order.
#[derive(Clone, Default)]
pub(super) struct Counters {
    all: Vec<Counter>,
    /// Which one is behind which text.
    places: HashMap<Vec<u8>, usize>,
    /// The one of the line before: of many lines it is the same.
    last: usize,
}

impl Counters {
    pub(super) fn push(&mut self, place: usize, line: &[u8]) {
        let Some((before, number)) = number(line).filter(|(before, _)| before.len() <= LONGEST_BEFORE) else { return };
        if self.all.get(self.last).is_none_or(|last| !last.before.iter().eq(before)) {
            let known = self.places.get(before).copied();
            if known.is_none() && self.all.len() == MOST_COUNTERS {
                return;
            }
            self.last = known.unwrap_or_else(|| {
                self.places.insert(before.to_vec(), self.all.len());
                self.all.push(Counter { before: before.to_vec(), ..Counter::default() });
                self.all.len() - 1
            });
        }
        self.all[self.last].push(place, number);
    }

    /// The lines behind which others are missing: `nl` gives no number to an empty line, which may stand next.
    pub(super) fn jumps(&self) -> Vec<usize> {
        let numbered = self.all.iter().filter(|counter| counter.steps >= LEAST_STEPS * counter.jumps.len());
        let mut jumps: Vec<_> = numbered.flat_map(|counter| &counter.jumps).copied().collect();
        jumps.sort_unstable();
        jumps
    }
}

/// The numbers that stand behind the same text.
#[derive(Clone, Default)]
struct Counter {
    before: Vec<u8>,
    /// The last one, and its line.
    last: Option<(usize, u64)>,
    /// How often the number grew by one.
    steps: usize,
    jumps: Vec<usize>,
    /// Whether too many were left out to be looked for.
    is_given_up: bool,
}

impl Counter {
    fn push(&mut self, place: usize, number: u64) {
        if self.is_given_up {
            return;
        }
        match self.last.replace((place, number)) {
            Some((_, last)) if last.checked_add(1) == Some(number) => self.steps += 1,
            last => self.jumps.extend(last.map(|(place, _)| place)),
        }
        if self.jumps.len() > MOST_JUMPS + self.steps / LEAST_STEPS {
            self.is_given_up = true;
            self.jumps = Vec::new();
        }
    }
}

/// The number of a line, and what stands before it, without the spaces that align it: nothing, or the name of a file.
fn number(line: &[u8]) -> Option<(&[u8], u64)> {
    let indent = line.iter().take_while(|b| b" \t".contains(b)).count();
    let is_begin = |at: usize| at == indent || line[at - 1] == b':';
    let begin = (indent..line.len()).find(|&at| line[at].is_ascii_digit() && is_begin(at))?;
    let digits = line[begin..].iter().take_while(|b| b.is_ascii_digit()).count();
    let number = str::from_utf8(&line[begin..begin + digits]).ok()?.parse().ok()?;
    Some((line[..begin].trim_ascii_end(), number))
}
