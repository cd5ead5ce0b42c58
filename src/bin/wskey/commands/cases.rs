//! Which cases are chosen, and how they are listed.

use crate::exit::Exit;
use crate::input::unknown;
use crate::output::{json, print};
use crate::report::json::ListedCaseObject;
use anyhow::{Result, ensure};
use wskey::conformance::Case;

/// The cases that are chosen. A name stands for the case that has it, else for those whose names begin with it.
///
/// # Errors
/// For a name that stands for none, and where none is left: a run of no cases would look like success.
pub(super) fn select(table: &'static [Case], only: &[String], skip: &[String]) -> Result<Vec<&'static Case>> {
    let mut cases: Vec<_> = table.iter().collect();
    for (names, is_kept) in [(only, true), (skip, false)] {
        let mut named = Vec::new();
        for name in names {
            let exact = table.iter().find(|case| case.id == name).map(|case| vec![case.id]);
            let begun = || table.iter().map(|case| case.id).filter(|id| !name.is_empty() && id.starts_with(name.as_str()));
            let found = exact.unwrap_or_else(|| begun().collect());
            if found.is_empty() {
                return Err(unknown("case", name, table.iter().map(|case| case.id), "--list-cases"));
            }
            named.extend(found);
        }
        cases.retain(|case| names.is_empty() || named.contains(&case.id) == is_kept);
    }
    ensure!(!cases.is_empty(), "--skip leaves no case");
    Ok(cases)
}

/// Writes a line for each case.
pub(super) fn list(cases: &[&Case], as_json: bool) -> Result<Exit> {
    let lines = cases.iter().map(|case| {
        if as_json {
            return json(&ListedCaseObject::from(*case));
        }
        let Case { id, expectation, level, section, description, .. } = case;
        format!("{id}\t{}\t{level}\t{section}\t{description}\n", expectation.as_str())
    });
    print(lines.collect::<String>().as_bytes())?;
    Ok(Exit::Yes)
}
