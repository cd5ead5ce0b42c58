//! Runs the console blocks of README.md and of tests/cmd/*.md in bash and compares what they print, stdout and stderr as a
//! terminal would show them. `[..]` stands for any text in a line, `...` alone on a line for any lines. A command must
//! exit with 0, or with the N of a last line `? N`. Programs named behind `console` are needed for the block; where one
//! is not installed it is passed over, except in CI.
#![cfg(target_os = "linux")]

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

/// What no command prints: it stands between the outputs of two commands.
const MARK: &str = "\u{1}end of command\u{1}";

struct Example {
    line: usize,
    command: String,
    expected: String,
}

#[test]
fn readme() {
    run_file(Path::new("README.md"));
}

/// The script that README.md shows is the one that runs against real servers.
#[test]
fn readme_shows_the_ci_script() {
    let script = fs::read_to_string("tests/ci-handshake.sh").expect("the script");
    let readme = fs::read_to_string("README.md").expect("a file of text");
    assert!(readme.contains(&format!("```bash\n{script}```\n")));
}

#[test]
fn scenarios() {
    let mut files: Vec<_> = fs::read_dir("tests/cmd").expect("tests/cmd").map(|entry| entry.expect("an entry").path()).collect();
    files.sort();
    assert!(!files.is_empty());
    for file in files {
        run_file(&file);
    }
}

fn run_file(file: &Path) {
    let text = fs::read_to_string(file).expect("a file of text");
    let blocks = console_blocks(&text);
    assert!(!blocks.is_empty(), "{} has no console block", file.display());
    let mut wrong = Vec::new();
    for block in blocks {
        for (example, actual) in block.iter().zip(run_block(&block)) {
            if !matches(&example.expected, &actual) {
                let Example { line, command, expected } = example;
                wrong.push(format!("{}:{line}: $ {command}\n--- expected\n{expected}--- actual\n{actual}\n", file.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.concat());
}

/// The blocks of a file, each a list of commands with what they print.
fn console_blocks(text: &str) -> Vec<Vec<Example>> {
    let mut blocks = Vec::new();
    let mut block: Option<Vec<Example>> = None;
    let mut can_run = true;
    for (number, line) in (1..).zip(text.lines()) {
        match (&mut block, line) {
            (None, line) => {
                if let Some(programs) = line.strip_prefix("```console") {
                    can_run = std::env::var_os("CI").is_some() || programs.split_whitespace().all(is_installed);
                    block = Some(Vec::new());
                }
            }
            (Some(_), "```") => blocks.extend(block.take().filter(|_| can_run)),
            (Some(examples), line) => match (line.strip_prefix("$ "), line.strip_prefix("> "), examples.last_mut()) {
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
            },
        }
    }
    assert!(block.is_none(), "a block has no end");
    blocks
}

fn is_installed(program: &str) -> bool {
    std::env::split_paths(&std::env::var_os("PATH").expect("PATH")).any(|folder| folder.join(program).exists())
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
    let program = Path::new(env!("CARGO_BIN_EXE_wskey")).parent().expect("a file's parent");
    let path = format!("{}:{}", program.display(), std::env::var("PATH").expect("PATH"));
    let output = Command::new("bash")
        .args(["-c", &script.concat()])
        .current_dir(directory.path())
        .env("PATH", path)
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
    // A missing line end at the very end shows no difference on a terminal either.
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

#[test]
fn wildcards_match_what_they_say_and_no_more() {
    assert!(matches("a\n", "a\n"));
    assert!(!matches("a\n", "a\nb\n"));
    assert!(!matches("a\nb\n", "a\n"));
    assert!(matches("a[..]c\n", "abc\n"));
    assert!(!matches("a[..]c\n", "abd\n"));
    assert!(matches("a\n...\nd\n", "a\nb\nc\nd\n"));
    assert!(!matches("a\n...\nd\n", "a\nb\nc\n"));
}
