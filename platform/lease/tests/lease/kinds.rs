//! Each kind undoes what it says, twice does nothing more, and a failure keeps the record.

use std::collections::BTreeSet;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use base::clock::Clock;
use lease::{Done, Entry, Error, Folder, Process, Program, Signal, Terms, Undo};

use crate::victim::{Victim, folder, record, within};

fn terms(undo: Undo) -> Terms {
    Terms {
        fault: "a fault".to_owned(),
        undo,
        lasts: Duration::from_secs(60),
    }
}

fn count(folder: &Folder) -> usize {
    folder.entries().unwrap().len()
}

#[test]
fn a_stopped_process_goes_on_and_to_end_it_twice_does_nothing() {
    let (_dir, folder) = folder();
    let victim = Victim::start();
    let held = folder
        .hold(victim.resumed(), &Clock::system(), |_| {
            assert_eq!(count(&folder), 1, "the record is there before the fault");
            victim.stop();
            Ok::<(), Error>(())
        })
        .unwrap();
    assert_eq!(held.lease.end().unwrap(), Done::Now);
    assert!(!victim.process.is_stopped().unwrap());
    assert_eq!(count(&folder), 0);
    // Stopped by somebody else: not our fault, so not our undo.
    victim.stop();
    assert_eq!(held.lease.end().unwrap(), Done::Before);
    assert!(victim.process.is_stopped().unwrap());
}

#[test]
fn a_process_of_the_same_pid_and_another_start_is_left_alone() {
    let (_dir, folder) = folder();
    let victim = Victim::start();
    victim.stop();
    let process = Process {
        start: victim.process.start + 1,
        ..victim.process.clone()
    };
    for undo in [
        Undo::Resume {
            process: process.clone(),
        },
        Undo::End { process },
    ] {
        assert_eq!(record(&folder, terms(undo)).end().unwrap(), Done::Now);
    }
    assert!(victim.process.is_stopped().unwrap(), "nobody touched it");
}

#[test]
fn what_a_fault_started_is_ended_even_if_it_does_not_listen() {
    let (_dir, folder) = folder();
    let mut deaf = std::process::Command::new("sh")
        .args(["-c", "trap '' TERM; while :; do sleep 0.05; done"])
        .spawn()
        .unwrap();
    std::thread::sleep(Duration::from_millis(200));
    let process = Process::with_pid(i32::try_from(deaf.id()).unwrap())
        .unwrap()
        .unwrap();
    let lease = record(
        &folder,
        terms(Undo::End {
            process: process.clone(),
        }),
    );
    assert_eq!(lease.end().unwrap(), Done::Now);
    assert!(!process.is_alive().unwrap());
    deaf.wait().unwrap();
}

#[test]
fn an_ended_program_is_started_once_with_its_arguments_place_and_environment() {
    let (dir, folder) = folder();
    let log = dir.path().join("out");
    let mut child = std::process::Command::new("sh")
        .args(["-c", "echo $PWD $COLOUR; exec sleep 600"])
        .env("COLOUR", "green")
        .current_dir(dir.path())
        .stdout(std::fs::File::create(&log).unwrap())
        .spawn()
        .unwrap();
    let ended = Process::with_pid(i32::try_from(child.id()).unwrap())
        .unwrap()
        .unwrap();
    let reads = |text: &str| std::fs::read_to_string(&log).unwrap() == text;
    let line = format!("{} green\n", dir.path().canonicalize().unwrap().display());
    assert!(within(Duration::from_secs(2), || reads(&line)).is_some());
    // Until it is `sleep`, which is what is started again.
    let is_sleep = || Program::of(&ended).is_ok_and(|program| program.argv == ["sleep", "600"]);
    assert!(within(Duration::from_secs(2), is_sleep).is_some());
    let program = Program::of(&ended).unwrap();
    assert_eq!(program.log.as_deref(), Some(log.as_path()));
    let lease = record(
        &folder,
        terms(Undo::Start {
            ended: ended.clone(),
            program: program.clone(),
        }),
    );
    let id = lease.record().id.clone();
    // The tool died before it killed anything: nothing is started beside it.
    assert_eq!(lease.end().unwrap(), Done::Now);
    assert_eq!(marked(&id), []);

    let lease = record(
        &folder,
        terms(Undo::Start {
            ended: ended.clone(),
            program,
        }),
    );
    let id = lease.record().id.clone();
    ended.open().unwrap().unwrap().signal(Signal::KILL).unwrap();
    let file = folder.path().join(format!("{id}.json"));
    let text = std::fs::read(&file).unwrap();
    assert_eq!(lease.end().unwrap(), Done::Now);
    let [started] = marked(&id).try_into().unwrap();
    // Whoever started it died before the record was removed: it is there again, and one program still.
    std::fs::write(&file, text).unwrap();
    assert_eq!(lease.end().unwrap(), Done::Now);
    assert_eq!(marked(&id), std::slice::from_ref(&started));
    let again = Program::of(&started).unwrap();
    assert_eq!(again.argv, ["sleep", "600"]);
    assert_eq!(again.cwd, dir.path().canonicalize().unwrap());
    assert!(again.env.contains(&("COLOUR".to_owned(), "green".to_owned())));
    started.open().unwrap().unwrap().signal(Signal::KILL).unwrap();
    child.wait().unwrap();
}

/// The processes that were started under a lease.
fn marked(id: &str) -> Vec<Process> {
    let mark = format!("BACKSTOP_LEASE={id}");
    let pids = std::fs::read_dir("/proc").unwrap().filter_map(|entry| {
        let name = entry.unwrap().file_name();
        name.to_str()?.parse::<i32>().ok()
    });
    pids.filter(|pid| {
        let env = std::fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
        env.split(|byte| *byte == 0).any(|pair| pair == mark.as_bytes())
    })
    .filter_map(|pid| Process::with_pid(pid).unwrap())
    .collect()
}

#[test]
fn a_program_that_does_not_stay_keeps_its_record_and_says_where_to_look() {
    let (dir, folder) = folder();
    let program = Program {
        exe: "/bin/false".into(),
        argv: vec!["false".to_owned()],
        cwd: dir.path().to_owned(),
        env: Vec::new(),
        user: None,
        log: None,
    };
    let ended = Process {
        pid: 1,
        start: u64::MAX,
        boot: String::new(),
    };
    let lease = record(&folder, terms(Undo::Start { ended, program }));
    let error = lease.end().unwrap_err().to_string();
    assert!(error.contains("false did not stay"), "{error}");
    let id = &lease.record().id;
    assert!(folder.path().join(format!("{id}.why")).exists());
    assert!(matches!(folder.entries().unwrap().as_slice(), [Entry::Record(_)]));
}

#[test]
fn a_fixed_program_is_run_and_its_check_has_the_last_word() {
    let (dir, folder) = folder();
    let flag = dir.path().join("flag");
    std::fs::write(&flag, "").unwrap();
    let flag = flag.to_str().unwrap().to_owned();
    let run = |argv: &[&str], check: Option<&[&str]>| Undo::Run {
        argv: argv.iter().map(ToString::to_string).collect(),
        check: check.map(|check| check.iter().map(ToString::to_string).collect()),
        seconds: 1,
    };
    let check: &[&str] = &["test", "!", "-e", &flag];
    let lease = record(&folder, terms(run(&["true"], Some(check))));
    assert!(lease.end().unwrap_err().to_string().contains("test ! -e"));
    // The second removal fails, as there is nothing to remove; what counts is that it is gone.
    for _ in 0..2 {
        let lease = record(&folder, terms(run(&["rm", &flag], Some(check))));
        assert_eq!(lease.end().unwrap(), Done::Now);
    }
    for (argv, says) in [
        (&["false"][..], "exit status: 1"),
        (&["sleep", "60"], "not done after 1 s"),
        (&["/no/such/program"], "No such file"),
        (&[], "no program is named"),
    ] {
        let error = record(&folder, terms(run(argv, None)))
            .end()
            .unwrap_err()
            .to_string();
        assert!(error.contains(says), "{error}");
    }
}

/// A proxy's API as far as it concerns us: toxics by name, and whether it is open.
fn answerer(toxics: Arc<Mutex<BTreeSet<String>>>, enabled: Arc<Mutex<bool>>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let api = listener.local_addr().unwrap().to_string();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut text = vec![0; 4096];
            let length = stream.read(&mut text).unwrap();
            let text = String::from_utf8_lossy(&text[..length]).into_owned();
            let mut words = text.split(' ');
            let (method, path) = (words.next().unwrap(), words.next().unwrap());
            let mut toxics = toxics.lock().unwrap();
            let name = path.strip_prefix("/proxies/red%20is/toxics/").unwrap_or("");
            let (status, body) = match (method, path) {
                ("DELETE", _) if toxics.contains("stubborn") => (500, String::new()),
                ("DELETE", _) => (if toxics.remove(name) { 204 } else { 404 }, String::new()),
                ("POST", _) => {
                    *enabled.lock().unwrap() = text.contains("\"enabled\":true");
                    (200, "{}".to_owned())
                }
                ("GET", "/proxies/red%20is") => {
                    let list: Vec<String> = toxics
                        .iter()
                        .map(|toxic| format!("{{\"name\":\"{toxic}\"}}"))
                        .collect();
                    let body = format!(
                        "{{\"enabled\":{},\"toxics\":[{}]}}",
                        enabled.lock().unwrap(),
                        list.join(",")
                    );
                    (200, body)
                }
                _ => (if toxics.contains(name) { 200 } else { 404 }, "{}".to_owned()),
            };
            drop(toxics);
            write!(
                stream,
                "HTTP/1.0 {status} x\r\nContent-Length: {}\r\n\r\n{body}",
                body.len()
            )
            .unwrap();
        }
    });
    api
}

#[test]
fn a_toxic_is_removed_a_proxy_is_restored_and_one_that_is_gone_has_taken_its_toxics_along() {
    let (_dir, folder) = folder();
    let toxics = Arc::new(Mutex::new(BTreeSet::from(["a".to_owned(), "b".to_owned()])));
    let enabled = Arc::new(Mutex::new(false));
    let api = answerer(Arc::clone(&toxics), Arc::clone(&enabled));
    let remove = |api: &str, toxic: &str| {
        terms(Undo::RemoveToxic {
            api: api.to_owned(),
            proxy: "red is".to_owned(),
            toxic: toxic.to_owned(),
        })
    };
    for _ in 0..2 {
        assert_eq!(record(&folder, remove(&api, "a")).end().unwrap(), Done::Now);
    }
    assert_eq!(*toxics.lock().unwrap(), BTreeSet::from(["b".to_owned()]));
    let restore = terms(Undo::RestoreProxy {
        api: api.clone(),
        proxy: "red is".to_owned(),
        enabled: true,
    });
    assert_eq!(record(&folder, restore).end().unwrap(), Done::Now);
    assert!(toxics.lock().unwrap().is_empty() && *enabled.lock().unwrap());

    toxics.lock().unwrap().insert("stubborn".to_owned());
    let error = record(&folder, remove(&api, "stubborn"))
        .end()
        .unwrap_err()
        .to_string();
    assert!(error.contains("500"), "{error}");
    let nobody = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .to_string();
    assert_eq!(record(&folder, remove(&nobody, "a")).end().unwrap(), Done::Now);
}

#[test]
fn a_proxy_that_hangs_is_no_success() {
    let (_dir, folder) = folder();
    // The kernel takes the connection, and nobody answers.
    let hangs = TcpListener::bind("127.0.0.1:0").unwrap();
    let undo = Undo::RemoveToxic {
        api: hangs.local_addr().unwrap().to_string(),
        proxy: "p".to_owned(),
        toxic: "t".to_owned(),
    };
    let lease = record(&folder, terms(undo));
    assert!(matches!(lease.end(), Err(Error::NotUndone { .. })));
    assert_eq!(count(&folder), 1);
}
