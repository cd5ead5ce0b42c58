//! Tips for what people type that is not there: words and options of other programs, and what `wskey` has instead.

use clap::error::{ContextKind, ContextValue, Error, ErrorKind};
use std::ffi::OsStr;

/// Arguments of a command, and the tip for them.
type Tip = (&'static str, &'static [&'static str], &'static str);

const TIPS: &[Tip] = &[
    ("version", &["version"], "'wskey --version' prints it"),
    (
        "verify",
        &["--explain"],
        "'wskey verify' explains each failure; 'wskey accept --explain KEY' shows the steps to the right value",
    ),
    // curl's options; -c, and -s and -o, are wscat's or websocat's too.
    ("probe", &["-k"], "'--insecure' verifies no certificate; '--cacert FILE' trusts a self-signed one or a private authority"),
    ("probe", &["-i", "--include", "-I", "--head"], "'-v' shows both heads"),
    ("probe", &["-s", "--silent"], "'-q' prints failures only; '--subprotocol NAME' requests a subprotocol"),
    ("probe", &["-L", "--location"], "redirects are shown, not followed: give the URL that the Location field names"),
    ("probe", &["-X", "--request"], "the method is always GET (RFC 6455, section 4.1)"),
    ("probe", &["-d", "--data", "--data-raw"], "the request has no body, and no message is sent"),
    ("probe", &["-u", "--user"], "-H 'Authorization: Basic ...' sends credentials, NAME:PASSWORD in base64"),
    ("probe", &["-x", "--proxy"], "no proxy is used; '--connect HOST:PORT' connects to another address than the URL's"),
    ("probe", &["--http1.1"], "it always speaks HTTP/1.1"),
    ("probe", &["-m", "--max-time", "--connect-timeout"], "'--timeout SECONDS' limits a handshake"),
    ("probe", &["--resolve", "--connect-to"], "'--connect HOST:PORT' connects there; Host stays the URL's"),
    ("probe", &["--host"], "the URL names the host; '--connect HOST:PORT' connects elsewhere, -H 'Host: ...' sends another Host"),
    ("probe", &["--unix-socket"], "it connects by TCP alone"),
    ("probe", &["-A", "--user-agent"], "-H 'User-Agent: ...' sends it"),
    ("probe", &["-b", "--cookie"], "-H 'Cookie: NAME=VALUE' sends a cookie"),
    ("probe", &["-e", "--referer"], "-H 'Referer: ...' sends it; servers check '--origin ORIGIN'"),
    ("probe", &["-o", "--output"], "'> FILE' keeps the report; '--origin ORIGIN' sends an Origin"),
    ("probe", &["-N", "--no-buffer"], "every result is written as soon as it is known"),
    ("probe", &["-c"], "the URL needs no option: 'wskey probe URL'; -H 'Cookie: NAME=VALUE' sends a cookie"),
];

/// The most values that an error lists; `wskey probe --only` without a value has more than a hundred.
const MOST_VALUES: usize = 10;

/// The error with our tip, where there is one for what was typed behind `command`; and without those of clap that mislead.
pub(crate) fn add(mut error: Error, command: Option<&OsStr>) -> Error {
    if let Some(ContextValue::Strings(values)) = error.get(ContextKind::ValidValue)
        && values.len() > MOST_VALUES
    {
        error.remove(ContextKind::ValidValue);
    }
    let kind = match error.kind() {
        ErrorKind::UnknownArgument => ContextKind::InvalidArg,
        ErrorKind::InvalidSubcommand => ContextKind::InvalidSubcommand,
        _ => return error,
    };
    let Some(ContextValue::String(typed)) = error.get(kind) else { return error };
    let command = command.and_then(OsStr::to_str).unwrap_or_default();
    if let Some(tip) = tip(command, typed) {
        // What is spelt nearly so is something else.
        error.remove(ContextKind::SuggestedArg);
        error.remove(ContextKind::SuggestedSubcommand);
        error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![tip.into()]));
    } else if matches!(command, "probe" | "verify") {
        // "To pass it as a value, use `--`": but no URL, key or accept value begins with a hyphen.
        error.remove(ContextKind::Suggested);
    }
    error
}

fn tip(command: &str, typed: &str) -> Option<String> {
    if command == "gen" && typed.parse::<u64>().is_ok() {
        return Some(format!("'wskey gen -n {typed}' makes {typed}"));
    }
    let row = TIPS.iter().find(|(of, arguments, _)| *of == command && arguments.contains(&typed));
    row.map(|(.., tip)| (*tip).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::Cli;
    use clap::CommandFactory as _;

    #[test]
    fn tips_are_for_what_is_not_there_and_name_what_is() {
        let mut cli = Cli::command();
        cli.build();
        let options = |command: &clap::Command| -> Vec<String> {
            let longs = command.get_arguments().filter_map(|arg| arg.get_long()).map(|long| format!("--{long}"));
            longs.chain(command.get_arguments().filter_map(clap::Arg::get_short).map(|short| format!("-{short}"))).collect()
        };
        let all: Vec<String> = cli.get_subcommands().chain([&cli]).flat_map(options).collect();
        for (command, arguments, tip) in TIPS {
            let own = cli.find_subcommand(command).map(options).unwrap_or_default();
            for argument in *arguments {
                assert!(!own.iter().any(|option| option == argument), "{command} {argument} exists");
            }
            for word in tip.split([' ', '\'']).filter(|word| word.starts_with('-')) {
                assert!(all.iter().any(|option| option == word), "{word} of '{tip}' does not exist");
            }
        }
    }
}
