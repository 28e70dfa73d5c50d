//! What can be done in any call, without the network.

use std::cell::RefCell;
use std::hint::black_box;

use crate::elearnio::connector::log::{self, Level};
use crate::number;

thread_local! {
    static LEFT_BEHIND: RefCell<Vec<Vec<u8>>> = const { RefCell::new(Vec::new()) };
}

/// What `leave-a-trace` leaves in memory and `find-a-trace` looks for. Made when needed, so that the component's own
/// data does not hold it.
fn trace() -> Vec<u8> {
    b"ecart".iter().rev().copied().cycle().take(4096).collect()
}

/// Does what `what` names, and says what came of it; returns only if that is harmless.
pub fn misbehave(what: &str) -> Option<String> {
    match what {
        "spin" => loop {
            black_box(());
        },
        "allocate" => loop {
            std::mem::forget(black_box(vec![1_u8; 1 << 20]));
        },
        "allocate-and-cope" => {
            let refused = Vec::<u8>::new().try_reserve_exact(1 << 30).is_err();
            return Some(format!("refused: {refused}"));
        }
        "recurse" => {
            black_box(recurse(1));
        }
        "panic" => panic!("the connector's own words"),
        "abort" => core::arch::wasm32::unreachable(),
        "convert" => convert(),
        "leave-memory" => leave_memory(),
        "flood-log" => loop {
            log::write(Level::Info, "all work and no play");
        },
        "flood-log-empty" => loop {
            log::write(Level::Debug, "");
        },
        "log-invalid" => log::write(Level::Info, &invalid()),
        "leave-a-trace" => LEFT_BEHIND.with_borrow_mut(|left| left.extend((0..64).map(|_| trace()))),
        "find-a-trace" => return Some(format!("found: {}", find_a_trace())),
        _ => return with_a_value(what),
    }
    None
}

/// Behaviours of two words: what to do, and how much or with which text.
fn with_a_value(what: &str) -> Option<String> {
    let (what, value) = what.split_once(' ')?;
    match what {
        "say" => return Some(value.to_owned()),
        "log" => log::write(Level::Warn, value),
        "log-lines" => (0..number(value)).for_each(|_| log::write(Level::Debug, "")),
        "log-and-abort" => {
            log::write(Level::Error, value);
            core::arch::wasm32::unreachable()
        }
        "panic" => panic!("{value}"),
        // Up to so many pages of 64 KiB, all memory counted.
        "grow-memory" => {
            let more = number(value) - core::arch::wasm32::memory_size(0);
            assert!(core::arch::wasm32::memory_grow(0, more) != usize::MAX, "no memory");
        }
        _ => {}
    }
    None
}

/// Uses up the stack; not a tail call, and not to be foreseen.
#[allow(unconditional_recursion, reason = "that is the point")]
fn recurse(depth: u64) -> u64 {
    let frame = black_box([depth; 64]);
    recurse(black_box(depth + 1)) + frame[7]
}

/// A text that is not UTF-8.
pub fn invalid() -> String {
    // SAFETY: none. It lies to the compiler in order to lie to the host.
    unsafe { String::from_utf8_unchecked(vec![0xff, 0xfe, 0xfd]) }
}

/// A text that says it is a gigabyte long and is not.
pub fn gigabyte() -> String {
    // SAFETY: none, as above. Nothing in here reads it, and it must not be freed.
    unsafe { String::from_raw_parts(1024 as *mut u8, 1 << 30, 1 << 30) }
}

/// One text of a megabyte, ten thousand times: little for the guest, ten gigabytes for a host that copies.
pub fn amplified() -> Vec<String> {
    let text = String::leak("x".repeat(1 << 20));
    // SAFETY: none: each says it owns the same memory.
    (0..10_000).map(|_| unsafe { String::from_raw_parts(text.as_mut_ptr(), text.len(), text.len()) }).collect()
}

fn convert() {
    // The compiler checks divisors and panics; casting a float that does not fit is left to the machine.
    let float = black_box(f64::MAX);
    // SAFETY: none: it is meant to trap.
    black_box(unsafe { float.to_int_unchecked::<i32>() });
}

fn leave_memory() {
    // SAFETY: none: there is no such address.
    unsafe { std::ptr::write_volatile((u32::MAX - 8) as *mut u8, 1) }
}

/// Reads all of its memory for what another instance may have left.
fn find_a_trace() -> bool {
    let wanted = trace();
    let _room = black_box(vec![0_u8; 4 << 20]);
    let pages = core::arch::wasm32::memory_size(0);
    let own = wanted.as_ptr() as usize..wanted.as_ptr() as usize + wanted.len();
    // SAFETY: the range is this instance's own memory, less its first page.
    let memory = unsafe { std::slice::from_raw_parts(65536 as *const u8, (pages - 1) * 65536) };
    memory
        .windows(64)
        .step_by(64)
        .enumerate()
        .any(|(at, bytes)| !own.contains(&(65536 + at * 64)) && bytes == &wanted[..64])
}
