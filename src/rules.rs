//! The rules of the opening handshake, as data, and the judgement of exchanges by them.

use crate::head::{Exchange, Head, Seen};

/// How much a broken rule weighs.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Level {
    /// Worth knowing.
    Note,
    /// Another MUST or SHOULD, or legal and known to break real peers.
    Warn,
    /// The other side must, or may, fail the handshake over it.
    Error,
}

/// Who is at fault.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Side {
    /// Who sent the request.
    Client,
    /// Who answered it.
    Server,
    /// Somebody on the way: a proxy, a load balancer, a cache.
    Between,
}

/// One rule of the handshake. The id is stable: people put it into scripts.
#[derive(Debug)]
pub struct Rule {
    /// Its name in reports and for `--skip`.
    pub id: &'static str,
    /// How much it weighs, if nothing in the exchange says otherwise.
    pub level: Level,
    /// Who breaks it, if nothing in the exchange says otherwise; none where it is whoever sent the head.
    pub side: Option<Side>,
    /// The section that demands it: of RFC 6455 unless another is named.
    pub section: &'static str,
    /// The rule in one sentence.
    pub says: &'static str,
    /// How much of a head must have been seen to judge it.
    pub needs: Seen,
    check: Check,
}

/// A rule that an exchange breaks, and by what.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The index of the exchange among those that were judged.
    pub exchange: usize,
    /// The rule.
    pub rule: &'static Rule,
    /// How much it weighs here.
    pub level: Level,
    /// Who is at fault here.
    pub side: Side,
    /// The evidence, escaped, and what would be right.
    pub message: String,
}

/// Over what a rule is judged.
#[derive(Debug)]
enum Check {
    Request(fn(&Head) -> Option<String>),
}

/// All rules, in the order of the documentation.
pub static RULES: &[Rule] = &[];

/// Judges exchanges by all rules; several exchanges together by those that compare them.
///
/// The findings come in the order of the exchanges, and for each exchange in the order of [`RULES`].
#[must_use]
pub fn judge(exchanges: &[Exchange]) -> Vec<Finding> {
    let _ = exchanges;
    let _ = Check::Request;
    Vec::new()
}

/// Why no verdict on this exchange can be had, if so: what is missing. It is then not right, whatever the findings.
///
/// An accept value whose request, or whose request's key, is not known answers nothing that could be checked.
#[must_use]
pub fn unjudged(exchange: &Exchange) -> Option<&'static str> {
    let _ = exchange;
    None
}
