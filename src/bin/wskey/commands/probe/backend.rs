//! The server of `wskey probe --behind`, to which a proxy is to lead: it answers rightly, and tells what arrived.

use super::client::{Client, fresh_key};
use crate::commands::treatment::{Treatment, is_handshake};
use crate::net::listener;
use crate::net::response::Response;
use crate::net::visit::Service;
use crate::output::remark;
use crate::redact::{Secrets, contains};
use crate::report::Far;
use crate::report::text::{MAX_SHOWN, transcript};
use anyhow::{Result, ensure};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use wskey::conformance::{Case, Message};
use wskey::escape::quote;
use wskey::head::{FarSide, Head, KEY};

/// The field that tells which request it is: proxies rewrite paths and cut queries, and seldom drop a field that they do not know.
/// The answer has one too, so that one of several is known again.
pub(super) const TOKEN: &str = "Wskey-Probe";

/// The most arrivals of one request that are kept: a proxy tries again, and anybody may send more.
const MOST_KEPT: usize = 8;

/// How many bytes stand behind a 101 whose request nothing else shows.
const MARK: usize = 100;

/// The server, and what it waits for.
pub(super) struct Backend {
    /// Where it listens.
    pub(super) address: String,
    desk: Arc<Desk>,
}

/// Where what arrives is left.
#[derive(Default)]
struct Desk {
    expected: Mutex<Pending>,
    arrived: Condvar,
}

/// What is waited for, and what arrived meanwhile.
#[derive(Default)]
struct Pending {
    /// In the request that is waited for; nothing where none is.
    token: Option<Vec<u8>>,
    key: Vec<u8>,
    /// How it is answered, if not rightly.
    case: Option<&'static Case>,
    /// The request itself, and how many times it arrived.
    own: Vec<Arrival>,
    times: usize,
    /// Handshakes of which it is not known whose they are.
    others: Vec<Arrival>,
    /// How many requests were no handshakes, and the first of them.
    plain: usize,
    first_plain: Vec<u8>,
}

/// A request that arrived, and the answer to it.
#[derive(Clone)]
pub(super) struct Arrival {
    pub(super) request: Vec<u8>,
    pub(super) sent: Vec<u8>,
    /// What shows that it is the request that was sent.
    shown_by: &'static str,
    /// What stands in the answer, or behind it, and nowhere else.
    mark: Vec<u8>,
    /// What the request lacks of what the case needs, so that it was answered rightly.
    lacks: Option<&'static str>,
}

/// What came of a request behind the proxy.
#[derive(Default)]
pub(super) struct Arrived {
    address: String,
    pub(super) arrival: Option<Arrival>,
    times: usize,
    is_uncertain: bool,
    plain: usize,
    first_plain: Vec<u8>,
}

impl Backend {
    /// Listens at this address.
    ///
    /// # Errors
    /// Where that cannot be.
    pub(super) fn listen(address: &str, limit: Duration) -> Result<Self> {
        ensure!(!address.ends_with(":0"), "--behind: port 0 is a free one, expected the port that the proxy forwards to");
        let (listener, address) = listener::bind(address)?;
        let desk = Arc::<Desk>::default();
        // The client of this run ends each connection itself.
        let (service, served) = (Service::new(limit).without_prompts(), Arc::clone(&desk));
        listener::accept(listener, move |stream| {
            service.serve(stream, |request, body| served.answer(request, body.request()));
        });
        Ok(Self { address: address.to_string(), desk })
    }

    /// Waits from now on for this request, which gets a token, and answers it as this case or rightly.
    ///
    /// # Errors
    /// If the system's random generator fails.
    pub(super) fn expect(&self, request: &mut Message, case: Option<&'static Case>) -> Result<()> {
        let token = fresh_key()?;
        request.set(TOKEN, token.as_str());
        let key = request.get(KEY).unwrap_or_default().to_vec();
        *self.desk.expected() = Pending { token: Some(token.as_bytes().to_vec()), key, case, ..Pending::default() };
        Ok(())
    }

    /// Whether the request has arrived, or may have.
    pub(super) fn has_come(&self) -> bool {
        let expected = self.desk.expected();
        !(expected.own.is_empty() && expected.others.is_empty())
    }

    /// What arrived until `response` came; for a 101, of which it would be no proof that nothing has arrived yet, it waits so long.
    pub(super) fn arrived(&self, response: &Response, limit: Duration) -> Arrived {
        let is_nothing = |expected: &mut Pending| expected.own.is_empty() && expected.others.is_empty();
        let mut expected = self.desk.expected();
        if response.is_switch() {
            expected =
                self.desk.arrived.wait_timeout_while(expected, limit, is_nothing).unwrap_or_else(PoisonError::into_inner).0;
        }
        let Pending { own, times, others, plain, first_plain, .. } = std::mem::take(&mut *expected);
        let came = response.bytes();
        let is_answered = |arrival: &&Arrival| !arrival.mark.is_empty() && contains(&came, &arrival.mark);
        let answered = own.iter().chain(&others).find(is_answered).or(own.last());
        Arrived {
            address: self.address.clone(),
            arrival: answered.cloned(),
            times,
            is_uncertain: answered.is_none() && !others.is_empty(),
            plain,
            first_plain,
        }
    }
}

impl Desk {
    fn expected(&self) -> MutexGuard<'_, Pending> {
        self.expected.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The answer to a request with these bytes, which are kept where they may be the one that is waited for.
    fn answer(&self, request: &Head, bytes: &[u8]) -> Message {
        let mut expected = self.expected();
        let is_of = |token: &Vec<u8>| request.get_all(TOKEN).any(|value| value == token);
        let shown_by = match &expected.token {
            Some(token) if is_of(token) => Some("token"),
            Some(_) if !expected.key.is_empty() && request.get(KEY) == Some(&expected.key) => Some("key"),
            _ => None,
        };
        if shown_by.is_none() && !is_handshake(request) {
            if expected.plain == 0 {
                expected.first_plain.clone_from(&request.start_line);
            }
            expected.plain += 1;
            return Message::refusal("200", "OK");
        }
        let case = expected.case.filter(|_| shown_by.is_some());
        let (treatment, mut message) = Treatment::to(request, false, case);
        if expected.token.is_none() {
            return message;
        }
        let mut mark = Vec::new();
        match shown_by {
            // The answer is to be this case, and nothing else.
            Some(_) if case.is_some() => {}
            Some(_) => {
                mark = fresh_key().map(|mark| mark.as_bytes().to_vec()).unwrap_or_default();
                message.add(TOKEN, mark.clone());
            }
            // Who makes a handshake of its own passes on what comes behind it.
            None if treatment.refused.is_none() => {
                mark = self::mark();
                message.after = frame(&mark);
            }
            None => {}
        }
        let arrival = Arrival {
            request: bytes.to_vec(),
            sent: message.delivered(),
            shown_by: shown_by.unwrap_or("frame"),
            mark,
            lacks: treatment.lacks,
        };
        expected.times += usize::from(shown_by.is_some());
        let kept = if shown_by.is_some() { &mut expected.own } else { &mut expected.others };
        if kept.len() < MOST_KEPT {
            kept.push(arrival);
        }
        self.arrived.notify_all();
        message
    }
}

/// Bytes that come back as they are, whoever compresses them on the way: codes of nine bits (RFC 1951, section 3.2.6) make them longer, so
/// that they are stored.
fn mark() -> Vec<u8> {
    let mut bytes = [0; MARK];
    // Without a generator it is no mark: then nothing is shown by it.
    let is_random = rand::TryRng::try_fill_bytes(&mut rand::rngs::SysRng, &mut bytes).is_ok();
    if is_random { bytes.iter().map(|byte| 144 + byte % 112).collect() } else { Vec::new() }
}

/// A binary frame of a server's (RFC 6455, section 5.2).
fn frame(payload: &[u8]) -> Vec<u8> {
    [&[0x82, u8::try_from(payload.len()).unwrap_or_default()], payload].concat()
}

impl Arrived {
    /// The credentials that a proxy may have put in, beside those of the client.
    fn secrets(&self, client: &Client) -> Secrets {
        let heads = self.arrival.iter().flat_map(|arrival| [&arrival.request, &arrival.sent]).map(|bytes| Head::parse(bytes));
        client.secrets.with_those_of(&heads.collect::<Vec<_>>())
    }

    /// What the request lacked behind the proxy of what the case needs, and so was answered rightly.
    pub(super) fn lacks(&self) -> Option<&'static str> {
        self.arrival.as_ref()?.lacks
    }

    /// What a proxy has made of an exchange can be judged by this.
    pub(super) fn far(&self) -> FarSide {
        self.far_of(<[u8]>::to_vec)
    }

    /// The same without credentials.
    pub(super) fn shown(&self, client: &Client) -> FarSide {
        let secrets = self.secrets(client);
        self.far_of(|bytes| secrets.redact_head(bytes))
    }

    fn far_of(&self, shown: impl Fn(&[u8]) -> Vec<u8>) -> FarSide {
        let mut far = FarSide::new(&*self.address);
        let head = |bytes: &[u8]| Some(Head::parse(&shown(bytes))).filter(|head| !head.start_line.is_empty());
        far.request = self.arrival.as_ref().and_then(|arrival| head(&arrival.request));
        far.response = self.arrival.as_ref().and_then(|arrival| head(&arrival.sent));
        (far.times, far.is_uncertain) = (self.times, self.is_uncertain);
        far
    }

    /// What arrived and was answered, as lines.
    pub(super) fn transcript(&self, client: &Client) -> String {
        let secrets = self.secrets(client);
        let Some(Arrival { request, sent, .. }) = &self.arrival else { return String::new() };
        let text = transcript(&secrets.redact_head(request), &secrets.redact_head(sent), MAX_SHOWN);
        format!("at {}:\n{text}", self.address)
    }

    /// The same for a program; its bytes where they are wanted.
    pub(super) fn report(&self, client: &Client, has_bytes: bool) -> Far {
        let secrets = self.secrets(client);
        let arrival = self.arrival.as_ref();
        let shown = |bytes: &Vec<u8>| secrets.redact_head(bytes);
        let wanted = arrival.filter(|_| has_bytes);
        Far {
            address: self.address.clone(),
            times: self.times.max(usize::from(arrival.is_some())),
            shown_by: arrival.map(|arrival| arrival.shown_by),
            plain: self.plain,
            received: wanted.map(|arrival| shown(&arrival.request)),
            sent: wanted.map(|arrival| shown(&arrival.sent)),
        }
    }

    /// What became of the request, where no byte of an answer came.
    pub(super) fn told(&self) -> String {
        match &self.arrival {
            Some(_) => format!("the request arrived at {}, and its answer did not come back", self.address),
            None if self.is_uncertain => format!("what arrived at {} cannot be told to be this request", self.address),
            None => format!("nothing arrived at {}", self.address),
        }
    }

    /// Says what arrived instead: who has such a line in their hands knows more.
    pub(super) fn remark_plain(&self) {
        if let (None, 1..) = (&self.arrival, self.plain) {
            let line = Secrets::of(&Head::parse(&self.first_plain)).redact(&self.first_plain);
            let more = if self.plain > 1 { format!(", and {} more", self.plain - 1) } else { String::new() };
            remark(format_args!("{}: no handshake: {}{more}", self.address, quote(&line)));
        }
    }
}
