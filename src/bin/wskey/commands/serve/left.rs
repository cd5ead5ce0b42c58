//! Processes that left the group of the command that started them, on Linux: adopted, ended and reaped.

use crate::lines::lock;
use nix::sys::prctl;
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::{WaitPidFlag, waitpid};
use nix::unistd::Pid;
use std::collections::HashSet;
use std::sync::Mutex;
use std::time::{Duration, Instant};
use std::{fs, process, thread};

/// How often it is looked for more of them.
const POLL: Duration = Duration::from_millis(2);

/// Makes this process the parent of all that commands leave behind; whether it has children already.
pub(super) fn adopt() -> bool {
    // Where the kernel has no such thing, the mark finds most of them.
    let _ = prctl::set_child_subreaper(true);
    processes().any(|pid| parent(pid).is_some_and(|(parent, _)| parent == process::id()))
}

/// Ends what has this variable; where no other command runs, all that is left, unless this process `inherits` children that are not
/// its to end.
pub(super) fn end(running: &Mutex<HashSet<u32>>, inherits: bool, mark: &str, deadline: Instant) {
    loop {
        let running = lock(running);
        let mut is_any = false;
        for pid in processes() {
            let Some((parent, is_zombie)) = parent(pid) else { continue };
            let is_orphan = parent == process::id() && !running.contains(&pid);
            let Ok(id) = i32::try_from(pid).map(Pid::from_raw) else { continue };
            if is_zombie && is_orphan {
                let _ = waitpid(id, Some(WaitPidFlag::WNOHANG));
            } else if !is_zombie && (is_orphan && running.is_empty() && !inherits || is_marked(pid, mark)) {
                is_any |= kill(id, Signal::SIGKILL).is_ok();
            }
        }
        drop(running);
        if !is_any || Instant::now() >= deadline {
            return;
        }
        thread::sleep(POLL);
    }
}

/// Whether something lives that has this variable; where no other command runs, whether anything does that was left.
pub(super) fn is_any(running: &Mutex<HashSet<u32>>, inherits: bool, mark: &str) -> bool {
    let running = lock(running);
    let is_left = |pid| parent(pid).is_some_and(|(parent, is_zombie)| parent == process::id() && !is_zombie);
    let is_alone = running.len() == 1 && !inherits;
    processes().any(|pid| is_marked(pid, mark) || is_alone && !running.contains(&pid) && is_left(pid))
}

fn processes() -> impl Iterator<Item = u32> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok())
}

/// The parent of a process, and whether it is a zombie (proc(5): the name, in parentheses, may hold anything).
fn parent(pid: u32) -> Option<(u32, bool)> {
    let stat = fs::read(format!("/proc/{pid}/stat")).ok()?;
    let behind = stat.iter().rposition(|&b| b == b')')? + 1;
    let mut words = str::from_utf8(&stat[behind..]).ok()?.split_ascii_whitespace();
    let state = words.next()?;
    Some((words.next()?.parse().ok()?, state == "Z"))
}

fn is_marked(pid: u32, mark: &str) -> bool {
    fs::read(format!("/proc/{pid}/environ"))
        .is_ok_and(|environment| environment.split(|&b| b == 0).any(|variable| variable == mark.as_bytes()))
}
