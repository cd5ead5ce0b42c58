//! A conformance run as JUnit XML, as CI systems read it.

use super::text::{case_transcript, printed_lines};
use super::{JudgedCase, Passed, with_rfc};
use quick_xml::Writer;
use quick_xml::events::BytesText;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;
use wskey::conformance::Judgement;
use wskey::rules::Level;

/// What the file says as long as cases are left.
const LEFT: &str = "the run has not ended: the other cases are not judged";

/// A result as a test case.
pub(crate) struct TestCase {
    pub(crate) class: &'static str,
    pub(crate) name: String,
    pub(crate) took: Duration,
    pub(crate) outcome: TestOutcome,
    /// What it is about: a sentence, and what was sent and received.
    pub(crate) message: String,
    pub(crate) detail: String,
}

/// What a test case came to.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum TestOutcome {
    Passed,
    /// It passed, and there is something to say: a note, or a warning.
    Noted,
    Warned,
    /// It failed, at a level: `error` or `warn`.
    Failed(&'static str),
    /// There is no verdict.
    Error,
    /// It does not apply.
    Skipped,
}

/// The file that a run is written to, whole at any time: whoever is interrupted leaves what was known.
pub(crate) struct Report {
    target: Target,
    name: String,
    cases: Vec<TestCase>,
}

enum Target {
    /// A file, which is replaced by a new one each time.
    File(PathBuf),
    /// What can be written once, such as a pipe.
    Stream(File),
}

impl Report {
    /// A run of this name, of which nothing is known yet.
    ///
    /// # Errors
    /// What writing fails with.
    pub(crate) fn begin(path: &Path, name: String) -> io::Result<Self> {
        let is_stream = fs::metadata(path).is_ok_and(|metadata| !metadata.is_file());
        let target = if is_stream {
            Target::Stream(File::options().write(true).open(path)?)
        } else {
            // A link stays one.
            Target::File(fs::canonicalize(path).unwrap_or_else(|_| path.to_owned()))
        };
        let mut report = Self { target, name, cases: Vec::new() };
        report.save()?;
        Ok(report)
    }

    /// Adds a result.
    ///
    /// # Errors
    /// What writing fails with.
    pub(crate) fn push(&mut self, case: TestCase) -> io::Result<()> {
        self.cases.push(case);
        self.save()
    }

    /// Writes the run; `others` is what became of the cases that are not in it: `skipped` or `error`, and why.
    ///
    /// # Errors
    /// What writing fails with.
    pub(crate) fn end(mut self, others: Option<(&str, &str)>) -> io::Result<()> {
        self.write(others)
    }

    fn save(&mut self) -> io::Result<()> {
        if matches!(self.target, Target::File(_)) { self.write(Some(("error", LEFT))) } else { Ok(()) }
    }

    fn write(&mut self, others: Option<(&str, &str)>) -> io::Result<()> {
        let text = self.xml(others)?;
        match &mut self.target {
            Target::Stream(stream) => stream.write_all(&text),
            Target::File(path) => {
                let mut part = path.clone().into_os_string();
                part.push(".part");
                let written = fs::write(&part, text).and_then(|()| fs::rename(&part, path));
                written.inspect_err(|_| drop(fs::remove_file(&part)))
            }
        }
    }

    /// `others` is what became of the other cases: the element, and why.
    fn xml(&self, others: Option<(&str, &str)>) -> io::Result<Vec<u8>> {
        let others_are = |element| usize::from(others.is_some_and(|(others, _)| others == element));
        let count = |is_wanted: fn(TestOutcome) -> bool| self.cases.iter().filter(|case| is_wanted(case.outcome)).count();
        let failures = count(|outcome| matches!(outcome, TestOutcome::Failed(_)));
        let errors = count(|outcome| outcome == TestOutcome::Error) + others_are("error");
        let skipped = count(|outcome| outcome == TestOutcome::Skipped) + others_are("skipped");
        let mut writer = Writer::new_with_indent(Vec::new(), b' ', 2);
        writer.get_mut().write_all(b"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n")?;
        let suite = writer.create_element("testsuite").with_attributes([
            ("name", clean(&self.name).as_str()),
            ("tests", (self.cases.len() + usize::from(others.is_some())).to_string().as_str()),
            ("failures", failures.to_string().as_str()),
            ("errors", errors.to_string().as_str()),
            ("skipped", skipped.to_string().as_str()),
            ("time", seconds(self.cases.iter().map(|case| case.took).sum()).as_str()),
        ]);
        suite.write_inner_content(|writer| {
            self.cases.iter().try_for_each(|case| case.write(writer))?;
            if let Some((element, why)) = others {
                let case = [("classname", "wskey.conformance"), ("name", "the other cases")];
                let case = writer.create_element("testcase").with_attributes(case);
                case.write_inner_content(|writer| write_message(writer, element, why))?;
            }
            Ok(())
        })?;
        let mut text = writer.into_inner();
        text.push(b'\n');
        Ok(text)
    }
}

impl From<&JudgedCase> for TestCase {
    fn from(judged: &JudgedCase) -> Self {
        let outcome = match judged.is_ok() {
            None if judged.judgement == Judgement::NotApplicable => TestOutcome::Skipped,
            None => TestOutcome::Error,
            Some(_) if judged.is_failure() && judged.level() == Level::Error => TestOutcome::Failed("error"),
            Some(_) if judged.is_failure() => TestOutcome::Failed("warn"),
            Some(_) if judged.is_noteworthy() => TestOutcome::Warned,
            // What a client did besides, and how it ended.
            Some(_) if judged.ran.is_some() && judged.message.is_some() || judged.passed.is_some() => TestOutcome::Noted,
            Some(_) => TestOutcome::Passed,
        };
        let bytes = case_transcript(judged, usize::MAX);
        let printed = judged.ran.as_ref().map(|ran| printed_lines(ran, usize::MAX)).unwrap_or_default();
        let passed = judged.passed.as_deref();
        let message = judged.message.iter().cloned().chain(passed.map(Passed::sentence)).collect::<Vec<_>>().join("; ");
        Self {
            class: if passed.is_some_and(|passed| passed.is_answer) { "wskey.answer" } else { "wskey.conformance" },
            name: judged.case.id.to_owned(),
            took: judged.took,
            outcome,
            message,
            detail: format!("{}\n{bytes}{printed}", with_rfc(judged.case.section)),
        }
    }
}

impl TestCase {
    fn write(&self, writer: &mut Writer<Vec<u8>>) -> io::Result<()> {
        let attributes = [("classname", self.class), ("name", &self.name), ("time", &seconds(self.took))];
        let element = writer.create_element("testcase").with_attributes(attributes);
        let (message, detail) = (clean(&self.message), clean(&self.detail));
        match self.outcome {
            TestOutcome::Passed => element.write_empty().map(drop),
            TestOutcome::Error => element.write_inner_content(|writer| write_message(writer, "error", &message)).map(drop),
            TestOutcome::Skipped => element.write_inner_content(|writer| write_message(writer, "skipped", &message)).map(drop),
            TestOutcome::Noted | TestOutcome::Warned => element
                .write_inner_content(|writer| {
                    let text = format!("{}{message}", if self.outcome == TestOutcome::Warned { "WARN " } else { "" });
                    writer.create_element("system-out").write_text_content(BytesText::new(&text)).map(drop)
                })
                .map(drop),
            TestOutcome::Failed(level) => element
                .write_inner_content(|writer| {
                    let failure =
                        writer.create_element("failure").with_attributes([("message", message.as_str()), ("type", level)]);
                    failure.write_text_content(BytesText::new(&detail)).map(drop)
                })
                .map(drop),
        }
    }
}

/// Why there is no verdict, as an element of this name.
fn write_message(writer: &mut Writer<Vec<u8>>, element: &str, why: &str) -> io::Result<()> {
    writer.create_element(element).with_attribute(("message", clean(why).as_str())).write_empty().map(drop)
}

fn seconds(took: Duration) -> String {
    format!("{:.3}", took.as_secs_f64())
}

/// Without the two characters that are visible and that XML does not have (XML 1.0, section 2.2).
fn clean(text: &str) -> String {
    text.replace('\u{fffe}', "\\u{fffe}").replace('\u{ffff}', "\\u{ffff}")
}
