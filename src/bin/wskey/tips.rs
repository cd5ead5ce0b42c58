//! Tips for what people type that is not there: words and options of other programs, and what `wskey` has instead.

use crate::net::url;
use crate::output::copied;
use clap::error::{ContextKind, ContextValue, Error, ErrorKind};
use std::ffi::OsString;
use std::path::Path;
use wskey::Key;

/// Arguments of a command, and the tip for them. The command `wskey` stands for words where a command belongs, none for every
/// command; `--as <CLIENT>` has the values of that option.
type Tip = (&'static str, &'static [&'static str], &'static str);

const TIPS: &[Tip] = &[
    ("wskey", &["version"], "'wskey --version' prints it"),
    (
        "wskey",
        &["check", "connect", "dial", "ping", "test", "url"],
        "'wskey probe URL' performs the handshake with a server, and judges it",
    ),
    ("wskey", &["compare", "validate"], "'wskey verify KEY ACCEPT' says whether the accept value answers the key"),
    ("wskey", &["analyse", "analyze", "har", "log", "parse", "read"], "'wskey inspect FILE' judges captured handshakes"),
    ("wskey", &["generate", "key", "new", "nonce"], "'wskey gen' makes a fresh key"),
    ("wskey", &["compute", "hash", "response"], "'wskey accept KEY' computes the accept value"),
    ("", &["-V", "--version"], "'wskey --version' prints it"),
    (
        "verify",
        &["--explain"],
        "'wskey verify' explains each failure; 'wskey accept --explain KEY' shows the steps to the right value",
    ),
    ("inspect", &["--only"], "every rule is judged; '--skip RULE' leaves one out"),
    // curl's options, and others'; -c, -s, -o and -w are wscat's or websocat's too.
    (
        "probe",
        &["-k", "--no-check"],
        "'--insecure' verifies no certificate; '--cacert FILE' trusts a self-signed one or a private authority",
    ),
    ("probe", &["-E", "--cert", "--key"], "no client certificate is sent; '--cacert FILE' trusts the server's"),
    ("probe", &["-i", "--include", "-I", "--head"], "'-v' shows both heads"),
    ("probe", &["--debug", "--trace", "--trace-ascii"], "'-v' shows the bytes sent and received"),
    ("probe", &["-s", "--silent"], "'-q' prints failures only; '--subprotocol NAME' requests a subprotocol"),
    ("probe", &["-f", "--fail"], "a refusal always fails; the exit codes are in 'wskey probe --help'"),
    (
        "probe",
        &["-w", "--write-out"],
        "'--json' prints objects for scripts; '--wait SECONDS' waits for a server that is starting",
    ),
    ("probe", &["--retry"], "'--wait SECONDS' waits for a server that is starting"),
    ("probe", &["-L", "--location"], "redirects are shown, not followed: give the URL that the Location field names"),
    ("probe", &["-X", "--request"], "the method is always GET (RFC 6455, section 4.1)"),
    ("probe", &["-d", "--data", "--data-raw"], "the request has no body, and no message is sent"),
    (
        "probe",
        &["-u", "--user", "--auth", "--basic-auth"],
        "-H 'Authorization: Basic ...' sends credentials, NAME:PASSWORD in base64",
    ),
    ("probe", &["--oauth2-bearer", "--token"], "-H 'Authorization: Bearer ...' sends a token"),
    ("probe", &["-x", "--proxy"], "no proxy is used; '--connect HOST:PORT' connects to another address than the URL's"),
    ("probe", &["--http1.1", "--http2", "--http3"], "it always speaks HTTP/1.1"),
    ("probe", &["--compressed"], "permessage-deflate is offered anyway; -H 'Accept-Encoding: gzip' asks for a compressed body"),
    ("probe", &["--tls", "--ssl"], "a URL with wss:// means TLS"),
    ("probe", &["-m", "--max-time", "--connect-timeout"], "'--timeout SECONDS' limits a handshake"),
    ("probe", &["--resolve", "--connect-to"], "'--connect HOST:PORT' connects there; Host stays the URL's"),
    (
        "probe",
        &["-4", "-6", "--ipv4", "--ipv6"],
        "'--connect 127.0.0.1:PORT' or '--connect [::1]:PORT' connects to this address alone",
    ),
    ("probe", &["--host"], "the URL names the host; '--connect HOST:PORT' connects elsewhere, -H 'Host: ...' sends another Host"),
    ("probe", &["--path"], "the URL names the path: ws://HOST:PORT/PATH"),
    ("probe", &["--unix-socket"], "it connects by TCP alone"),
    ("probe", &["-A", "--user-agent"], "-H 'User-Agent: ...' sends it"),
    ("probe", &["-b", "--cookie"], "-H 'Cookie: NAME=VALUE' sends a cookie"),
    ("probe", &["-e", "--referer"], "-H 'Referer: ...' sends it; servers check '--origin ORIGIN'"),
    ("probe", &["-o", "--output"], "'> FILE' keeps the report; '--origin ORIGIN' sends an Origin"),
    ("probe", &["-N", "--no-buffer"], "every result is written as soon as it is known"),
    ("probe", &["-c"], "the URL needs no option: 'wskey probe URL'; -H 'Cookie: NAME=VALUE' sends a cookie"),
    ("--as <CLIENT>", &["curl"], "'libcurl' is what curl sends"),
    ("--as <CLIENT>", &["node", "nodejs"], "'undici' is the WebSocket that Node.js has, 'ws' the package of that name"),
    ("--as <CLIENT>", &["python"], "'websockets' and 'aiohttp' are packages of Python"),
    ("--as <CLIENT>", &["browser", "chrome", "edge"], "'chromium' and 'firefox' are browsers"),
    ("--as <CLIENT>", &["go", "golang"], "'gorilla' is a package of Go"),
    ("--as <CLIENT>", &["rust"], "'tungstenite' is a crate of Rust"),
    ("--as <CLIENT>", &["java"], "'jdk' is the client that Java has"),
];

/// The most values that an error lists; `wskey probe --only` without a value has more than a hundred.
const MOST_VALUES: usize = 10;

/// The error with our tip, where there is one for what was typed; and without those of clap that mislead.
pub(crate) fn add(mut error: Error, args: &[OsString]) -> Error {
    if let Some(ContextValue::Strings(values)) = error.get(ContextKind::ValidValue)
        && values.len() > MOST_VALUES
    {
        error.remove(ContextKind::ValidValue);
    }
    let text = |kind| if let Some(ContextValue::String(text)) = error.get(kind) { text.as_str() } else { "" };
    let command = args.get(1).and_then(|command| command.to_str()).unwrap_or_default();
    let (of, typed) = match error.kind() {
        ErrorKind::UnknownArgument => (command, text(ContextKind::InvalidArg)),
        ErrorKind::InvalidSubcommand => ("wskey", text(ContextKind::InvalidSubcommand)),
        ErrorKind::InvalidValue => (text(ContextKind::InvalidArg), text(ContextKind::InvalidValue)),
        _ => return error,
    };
    let next = args.iter().skip_while(|arg| *arg != typed).nth(1);
    if let Some(tip) = tip(of, typed, next) {
        // What is spelt nearly so is something else.
        error.remove(ContextKind::SuggestedArg);
        error.remove(ContextKind::SuggestedSubcommand);
        error.remove(ContextKind::SuggestedValue);
        error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![tip.into()]));
    } else if is_never_a_value(command, typed) {
        error.remove(ContextKind::Suggested);
    }
    error
}

/// Whether "to pass it as a value, use `--`" misleads: no URL, key or accept value begins with a hyphen, and no file's name with two.
fn is_never_a_value(command: &str, typed: &str) -> bool {
    match command {
        "accept" => false,
        "inspect" => typed.starts_with("--"),
        _ => true,
    }
}

fn tip(of: &str, typed: &str, next: Option<&OsString>) -> Option<String> {
    if of == "gen" && typed.parse::<u64>().is_ok() {
        return Some(format!("'wskey gen -n {typed}' makes {typed}"));
    }
    if of == "serve" && !typed.starts_with('-') {
        return Some("COMMAND stands behind '--': 'wskey serve --conformance -- COMMAND {}'".to_owned());
    }
    let row = TIPS.iter().find(|(command, arguments, _)| (command.is_empty() || *command == of) && arguments.contains(&typed));
    row.map(|(.., tip)| (*tip).to_owned()).or_else(|| if of == "wskey" { missing_command(typed, next) } else { None })
}

/// The command that was left out before what it is for.
fn missing_command(typed: &str, next: Option<&OsString>) -> Option<String> {
    if Key::parse(typed.as_bytes()).is_ok() {
        return Some(match next.filter(|next| !next.as_encoded_bytes().starts_with(b"-")) {
            Some(accept) => {
                let accept = copied(accept, "ACCEPT");
                format!("'wskey verify {typed} {accept}' says whether the accept value answers the key")
            }
            None => format!("'wskey accept {typed}' computes the accept value"),
        });
    }
    if url::is_like(typed) {
        return Some(format!("'wskey probe {}' performs the handshake with this server, and judges it", copied(typed, "URL")));
    }
    let is_file = Path::new(typed).is_file();
    is_file.then(|| format!("'wskey inspect {}' judges the handshakes in this file", copied(typed, "FILE")))
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
            let is_meant = |other: &&clap::Command| command.is_empty() || other.get_name() == *command;
            let own: Vec<String> = cli.get_subcommands().filter(is_meant).flat_map(options).collect();
            for argument in *arguments {
                assert!(!own.iter().any(|option| option == argument), "{command} {argument} exists");
                assert!(*command != "wskey" || cli.find_subcommand(argument).is_none(), "{argument} exists");
            }
            for word in tip.split([' ', '\'']).filter(|word| word.starts_with('-')) {
                assert!(all.iter().any(|option| option == word), "{word} of '{tip}' does not exist");
            }
        }
    }
}
