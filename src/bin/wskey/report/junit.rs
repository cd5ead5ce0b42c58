//! Conformance cases as JUnit XML, as CI systems read it.

use super::text::transcript;
use super::{JudgedCase, with_rfc};
use quick_xml::Writer;
use quick_xml::events::BytesText;
use std::io::{self, Write};
use std::time::Duration;

const CLASS: &str = "wskey.conformance";

/// Writes a run. `trouble` is what kept cases from being judged.
///
/// # Errors
/// What writing to `out` fails with.
pub(crate) fn write(out: impl Write, url: &str, cases: &[JudgedCase], trouble: Option<&str>) -> io::Result<()> {
    let failures = cases.iter().filter(|case| case.is_failure()).count();
    let errors = cases.iter().filter(|case| case.is_ok().is_none()).count() + usize::from(trouble.is_some());
    let total = seconds(cases.iter().map(|case| case.took).sum());
    let mut writer = Writer::new_with_indent(out, b' ', 2);
    writer.get_mut().write_all(b"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n")?;
    let suite = writer.create_element("testsuite").with_attributes([
        ("name", clean(&format!("wskey probe --conformance {url}")).as_str()),
        ("tests", (cases.len() + usize::from(trouble.is_some())).to_string().as_str()),
        ("failures", failures.to_string().as_str()),
        ("errors", errors.to_string().as_str()),
        ("time", total.as_str()),
    ]);
    suite.write_inner_content(|writer| {
        for case in cases {
            write_case(writer, case)?;
        }
        if let Some(trouble) = trouble {
            let element = writer.create_element("testcase").with_attributes([("classname", CLASS), ("name", "server")]);
            element.write_inner_content(|writer| write_error(writer, trouble))?;
        }
        Ok(())
    })?;
    writer.into_inner().write_all(b"\n")
}

fn write_case(writer: &mut Writer<impl Write>, judged: &JudgedCase) -> io::Result<()> {
    let took = seconds(judged.took);
    let attributes = [("classname", CLASS), ("name", judged.case.id), ("time", took.as_str())];
    let element = writer.create_element("testcase").with_attributes(attributes);
    if judged.is_ok().is_none() {
        element.write_inner_content(|writer| write_error(writer, judged.message.as_deref().unwrap_or_default()))?;
        return Ok(());
    }
    if !judged.is_failure() {
        element.write_empty()?;
        return Ok(());
    }
    let bytes = transcript(&judged.sent, &judged.received, usize::MAX);
    let detail = clean(&format!("{}\n{bytes}", with_rfc(judged.case.section)));
    let message = clean(judged.message.as_deref().unwrap_or_default());
    let level = judged.level().to_string();
    element.write_inner_content(|writer| {
        let failure = writer.create_element("failure").with_attributes([("message", message.as_str()), ("type", level.as_str())]);
        failure.write_text_content(BytesText::new(&detail)).map(drop)
    })?;
    Ok(())
}

/// Why there is no verdict.
fn write_error(writer: &mut Writer<impl Write>, why: &str) -> io::Result<()> {
    writer.create_element("error").with_attribute(("message", clean(why).as_str())).write_empty().map(drop)
}

fn seconds(took: Duration) -> String {
    format!("{:.3}", took.as_secs_f64())
}

/// Without the two characters that are visible and that XML does not have (XML 1.0, section 2.2).
fn clean(text: &str) -> String {
    text.replace('\u{fffe}', "\\u{fffe}").replace('\u{ffff}', "\\u{ffff}")
}
