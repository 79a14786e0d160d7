//! The verifier beside an exit, and its certificate.

use super::told::exit;
use crate::place::Place;

/// The program that shares no code with the purge.
pub(crate) struct Verifier<'p> {
    place: &'p Place,
    out: String,
}

impl<'p> Verifier<'p> {
    pub(crate) fn new(place: &'p Place, out: &str) -> Self {
        let out = place.path(out).display().to_string();
        Self { place, out }
    }

    pub(crate) fn secret(&self, name: &str) -> String {
        let folder = self.place.path("witnessed");
        std::fs::create_dir_all(&folder).unwrap();
        folder.join(name).display().to_string()
    }

    pub(crate) fn witness(&self, firms: &[&str]) {
        let (keys, store) = (
            self.place.path("etc").display().to_string(),
            self.place.key_store(),
        );
        let (out, secret) = (self.secret("witness"), self.secret("witness.key"));
        let mut words = vec![
            "witness",
            "--database",
            &self.place.url,
            "--keys",
            &keys,
            "--key-store",
            &store,
        ];
        words.extend(["--out", &out, "--secret", &secret]);
        words.extend(["--actor", "ada", "--reference", "EXIT-17"]);
        words.extend(firms.iter().flat_map(|firm| ["--firm", firm]));
        exit(&words, "").refused(0, "--yes");
        assert!(!std::path::Path::new(&out).exists(), "it was only shown");
        words.push("--yes");
        exit(&words, "").refused(0, "witness");
    }

    /// Looks into the database, the key store and the service's log, certifies, and has the certificate looked at.
    pub(crate) fn finds_nothing(&self, archive_key: &str) {
        let of = |name: &str| format!("{}/{name}", self.out);
        let store = self.place.key_store();
        let (witness, secret) = (self.secret("witness"), self.secret("witness.key"));
        let server = self
            .place
            .cluster
            .as_ref()
            .map(|server| server.folder().display().to_string());
        let data = ["financing.db", "financing.db-wal", "financing.db-shm"].map(|name| self.place.path(name));
        let data = data
            .iter()
            .filter(|path| path.exists())
            .map(|path| path.display().to_string());
        let looked = [self.place.path("keys"), self.place.path("financing.log")]
            .map(|path| path.display().to_string());
        let files: Vec<String> = looked.into_iter().chain(server).chain(data).collect();
        let (record, archive, out) = (of("record.json"), of("archive.sealed"), of("verification.json"));
        let mut words = vec![
            "scan",
            "--witness",
            &witness,
            "--secret",
            &secret,
            "--database",
            &self.place.url,
        ];
        words.extend(["--key-store", &store, "--record", &record, "--archive", &archive]);
        words.extend(["--archive-key", archive_key, "--out", &out, "--end"]);
        words.extend(files.iter().flat_map(|file| ["--files", file.as_str()]));
        exit(&words, "").refused(0, "clean");
        // Of each exit its own: drawing writes over none.
        let (private, public, certificate) = (
            self.out.clone() + "-signing.key",
            of("signing.pub"),
            of("certificate.json"),
        );
        exit(&["key", "--private", &private, "--public", &public], "").refused(0, "");
        let certify = [
            "certify",
            "--record",
            &record,
            "--verification",
            &out,
            "--signing-key",
            &private,
            "--out",
            &certificate,
        ];
        exit(&certify, "").refused(0, "certified");
        for file in [certificate.clone(), of("certificate.html")] {
            let look = ["certificate", file.as_str(), "--public-key", &public];
            exit(&look, "").refused(0, "valid");
            // Another planner would be another story.
            let text = std::fs::read_to_string(&file).unwrap();
            assert!(text.contains("ada"));
            std::fs::write(&file, text.replace("ada", "eve")).unwrap();
            exit(&look, "").refused(3, "");
        }
    }
}
