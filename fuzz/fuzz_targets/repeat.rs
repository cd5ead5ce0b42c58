//! A unit again and again, between a prefix and a suffix: what is longer takes longer in proportion, and no more.
#![no_main]

use libfuzzer_sys::fuzz_target;
use std::time::{Duration, Instant};
use wskey::capture::Capture;
use wskey::head::{ACCEPT, Exchange, KEY};
use wskey::rules::judge;
use wskey::{Accept, Key};

/// Far enough apart: where time is quadratic, a byte of each takes sixteen times as long as one of the size before. The last is
/// for what takes longer on the one before: where a limit is passed, time may grow at once, but not again.
const SIZES: [usize; 3] = [1 << 13, 1 << 17, 1 << 21];

/// What takes less than this is not measured well, and harms nobody.
const FLOOR: Duration = Duration::from_millis(40);

fuzz_target!(|bytes: &[u8]| {
    let [before, behind, rest @ ..] = bytes else { return };
    let (prefix, rest) = rest.split_at(rest.len().min((*before).into()));
    let (suffix, unit) = rest.split_at(rest.len().min((*behind).into()));
    if unit.is_empty() {
        return;
    }
    let capture = |size| [prefix, &repeated(unit, size), suffix].concat();
    let read = |bytes: &Vec<u8>| Capture::read(bytes).map(|capture| capture.exchanges).unwrap_or_default();
    let captures = [capture(SIZES[0]), capture(SIZES[1])];
    let exchanges = linear("read", &captures, capture, read);
    let exchanges = exchanges.map(answered);
    linear("judge", &exchanges, |size| answered(read(&capture(size))), |exchanges| judge(exchanges));
    linear("read_raw", &captures, capture, |bytes| Capture::read_raw(bytes));
});

/// The unit again and again; in it, 1 becomes a number, 2 its key and 3 the accept value, since what is the same is left out.
fn repeated(unit: &[u8], size: usize) -> Vec<u8> {
    let mut all = Vec::with_capacity(size + unit.len());
    for number in 0_u64.. {
        let key = || Key::from_nonce([number.to_be_bytes(), [b'~'; 8]].concat().try_into().expect("16 bytes"));
        for byte in unit {
            match byte {
                1 => all.extend(number.to_string().bytes()),
                2 => all.extend(key().as_bytes()),
                3 => all.extend(key().accept().as_bytes()),
                byte => all.push(*byte),
            }
        }
        if all.len() >= size {
            break;
        }
    }
    all
}

/// The same with accept values that are right: the cause of a wrong one takes long to find, and is looked for some times alone.
fn answered(mut exchanges: Vec<Exchange>) -> Vec<Exchange> {
    for Exchange { request, response, .. } in &mut exchanges {
        let key = request.as_ref().and_then(|request| request.get_all(KEY).next());
        let accepts = response.iter_mut().flat_map(|response| &mut response.fields);
        for (field, key) in accepts.filter(|field| field.name.eq_ignore_ascii_case(ACCEPT.as_bytes())).zip(key) {
            field.value = Accept::of(key).as_bytes().into();
        }
    }
    exchanges
}

/// Runs on the short one and on the long one, and on one that is longer yet where the time grows.
fn linear<T, R>(what: &str, [short, long]: &[T; 2], longer: impl Fn(usize) -> T, run: impl Fn(&T) -> R) -> [R; 2] {
    let timed = |of: &T| {
        let begin = Instant::now();
        let result = run(of);
        (begin.elapsed(), result)
    };
    let ((first, result), (second, other)) = (timed(short), timed(long));
    if grows(first, second) {
        let longer = longer(SIZES[2]);
        // Other programs run too: of several times, what speaks for us counts.
        let again =
            |of: &T, pick: fn(Duration, Duration) -> Duration| (0..2).map(|_| timed(of).0).reduce(pick).unwrap_or_default();
        let times =
            [again(short, Duration::max), again(long, Duration::min), again(long, Duration::max), again(&longer, Duration::min)];
        assert!(!grows(times[0], times[1]) || !grows(times[2], times[3]), "{what}: {times:?} for sizes of {SIZES:?}");
    }
    [result, other]
}

/// Whether the long one takes more than four times as long for each byte as one that is sixteen times shorter.
fn grows(short: Duration, long: Duration) -> bool {
    long > FLOOR && long > short * (4 * 16)
}
