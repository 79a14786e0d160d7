//! Starts a program again that a fault ended. What it starts carries the lease's id in its environment, so that whoever
//! tries again after a death in between finds that it runs already.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::folder::Folder;
use crate::process::Process;
use crate::undo::wait;

/// The variable that marks what was started under a lease.
const MARK: &str = "BACKSTOP_LEASE";
/// One that lives so long has found its files and ports; one that has not dies sooner.
const SETTLES: Duration = Duration::from_millis(300);

/// What a process was started with, as far as another one can be.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Program {
    /// The executable.
    pub exe: PathBuf,
    /// Its name for itself, and its arguments.
    pub argv: Vec<String>,
    /// Its working directory.
    pub cwd: PathBuf,
    /// Its environment.
    pub env: Vec<(String, String)>,
    /// User and group, where they are not the keeper's own.
    pub user: Option<(u32, u32)>,
    /// Where its output goes, at the end; none for a file beside the record.
    pub log: Option<PathBuf>,
}

/// Without the environment, which may hold secrets.
impl std::fmt::Debug for Program {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Program")
            .field("exe", &self.exe)
            .field("argv", &self.argv)
            .field("cwd", &self.cwd)
            .finish_non_exhaustive()
    }
}

impl Program {
    /// What a living process was started with; its output goes where it goes now, if that is a file. Limits,
    /// namespaces, open files and a terminal are not known, so a process that needs them is restarted by `Undo::Run`.
    ///
    /// # Errors
    /// When `/proc` does not say, or says it in something else than UTF-8.
    pub fn of(process: &Process) -> Result<Self, Error> {
        let place = PathBuf::from(format!("/proc/{}", process.pid));
        let read = || -> io::Result<Self> {
            let env = strings(&place.join("environ"))?;
            let env = env.iter().filter_map(|pair| pair.split_once('='));
            let (about, own) = (fs::metadata(&place)?, fs::metadata("/proc/self")?);
            let user = (about.uid(), about.gid());
            let output = fs::read_link(place.join("fd/1")).ok();
            Ok(Self {
                exe: fs::read_link(place.join("exe"))?,
                argv: strings(&place.join("cmdline"))?,
                cwd: fs::read_link(place.join("cwd"))?,
                env: env
                    .filter(|(name, _)| *name != MARK)
                    .map(|(name, value)| (name.to_owned(), value.to_owned()))
                    .collect(),
                user: (user != (own.uid(), own.gid())).then_some(user),
                log: output.filter(|path| path.is_file()),
            })
        };
        let program = read().map_err(Error::io(&place))?;
        if program.exe.as_os_str().as_bytes().ends_with(b" (deleted)") {
            return Err(Error::Nonsense(format!(
                "{process}: its executable was removed, so it could not be started again"
            )));
        }
        // Read by pid: it has to be the same process still.
        if !process.is_alive().map_err(Error::io(place))? {
            return Err(Error::Nonsense(format!("{process} has ended")));
        }
        Ok(program)
    }

    fn spawn(&self, id: &str, log: &Path) -> io::Result<Child> {
        let output = OpenOptions::new()
            .append(true)
            .create(true)
            .mode(0o600)
            .open(log)?;
        let mut command = Command::new(&self.exe);
        if let Some((name, arguments)) = self.argv.split_first() {
            command.arg0(name).args(arguments);
        }
        if let Some((user, group)) = self.user {
            command.uid(user).gid(group);
        }
        command
            .current_dir(&self.cwd)
            .env_clear()
            .envs(self.env.iter().map(|(name, value)| (name, value)))
            .env(MARK, id)
            .stdin(Stdio::null())
            .stdout(File::try_clone(&output)?)
            .stderr(output)
            // A signal from the terminal to whoever undoes is not meant for it.
            .process_group(0)
            .spawn()
    }
}

pub(super) fn start(ended: &Process, program: &Program, id: &str, folder: &Folder) -> Result<(), String> {
    let text = |error: io::Error| format!("{}: {error}", program.argv.join(" "));
    // It may be dying at this moment, of a signal that its tool sent last. If it lives on, it was never killed.
    let dead = wait::until(|| Ok(!ended.is_alive()?)).map_err(text)?;
    if !dead || running(id).map_err(text)? {
        return Ok(());
    }
    let log = program.log.clone().unwrap_or_else(|| folder.file(id, "log"));
    let mut child = program.spawn(id, &log).map_err(text)?;
    let began = Instant::now();
    while began.elapsed() < SETTLES {
        if let Some(status) = child.try_wait().map_err(text)? {
            return Err(format!(
                "{} did not stay: {status}; see {}",
                program.argv.join(" "),
                log.display()
            ));
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    // Whoever undoes is its parent now, and looks when it ends.
    std::thread::spawn(move || child.wait());
    Ok(())
}

/// Whether something runs that was started under this lease.
fn running(id: &str) -> io::Result<bool> {
    let mark = format!("{MARK}={id}");
    for place in fs::read_dir("/proc")? {
        let place = place?.path();
        // Processes of others cannot be read, nor those that end at this moment.
        if let Ok(env) = fs::read(place.join("environ"))
            && env.split(|byte| *byte == 0).any(|pair| pair == mark.as_bytes())
        {
            return Ok(true);
        }
    }
    Ok(false)
}

/// A file of `/proc` that holds strings, each with a zero at its end.
fn strings(path: &Path) -> io::Result<Vec<String>> {
    let text = fs::read(path)?;
    let text = text.strip_suffix(&[0]).unwrap_or(&text);
    if text.is_empty() {
        return Ok(Vec::new());
    }
    text.split(|byte| *byte == 0)
        .map(|each| String::from_utf8(each.to_vec()).map_err(io::Error::other))
        .collect()
}
