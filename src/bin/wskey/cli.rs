//! The command line as clap sees it: types and texts, no logic.

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use std::ffi::OsString;
use std::path::PathBuf;

/// The exit codes, the same for every command.
const EXIT_CODES: &str = "\
Exit codes:
  0  yes: done, and every verdict is good
  1  no: a verdict is bad
  2  trouble: bad usage, input that cannot be used, I/O failure; outranks 1
  3  probe only: not one byte of an answer";

/// The WebSocket opening handshake (RFC 6455, section 4): makes keys, computes accept values, says why two do not belong
/// together, judges captured handshakes and live servers.
///
/// The accept value proves that a server read this request and speaks WebSocket. It authenticates nobody.
#[derive(Parser)]
#[command(name = "wskey", version, after_help = EXIT_CODES, subcommand_required = true, arg_required_else_help = true)]
#[command(disable_help_subcommand = true, max_term_width = 100)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    Gen(Gen),
    Accept(Accept),
    Verify(Verify),
    Inspect(Inspect),
    Probe(Box<Probe>),
    Completions(Completions),
}

/// Make fresh keys, one a line
///
/// A key is 16 bytes from a cryptographic generator that the system seeds, in base64.
#[derive(Args)]
#[command(after_help = concat!("\
Examples:
  wskey gen
  wskey gen -n 1000 > keys
  wskey gen | tee key | wskey accept

", "Exit codes:
  0  done
  2  trouble: bad usage, I/O failure"))]
pub(crate) struct Gen {
    /// How many keys; 0 makes none
    #[arg(short = 'n', long, value_name = "COUNT", default_value_t = 1)]
    pub(crate) count: u64,

    /// Print a JSON object for each key
    #[arg(long)]
    pub(crate) json: bool,
}

/// Compute the accept value of each key, one a line
///
/// A key is hashed as it is written: 24 characters of base64, never decoded. Every key gets one line: where it cannot be used
/// the line is empty, the reason goes to stderr, and the exit code is 2, so that line N of the output answers key N.
#[derive(Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
#[command(after_help = "\
Examples:
  wskey accept dGhlIHNhbXBsZSBub25jZQ==
  wskey accept 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='
  wskey accept < keys > accepts
  wskey accept --any hello

Quote the operand: with an empty $key, `wskey accept $key` has no operand and reads stdin.

Exit codes:
  0  done
  2  trouble: a key that cannot be used, bad usage, no input, I/O failure")]
pub(crate) struct Accept {
    /// A key, or its whole header line; none or `-` reads lines from stdin
    #[arg(value_name = "KEY")]
    pub(crate) keys: Vec<OsString>,

    /// Refuse keys whose unused trailing bits are set
    #[arg(long, conflicts_with = "any")]
    pub(crate) strict: bool,

    /// Take any bytes for a key; operands to the letter, with their blanks and line ends
    #[arg(long)]
    pub(crate) any: bool,

    /// Show the steps: the text hashed, its SHA-1 in hex, the accept value
    #[arg(long, conflicts_with = "json")]
    pub(crate) explain: bool,

    /// Print a JSON object for each key
    #[arg(long)]
    pub(crate) json: bool,
}

/// Say whether an accept value answers a key, and if not, why not
///
/// Prints `KEY: OK` or `KEY: FAILED`, as sha256sum --check does, and explains a failure on stderr. Whatever is not the right
/// accept value of a well-formed key is a failure: a missing, an empty, a malformed one too.
///
/// A wrong value is explained by the mistake that produces exactly this value, where one is known: the bytes that were hashed,
/// and how to mend it. Nothing is guessed.
#[derive(Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
#[command(override_usage = "wskey verify [OPTIONS] [KEY ACCEPT]")]
#[command(after_help = "\
Examples:
  wskey verify dGhlIHNhbXBsZSBub25jZQ== s3pPLMBiTxaQ9kYGzzhZRbK+xOo=
  wskey verify \"$key\" \"$accept\" || echo 'this is no WebSocket server'
  wskey verify --quiet < pairs

A line of stdin is a key and an accept value with a blank between them; empty lines and lines that begin with # are skipped.

Exit codes:
  0  yes: every accept value answers its key
  1  no: one does not
  2  trouble: bad usage, a line that is no pair, no pair at all, I/O failure; outranks 1")]
pub(crate) struct Verify {
    /// The key and the accept value, or their whole header lines; none or `-` reads pairs from stdin, one a line
    #[arg(value_names = ["KEY", "ACCEPT"], num_args = 0..=2)]
    pub(crate) pair: Vec<OsString>,

    /// Leave out the OK lines
    #[arg(short, long)]
    pub(crate) quiet: bool,

    /// Print no verdict and no explanation: the exit code tells
    #[arg(long)]
    pub(crate) status: bool,

    /// Print a JSON object for each pair, or for each cause
    #[arg(long)]
    pub(crate) json: bool,

    /// Print the mistakes that a failure can be explained by: an id and a line on each
    #[arg(long, conflicts_with_all = ["pair", "quiet", "status"])]
    pub(crate) list_causes: bool,
}

/// Judge captured handshakes by the rules of the RFC
///
/// Finds the requests and answers in what a capture holds, whatever its form: raw heads, what curl or a browser printed, a log,
/// a HAR file, a packet dump as text. For each exchange it prints a verdict, then what is broken, by whom, and the section.
/// What cannot be seen in a capture is not judged.
#[derive(Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
#[command(after_help = "\
Examples:
  wskey inspect capture.txt
  wskey inspect --strict --skip key-well-known *.har
  curl -si --http1.1 -m 2 -H 'Connection: Upgrade' -H 'Upgrade: websocket' -H 'Sec-WebSocket-Version: 13' \\
    -H \"Sec-WebSocket-Key: $key\" http://localhost:8080/chat | wskey inspect --key \"$key\"

Exit codes:
  0  yes: every exchange keeps the rules
  1  no: one breaks a rule
  2  trouble: bad usage, no handshake in a capture, an accept value whose key was not seen, I/O failure; outranks 1")]
pub(crate) struct Inspect {
    /// A capture of at most 64 MiB; none or `-` reads one from stdin
    #[arg(value_name = "FILE")]
    pub(crate) files: Vec<OsString>,

    /// Leave out the exchanges that are OK
    #[arg(short, long)]
    pub(crate) quiet: bool,

    /// Make errors of warnings
    #[arg(long)]
    pub(crate) strict: bool,

    /// Do not judge by this rule; may be given several times
    #[arg(long, value_name = "RULE")]
    pub(crate) skip: Vec<String>,

    /// The key, where the capture holds the answer alone
    #[arg(long)]
    pub(crate) key: Option<OsString>,

    /// Print the rules
    #[arg(long)]
    pub(crate) list_rules: bool,

    /// Print a JSON object for each exchange
    #[arg(long)]
    pub(crate) json: bool,

    /// Whether the words of the verdict have colour
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    pub(crate) color: Color,
}

/// Perform the handshake with a live server, and judge its answer
///
/// Two handshakes with different fresh keys, one after the other: a server whose accept value never changes is found out.
/// With --conformance, one valid handshake and then some 140 that are bent, each on a connection of its own: for servers of
/// your own. Redirects are shown, not followed; proxies of the environment (`http_proxy` and the like) are not used.
///
/// The values of Authorization, Proxy-Authorization, Cookie and Set-Cookie are shown as <redacted>.
#[derive(Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
#[command(after_help = "\
Examples:
  wskey probe ws://localhost:8080/chat
  wskey probe -v --origin https://example.com --subprotocol graphql-transport-ws wss://example.com/graphql
  wskey probe --connect 127.0.0.1:8443 --cacert ca.pem wss://example.com/
  wskey probe --conformance --skip origin- --junit report.xml ws://localhost:8080/chat
  wskey probe --list-cases --only key-

Exit codes:
  0  yes: the server speaks WebSocket; with --conformance, it does with every case what it must
  1  no: a rule is broken, or a case not met
  2  trouble: bad usage, no such case, I/O failure
  3  not one byte of an answer: name, connection, TLS, silence, closed at once")]
pub(crate) struct Probe {
    /// Where the server is: `ws://HOST[:PORT]/PATH`, or `wss://` (`http://` and `https://` mean the same)
    #[arg(value_name = "URL", required_unless_present = "list_cases")]
    pub(crate) url: Option<OsString>,

    /// A field of the request, `Name: value`; in place of one that would be sent otherwise
    #[arg(short = 'H', long, value_name = "FIELD")]
    pub(crate) header: Vec<OsString>,

    /// The Origin field: the page that a browser would connect from
    #[arg(long, value_name = "ORIGIN")]
    pub(crate) origin: Option<OsString>,

    /// A subprotocol to ask for; several in the order of preference
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub(crate) subprotocol: Vec<OsString>,

    /// Connect there; Host and the name in the certificate stay the URL's
    #[arg(long, value_name = "HOST:PORT")]
    pub(crate) connect: Option<OsString>,

    /// How long a handshake may take, from the name's resolution to the end of the answer's head
    #[arg(long, value_name = "SECONDS", default_value_t = 5.0)]
    pub(crate) timeout: f64,

    /// Trust the certificates in this PEM file, and no others
    #[arg(long, value_name = "FILE")]
    pub(crate) cacert: Option<PathBuf>,

    /// Send the cases that find out whether the server refuses what it must refuse
    #[arg(long, group = "cases")]
    pub(crate) conformance: bool,

    /// List the cases: id, expectation, level, section, what is sent
    #[arg(long, group = "cases")]
    pub(crate) list_cases: bool,

    /// This case alone, or those whose names begin so (`key-`)
    #[arg(long, value_name = "CASE", requires = "cases", value_delimiter = ',')]
    pub(crate) only: Vec<String>,

    /// Not this case, or those whose names begin so
    #[arg(long, value_name = "CASE", requires = "cases", value_delimiter = ',')]
    pub(crate) skip: Vec<String>,

    /// How long a case may take
    #[arg(long, value_name = "SECONDS", default_value_t = 2.0, requires = "conformance")]
    pub(crate) case_timeout: f64,

    /// Write the cases as JUnit XML too
    #[arg(long, value_name = "FILE", requires = "conformance")]
    pub(crate) junit: Option<PathBuf>,

    /// Warnings count as errors
    #[arg(long)]
    pub(crate) strict: bool,

    /// Leave out what is well
    #[arg(short, long)]
    pub(crate) quiet: bool,

    /// Show the bytes sent and received
    #[arg(short, long)]
    pub(crate) verbose: bool,

    /// Print a JSON object for each handshake and case
    #[arg(long)]
    pub(crate) json: bool,

    /// Whether the words of the verdict have colour
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    pub(crate) color: Color,
}

#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum Color {
    /// On a terminal, unless `NO_COLOR` is set
    Auto,
    Always,
    Never,
}

/// Print the completion script for a shell
#[derive(Args)]
#[command(after_help = "\
Examples:
  wskey completions bash > ~/.local/share/bash-completion/completions/wskey
  wskey completions zsh > ~/.zfunc/_wskey
  wskey completions fish > ~/.config/fish/completions/wskey.fish

Exit codes:
  0  done
  2  trouble: bad usage, I/O failure")]
pub(crate) struct Completions {
    /// Which shell
    #[arg(value_name = "SHELL")]
    pub(crate) shell: Shell,
}
