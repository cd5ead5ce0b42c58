//! The files under completions/ and man/ are what the command line's definitions generate.
//! `WSKEY_REFRESH=1 cargo test --test cli generated` writes them anew.

#[path = "../../src/bin/wskey/cli.rs"]
mod cli;

use clap::CommandFactory as _;
use clap_complete::Shell;
use libtest2_mimic::Trial;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

pub(crate) fn trials() -> Vec<Trial> {
    listed![completions, man_pages]
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
    let mut command = cli::Cli::command();
    command.build();
    let commands = command.get_subcommands().chain([&command]).cloned();
    compare(
        "man",
        commands.map(|command| {
            let man = clap_mangen::Man::new(command);
            let mut page = Vec::new();
            man.render(&mut page).expect("a Vec takes everything");
            (man.get_filename(), page)
        }),
    );
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
