//! The completion scripts in the real shells.

use crate::support::{name, needs, path};
use libtest2_mimic::Trial;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// No shell takes longer to complete a line.
const LIMIT: Duration = Duration::from_secs(30);

pub(crate) fn trials() -> Vec<Trial> {
    let shells: [(&str, fn()); 3] = [("bash", bash), ("fish", fish), ("zsh", zsh)];
    shells.into_iter().map(|(shell, test)| needs(&[shell], name(module_path!(), shell), test)).collect()
}

/// Runs `script` in `shell`, and holds the words that it prints against `expected`.
#[track_caller]
fn completes(shell: &str, arguments: &[&str], script: &str, expected: &[&str]) {
    let mut child = Command::new(shell)
        .args(arguments)
        .arg(script)
        .env("PATH", path())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the shell");
    let begin = Instant::now();
    while child.try_wait().expect("a child").is_none() && begin.elapsed() < LIMIT {
        thread::sleep(Duration::from_millis(10));
    }
    let _ = child.kill();
    let output = child.wait_with_output().expect("an end");
    let text = String::from_utf8_lossy(&output.stdout);
    let words: Vec<&str> = text.split_whitespace().collect();
    assert_eq!(words, expected, "{}", String::from_utf8_lossy(&output.stderr));
}

fn bash() {
    let script = |line: &str| {
        format!(
            "source completions/wskey.bash; COMP_WORDS=({line}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); \
             _wskey wskey \"${{COMP_WORDS[COMP_CWORD]}}\" \"${{COMP_WORDS[COMP_CWORD-1]}}\"; echo \"${{COMPREPLY[@]}}\""
        )
    };
    completes("bash", &["--norc", "-c"], &script("wskey ve"), &["verify"]);
    completes("bash", &["--norc", "-c"], &script("wskey verify --sta"), &["--status"]);
    completes("bash", &["--norc", "-c"], &script("wskey probe --only key-dup-s"), &["key-dup-same"]);
    // With `--behind` the cases are those of clients too.
    completes("bash", &["--norc", "-c"], &script("wskey probe --only accept-rf"), &["accept-rfc-sample"]);
    completes("bash", &["--norc", "-c"], &script("wskey inspect --skip accept-mis"), &["accept-missing", "accept-mismatch"]);
}

fn fish() {
    let script = |line: &str| format!("source completions/wskey.fish; complete -C '{line}' | string split -f1 \\t");
    completes("fish", &["--no-config", "-c"], &script("wskey ve"), &["verify"]);
    completes("fish", &["--no-config", "-c"], &script("wskey verify --sta"), &["--status"]);
    completes("fish", &["--no-config", "-c"], &script("wskey probe --skip key-dup-s"), &["key-dup-same"]);
    completes("fish", &["--no-config", "-c"], &script("wskey probe --skip accept-rf"), &["accept-rfc-sample"]);
    completes("fish", &["--no-config", "-c"], &script("wskey inspect --skip accept-mism"), &["accept-mismatch"]);
}

/// Zsh completes at a prompt alone, so it types into another zsh and has that show what the line became.
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
    completes("zsh", &["-f", "-c"], &script("wskey probe --only key-dup-s"), &["wskey", "probe", "--only", "key-dup-same"]);
    completes(
        "zsh",
        &["-f", "-c"],
        &script("wskey inspect --skip accept-mism"),
        &["wskey", "inspect", "--skip", "accept-mismatch"],
    );
    completes("zsh", &["-f", "-c"], &script("wskey probe --confor"), &["wskey", "probe", "--conformance"]);
    // A file, and no command: what completes a first word would offer these.
    completes("zsh", &["-f", "-c"], &script("wskey inspect LICENSE-M"), &["wskey", "inspect", "LICENSE-MIT"]);
    completes("zsh", &["-f", "-c"], &script("wskey inspect dirnam"), &["wskey", "inspect", "dirnam"]);
    completes("zsh", &["-f", "-c"], &script("wskey probe --from LICENSE-M"), &["wskey", "probe", "--from", "LICENSE-MIT"]);
    completes("zsh", &["-f", "-c"], &script("wskey probe dirnam"), &["wskey", "probe", "dirnam"]);
}
