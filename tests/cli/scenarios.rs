//! The console blocks of README.md and tests/cmd/: each is run in bash, and what it prints is compared, stdout and stderr as a
//! terminal would show them. `[..]` stands for any text in a line, `...` alone on a line for any lines, and under `wskey gen` a key
//! for any other key. A command must exit with 0, or with the N of a last line `? N`. The programs named on the line that opens a
//! block are needed for it.

use crate::support::{name, needs, path};
use libtest2_mimic::Trial;
use std::fs;
use std::process::{Command, Stdio};
use wskey::Key;

/// What no command prints: it stands between the outputs of two commands.
const MARK: &str = "\u{1}end of command\u{1}";

pub(crate) fn trials() -> Vec<Trial> {
    let mut trials = listed![wildcards_match_what_they_say_and_no_more, a_key_stands_for_any_other_where_keys_are_made];
    let scenarios = fs::read_dir("tests/cmd").expect("tests/cmd").map(|entry| entry.expect("an entry").path());
    for file in scenarios.chain(["README.md".into()]) {
        let text = fs::read_to_string(&file).expect("a file of text");
        let blocks = console_blocks(&text);
        assert!(!blocks.is_empty(), "{} has no console block", file.display());
        for block in blocks {
            let programs: Vec<&str> = block.programs.split_whitespace().chain(["bash"]).collect();
            let place = format!("{}:{}", file.display(), block.line);
            let run = {
                let (place, examples) = (place.clone(), block.examples);
                move || run(&place, &examples)
            };
            trials.push(needs(&programs, name(module_path!(), &place), run));
        }
    }
    trials
}

/// A console block.
struct Block {
    line: usize,
    /// The programs that it needs.
    programs: String,
    examples: Vec<Example>,
}

/// A command, and what it prints.
struct Example {
    line: usize,
    command: String,
    expected: String,
}

fn run(place: &str, examples: &[Example]) {
    let mut wrong = Vec::new();
    for (example, actual) in examples.iter().zip(run_block(examples)) {
        let is_other = makes_keys(&example.command) && are_other_keys(&example.expected, &actual);
        if !is_other && !matches(&example.expected, &actual) {
            let Example { line, command, expected } = example;
            wrong.push(format!("line {line}: $ {command}\n--- expected\n{expected}--- actual\n{actual}\n"));
        }
    }
    assert!(wrong.is_empty(), "{place}\n{}", wrong.concat());
}

fn console_blocks(text: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut block: Option<Block> = None;
    for (number, line) in (1..).zip(text.lines()) {
        match (&mut block, line) {
            (None, line) => {
                if let Some(programs) = line.strip_prefix("```console") {
                    block = Some(Block { line: number, programs: programs.to_owned(), examples: Vec::new() });
                }
            }
            (Some(_), "```") => blocks.extend(block.take()),
            (Some(Block { examples, .. }), line) => {
                match (line.strip_prefix("$ "), line.strip_prefix("> "), examples.last_mut()) {
                    (Some(command), _, _) => {
                        examples.push(Example { line: number, command: command.to_owned(), expected: String::new() });
                    }
                    (_, Some(more), Some(example)) if example.expected.is_empty() => {
                        example.command += "\n";
                        example.command += more;
                    }
                    (_, _, Some(example)) => {
                        example.expected += line;
                        example.expected += "\n";
                    }
                    (_, _, None) => panic!("line {number}: output before any command"),
                }
            }
        }
    }
    assert!(block.is_none(), "a block has no end");
    blocks
}

/// Runs the commands of a block in one shell, in a directory of their own, and returns what each prints.
fn run_block(block: &[Example]) -> Vec<String> {
    let script: Vec<String> = block
        .iter()
        .map(|example| {
            format!("{{ {}\n}} 2>&1\nstatus=$?\n[ $status = 0 ] || echo \"? $status\"\nprintf '%s' '{MARK}'\n", example.command)
        })
        .collect();
    let directory = tempfile::tempdir().expect("a directory");
    let output = Command::new("bash")
        .args(["-c", &script.concat()])
        .current_dir(directory.path())
        .env("CARGO_MANIFEST_DIR", env!("CARGO_MANIFEST_DIR"))
        .env("PATH", path())
        .env("LC_ALL", "C.UTF-8")
        .stdin(Stdio::null())
        .output()
        .expect("bash");
    let text = String::from_utf8(output.stdout).expect("what is printed is UTF-8, whatever went in");
    let mut outputs: Vec<String> = text.split(MARK).map(str::to_owned).collect();
    assert_eq!(outputs.pop().as_deref(), Some(""), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(outputs.len(), block.len(), "a command ended the shell: {text}");
    outputs
}

/// Whether `actual` is `expected`, where `[..]` stands for any text in a line and a line `...` for any lines.
fn matches(expected: &str, actual: &str) -> bool {
    fn lines(expected: &[&str], actual: &[&str]) -> bool {
        match (expected, actual) {
            ([], []) => true,
            (["...", rest @ ..], _) => (0..=actual.len()).any(|skip| lines(rest, &actual[skip..])),
            ([first, rest @ ..], [line, more @ ..]) => matches_line(first, line) && lines(rest, more),
            _ => false,
        }
    }
    // A missing line ending at the very end makes no difference on a terminal either.
    lines(&expected.lines().collect::<Vec<_>>(), &actual.lines().collect::<Vec<_>>())
}

fn matches_line(expected: &str, actual: &str) -> bool {
    match expected.split_once("[..]") {
        None => expected == actual,
        Some((start, rest)) => actual.strip_prefix(start).is_some_and(|actual| {
            actual.char_indices().map(|(i, _)| i).chain([actual.len()]).any(|i| matches_line(rest, &actual[i..]))
        }),
    }
}

/// Whether a command makes keys and does nothing else.
fn makes_keys(command: &str) -> bool {
    let options = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == ' ';
    command.strip_prefix("wskey gen").is_some_and(|rest| rest.chars().all(options))
}

/// Whether both are keys, one per line, as many here as there, and none the same.
fn are_other_keys(expected: &str, actual: &str) -> bool {
    let is_key = |line: &str| Key::parse_strict(line.as_bytes()).is_ok();
    let mut lines = expected.lines().chain(actual.lines());
    expected.lines().count() == actual.lines().count() && lines.all(is_key) && !expected.lines().any(|line| actual.contains(line))
}

fn a_key_stands_for_any_other_where_keys_are_made() {
    assert!(makes_keys("wskey gen") && makes_keys("wskey gen --count 3"));
    assert!(!makes_keys("wskey gen | wskey accept") && !makes_keys("wskey gen; wskey gen") && !makes_keys("wskey accept"));
    let (key, other) = ("dGhlIHNhbXBsZSBub25jZQ==\n", "NUguGpy+IHnzGoT7z40vlg==\n");
    assert!(are_other_keys(key, other));
    assert!(!are_other_keys(key, key));
    assert!(!are_other_keys(key, &other.repeat(2)));
    // 22 characters and 13 bytes.
    assert!(!are_other_keys(key, "dGhlIHNhbXBsZSBub25jZQ\n"));
    assert!(!are_other_keys(key, "SGVsbG8sIHdvcmxkIQ==\n"));
    assert!(!are_other_keys("a key\n", other));
}

fn wildcards_match_what_they_say_and_no_more() {
    assert!(matches("a\n", "a\n"));
    assert!(!matches("a\n", "a\nb\n"));
    assert!(!matches("a\nb\n", "a\n"));
    assert!(matches("a[..]c\n", "abc\n"));
    assert!(!matches("a[..]c\n", "abd\n"));
    assert!(matches("a\n...\nd\n", "a\nb\nc\nd\n"));
    assert!(!matches("a\n...\nd\n", "a\nb\nc\n"));
}
