//! What differs between the responses of several servers, such as a proxy and the server behind it.

use super::client::Client;
use super::handshakes::Handshakes;
use crate::cli::ProbeArgs;
use crate::output::{json, json_text, print};
use crate::report::json::{DifferenceObject, DifferentValue, SCHEMA};
use crate::report::text::MAX_SUMMARY;
use anyhow::Result;
use std::fmt::Write as _;
use wskey::escape::{shortened, visible};
use wskey::head::{ACCEPT, Head};
use wskey::rules::Said;

/// Fields that differ whenever two responses do.
const OWN: [&str; 2] = [ACCEPT, "Date"];

/// Something of a response, and what it is with each server; nothing where a response does not have it.
struct Difference {
    part: String,
    values: Vec<Option<Vec<u8>>>,
}

/// Writes what differs.
pub(super) fn show(args: &ProbeArgs, clients: &[Client], all: &[Handshakes]) -> Result<()> {
    let mut found = differences(all);
    // Each URL has an origin of its own where a client names one, and a server may refuse it.
    let origins: Vec<_> = clients.iter().map(Client::origin).collect();
    if !found.is_empty() && origins.windows(2).any(|pair| pair[0] != pair[1]) {
        found.push(Difference { part: "Origin sent".to_owned(), values: origins });
    }
    let mut text = String::new();
    for Difference { part, values } in &found {
        let values = clients.iter().zip(values);
        if args.json {
            let value = |(client, value): (&Client, &Option<Vec<u8>>)| DifferentValue {
                url: client.url.clone(),
                value: value.as_deref().map(json_text),
            };
            text += &json(&DifferenceObject { schema: SCHEMA, kind: "difference", part, values: values.map(value).collect() });
            continue;
        }
        let value = |(client, value): (&Client, &Option<Vec<u8>>)| {
            let value = value.as_ref().map_or_else(|| "none".to_owned(), |value| format!("`{}`", shortened(value, MAX_SUMMARY)));
            format!("{value} at {}", client.url)
        };
        let _ = writeln!(text, "  {}: {}", visible(part.as_bytes()), values.map(value).collect::<Vec<_>>().join(", "));
    }
    if !args.json && all.iter().any(|handshakes| handshakes.heads().next().is_some()) {
        text.insert_str(0, if found.is_empty() { "the responses do not differ\n" } else { "the responses differ:\n" });
    }
    print(text.as_bytes()).map(drop)
}

fn differences(all: &[Handshakes]) -> Vec<Difference> {
    let heads: Vec<_> = all.iter().map(|handshakes| handshakes.heads().next()).collect();
    let of_each = |value: &dyn Fn(&Head) -> Option<Vec<u8>>| heads.iter().map(|head| value(head.as_ref()?)).collect::<Vec<_>>();
    let status = of_each(&|head| head.status().map(|status| status.to_string().into_bytes()));
    let verdicts = all.iter().map(|handshakes| Some(handshakes.verdict().as_str().into())).collect();
    let mut found = vec![
        Difference { part: "verdict".to_owned(), values: verdicts },
        Difference { part: "status".to_owned(), values: status.clone() },
    ];
    // Another status has another reason phrase.
    if status.windows(2).all(|pair| pair[0] == pair[1]) {
        let reason = |head: &Head| head.start_line.splitn(3, |&b| b == b' ').nth(2).map(<[u8]>::to_vec);
        found.push(Difference { part: "reason phrase".to_owned(), values: of_each(&reason) });
    }
    let said = |value: &dyn Fn(&Said) -> Option<&str>| all.iter().map(|each| Some(value(each.said()?)?.into())).collect();
    found.push(Difference { part: "says".to_owned(), values: said(&|said| said.line.as_deref()) });
    found.push(Difference { part: "refusal".to_owned(), values: said(&|said| said.refusal.map(|refusal| refusal.id)) });
    for name in heads.iter().flatten().flat_map(|head| &head.fields).map(|field| String::from_utf8_lossy(&field.name)) {
        let is = |other: &str| other.eq_ignore_ascii_case(&name);
        if OWN.into_iter().any(is) || found.iter().any(|difference| is(&difference.part)) {
            continue;
        }
        let value = |head: &Head| head.has(&name).then(|| head.get_all(&name).collect::<Vec<_>>().join(&b", "[..]));
        // One that is another each time says no more than that it is there.
        let varies = |handshakes: &Handshakes| {
            let mut values = handshakes.heads().map(value);
            let first = values.next();
            values.any(|other| Some(other) != first)
        };
        let is_its_own = all.iter().any(varies);
        let values = of_each(&|head| value(head).map(|value| if is_its_own { b"another each time".to_vec() } else { value }));
        found.push(Difference { part: name.into_owned(), values });
    }
    found.retain(|difference| difference.values.windows(2).any(|pair| pair[0] != pair[1]));
    found
}
