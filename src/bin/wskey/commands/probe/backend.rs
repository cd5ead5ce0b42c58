//! The server of `wskey probe --behind`, to which a proxy is to lead: it answers rightly, and tells what arrived.

use super::client::{Client, LEAST_WAITED, fresh_key};
use crate::commands::treatment::{Treatment, is_handshake};
use crate::lines::lock;
use crate::net::listener;
use crate::net::response::Response;
use crate::net::visit::{REPLY, Service, data};
use crate::output::remark;
use crate::redact::{Secrets, contains};
use crate::report::Far;
use crate::report::text::{MAX_SHOWN, transcript};
use anyhow::{Result, ensure};
use std::collections::{BTreeSet, VecDeque};
use std::sync::{Arc, Condvar, Mutex, OnceLock, PoisonError};
use std::time::Duration;
use wskey::conformance::client_cases::path_and_query;
use wskey::conformance::{Case, Delivery, Message};
use wskey::escape::quote;
use wskey::frame::{Compression, Frames};
use wskey::head::{FarSide, Head, KEY};

/// The field that tells which request it is: proxies rewrite paths and cut queries, and seldom drop a field that they do not know.
/// The answer has one too, so that one of several is known again.
pub(super) const TOKEN: &str = "Wskey-Probe";

/// The most arrivals of one request that are kept: a proxy tries again, and anybody may send more.
const MOST_KEPT: usize = 8;

/// The most paths that are known to be those of requests of the proxy's own.
const MOST_ASKED: usize = 8;

/// What shows whose a request is, where nothing else does: it came first and alone.
const ORDER: &str = "order";

/// What shows whose a request is that has neither the token nor the key: the answer to it came back.
const ANSWER: &str = "answer";

/// How many bytes stand behind a 101 to a request with another key.
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
    /// The paths of requests of the proxy's own, which are no handshakes whatever they carry.
    aside: Mutex<BTreeSet<Vec<u8>>>,
    /// What the client says in a message, once it does; then one is sent in one segment with each 101.
    said: OnceLock<Vec<u8>>,
}

/// What is waited for, and what arrived meanwhile.
#[derive(Default)]
struct Pending {
    /// In the request that is waited for; nothing where none is.
    token: Option<Vec<u8>>,
    key: Vec<u8>,
    /// Whether it asks for an upgrade.
    is_upgrade: bool,
    /// How it is answered, if not rightly; and whether the first handshake of which nothing shows whose it is is answered so.
    case: Option<(&'static Case, bool)>,
    /// The request itself, and how many times it arrived.
    own: VecDeque<Arrival>,
    times: usize,
    /// Handshakes of which it is not known whose they are.
    others: Vec<Arrival>,
    /// Requests that were no handshakes: how many, the first line of the first of them, and the last that came.
    plain: usize,
    first_plain: Vec<u8>,
    last_plain: VecDeque<Arrival>,
    /// Those that were marked as the request is and answered as no handshake, one of each path.
    asked: Vec<Question>,
}

/// A request that may be one of the proxy's own beside the one that was sent.
struct Question {
    request: Vec<u8>,
    /// What stands in the answer and nowhere else.
    mark: Vec<u8>,
    /// Whether its path was set aside.
    is_aside: bool,
    has_upgrade: bool,
    /// Whether another one came at its path, and a server may tell the two apart by more than Upgrade.
    is_alike: bool,
}

/// A request that arrived, and the answer to it.
#[derive(Clone)]
pub(super) struct Arrival {
    pub(super) request: Vec<u8>,
    pub(super) sent: Vec<u8>,
    /// How many of the bytes that were sent are interim responses.
    pub(super) interim: usize,
    /// What came behind the request, once the connection is over.
    heard: Arc<OnceLock<Heard>>,
    /// Whether it was answered as the case that is sent.
    pub(super) is_case: bool,
    /// What shows that it is the request that was sent.
    shown_by: &'static str,
    /// What stands in the answer and nowhere else; behind it, where the proxy makes a handshake of its own.
    mark: Vec<u8>,
    is_own: bool,
    /// What was sent in one segment with a 101, where the client waits for that.
    first: Vec<u8>,
    /// What the request lacks of what the case needs, so that it was answered rightly.
    lacks: Option<&'static str>,
    given: Given,
}

/// What came behind a request.
struct Heard {
    /// The status of the Close frame, if one came.
    closed_with: Option<u16>,
    /// The payloads of the messages in one, and whether none of them is compressed.
    data: (Vec<u8>, bool),
}

/// How a request was answered.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Given {
    /// By a handshake, or as a case says.
    Handshake,
    Refusal,
    /// As what is no handshake.
    Plain,
}

impl Given {
    fn by(treatment: Treatment) -> Self {
        if matches!(treatment, Treatment::Refused(_)) { Self::Refusal } else { Self::Handshake }
    }
}

/// What came of a request behind the proxy.
#[derive(Default)]
pub(super) struct Arrived {
    address: String,
    pub(super) arrival: Option<Arrival>,
    times: usize,
    is_uncertain: bool,
    tunnel: Tunnel,
    plain: usize,
    first_plain: Vec<u8>,
    /// The paths of all that is marked as the request is, and was taken for a handshake.
    paths: Vec<Vec<u8>>,
    /// Requests of the proxy's own, sent beside the one that was answered.
    asked: Vec<Vec<u8>>,
    /// The paths that were set aside and asked for, and the one of them of which the answer came back.
    aside: BTreeSet<Vec<u8>>,
    returned: Option<Vec<u8>>,
    /// Whether another request than the one that was answered arrived at its path, and what came back may be the proxy's answer to that.
    is_asked_alike: bool,
    /// Whether what came back shows which request it answers.
    is_marked: bool,
}

/// What came through behind a 101, where that is known.
#[derive(Clone, Copy, Default)]
struct Tunnel {
    /// The client's Close frame.
    frame: Option<bool>,
    /// A frame of the server's.
    frame_back: Option<bool>,
    /// The client's message.
    message: Option<bool>,
    /// What it sent in one segment with the 101.
    first_back: Option<bool>,
    /// The end of the connection, behind the server's Close frame.
    end_back: Option<bool>,
    /// Whether something of it is not known, of a connection that stayed open.
    is_unknown: bool,
}

impl Backend {
    /// Listens at this address.
    ///
    /// # Errors
    /// Where that cannot be.
    pub(super) fn listen(address: &str, limit: Duration) -> Result<Self> {
        let port = address.rsplit(':').next().and_then(|port| port.parse::<u16>().ok());
        ensure!(port != Some(0), "--behind: port 0 is a free one, expected the port that the proxy forwards to");
        let (listener, address) = listener::bind(address)?;
        let desk = Arc::<Desk>::default();
        // The client of this run ends each connection itself; that a frame has not come is seen once the exchange is over.
        let (service, served) = (Service::new(limit.max(LEAST_WAITED) * 3).without_prompts(), Arc::clone(&desk));
        listener::accept(listener, move |stream| {
            let mut heard = Arc::<OnceLock<_>>::default();
            let visit = service.serve(stream, |request, body| {
                let message;
                (message, heard) = served.answer(request, body.request());
                message
            });
            let _ = heard.set(Heard { closed_with: visit.closed_with, data: data(&visit.behind) });
            // Whoever looks does so before or behind this.
            drop(lock(&served.expected));
            served.arrived.notify_all();
        });
        Ok(Self { address: address.to_string(), desk })
    }

    /// Waits from now on for this request, which gets a token, and answers it as this case or rightly; so the first one of which nothing
    /// shows whose it is, where the proxy makes handshakes of its own.
    ///
    /// # Errors
    /// If the system's random generator fails.
    pub(super) fn expect(&self, request: &mut Message, case: Option<(&'static Case, bool)>) -> Result<()> {
        let token = fresh_key()?;
        request.set(TOKEN, token.as_str());
        let token = Some(token.as_bytes().to_vec());
        let key = request.get(KEY).unwrap_or_default().to_vec();
        let is_upgrade = request.get("Upgrade").is_some();
        *lock(&self.desk.expected) = Pending { token, key, is_upgrade, case, ..Pending::default() };
        Ok(())
    }

    /// Takes what arrives at these paths from now on for no handshake.
    pub(super) fn set_aside(&self, paths: &BTreeSet<Vec<u8>>) {
        lock(&self.desk.aside).clone_from(paths);
    }

    /// Sends a message in one segment with each right 101 from now on; what the client is to answer.
    pub(super) fn speak_first(&self) -> Vec<u8> {
        self.desk.said.get_or_init(fresh_mark).clone()
    }

    /// Whether the request has arrived, or may have, given what came back.
    pub(super) fn has_come(&self, response: &Response) -> bool {
        lock(&self.desk.expected).answered(&response.bytes()).is_some()
    }

    /// What arrived until `response` came; for a 101, of which it would be no proof that nothing has arrived yet, it waits so long, and
    /// then for the end of the connection, which tells whether a frame came through.
    pub(super) fn arrived(&self, response: &Response, limit: Duration) -> Arrived {
        let (came, is_switch) = ([response.bytes(), response.late.clone()].concat(), response.is_switch());
        let is_open = |expected: &mut Pending| {
            is_switch
                && match expected.candidates(&came)[..] {
                    [] => expected.others.is_empty(),
                    ref all => has_close(all).is_none(),
                }
        };
        let limit = limit.max(LEAST_WAITED);
        let expected = self.desk.arrived.wait_timeout_while(lock(&self.desk.expected), limit, is_open);
        let mut expected = expected.unwrap_or_else(PoisonError::into_inner).0;
        let expected = std::mem::take(&mut *expected);
        let arrival = expected.answered(&came).cloned();
        let is_it = |other: &&Arrival| arrival.as_ref().is_some_and(|arrival| arrival.mark == other.mark);
        // Elsewhere than the request that was answered, it is not what became of it.
        let is_beside = |question: &&Question| {
            let is_known = |arrival: &Arrival| question.is_aside || is_switch && arrival.given == Given::Handshake;
            let is_elsewhere = |arrival: &Arrival| path(&arrival.request) != path(&question.request);
            arrival.as_ref().map_or(question.is_aside, |arrival| is_known(arrival) && is_elsewhere(arrival))
        };
        let asked: Vec<_> = expected.asked.iter().filter(is_beside).map(|question| question.request.clone()).collect();
        lock(&self.desk.aside).extend(asked.iter().map(|request| path(request)));
        let aside = || expected.asked.iter().filter(|question| question.is_aside);
        let returned = aside().find(|question| is_marked(&came, &question.mark));
        let is_asked_alike = match (returned, &arrival) {
            (Some(returned), _) => returned.is_alike,
            // A 101 that stays open was passed on.
            (None, Some(arrival)) => response.close.is_none() && expected.has_twin(arrival),
            (None, None) => false,
        };
        let returned = returned.map(|question| path(&question.request));
        let aside = aside().map(|question| path(&question.request)).collect();
        let is_marked = arrival.as_ref().is_some_and(|arrival| arrival.is_answered(&came));
        let is_taken = |arrival: &&Arrival| arrival.given != Given::Plain;
        let plain = expected.plain - expected.last_plain.iter().filter(is_it).count();
        Arrived {
            address: self.address.clone(),
            is_uncertain: arrival.is_none() && !expected.others.is_empty(),
            plain,
            tunnel: expected.tunnel(arrival.as_ref(), response, &came, self.desk.said.get()),
            arrival,
            times: expected.times,
            first_plain: expected.first_plain,
            paths: expected.own.iter().filter(is_taken).map(|arrival| path(&arrival.request)).collect(),
            asked,
            aside,
            returned,
            is_asked_alike,
            is_marked,
        }
    }
}

impl Pending {
    /// What shows that a request is the one that is waited for, or made of it.
    fn shown_by(&self, request: &Head) -> Option<&'static str> {
        let is_of = |token: &Vec<u8>| request.get_all(TOKEN).any(|value| value == token);
        match &self.token {
            Some(token) if is_of(token) => Some("token"),
            Some(_) if !self.key.is_empty() && request.get(KEY) == Some(&self.key) => Some("key"),
            _ => None,
        }
    }

    /// Whether a request is no handshake, as the one that is waited for is: without a key no browser sends one.
    fn is_plain(&self, request: &Head) -> bool {
        let is_bare = match self.shown_by(request) {
            Some(_) => self.is_upgrade && !asks_for_upgrade(request),
            None => !is_handshake(request),
        };
        is_bare || !self.key.is_empty() && !request.has(KEY)
    }

    /// Keeps a question of each path, and the last one of it.
    fn ask(&mut self, mut question: Question) {
        let at = path(&question.request);
        if let Some(at) = self.asked.iter().position(|other| path(&other.request) == at) {
            let other = self.asked.remove(at);
            let have_upgrade = other.has_upgrade && question.has_upgrade;
            question.is_alike = other.is_alike || have_upgrade && other.request != question.request;
        }
        if self.asked.len() < MOST_ASKED {
            self.asked.push(question);
        }
    }

    /// Keeps what arrived: of this request, or of one of which it is not known whose it is.
    fn keep(&mut self, arrival: Arrival, request: &Head, is_own: bool) {
        let is_plain = arrival.given == Given::Plain;
        if is_plain && !is_own {
            if self.plain == 0 {
                self.first_plain.clone_from(&request.start_line);
            }
            self.plain += 1;
            // Health checks come all the time.
            push(&mut self.last_plain, arrival);
            return;
        }
        if is_own {
            self.times += usize::from(!is_plain);
            push(&mut self.own, arrival);
        } else if self.others.len() < MOST_KEPT {
            self.others.push(arrival);
        }
    }

    /// Those of which one is the request that was answered with what came.
    fn candidates(&self, came: &[u8]) -> Vec<&Arrival> {
        match self.answered(came) {
            Some(arrival) if arrival.is_answered(came) || self.own.is_empty() => vec![arrival],
            Some(_) => self.own.iter().collect(),
            None => Vec::new(),
        }
    }

    /// What came through behind a 101 to `arrival`, given all that `came` back, and what the client `said`.
    fn tunnel(&self, arrival: Option<&Arrival>, response: &Response, came: &[u8], said: Option<&Vec<u8>>) -> Tunnel {
        let Some(arrival) = arrival.filter(|_| response.is_switch()) else { return Tunnel::default() };
        // That none came is not known of those that were not kept.
        let are_all = self.times <= MOST_KEPT || arrival.is_answered(came);
        let candidates = self.candidates(came);
        let has_close = has_close(&candidates).unwrap_or(false);
        let frame = Some(has_close).filter(|has_close| *has_close || are_all && response.close.is_some());
        let message = said
            .filter(|said| has_close && !said.is_empty())
            .map(|said| has_message(&candidates, said).filter(|has| *has || are_all));
        let first_back = (!arrival.first.is_empty()).then(|| arrival.is_first_back(response));
        let frame_back = if arrival.is_own {
            // A Close frame may be of its own making, and so shows nothing; that none comes, or goes, shows that not all passes.
            let are_closed = frame != Some(false) && response.close.as_ref().is_none_or(|close| !close.is_empty());
            let are_through = [message, first_back].into_iter().flatten().all(|through| through == Some(true));
            Some(are_closed && are_through && arrival.is_answered(came))
        } else {
            // Of the server's the reason shows it; a case may be a Close frame itself.
            response.close.as_ref().map(|close| !close.is_empty() && (arrival.is_case || REPLY[2..] == close[..]))
        };
        // Behind its answer to the Close frame the server has ended the connection.
        let is_closed = has_close && response.close.as_deref() == Some(&REPLY[2..]);
        let end_back = is_closed.then_some(!response.stays_open);
        let are_unknown = [Some(frame), Some(frame_back), message, first_back].contains(&Some(None));
        let is_unknown = response.is_open() && are_unknown;
        Tunnel { frame, frame_back, message: message.flatten(), first_back: first_back.flatten(), end_back, is_unknown }
    }

    /// Whether another handshake arrived at the path of this one, and a server may tell the two apart.
    fn has_twin(&self, arrival: &Arrival) -> bool {
        let is_twin = |other: &Arrival| path(&other.request) == path(&arrival.request) && other.request != arrival.request;
        self.own.iter().any(|other| other.given != Given::Plain && is_twin(other))
    }

    /// The request, where it is known, and the one of several whose answer came back.
    fn answered(&self, came: &[u8]) -> Option<&Arrival> {
        let mut all = self.own.iter().chain(&self.others).chain(&self.last_plain);
        // What else a proxy makes of a request, a copy or a question whether it may pass, may come behind it.
        let own = || self.own.iter().rev().find(|arrival| arrival.given == Given::Handshake).or(self.own.back());
        let alone = || if let [only] = &self.others[..] { Some(only).filter(|only| only.is_case) } else { None };
        all.find(|arrival| arrival.is_answered(came)).or_else(own).or_else(alone)
    }
}

impl Desk {
    /// The answer to a request with these bytes, which are kept where they may be the one that is waited for; and where it is told whether
    /// a frame follows.
    fn answer(&self, request: &Head, bytes: &[u8]) -> (Message, Arc<OnceLock<Heard>>) {
        let mut expected = lock(&self.expected);
        let shown_by = expected.shown_by(request);
        // A proxy may ask the server first whether a request may pass (nginx's auth_request), and means the answer.
        let is_aside = lock(&self.aside).contains(&path(bytes));
        let is_plain = is_aside || expected.is_plain(request);
        let token = fresh_key().map(|token| token.as_bytes().to_vec()).unwrap_or_default();
        if is_plain && shown_by.is_some() {
            let (request, mark, has_upgrade) = (bytes.to_vec(), token.clone(), asks_for_upgrade(request));
            expected.ask(Question { request, mark, is_aside, has_upgrade, is_alike: false });
        }
        if is_aside {
            let mut message = plain();
            message.add(TOKEN, token);
            return (message, Arc::default());
        }
        let is_first = !is_plain && expected.own.is_empty() && expected.others.is_empty();
        let case = expected.case.filter(|(_, is_own)| shown_by.is_some() || *is_own && is_first).map(|(case, _)| case);
        let case = case.filter(|_| !is_plain);
        let (treatment, mut message) =
            if is_plain { (Treatment::default(), plain()) } else { Treatment::to(request, false, case) };
        if expected.token.is_none() {
            return (message, Arc::default());
        }
        let given = if is_plain { Given::Plain } else { Given::by(treatment) };
        let is_own = case.is_none() && request.get(KEY) != Some(&expected.key) && given == Given::Handshake;
        // The answer is to be the case, and nothing else.
        let mark = if case.is_some() { Vec::new() } else { put_mark(&mut message, token, is_own) };
        let speaks = case.is_none() && given == Given::Handshake && self.said.get().is_some();
        let first = match speaks {
            true if is_own => mark.clone(),
            true => fresh_mark(),
            false => Vec::new(),
        };
        if !first.is_empty() {
            message.after = frame(&first);
        }
        // A proxy keeps a connection that is not said to end for its next request, which would find nobody.
        let stays = matches!(message.start_line.get(1).map(Vec::as_slice), Some([b'1', _, _]));
        if !stays && message.delivery == Delivery::Whole {
            message.delivery = Delivery::ThenEnd;
        }
        let arrival = Arrival {
            request: bytes.to_vec(),
            sent: message.delivered(),
            interim: usize::from(message.before.starts_with(b"HTTP/")),
            heard: Arc::default(),
            is_case: case.is_some(),
            shown_by: shown_by.unwrap_or(match case {
                Some(_) => ORDER,
                None if is_own => "frame",
                None => ANSWER,
            }),
            mark,
            is_own,
            first,
            lacks: treatment.lacks(),
            given,
        };
        let heard = Arc::clone(&arrival.heard);
        expected.keep(arrival, request, shown_by.is_some());
        self.arrived.notify_all();
        (message, heard)
    }
}

/// The answer to what is no handshake.
fn plain() -> Message {
    Message::refusal("200", "OK")
}

/// The path of a request with these bytes: a proxy may give the query of a handshake to its own requests too.
pub(super) fn path(request: &[u8]) -> Vec<u8> {
    path_and_query(Head::parse(request).target().unwrap_or_default()).0.to_vec()
}

/// Whether the Close frame came to one of them; nothing while it may still come.
fn has_close(all: &[&Arrival]) -> Option<bool> {
    let mut has_close = Some(false);
    for arrival in all {
        match arrival.heard.get().map(|heard| heard.closed_with) {
            // A proxy may send frames of its own, and who makes a handshake of its own ends it in its own way.
            Some(Some(status)) if status == 1000 || arrival.is_own => return Some(true),
            Some(_) => {}
            None => has_close = None,
        }
    }
    has_close
}

/// Whether this message came to one of them; nothing where it may have been compressed on the way.
fn has_message(all: &[&Arrival], said: &[u8]) -> Option<bool> {
    let mut has_message = Some(false);
    for (data, is_bare) in all.iter().filter_map(|arrival| Some(&arrival.heard.get()?.data)) {
        if is_marked(data, said) {
            return Some(true);
        }
        has_message = has_message.filter(|_| *is_bare);
    }
    has_message
}

/// Whether this mark came.
fn is_marked(came: &[u8], mark: &[u8]) -> bool {
    !mark.is_empty() && contains(came, mark)
}

/// Whether a request has a trace of an upgrade.
fn asks_for_upgrade(request: &Head) -> bool {
    request.has("Upgrade") || request.tokens("Connection").any(|token| token.eq_ignore_ascii_case(b"upgrade"))
}

/// Keeps the last ones.
fn push(kept: &mut VecDeque<Arrival>, arrival: Arrival) {
    if kept.len() == MOST_KEPT {
        kept.pop_front();
    }
    kept.push_back(arrival);
}

/// Bytes that come back as they are, whoever compresses them on the way: codes of nine bits (RFC 1951, section 3.2.6) make them longer, so
/// that they are stored.
fn fresh_mark() -> Vec<u8> {
    let mut bytes = [0; MARK];
    // Without a generator it is no mark: then nothing is shown by it.
    let is_random = rand::TryRng::try_fill_bytes(&mut rand::rngs::SysRng, &mut bytes).is_ok();
    if is_random { bytes.iter().map(|byte| 144 + byte % 112).collect() } else { Vec::new() }
}

/// Puts into an answer what shows that it came back, and tells what that is.
fn put_mark(message: &mut Message, token: Vec<u8>, is_own: bool) -> Vec<u8> {
    if !is_own {
        message.add(TOKEN, token.clone());
        return token;
    }
    // Who makes a handshake of its own passes on what comes behind it.
    let mark = fresh_mark();
    message.after = frame(&mark);
    mark
}

/// A binary frame of a server's (RFC 6455, section 5.2).
fn frame(payload: &[u8]) -> Vec<u8> {
    [&[0x82, u8::try_from(payload.len()).unwrap_or_default()], payload].concat()
}

impl Arrival {
    /// Whether its answer is what came back.
    fn is_answered(&self, came: &[u8]) -> bool {
        is_marked(came, &self.mark)
    }

    /// Whether what was sent with the 101 came back before the client said anything; nothing where another may yet have been made of it.
    fn is_first_back(&self, response: &Response) -> Option<bool> {
        let bytes = response.bytes();
        let behind = bytes.get(response.received.len()..).unwrap_or_default();
        // What came later shows that nothing of it is to come.
        let is_over = response.close.as_deref() == Some(&REPLY[2..]);
        match Frames::read(behind, Compression::None, false).data() {
            _ if contains(behind, &self.first) => Some(true),
            Some(data) if contains(&data, &self.first) => Some(true),
            Some(_) if is_over => Some(false),
            _ => None,
        }
    }

    /// What was sent behind the interim responses.
    pub(super) fn answer(&self) -> &[u8] {
        let before = if self.interim > 0 { Head::parse(&self.sent).len } else { 0 };
        self.sent.get(before..).unwrap_or_default()
    }
}

impl Arrived {
    /// The credentials that a proxy may have put in, beside those of the client.
    fn secrets(&self, client: &Client) -> Secrets {
        let heads = self.arrival.iter().flat_map(|arrival| [&arrival.request, &arrival.sent]).map(|bytes| Head::parse(bytes));
        client.secrets.with_those_of(&heads.collect::<Vec<_>>())
    }

    /// At which other paths than this one something is marked as the request is, and was taken for a handshake.
    pub(super) fn elsewhere(&self, sent: &[u8]) -> BTreeSet<Vec<u8>> {
        self.paths.iter().filter(|path| *path != sent).cloned().collect()
    }

    /// The paths of the requests that are known to be the proxy's own.
    pub(super) fn asked(&self) -> impl Iterator<Item = Vec<u8>> {
        self.asked.iter().map(|request| path(request))
    }

    /// Whether this path was set aside and asked for.
    pub(super) fn has_asked(&self, path: &Vec<u8>) -> bool {
        self.aside.contains(path)
    }

    /// Whether one was.
    pub(super) fn has_asked_any(&self) -> bool {
        !self.aside.is_empty()
    }

    /// The path that was set aside and of which the answer came back: what arrived there was no request of the proxy's own.
    pub(super) fn returned(&self) -> Option<&Vec<u8>> {
        self.returned.as_ref()
    }

    /// Whether another request than the one that was answered arrived at its path.
    pub(super) fn is_asked_alike(&self) -> bool {
        self.is_asked_alike
    }

    /// Whether a handshake was accepted behind the proxy.
    pub(super) fn is_switched(&self) -> bool {
        self.arrival.as_ref().is_some_and(|arrival| arrival.given == Given::Handshake)
    }

    /// Gives no verdict: what came back may be the proxy's answer to a request of its own.
    pub(super) fn doubt(&mut self) {
        self.is_asked_alike = true;
    }

    /// Where the request arrived that was answered.
    pub(super) fn path(&self) -> Option<Vec<u8>> {
        self.arrival.as_ref().map(|arrival| path(&arrival.request))
    }

    /// Whether the request arrived, and not some question before it alone.
    pub(super) fn is_through(&self) -> bool {
        self.arrival.as_ref().is_some_and(|arrival| arrival.given != Given::Plain || self.is_marked)
    }

    /// Whether what came back shows which request it answers.
    pub(super) fn is_marked(&self) -> bool {
        self.is_marked
    }

    /// Whether the proxy makes a handshake of its own.
    pub(super) fn is_own(&self) -> bool {
        self.arrival.as_ref().is_some_and(|arrival| arrival.is_own)
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
        if let Some(arrival) = &self.arrival {
            far.response = head(arrival.answer());
            far.interim = arrival.interim;
        }
        far.is_choosing = true;
        far.asked = self.asked.iter().filter_map(|request| head(request)).collect();
        (far.times, far.is_uncertain, far.plain) = (self.times, self.is_uncertain, self.plain);
        far.is_asked_alike = self.is_asked_alike;
        let Tunnel { frame, frame_back, message, first_back, end_back, is_unknown } = self.tunnel;
        (far.has_frame, far.has_frame_back) = (frame, frame_back);
        (far.has_first_back, far.has_end_back) = (first_back, end_back);
        (far.has_message, far.is_frame_unknown) = (message, is_unknown);
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
