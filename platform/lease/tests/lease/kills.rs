//! The tool is killed at any moment, and the fault ends within two seconds. A keeper that does not look is caught, and
//! so is a tool that writes its record after the fault.

use std::time::{Duration, Instant};

use base::clock::Clock;
use base::shutdown::Shutdown;
use lease::{Keeper, Process, Which, recover};
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};

use crate::tool::{self, Order};
use crate::victim::{Victim, folder, within};

const PROMISED: Duration = Duration::from_secs(2);

/// How many of so many kills left the victim stopped after two seconds, or its record on disk; and the longest time.
fn kills(rounds: u32, order: Order, every: Duration, seed: u64) -> (u32, Duration) {
    let (_dir, folder) = folder();
    let shutdown = Shutdown::new();
    let keeper = Keeper::new(folder.clone(), Clock::system()).looking_every(every);
    let hand = shutdown.clone();
    let keeping = std::thread::spawn(move || {
        tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap()
            .block_on(keeper.run(None, &shutdown));
    });
    let mut random = StdRng::seed_from_u64(seed);
    let (mut broken, mut longest) = (0, Duration::ZERO);
    for round in 0..rounds {
        let victim = Victim::start();
        let mut tool = tool::start(folder.path(), &victim.process, order);
        if round % 2 == 0 {
            // As soon as the fault is there.
            within(Duration::from_secs(10), || victim.process.is_stopped().unwrap()).unwrap();
        } else {
            std::thread::sleep(Duration::from_millis(random.random_range(0..100)));
        }
        tool.kill().unwrap();
        let killed = Instant::now();
        let undone = || !victim.process.is_stopped().unwrap() && folder.entries().unwrap().is_empty();
        match within(PROMISED, undone) {
            Some(_) => longest = longest.max(killed.elapsed()),
            None => broken += 1,
        }
        tool.wait().unwrap();
    }
    hand.trigger();
    keeping.join().unwrap();
    (broken, longest)
}

#[test]
fn a_fault_ends_within_two_seconds_of_the_kill_of_its_tool() {
    let (broken, longest) = kills(10, Order::RecordFirst, Duration::from_millis(200), 7);
    println!("10 kills, longest {longest:?}");
    assert_eq!(broken, 0);
}

#[test]
fn a_keeper_that_does_not_look_is_caught() {
    let (broken, _) = kills(2, Order::RecordFirst, Duration::from_secs(600), 7);
    assert!(broken > 0);
}

#[test]
fn a_record_that_is_written_after_the_fault_is_caught() {
    let (broken, _) = kills(2, Order::FaultFirst, Duration::from_millis(200), 7);
    assert!(broken > 0);
}

#[test]
fn a_tool_and_a_keeper_that_died_leave_it_to_the_next_recovery() {
    let (_dir, folder) = folder();
    let victim = Victim::start();
    let mut tool = tool::start(folder.path(), &victim.process, Order::RecordFirst);
    within(Duration::from_secs(10), || victim.process.is_stopped().unwrap()).unwrap();
    let report = recover(&folder, &Clock::system(), Which::Over).unwrap();
    assert_eq!(report.held.len(), 1, "its tool lives");
    let own = Process::with_pid(i32::try_from(tool.id()).unwrap())
        .unwrap()
        .unwrap();
    tool.kill().unwrap();
    within(Duration::from_secs(5), || !own.is_alive().unwrap()).unwrap();
    // Before anybody has looked how it ended.
    let report = recover(&folder, &Clock::system(), Which::Over).unwrap();
    assert_eq!(report.undone.len(), 1);
    assert!(report.is_clean());
    assert!(!victim.process.is_stopped().unwrap());
    tool.wait().unwrap();
}
