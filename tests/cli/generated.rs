//! The files under completions/ and man/ are what the command line's definitions generate.
//! `WSKEY_REFRESH=1 cargo test --test cli generated` writes them anew.

#[path = "../../src/bin/wskey/cli.rs"]
mod cli;

use clap::{Command, CommandFactory as _};
use clap_complete::Shell;
use clap_mangen::Man;
use clap_mangen::roff::{Inline, Roff, bold, italic, roman};
use libtest2_mimic::Trial;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

pub(crate) fn trials() -> Vec<Trial> {
    listed![completions, man_pages, man_pages_have_the_usual_sections]
}

fn completions() {
    let files = [
        (Shell::Bash, "wskey.bash"),
        (Shell::Zsh, "_wskey"),
        (Shell::Fish, "wskey.fish"),
        (Shell::PowerShell, "_wskey.ps1"),
        (Shell::Elvish, "wskey.elv"),
    ];
    compare(
        "completions",
        files.map(|(shell, name)| {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut cli::Cli::command(), "wskey", &mut script);
            (name.to_owned(), script)
        }),
    );
}

fn man_pages() {
    let mut command = cli::Cli::command().disable_help_subcommand(true);
    command.build();
    let commands: Vec<&Command> = [&command].into_iter().chain(command.get_subcommands()).collect();
    let names: Vec<&str> =
        commands.iter().map(|command| command.get_display_name().unwrap_or_else(|| command.get_name())).collect();
    compare("man", commands.iter().zip(&names).map(|(command, name)| (format!("{name}.1"), man_page(command, name, &names))));
}

/// The page of a command, in the order of man-pages(7).
fn man_page(command: &Command, name: &str, names: &[&str]) -> Vec<u8> {
    let man = Man::new(command.clone());
    // NAME is one line, and goes into an index: what a colon leads on to is for DESCRIPTION.
    let about = command.get_about().expect("what it does").to_string();
    let short = about.split(": ").next().expect("a part").to_owned();
    let index = Man::new(command.clone().about(short));
    let after_help = command.get_after_help().expect("examples and exit codes").to_string();
    let (examples, exit_codes) = after_help.split_once("\n\nExit codes:\n").expect("exit codes at the end");
    let examples = examples.strip_prefix("Examples:\n").expect("examples first");
    let section = |render: &dyn Fn(&mut Vec<u8>) -> std::io::Result<()>| {
        let mut text = Vec::new();
        render(&mut text).expect("a Vec takes everything");
        without_preamble(&String::from_utf8(text).expect("UTF-8"))
    };
    let mut parts = vec![
        section(&|to| index.render_name_section(to)),
        synopsis(command),
        section(&|to| man.render_description_section(to)),
        // The headings of options belong under OPTIONS.
        section(&|to| man.render_options_section(to))
            .replacen(".SH OPTIONS", ".SH=OPTIONS", 1)
            .replace(".SH ", ".SS ")
            .replace(".SH=", ".SH "),
    ];
    if command.has_subcommands() {
        parts.push(section(&|to| man.render_subcommands_section(to)).replace(".SH SUBCOMMANDS", ".SH COMMANDS"));
    }
    parts.extend([exit_status(exit_codes), examples_section(examples), see_also(name, names)]);
    // An empty argument is the date: there is none that would not change with every build.
    let title = format!(".TH {} 1 \"\" \"wskey {}\" \"wskey\"\n", name.to_uppercase(), env!("CARGO_PKG_VERSION"));
    // Else groff makes typographic characters of them, which nobody can copy.
    let text = parts.concat().replace('`', r"\(ga").replace('~', r"\(ti").replace('^', r"\(ha");
    (PREAMBLE.to_owned() + &title + &text).into_bytes()
}

/// What roff writes first: apostrophes stay what they are.
const PREAMBLE: &str = ".ie \\n(.g .ds Aq \\(aq\n.el .ds Aq '\n";

fn without_preamble(text: &str) -> String {
    text.strip_prefix(PREAMBLE).expect("the preamble").to_owned()
}

fn synopsis(command: &Command) -> String {
    let usage = command.clone().render_usage().to_string();
    let mut roff = Roff::new();
    roff.control("SH", ["SYNOPSIS"]);
    for (i, line) in usage.strip_prefix("Usage: ").expect("usage").lines().enumerate() {
        if i > 0 {
            roff.control("br", []);
        }
        // The program, the command and options are written as they stand there.
        let inlines = line.split_whitespace().flat_map(|word| {
            [if word.starts_with(|c: char| c.is_ascii_lowercase() || c == '-') { bold(word) } else { italic(word) }, roman(" ")]
        });
        roff.text(inlines.collect::<Vec<Inline>>());
    }
    without_preamble(&roff.render())
}

/// A code and its meaning, which may go on on lines that are indented deeper.
fn exit_status(codes: &str) -> String {
    let mut roff = Roff::new();
    roff.control("SH", ["EXIT STATUS"]);
    for line in codes.lines() {
        if let Some((code, meaning)) = line.trim_start().split_once("  ") {
            roff.control("TP", []).text([bold(code)]).text([roman(meaning)]);
        } else {
            roff.text([roman(line.trim_start())]);
        }
    }
    without_preamble(&roff.render())
}

/// Indented lines are shown as they are, others are paragraphs.
fn examples_section(examples: &str) -> String {
    let mut roff = Roff::new();
    roff.control("SH", ["EXAMPLES"]);
    for paragraph in examples.split("\n\n") {
        let (prose, code): (Vec<_>, Vec<_>) = paragraph.lines().partition(|line| !line.starts_with("  "));
        for line in prose {
            roff.control("PP", []).text([roman(line)]);
        }
        if !code.is_empty() {
            roff.control("PP", []).control("nf", []).control("RS", ["2"]);
            for line in code {
                roff.text([roman(&line[2..])]);
            }
            roff.control("RE", []).control("fi", []);
        }
    }
    without_preamble(&roff.render())
}

fn see_also(name: &str, names: &[&str]) -> String {
    let others = names.iter().filter(|other| **other != name).flat_map(|other| [bold(*other), roman("(1), ")]);
    let inlines = others.chain([roman("RFC 6455: https://www.rfc-editor.org/rfc/rfc6455")]);
    without_preamble(&Roff::new().control("SH", ["SEE ALSO"]).text(inlines.collect::<Vec<Inline>>()).render())
}

/// Written by hand: what man-pages(7) asks for.
fn man_pages_have_the_usual_sections() {
    for page in fs::read_dir("man").expect("man") {
        let path = page.expect("an entry").path();
        let text = fs::read_to_string(&path).expect("a page");
        let sections: Vec<&str> =
            text.lines().filter_map(|line| line.strip_prefix(".SH ")).filter(|name| *name != "COMMANDS").collect();
        let usual = ["NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "\"EXIT STATUS\"", "EXAMPLES", "\"SEE ALSO\""];
        assert_eq!(sections, usual, "{}", path.display());
    }
}

/// Holds every file of `folder` against what is generated, in both directions.
#[track_caller]
fn compare(folder: &str, generated: impl IntoIterator<Item = (String, Vec<u8>)>) {
    let folder = Path::new(folder);
    let generated: BTreeMap<_, _> = generated.into_iter().collect();
    if std::env::var_os("WSKEY_REFRESH").is_some() {
        for (name, text) in &generated {
            fs::write(folder.join(name), text).expect("a folder that can be written");
        }
    }
    let names: Vec<_> = fs::read_dir(folder).expect("the folder").map(|entry| entry.expect("an entry").file_name()).collect();
    let found: BTreeMap<_, _> = names
        .into_iter()
        .map(|name| (name.to_string_lossy().into_owned(), fs::read(folder.join(&name)).expect("a file")))
        .collect();
    assert_eq!(found.keys().collect::<Vec<_>>(), generated.keys().collect::<Vec<_>>());
    for (name, text) in &generated {
        assert!(found[name] == *text, "{name} is stale: WSKEY_REFRESH=1 cargo test --test cli generated");
    }
}
