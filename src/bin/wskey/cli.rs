//! The command line as clap sees it: types, texts, and how values are read. Examples and exit codes fit into 60 columns, since
//! nobody can run an example that is wrapped.

use clap::builder::{PossibleValue, StringValueParser, TypedValueParser};
use clap::{Arg, Args, Command as Definition, Error, Parser, Subcommand, ValueEnum, ValueHint};
use clap_complete::Shell;
use std::ffi::{OsStr, OsString};
use std::num::NonZeroUsize;
use std::path::PathBuf;
use wskey::conformance::client_cases;
use wskey::conformance::server_cases::CASES;
use wskey::rules::RULES;

/// Examples, and the exit codes, the same for every command.
const AFTER_HELP: &str = "\
Examples:
  wskey probe ws://localhost:8080/chat
  wskey inspect capture.txt
  wskey verify \"$key\" \"$accept\"
  wskey gen | wskey accept

Exit codes:
  0  yes: done, and every verdict is good
  1  no: a verdict is bad
  2  trouble or no verdict: bad usage, input that cannot be
     used or that proves neither, I/O failure; outranks 1
  3  probe: not one byte of a response to the first
     handshake; serve --conformance: no connection came, or
     no browser";

/// The headings of options in help texts and man pages.
const REQUEST: &str = "Request";
const CONNECTION: &str = "Connection";
const CONFORMANCE: &str = "Conformance";
const ORIGINS: &str = "Origins";
const CAPTURE: &str = "Capture";
const RULES_HEADING: &str = "Rules";

/// The WebSocket opening handshake (RFC 6455, section 4): makes keys, computes accept values, says why the two do not belong
/// together, judges captured handshakes and live servers.
///
/// The accept value shows that a server read this key and speaks WebSocket. It authenticates nobody.
#[derive(Parser)]
#[command(name = "wskey", version, after_help = AFTER_HELP, subcommand_required = true, arg_required_else_help = true)]
#[command(max_term_width = 100)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    Gen(GenArgs),
    Accept(AcceptArgs),
    Verify(VerifyArgs),
    Inspect(InspectArgs),
    Probe(Box<ProbeArgs>),
    Serve(ServeArgs),
    Completions(CompletionsArgs),
}

/// Make fresh keys, one per line
///
/// A key is 16 bytes in base64, from a cryptographic generator that is seeded by the system.
#[derive(Args)]
#[command(after_help = concat!("\
Examples:
  wskey gen
  wskey gen -n 1000 > keys
  wskey gen | tee key | wskey accept

", "Exit codes:
  0  done
  2  trouble: bad usage, I/O failure"))]
pub(crate) struct GenArgs {
    /// How many keys; 0 makes none
    #[arg(short = 'n', long, value_name = "COUNT", default_value_t = 1, value_parser = count, allow_negative_numbers = true, value_hint = ValueHint::Other)]
    pub(crate) count: u64,

    /// Print a JSON object for each key
    #[arg(long)]
    pub(crate) json: bool,
}

/// Compute the accept value of each key, one per line
///
/// A key is hashed as it is written: 24 characters of base64, never decoded. Every key gets one line, so that line N of the
/// output answers key N: for a key that cannot be used the line is empty, the reason goes to stderr, and the exit code is 2.
#[derive(Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
#[command(after_help = "\
Examples:
  wskey accept dGhlIHNhbXBsZSBub25jZQ==
  wskey accept 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='
  wskey accept < keys > accepts
  wskey accept --any hello

Quote the argument: with an empty $key, `wskey accept $key` has no argument and reads stdin.

Exit codes:
  0  done
  2  trouble: a key that cannot be used, bad usage, no
     input, I/O failure")]
pub(crate) struct AcceptArgs {
    /// A key, or its whole header line; none or `-` reads keys from stdin, one per line
    #[arg(value_name = "KEY")]
    pub(crate) keys: Vec<OsString>,

    /// Refuse keys whose unused trailing bits are set
    #[arg(long, conflicts_with = "any")]
    pub(crate) strict: bool,

    /// Accept any bytes as a key; arguments are used verbatim, including spaces and line endings
    #[arg(long)]
    pub(crate) any: bool,

    /// Show the steps: the text that is hashed, its SHA-1 in hexadecimal, the accept value
    #[arg(long)]
    pub(crate) explain: bool,

    /// Print a JSON object for each key
    #[arg(long)]
    pub(crate) json: bool,
}

/// Say whether an accept value answers a key, and if not, why not
///
/// Prints `KEY: OK` or `KEY: FAILED`, as sha256sum --check does, and explains a failure on stderr. Anything but the right
/// accept value of a well-formed key is a failure, an empty or malformed one too. So is a missing one on stdin; as an argument
/// it is bad usage.
///
/// A wrong value is explained by the mistake that produces exactly this value, where one is known: what was hashed, and how
/// to fix it. Nothing is guessed.
#[derive(Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
#[command(override_usage = "wskey verify [OPTIONS] [KEY ACCEPT]")]
#[command(after_help = "\
Examples:
  wskey verify dGhlIHNhbXBsZSBub25jZQ== \\
    s3pPLMBiTxaQ9kYGzzhZRbK+xOo=
  wskey verify \"$key\" \"$accept\" || echo 'no WebSocket here'
  wskey verify --quiet < pairs

A line of stdin is a key and an accept value with a space between them; empty lines and lines that begin with # are skipped.

Exit codes:
  0  yes: every accept value answers its key
  1  no: one does not
  2  trouble: bad usage, a line that is not a pair, no pair
     at all, I/O failure; outranks 1")]
pub(crate) struct VerifyArgs {
    /// The key and the accept value, or their whole header lines; none or `-` reads pairs from stdin, one per line
    #[arg(value_names = ["KEY", "ACCEPT"], num_args = 0..=2)]
    pub(crate) pair: Vec<OsString>,

    /// Print failures and the count only
    #[arg(short, long)]
    pub(crate) quiet: bool,

    /// Print nothing; only set the exit code
    #[arg(long)]
    pub(crate) status: bool,

    /// Print a JSON object for each pair, or for each cause
    #[arg(long)]
    pub(crate) json: bool,

    /// List the mistakes that can explain a failure: an id and a description each
    #[arg(long, conflicts_with_all = ["pair", "quiet", "status"])]
    pub(crate) list_causes: bool,
}

/// Judge captured handshakes by the rules of the RFC
///
/// Finds the requests and responses in a capture, whatever its form: what curl or a browser printed, a log, a HAR file, packets
/// (pcap, pcapng, or as text), the bytes themselves; compressed by gzip too. For each exchange it prints a verdict, then what is broken, by whom, and the section of the
/// RFC. OK means that all it takes was seen and is right, FAILED that something seen is wrong; where neither is so, the exchange
/// is UNJUDGED, and the report names what was not seen. Of a text that comes from a pipe, OK and FAILED are told while it goes
/// on, the rest at its end or with Ctrl-C.
#[derive(Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
#[command(after_help = "\
Examples:
  wskey inspect capture.txt
  wskey inspect --strict --skip key-well-known *.har
  curl -si --http1.1 -m 2 -H 'Connection: Upgrade' \\
    -H 'Upgrade: websocket' -H 'Sec-WebSocket-Version: 13' \\
    -H \"Sec-WebSocket-Key: $key\" \\
    http://localhost:8080/chat | wskey inspect --key \"$key\"

Exit codes:
  0  yes: every exchange was seen, and keeps the rules
  1  no: one breaks a rule
  2  no verdict: a response, a key or a field was not seen;
     no handshake in a capture; bad usage, I/O failure;
     outranks 1")]
pub(crate) struct InspectArgs {
    /// A capture, of packets or text of any length, of a HAR, in UTF-16 or with --raw at most 64 MiB; none or `-` reads one from stdin
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) files: Vec<OsString>,

    /// Print failures only
    #[arg(short, long)]
    pub(crate) quiet: bool,

    /// Count warnings as errors
    #[arg(long)]
    pub(crate) strict: bool,

    /// Skip this rule; may be given several times
    #[arg(long, value_name = "RULE", value_parser = Names(rules), hide_possible_values = true, help_heading = RULES_HEADING)]
    pub(crate) skip: Vec<String>,

    /// Read the bytes as they were sent, one direction or both in turn: line endings and what follows a head are judged too
    #[arg(long, help_heading = CAPTURE)]
    pub(crate) raw: bool,

    /// Judge requests only: no response is expected
    #[arg(long, conflicts_with = "key", help_heading = CAPTURE)]
    pub(crate) request_only: bool,

    /// The key, where the capture holds only the response
    #[arg(long, help_heading = CAPTURE, value_hint = ValueHint::Other)]
    pub(crate) key: Option<OsString>,

    /// Judge the first so many exchanges of each capture only; of a text that goes on, end with so many verdicts
    #[arg(long, value_name = "COUNT", help_heading = CAPTURE)]
    pub(crate) limit: Option<NonZeroUsize>,

    /// List the rules
    #[arg(long, help_heading = RULES_HEADING)]
    pub(crate) list_rules: bool,

    /// Print a line for each rule that is broken, with a count, instead of one for each exchange
    #[arg(long)]
    pub(crate) summary: bool,

    /// Print a JSON object for each exchange
    #[arg(long)]
    pub(crate) json: bool,

    /// When to colour the words of a verdict
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    pub(crate) color: Color,
}

/// Perform the handshake with a live server, and judge its responses
///
/// Performs two handshakes with different fresh keys, one after the other, so that a server whose accept value never changes
/// is detected, and looks for 300 ms at what follows each 101; offers permessage-deflate as browsers do. With --conformance,
/// performs one valid handshake, which offers nothing, and then 155 more, most of them altered in one place, each on a
/// connection of its own: for servers of your own. Redirects are shown, not followed; `http_proxy` and the like are not used.
///
/// The values of Authorization, Proxy-Authorization, Cookie, Set-Cookie and the like are shown as <redacted>.
#[derive(Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
#[command(override_usage = "wskey probe [OPTIONS] <URL>...\n       wskey probe [OPTIONS] --list-cases")]
#[command(after_help = "\
Examples:
  wskey probe ws://localhost:8080/chat
  wskey probe --wait 10 ws://localhost:8080/chat
  wskey probe -v --origin https://example.com \\
    --subprotocol graphql-transport-ws \\
    wss://example.com/graphql
  wskey probe --as firefox ws://localhost:8080/chat
  wskey probe --from capture.txt ws://localhost:8080/chat
  wskey probe ws://localhost:8080/chat \\
    wss://example.com/chat
  wskey probe --connect 127.0.0.1:8443 --cacert ca.pem \\
    wss://example.com/
  wskey probe --insecure wss://test.example.com/
  wskey probe --behind 127.0.0.1:9000 \\
    ws://localhost:8080/chat
  wskey probe --conformance --skip origin- \\
    --junit report.xml ws://localhost:8080/chat
  wskey probe --list-cases --only key-
  wskey probe --check-origins --origin https://example.com \\
    wss://example.com/chat

Exit codes:
  0  yes: the server speaks WebSocket; with --conformance,
     it handles every case correctly
  1  no: a rule is broken, a case is not met, or the wrong
     Origin enters
  2  trouble or no verdict: bad usage, unknown case, I/O
     failure, a head that is too long, a server that went
     away
  3  not one byte of a response to the first handshake:
     name, connection, TLS, silence, closed at once")]
pub(crate) struct ProbeArgs {
    /// A server: `ws://HOST[:PORT]/PATH`, or `wss://` (`http://` and `https://` mean the same, `HOST:PORT` means ws); with several,
    /// the differences are listed at the end
    #[arg(value_name = "URL", required_unless_present = "list_cases", value_hint = ValueHint::Url)]
    pub(crate) urls: Vec<OsString>,

    /// A field of the request, `Name: value`; replaces one that is sent by default
    #[arg(short = 'H', long, value_name = "FIELD", help_heading = REQUEST, value_hint = ValueHint::Other)]
    pub(crate) header: Vec<OsString>,

    /// The Origin field: the page that a browser would connect from
    #[arg(long, value_name = "ORIGIN", help_heading = REQUEST, value_hint = ValueHint::Url)]
    pub(crate) origin: Option<OsString>,

    /// A subprotocol to request; commas separate several, in the order of preference
    #[arg(long, value_name = "NAME", value_delimiter = ',', help_heading = REQUEST, value_hint = ValueHint::Other)]
    pub(crate) subprotocol: Vec<OsString>,

    /// Send what this client sends: its fields, in its order and spelling; options that name a field replace or add to them
    #[arg(long = "as", value_name = "CLIENT", conflicts_with = "conformance", help_heading = REQUEST)]
    pub(crate) as_client: Option<KnownClient>,

    /// Send the request that is first in this capture or copied curl command, `-` for stdin, with a fresh key; Host is the URL's, and so
    /// is the path where it has one
    #[arg(long, value_name = "FILE", conflicts_with_all = ["as_client", "conformance"], help_heading = REQUEST, value_hint = ValueHint::FilePath)]
    pub(crate) from: Option<OsString>,

    /// Connect to this address; Host and the name in the certificate stay the URL's
    #[arg(long, value_name = "HOST:PORT", help_heading = CONNECTION, value_hint = ValueHint::Hostname)]
    pub(crate) connect: Option<OsString>,

    /// How long a handshake may take, from resolving the name to the end of the response's head
    #[arg(long, value_name = "SECONDS", default_value_t = 5.0, value_parser = seconds, allow_negative_numbers = true, help_heading = CONNECTION, value_hint = ValueHint::Other)]
    pub(crate) timeout: f64,

    /// How long to wait for a server that is starting: until the first byte of a response
    #[arg(long, value_name = "SECONDS", value_parser = seconds, allow_negative_numbers = true, help_heading = CONNECTION, value_hint = ValueHint::Other)]
    pub(crate) wait: Option<f64>,

    /// Listen here as the server behind the proxy at URL, and tell what the proxy changes on the way, in both directions; with
    /// --conformance what it does with each case, and with the answers that `wskey serve` gives
    #[arg(long, value_name = "ADDRESS", conflicts_with_all = ["check_origins", "jobs"], help_heading = CONNECTION, value_hint = ValueHint::Other)]
    pub(crate) behind: Option<String>,

    /// Trust the certificates in this PEM file, and no others
    #[arg(long, value_name = "FILE", help_heading = CONNECTION, value_hint = ValueHint::FilePath)]
    pub(crate) cacert: Option<PathBuf>,

    /// Verify no certificate: whoever answers may be anybody
    #[arg(long, conflicts_with = "cacert", help_heading = CONNECTION)]
    pub(crate) insecure: bool,

    /// Find out whether the server refuses what it must refuse
    #[arg(long, group = "cases", help_heading = CONFORMANCE)]
    pub(crate) conformance: bool,

    /// List the cases: id, expectation, level, section, what is sent
    #[arg(long, group = "cases", help_heading = CONFORMANCE)]
    pub(crate) list_cases: bool,

    /// Run only this case, or all with this prefix (`key-`); commas separate several
    #[arg(long, value_name = "CASE", requires = "cases", value_delimiter = ',', value_parser = Names(probe_cases), hide_possible_values = true, help_heading = CONFORMANCE)]
    pub(crate) only: Vec<String>,

    /// Skip this case, or all with this prefix; commas separate several
    #[arg(long, value_name = "CASE", requires = "cases", value_delimiter = ',', value_parser = Names(probe_cases), hide_possible_values = true, help_heading = CONFORMANCE)]
    pub(crate) skip: Vec<String>,

    /// How long a case may take
    #[arg(long, value_name = "SECONDS", default_value_t = 2.0, value_parser = seconds, allow_negative_numbers = true, requires = "conformance", help_heading = CONFORMANCE, value_hint = ValueHint::Other)]
    pub(crate) case_timeout: f64,

    /// How many cases are sent at once; what the server may say because it is busy with others is tried again alone. With --behind it is
    /// always one
    #[arg(long, value_name = "COUNT", default_value_t = 4, requires = "conformance", value_parser = clap::value_parser!(u8).range(1..=64), allow_negative_numbers = true, help_heading = CONFORMANCE, value_hint = ValueHint::Other)]
    pub(crate) jobs: u8,

    /// Also write the cases to this file, as JUnit XML
    #[arg(long, value_name = "FILE", requires = "conformance", help_heading = CONFORMANCE, value_hint = ValueHint::FilePath)]
    pub(crate) junit: Option<PathBuf>,

    /// Find out who enters by which Origin, in twelve handshakes; with --origin that one must enter, and no foreign one
    #[arg(long, conflicts_with_all = ["conformance", "list_cases"], help_heading = ORIGINS)]
    pub(crate) check_origins: bool,

    /// Count warnings as errors
    #[arg(long)]
    pub(crate) strict: bool,

    /// Print failures only
    #[arg(short, long)]
    pub(crate) quiet: bool,

    /// Show the bytes sent and received
    #[arg(short, long)]
    pub(crate) verbose: bool,

    /// Print a JSON object for each handshake, case, Origin and difference
    #[arg(long)]
    pub(crate) json: bool,

    /// When to colour the words of a verdict
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    pub(crate) color: Color,
}

/// A client whose request is known.
#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum KnownClient {
    Aiohttp,
    Chromium,
    Firefox,
    Gorilla,
    Jdk,
    Libcurl,
    Tungstenite,
    Undici,
    Websockets,
    Ws,
}

#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum Color {
    /// On a terminal that has colours; `NO_COLOR` means never, `FORCE_COLOR` and `CLICOLOR_FORCE` mean always
    Auto,
    Always,
    Never,
}

/// Answer handshakes, rightly or wrongly in one way, and judge the clients
///
/// The first segment of the path chooses the case: `/accept-wrong` is answered with a wrong accept value, as `--list-cases` says;
/// every other path is answered rightly. Each connection gets a report: whether its request was right, what was answered, and what the
/// client did then. It runs until it is interrupted.
///
/// With --conformance, COMMAND is a client: it is run for each case with the case's URL, and must stay open until the server closes, so
/// that a frame shows whether it opened. In its arguments `{}` stands for the URL, which is appended where there is none, and
/// `{subprotocol}` for the subprotocol that the case needs: alone, it is left out where there is none. COMMAND is a program and its
/// arguments; `sh -c` runs a line of shell. What it started ends with it.
///
/// A case is OK if the client does as it must; FAILED or, where that weighs less, WARN if it does not; UNJUDGED if that cannot be told;
/// NOTE where the RFC leaves it open; N/A where the client's request lacks what the case needs. WARN, NOTE and N/A change no exit code, but
/// --strict counts WARN as FAILED.
///
/// A browser is a client too: it opens the page, whose URL is printed, and runs the cases there. With --conformance and no COMMAND, wskey
/// waits two minutes for one to come; a COMMAND with `{page}` among its arguments, which stands for the URL of the page, is a browser that
/// is started once. The page also computes accept values, verifies pairs and inspects captures.
#[derive(Args)]
#[command(
    override_usage = "wskey serve [OPTIONS] [ADDRESS]\n       wskey serve [OPTIONS] --conformance [ADDRESS] [-- <COMMAND>...]\n       wskey serve [OPTIONS] --list-cases"
)]
#[command(after_help = "\
Examples:
  wskey serve
  wskey serve 127.0.0.1:8080
  wskey serve --count 1 --case accept-wrong
  wskey serve --tls-cert cert.pem --tls-key key.pem
  wskey serve --list-cases
  wskey serve --conformance -- node client.mjs {} {subprotocol}
  wskey serve --conformance --only accept-lower --verbose -- \\
    python3 client.py --url={} {subprotocol}
  wskey serve --conformance
  wskey serve --conformance -- chromium --headless {page}

Exit codes:
  0  yes: every request was right, whatever the client made of
     the answer; with --conformance, the client does with
     every case as it must
  1  no: one was not, or a case is not met
  2  trouble or no verdict: bad usage, a port that is taken,
     no request came, a client that does not stay open
  3  with --conformance: no connection came, or no browser")]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
pub(crate) struct ServeArgs {
    /// Where to listen; port 0 is a free one
    #[arg(default_value = "127.0.0.1:0", value_name = "ADDRESS", value_hint = ValueHint::Other)]
    pub(crate) address: String,

    /// The client: a program and its arguments, or a browser with `{page}` in one of them
    #[arg(last = true, value_name = "COMMAND", requires = "conformance", value_hint = ValueHint::CommandWithArguments)]
    pub(crate) command: Vec<OsString>,

    /// Answer every path with this case
    #[arg(long, value_name = "CASE", value_parser = Names(client_cases), value_hint = ValueHint::Other)]
    pub(crate) case: Option<String>,

    /// End after so many connections
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) count: Option<u64>,

    /// Serve wss:// with this certificate (PEM); those that lead to its authority may stand behind it
    #[arg(long, value_name = "FILE", requires = "tls_key", value_hint = ValueHint::FilePath)]
    pub(crate) tls_cert: Option<PathBuf>,

    /// The key of the certificate (PEM)
    #[arg(long, value_name = "FILE", requires = "tls_cert", value_hint = ValueHint::FilePath)]
    pub(crate) tls_key: Option<PathBuf>,

    /// Find out whether the client, COMMAND or a browser, refuses what it must refuse
    #[arg(long, group = "cases", conflicts_with_all = ["case", "count", "timeout"], help_heading = CONFORMANCE)]
    pub(crate) conformance: bool,

    /// List the cases: id, what the client must do, level, section, what is answered
    #[arg(long, group = "cases", conflicts_with_all = ["address", "case", "count", "tls_cert"], help_heading = CONFORMANCE)]
    pub(crate) list_cases: bool,

    /// Run only this case, or all with this prefix (`accept-`); commas separate several
    #[arg(long, value_name = "CASE", requires = "cases", value_delimiter = ',', value_parser = Names(client_cases), hide_possible_values = true, help_heading = CONFORMANCE)]
    pub(crate) only: Vec<String>,

    /// Skip this case, or all with this prefix; commas separate several
    #[arg(long, value_name = "CASE", requires = "cases", value_delimiter = ',', value_parser = Names(client_cases), hide_possible_values = true, help_heading = CONFORMANCE)]
    pub(crate) skip: Vec<String>,

    /// How long a client may take for its head, then to decide (a second at least), and then to end by itself
    #[arg(long, value_name = "SECONDS", default_value_t = 2.0, value_parser = seconds, allow_negative_numbers = true, requires = "conformance", help_heading = CONFORMANCE, value_hint = ValueHint::Other)]
    pub(crate) case_timeout: f64,

    /// How many cases are run at once; a case to be accepted that is refused, and one in which no client comes or it does nothing, is tried again alone
    #[arg(long, value_name = "COUNT", default_value_t = 4, requires = "conformance", value_parser = clap::value_parser!(u8).range(1..=64), help_heading = CONFORMANCE, value_hint = ValueHint::Other)]
    pub(crate) jobs: u8,

    /// Also write the cases to this file, as JUnit XML
    #[arg(long, value_name = "FILE", requires = "conformance", help_heading = CONFORMANCE, value_hint = ValueHint::FilePath)]
    pub(crate) junit: Option<PathBuf>,

    /// How long a client is waited for: for its head, and then, a second at least, for a frame or the end
    #[arg(long, value_name = "SECONDS", default_value_t = 5.0, value_parser = seconds, allow_negative_numbers = true, value_hint = ValueHint::Other)]
    pub(crate) timeout: f64,

    /// Count warnings as errors
    #[arg(long)]
    pub(crate) strict: bool,

    /// Print failures only
    #[arg(short, long)]
    pub(crate) quiet: bool,

    /// Show the bytes received and sent, but for the Ping and the Close frame that make a client speak
    #[arg(short, long)]
    pub(crate) verbose: bool,

    /// Print a JSON object for each connection, or for each case
    #[arg(long)]
    pub(crate) json: bool,

    /// When to colour the words of a verdict
    #[arg(long, value_name = "WHEN", value_enum, default_value_t = Color::Auto)]
    pub(crate) color: Color,
}

/// Print the completion script for a shell
#[derive(Args)]
#[command(after_help = "\
Examples:
  mkdir -p ~/.local/share/bash-completion/completions
  wskey completions bash \\
    > ~/.local/share/bash-completion/completions/wskey

  mkdir -p ~/.zfunc          # in $fpath, before compinit
  wskey completions zsh > ~/.zfunc/_wskey

  mkdir -p ~/.config/fish/completions
  wskey completions fish \\
    > ~/.config/fish/completions/wskey.fish

  mkdir -p ~/.config/elvish/lib            # then: use wskey
  wskey completions elvish > ~/.config/elvish/lib/wskey.elv

In PowerShell:
  $folder = Split-Path $PROFILE
  New-Item -ItemType Directory -Force $folder
  wskey completions powershell |
    Out-File -Encoding utf8 \"$folder/wskey.ps1\"
  Add-Content $PROFILE '. \"$PSScriptRoot/wskey.ps1\"'

Exit codes:
  0  done
  2  trouble: bad usage, I/O failure")]
pub(crate) struct CompletionsArgs {
    /// Which shell
    #[arg(value_name = "SHELL")]
    pub(crate) shell: Shell,
}

/// Names that completions offer. Any other is taken too, such as a prefix of several: the command says which it does not know.
#[derive(Clone)]
struct Names(fn() -> Vec<&'static str>);

/// Those of servers, and with `--behind` those of clients.
fn probe_cases() -> Vec<&'static str> {
    let (mut names, of_clients) = (CASES.iter().map(|case| case.id).collect::<Vec<_>>(), client_cases());
    let others = of_clients.into_iter().filter(|name| !names.contains(name)).collect::<Vec<_>>();
    names.extend(others);
    names
}

fn client_cases() -> Vec<&'static str> {
    client_cases::CASES.iter().map(|case| case.id).collect()
}

fn rules() -> Vec<&'static str> {
    RULES.iter().map(|rule| rule.id).collect()
}

impl TypedValueParser for Names {
    type Value = String;

    fn parse_ref(&self, command: &Definition, arg: Option<&Arg>, value: &OsStr) -> Result<String, Error> {
        StringValueParser::new().parse_ref(command, arg, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new((self.0)().into_iter().map(PossibleValue::new)))
    }
}

fn count(text: &str) -> Result<u64, &'static str> {
    text.parse().map_err(|_| "expected a whole number, such as 10")
}

fn seconds(text: &str) -> Result<f64, &'static str> {
    text.parse().map_err(|_| "expected a number of seconds, such as 2 or 0.5")
}
