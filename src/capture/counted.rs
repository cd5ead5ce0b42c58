//! Lines that are numbered, as `cat -n`, `nl` and `grep -n` print them: where a number is left out, lines are.

use std::borrow::Cow;
use std::collections::HashMap;

/// How many lines must be numbered one after the other, for each number that is left out.
const LEAST_STEPS: usize = 4;

/// The lines behind which others are missing: `nl` gives no number to an empty line, which may stand next.
pub(super) fn jumps(lines: &[(usize, Cow<'_, [u8]>)]) -> Vec<usize> {
    let mut counters: HashMap<&[u8], Counter> = HashMap::new();
    for (place, line) in lines {
        let Some((before, number)) = number(line) else { continue };
        let counter = counters.entry(before).or_default();
        match counter.last.replace((*place, number)) {
            Some((_, last)) if last.checked_add(1) == Some(number) => counter.steps += 1,
            last => counter.jumps.extend(last.map(|(place, _)| place)),
        }
    }
    let numbered = counters.into_values().filter(|counter| counter.steps >= LEAST_STEPS * counter.jumps.len());
    let mut jumps: Vec<_> = numbered.flat_map(|counter| counter.jumps).collect();
    jumps.sort_unstable();
    jumps
}

/// The numbers that stand behind the same text.
#[derive(Default)]
struct Counter {
    /// The last one, and its line.
    last: Option<(usize, u64)>,
    /// How often the number grew by one.
    steps: usize,
    jumps: Vec<usize>,
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
