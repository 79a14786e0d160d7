//! What is over is undone, what is held is left, and what cannot be read is told.

use std::time::Duration;

use base::clock::Clock;
use lease::{Entry, Error, Keeper, Process, Terms, Undo, Which, recover};

use crate::victim::{Victim, folder, record, within};

#[test]
fn a_fault_whose_time_has_passed_is_undone_and_one_that_is_held_is_left() {
    let (_dir, folder) = folder();
    let (clock, hand) = Clock::manual("2026-01-01T00:00:00Z".parse().unwrap());
    let (short, long) = (Victim::start(), Victim::start());
    for (victim, seconds) in [(&short, 5), (&long, 50)] {
        let terms = Terms {
            lasts: Duration::from_secs(seconds),
            ..victim.resumed()
        };
        folder
            .hold(terms, &clock, |_| {
                victim.stop();
                Ok::<(), Error>(())
            })
            .unwrap();
    }
    let report = recover(&folder, &clock, Which::Over).unwrap();
    assert_eq!((report.undone.len(), report.held.len()), (0, 2));
    hand.advance_micros(5_000_000);
    let report = recover(&folder, &clock, Which::Over).unwrap();
    assert_eq!((report.undone.len(), report.held.len()), (1, 1));
    assert_eq!(report.undone[0].why, "its time has passed");
    assert!(!short.process.is_stopped().unwrap() && long.process.is_stopped().unwrap());
    let report = recover(&folder, &clock, Which::All).unwrap();
    assert_eq!((report.undone.len(), report.held.len()), (1, 0));
    assert!(!long.process.is_stopped().unwrap());
}

#[test]
fn garbled_records_are_told_and_stay_and_unfinished_ones_are_told_and_go() {
    let (_dir, folder) = folder();
    let victim = Victim::start();
    let lease = record(&folder, victim.resumed());
    let good = folder.path().join(format!("{}.json", lease.record().id));
    let text = std::fs::read(&good).unwrap();
    std::fs::write(folder.path().join("torn.json"), &text[..text.len() / 2]).unwrap();
    std::fs::write(folder.path().join("moved.json"), &text).unwrap();
    std::fs::write(folder.path().join("huge.json"), vec![b' '; 70_000]).unwrap();
    std::fs::write(folder.path().join("strange.txt"), "?").unwrap();
    std::fs::write(folder.path().join("dead.new"), &text[..10]).unwrap();
    for unfinished in [1, 0] {
        let report = recover(&folder, &Clock::system(), Which::Over).unwrap();
        let files: Vec<&str> = report.garbled.iter().map(|told| told.id.as_str()).collect();
        assert_eq!(files, ["huge.json", "moved.json", "strange.txt", "torn.json"]);
        assert_eq!(report.unfinished.len(), unfinished);
        assert_eq!(report.held.len(), 1);
        assert!(!report.is_clean());
    }
}

#[test]
fn an_injection_that_fails_is_undone_at_once() {
    let (_dir, folder) = folder();
    let victim = Victim::start();
    let failed = folder.hold(victim.resumed(), &Clock::system(), |_| {
        victim.stop();
        Err::<(), Error>(Error::Nonsense("half done".to_owned()))
    });
    assert_eq!(failed.unwrap_err().to_string(), "half done");
    assert!(!victim.process.is_stopped().unwrap());
    assert!(folder.entries().unwrap().is_empty());
}

#[test]
fn more_than_a_keeper_reads_is_refused_before_anything_is_injected() {
    let (_dir, folder) = folder();
    let terms = Terms {
        fault: "f".repeat(70_000),
        ..Victim::start().resumed()
    };
    let refused = folder.hold(terms, &Clock::system(), |_| -> Result<(), Error> {
        unreachable!()
    });
    assert!(matches!(refused, Err(Error::TooLarge(_))));
    for at in 0..1_000 {
        std::fs::write(folder.path().join(format!("{at}.json")), "").unwrap();
    }
    let refused = folder.hold(
        Victim::start().resumed(),
        &Clock::system(),
        |_| -> Result<(), Error> { unreachable!() },
    );
    assert!(matches!(refused, Err(Error::Full(1_000))));
}

/// A keeper in a thread of its own, until the function ends.
fn kept<T>(keeper: Keeper, work: impl FnOnce() -> T) -> T {
    let shutdown = base::shutdown::Shutdown::new();
    let hand = shutdown.clone();
    let keeping = std::thread::spawn(move || {
        tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap()
            .block_on(keeper.run(None, &shutdown));
    });
    let value = work();
    hand.trigger();
    keeping.join().unwrap();
    value
}

#[test]
fn a_keeper_ends_a_fault_on_time_although_the_clock_was_set_back() {
    let (_dir, folder) = folder();
    let (clock, hand) = Clock::manual("2026-01-01T00:00:00Z".parse().unwrap());
    let victim = Victim::start();
    let terms = Terms {
        lasts: Duration::from_millis(700),
        ..victim.resumed()
    };
    let keeper = Keeper::new(folder.clone(), clock.clone());
    kept(keeper, || {
        folder
            .hold(terms, &clock, |_| {
                victim.stop();
                Ok::<(), Error>(())
            })
            .unwrap();
        hand.advance_micros(-3_600_000_000);
        assert!(
            within(Duration::from_millis(500), || !victim
                .process
                .is_stopped()
                .unwrap())
            .is_none()
        );
        assert!(within(Duration::from_secs(2), || !victim.process.is_stopped().unwrap()).is_some());
    });
}

#[test]
fn eighty_faults_that_end_at_once_end_on_time() {
    let (_dir, folder) = folder();
    let victims: Vec<Victim> = (0..80).map(|_| Victim::start()).collect();
    let clock = Clock::system();
    kept(Keeper::new(folder.clone(), Clock::system()), || {
        let leases: Vec<lease::Lease> = victims
            .iter()
            .map(|victim| {
                let terms = Terms {
                    lasts: Duration::from_secs(2),
                    ..victim.resumed()
                };
                let stop = |_: &_| -> Result<(), Error> {
                    victim.stop();
                    Ok(())
                };
                folder.hold(terms, &clock, stop).unwrap().lease
            })
            .collect();
        let last = leases
            .iter()
            .map(|lease| lease.record().expires_at)
            .max()
            .unwrap();
        let all = || victims.iter().all(|victim| !victim.process.is_stopped().unwrap());
        assert!(within(Duration::from_secs(20), all).is_some());
        let late = clock.now().duration_since(last);
        println!("the last of 80 ended {late:?} after its time");
        assert!(late.as_millis() < 2_000, "{late:?}");
    });
    assert!(within(Duration::from_secs(2), || folder.entries().unwrap().is_empty()).is_some());
}

#[test]
fn an_undo_that_fails_is_tried_again_until_it_works_and_holds_up_no_other() {
    let (dir, folder) = folder();
    let flag = dir.path().join("ready");
    let owner_is_alive = Duration::from_millis(1);
    let later = Terms {
        fault: "needs a flag".to_owned(),
        undo: Undo::Run {
            argv: vec![
                "test".to_owned(),
                "-e".to_owned(),
                flag.to_str().unwrap().to_owned(),
            ],
            check: None,
            seconds: 5,
        },
        lasts: owner_is_alive,
    };
    let slow = Terms {
        fault: "takes long".to_owned(),
        undo: Undo::Run {
            argv: vec!["sleep".to_owned(), "5".to_owned()],
            check: None,
            seconds: 4,
        },
        lasts: owner_is_alive,
    };
    let victim = Victim::start();
    let quick = Terms {
        lasts: owner_is_alive,
        ..victim.resumed()
    };
    victim.stop();
    let _leases = [later, slow, quick].map(|terms| record(&folder, terms));
    let left = || folder.entries().unwrap().len();
    kept(Keeper::new(folder.clone(), Clock::system()), || {
        assert!(within(Duration::from_secs(2), || !victim.process.is_stopped().unwrap()).is_some());
        assert!(within(Duration::from_secs(1), || left() < 2).is_none());
        std::fs::write(&flag, "").unwrap();
        assert!(within(Duration::from_secs(6), || left() == 1).is_some());
    });
}

#[test]
fn a_folder_has_one_keeper_another_waits_and_who_is_stopped_is_none() {
    let (_dir, folder) = folder();
    let clock = Clock::system();
    assert!(!folder.is_kept(&clock));
    let keeper = || Keeper::new(folder.clone(), Clock::system());
    kept(keeper(), || {
        assert!(within(Duration::from_secs(1), || folder.is_kept(&clock)).is_some());
        kept(keeper(), || std::thread::sleep(Duration::from_millis(500)));
        assert!(folder.is_kept(&clock));
    });
    assert!(!folder.is_kept(&clock));
    // It holds the lock and does not look.
    kept(keeper().looking_every(Duration::from_secs(600)), || {
        std::thread::sleep(Duration::from_millis(1_700));
        assert!(!folder.is_kept(&clock));
    });
}

#[test]
fn a_record_of_a_dead_tool_is_over_and_of_one_in_another_boot_too() {
    let (_dir, folder) = folder();
    let victim = Victim::start();
    let lease = record(&folder, victim.resumed());
    assert!(matches!(folder.entries().unwrap().as_slice(), [Entry::Record(_)]));
    let path = folder.path().join(format!("{}.json", lease.record().id));
    // As if this process had been started in the boot before.
    let mut record = lease.record().clone();
    record.owner = Process {
        boot: "earlier".to_owned(),
        ..record.owner
    };
    let sum = format!("{:08x}", crc32(&serde_json::to_vec(&record).unwrap()));
    let text = serde_json::json!({ "record": record, "crc32": sum });
    std::fs::write(path, text.to_string()).unwrap();
    victim.stop();
    let report = recover(&folder, &Clock::system(), Which::Over).unwrap();
    assert_eq!(report.undone[0].why, "its tool is dead");
    assert!(!victim.process.is_stopped().unwrap());
}

/// The checksum as its definition has it, bit by bit.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0_u32, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| {
            (sum >> 1) ^ (0xEDB8_8320 * (sum & 1))
        })
    })
}
