//! The completion scripts in the real shells. A shell that is not installed is passed over, except in CI.
#![cfg(unix)]

use std::process::{Command, Stdio};

/// Runs `script` in `shell`, and holds the words that it prints against `expected`.
#[track_caller]
fn completes(shell: &str, arguments: &[&str], script: &str, expected: &[&str]) {
    let is_there = std::env::split_paths(&std::env::var_os("PATH").expect("PATH")).any(|folder| folder.join(shell).exists());
    if !is_there && std::env::var_os("CI").is_none() {
        return;
    }
    let program = std::path::Path::new(env!("CARGO_BIN_EXE_wskey")).parent().expect("a file's parent");
    let path = format!("{}:{}", program.display(), std::env::var("PATH").expect("PATH"));
    let output = Command::new("timeout")
        .args(["30", shell])
        .args(arguments)
        .arg(script)
        .env("PATH", path)
        .stdin(Stdio::null())
        .output()
        .expect("timeout");
    let text = String::from_utf8_lossy(&output.stdout);
    let words: Vec<&str> = text.split_whitespace().collect();
    assert_eq!(words, expected, "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn bash() {
    let script = |line: &str| {
        format!(
            "source completions/wskey.bash; COMP_WORDS=({line}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); \
             _wskey wskey \"${{COMP_WORDS[COMP_CWORD]}}\" \"${{COMP_WORDS[COMP_CWORD-1]}}\"; echo \"${{COMPREPLY[@]}}\""
        )
    };
    completes("bash", &["--norc", "-c"], &script("wskey ve"), &["verify"]);
    completes("bash", &["--norc", "-c"], &script("wskey verify --sta"), &["--status"]);
}

#[test]
fn fish() {
    let script = |line: &str| format!("source completions/wskey.fish; complete -C '{line}' | string split -f1 \\t");
    completes("fish", &["--no-config", "-c"], &script("wskey ve"), &["verify"]);
    completes("fish", &["--no-config", "-c"], &script("wskey verify --sta"), &["--status"]);
}

/// Zsh completes at a prompt alone, so it types into another zsh and has that show what the line became.
#[test]
fn zsh() {
    let script = |line: &str| {
        format!(
            r#"zmodload zsh/zpty
            zpty shell 'zsh -f -i'
            zpty -w shell "fpath=($PWD/completions \$fpath); autoload -Uz compinit; compinit -u -D"
            zpty -w shell 'show() {{ print -r -- "<$BUFFER>" }}; zle -N show; bindkey "^X" show; print REA''DY'
            zpty -r -m shell seen '*READY*'
            zpty -w -n shell $'{line}\t\x18'
            zpty -r -m shell seen '*<wskey*>*'
            print -r -- ${{${{seen##*<}}%%>*}}
            zpty -d shell"#
        )
    };
    completes("zsh", &["-f", "-c"], &script("wskey ve"), &["wskey", "verify"]);
    completes("zsh", &["-f", "-c"], &script("wskey verify --sta"), &["wskey", "verify", "--status"]);
}
