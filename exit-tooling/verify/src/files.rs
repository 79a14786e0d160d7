//! Goes through every file byte by byte: free pages, logs of changes, server logs, copies, backups.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read, Seek};
use std::path::{Path, PathBuf};

use laws::leaks::{Hit, Search};

use crate::VerifyError;
use crate::needles::{EXIT, STORE, TOKEN};
use crate::places;
use crate::query::Found;

/// What files were looked through.
#[derive(Debug, Default)]
pub struct Searched {
    /// Files that were read to their end.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Files that went away between being listed and being opened.
    pub gone: u64,
    /// Those of databases.
    pub database_files: u64,
    /// Files that can't be looked into: compressed or encrypted.
    pub closed: Vec<PathBuf>,
    /// Files of databases in which the exit's id stands.
    pub exit_in: Vec<PathBuf>,
    /// Files of databases in which the key store's identity stands.
    pub store_in: Vec<PathBuf>,
}

/// What is looked for in which files.
#[derive(Clone, Copy)]
pub struct Searches<'a> {
    /// In all: values, and the controls.
    pub values: &'a Search,
    /// In others than databases' own: every token.
    pub tokens: Option<&'a Search>,
    /// In databases' own: the tokens that stay in none of their tables.
    pub databases: Option<&'a Search>,
}

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// A database's: tokens that may stay in its tables stand in it.
    Database,
    /// The exit's own papers, or a list that tokens stay in.
    Stays,
    /// Any other.
    Other,
}

/// How files begin whose content is compressed or encrypted. PostgreSQL's custom format compresses too.
const CLOSED: [&[u8]; 10] = [
    b"\x1f\x8b",
    b"\x28\xb5\x2f\xfd",
    b"\xfd7zXZ\0",
    b"BZh",
    b"PK\x03\x04",
    b"7z\xbc\xaf\x27\x1c",
    b"PGDMP",
    b"\x04\x22\x4d\x18",
    b"age-encryption.org/",
    b"Salted__",
];
const SQLITE: &[u8] = b"SQLite format 3\0";
/// Longest of the beginnings that are told apart.
const BEGINNING: u64 = 64;

/// Looks through a root, a file or a folder with all that is in it. Links are not followed: what they point to is
/// another root's, and one that leads out of the roots is told as not looked into.
///
/// # Errors
/// When a folder or a file that is there can't be read: what was not seen is not clean.
pub fn look(
    root: &Path,
    papers: &Path,
    searches: Searches<'_>,
    searched: &mut Searched,
    found: &mut Found,
) -> Result<(), VerifyError> {
    let mut open = vec![(root.to_owned(), false)];
    while let Some((path, cluster)) = open.pop() {
        let looked = one(&path, cluster, papers, searches, &mut open, searched, found);
        match looked {
            Err(error) if error.kind() == ErrorKind::NotFound && path != root => searched.gone += 1,
            looked => looked.map_err(VerifyError::file(&path))?,
        }
    }
    Ok(())
}

fn one(
    path: &Path,
    cluster: bool,
    papers: &Path,
    searches: Searches<'_>,
    open: &mut Vec<(PathBuf, bool)>,
    searched: &mut Searched,
    found: &mut Found,
) -> io::Result<()> {
    let about = fs::symlink_metadata(path)?.file_type();
    if about.is_dir() {
        // A server's own log in its folder is text like any other.
        let log = path
            .file_name()
            .is_some_and(|name| name == "log" || name == "pg_log");
        let cluster = (cluster && !log) || path.join("PG_VERSION").is_file();
        for entry in fs::read_dir(path)? {
            open.push((entry?.path(), cluster));
        }
        return Ok(());
    }
    if about.is_symlink() {
        // A tablespace, or a log of changes on another disk: followed if it is a cluster's.
        if cluster && fs::metadata(path)?.is_dir() {
            open.push((fs::canonicalize(path)?, cluster));
        }
        return Ok(());
    }
    // Sockets and pipes hold nothing, and reading them would wait.
    if !about.is_file() {
        return Ok(());
    }
    let mut file = File::open(path)?;
    let mut beginning = Vec::new();
    (&mut file).take(BEGINNING).read_to_end(&mut beginning)?;
    file.rewind()?;
    let kind = kind(path, cluster, papers, &beginning);
    if kind == Kind::Other && CLOSED.iter().any(|head| beginning.starts_with(head)) {
        searched.closed.push(path.to_owned());
    }
    let tokens = if kind == Kind::Database {
        searches.databases
    } else {
        searches.tokens
    };
    let (mut exit, mut store) = (false, false);
    let place = path.display().to_string();
    let mut hit = |hit: Hit| match (hit.kind, kind) {
        (EXIT, Kind::Database) => exit = true,
        (STORE, Kind::Database) => store = true,
        (EXIT | STORE, _) => {}
        (TOKEN, Kind::Stays) => *found.residual.entry(place.clone()).or_default() += 1,
        (kind, _) => found.hit(kind, place.clone(), hit.encoding.as_str()),
    };
    searched.bytes += searches.values.read(&mut file, &mut hit)?;
    if let Some(tokens) = tokens {
        file.rewind()?;
        tokens.read(&mut file, &mut hit)?;
    }
    searched.files += 1;
    searched.database_files += u64::from(kind == Kind::Database);
    if exit {
        searched.exit_in.push(path.to_owned());
    }
    if store {
        searched.store_in.push(path.to_owned());
    }
    Ok(())
}

fn kind(path: &Path, cluster: bool, papers: &Path, beginning: &[u8]) -> Kind {
    let log = path.extension().is_some_and(|extension| extension == "log");
    if beginning.starts_with(SQLITE) || (cluster && !log) {
        return Kind::Database;
    }
    if places::file_stays(beginning) || path.starts_with(papers) {
        return Kind::Stays;
    }
    // Beside a database's file lie its log of changes, its index, and its journal.
    let name = path.to_string_lossy();
    let beside = ["-wal", "-shm", "-journal"]
        .iter()
        .find_map(|end| name.strip_suffix(end));
    let is_database = |path: &str| {
        let mut head = [0; SQLITE.len()];
        let read = File::open(path).and_then(|mut file| file.read_exact(&mut head));
        read.is_ok() && head == SQLITE
    };
    if beside.is_some_and(is_database) {
        Kind::Database
    } else {
        Kind::Other
    }
}
