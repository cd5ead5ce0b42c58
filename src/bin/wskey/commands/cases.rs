//! Cases: which are chosen, how they are listed, and the report of a run of them.

use crate::cli::Color;
use crate::exit::Exit;
use crate::input::unknown;
use crate::output::{self, json, print, remark};
use crate::report::JudgedCase;
use crate::report::json::{CaseObject, ListedCaseObject};
use crate::report::junit::{Report, TestCase};
use crate::report::text::{MAX_SHOWN, case_line, case_transcript, is_coloured};
use anyhow::{Context as _, Result, ensure};
use std::fmt;
use std::path::Path;
use wskey::conformance::{Case, Judgement};

/// The cases that are chosen. A name stands for the case that has it, else for those whose names begin with it.
///
/// # Errors
/// For a name that stands for none, and where none is left: a run of no cases would look like success.
pub(super) fn select(table: &'static [Case], only: &[String], skip: &[String]) -> Result<Vec<&'static Case>> {
    select_of(&[table], only, skip)
}

/// The same of several tables, one after the other, which may have names in common.
pub(super) fn select_of(tables: &[&'static [Case]], only: &[String], skip: &[String]) -> Result<Vec<&'static Case>> {
    let table = || tables.iter().copied().flatten();
    let mut cases: Vec<_> = table().collect();
    for (names, is_kept) in [(only, true), (skip, false)] {
        let mut named = Vec::new();
        for name in names {
            let exact = table().find(|case| case.id == name).map(|case| vec![case.id]);
            let begun = || table().map(|case| case.id).filter(|id| !name.is_empty() && id.starts_with(name.as_str()));
            let found = exact.unwrap_or_else(|| begun().collect());
            if found.is_empty() {
                return Err(unknown("case", name, table().map(|case| case.id), "--list-cases"));
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

/// How the cases of a run are shown.
pub(super) struct Shown {
    pub(super) quiet: bool,
    pub(super) verbose: bool,
    pub(super) json: bool,
    pub(super) color: Color,
}

/// A run of cases: what they came to, shown and kept.
pub(super) struct CaseRun {
    shown: Shown,
    judged: Vec<JudgedCase>,
    /// What the handshake before the cases came to.
    pub(super) first: Exit,
    /// How many requests of a client are told as wrong.
    pub(super) wrong_requests: usize,
    junit: Option<Report>,
    /// Whether anybody reads stdout.
    is_read: bool,
}

impl CaseRun {
    /// A run of this name. A file that cannot be written is found out before the work, and an old one never passes for this run's.
    pub(super) fn begin(shown: Shown, junit: Option<&Path>, name: &str) -> Result<Self> {
        let begin = |path: &Path| Report::begin(path, name.to_owned()).with_context(|| output::path(path.as_os_str()));
        let junit = junit.map(begin).transpose()?;
        Ok(Self { shown, judged: Vec::new(), first: Exit::Yes, wrong_requests: 0, junit, is_read: true })
    }

    pub(super) fn progress(&self, text: fmt::Arguments) {
        if !self.shown.quiet {
            output::progress(text);
        }
    }

    /// Whether nobody would know what the rest comes to, after so many of so many cases; then that is said, and the run is to end.
    pub(super) fn is_unread(&mut self, number: usize, count: usize) -> bool {
        let is_unread = !self.is_read && self.junit.is_none();
        if is_unread {
            remark(format_args!("stdout is closed: the run ends after {number} of {count} cases"));
            self.first = self.first.max(Exit::Trouble);
        }
        is_unread
    }

    /// Shows a case, and keeps it.
    pub(super) fn keep(&mut self, case: JudgedCase) -> Result<()> {
        self.show(&case)?;
        self.record(case)
    }

    /// Keeps a case that is told otherwise, unless it is read by a program.
    pub(super) fn keep_told(&mut self, case: JudgedCase) -> Result<()> {
        if self.shown.json { self.keep(case) } else { self.record(case) }
    }

    fn record(&mut self, case: JudgedCase) -> Result<()> {
        self.push((&case).into())?;
        self.judged.push(case);
        Ok(())
    }

    /// Adds a result to the file.
    pub(super) fn push(&mut self, case: TestCase) -> Result<()> {
        self.junit.as_mut().map_or(Ok(()), |report| report.push(case)).context("--junit")
    }

    fn show(&mut self, case: &JudgedCase) -> Result<()> {
        let Shown { quiet, verbose, json: is_json, color } = self.shown;
        if quiet && !case.is_noteworthy() || !self.is_read {
            return Ok(());
        }
        let text = if is_json {
            json(&CaseObject::new(case, verbose))
        } else {
            let bytes = if verbose { case_transcript(case, MAX_SHOWN) } else { String::new() };
            bytes + &case_line(case, is_coloured(color))
        };
        self.is_read = print(text.as_bytes())?;
        Ok(())
    }

    pub(super) fn judged(&self) -> &[JudgedCase] {
        &self.judged
    }

    /// The worst that the first handshake and the cases came to.
    pub(super) fn exit(&self) -> Exit {
        let worst = self.judged.iter().map(|case| match case.is_ok() {
            None if case.judgement == Judgement::NotApplicable => Exit::Yes,
            None => Exit::Trouble,
            Some(_) if case.is_failure() => Exit::No,
            Some(_) => Exit::Yes,
        });
        worst.fold(self.first, Exit::max)
    }

    pub(super) fn sum_up(&self) {
        let count = |word: &str| self.judged.iter().filter(|case| case.word() == word).count();
        let (met, failed, warned, open) = (count("OK"), count("FAILED"), count("WARN"), count("NOTE"));
        let total = self.judged.len();
        let noun = if total == 1 { "case" } else { "cases" };
        let others = ["N/A", "UNJUDGED"].map(|word| match count(word) {
            0 => String::new(),
            count => format!(", {count} {word}"),
        });
        let others = others.concat();
        let requests = match self.wrong_requests {
            0 => String::new(),
            1 => "; 1 request FAILED".to_owned(),
            count => format!("; {count} requests FAILED"),
        };
        remark(format_args!("{total} {noun}: {met} OK, {failed} FAILED, {warned} WARN, {open} NOTE{others}{requests}"));
    }

    /// Ends the file; `others` is what became of the cases that are not in it: `skipped` or `error`, and why.
    pub(super) fn end(self, others: Option<(&str, &str)>) -> Result<()> {
        self.junit.map_or(Ok(()), |report| report.end(others)).context("--junit")
    }
}
