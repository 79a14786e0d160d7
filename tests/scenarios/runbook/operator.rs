//! Who runs runbooks, and where their runs are kept.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

use crate::binaries::shipped;
use crate::place::Place;
use crate::plane::Plane;
use crate::service::Service;
use crate::switch::told;

/// Somebody with a folder of their own, in which runs are kept.
pub(super) struct Operator {
    pub(super) folder: PathBuf,
    /// What every page is told: where the service is, and whose token.
    pub(super) values: Vec<String>,
    /// Where the control plane is, and the tokens of those who may lead.
    pub(super) control: String,
    tokens: Value,
}

impl Operator {
    pub(super) fn new(place: &Place, service: &Service, plane: &Plane, folder: &str) -> Self {
        let tokens = place.path("etc/tokens.json").display().to_string();
        let values = [
            format!("url={}", service.base),
            format!("tokens={tokens}"),
            "incident=INC-7".to_owned(),
            "reason=core banking is down".to_owned(),
        ];
        let values = values.into_iter().flat_map(|value| ["--set".to_owned(), value]);
        let folder = place.path(folder);
        fs::create_dir_all(&folder).unwrap();
        let held = fs::read(plane.dir.join("etc/tokens.json")).unwrap();
        Self {
            folder,
            values: values.collect(),
            control: plane.base.clone(),
            tokens: serde_json::from_slice(&held).unwrap(),
        }
    }

    /// The same, acting as somebody else.
    #[track_caller]
    pub(super) fn acting(&self, words: &[&str], holder: &str, code: i32) -> Output {
        let mut command = self.command(words);
        command.env("BACKSTOP_CONTROL_TOKEN", self.tokens[holder].as_str().unwrap());
        let output = command.output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{words:?}: {output:?}");
        output
    }

    pub(super) fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(shipped("backstop"));
        command
            .current_dir(&self.folder)
            .env("BACKSTOP_CONTROL_URL", &self.control)
            .env(
                "BACKSTOP_CONTROL_TOKEN",
                self.tokens["operator"].as_str().unwrap(),
            )
            .arg("runbook")
            .args(words)
            .stdin(Stdio::null());
        command
    }

    /// `backstop runbook …`, which must end with this code.
    #[track_caller]
    pub(super) fn does(&self, words: &[&str], code: i32) -> Output {
        let output = self.command(words).output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{words:?}: {output:?}");
        output
    }

    /// The same with `--json`.
    #[track_caller]
    pub(super) fn json(&self, words: &[&str], code: i32) -> Value {
        let output = self.does(&[words, &["--json"]].concat(), code);
        serde_json::from_slice(&output.stdout).unwrap()
    }

    /// Words with the values of `close-intake` after them.
    pub(super) fn with<'a>(&'a self, words: &[&'a str]) -> Vec<&'a str> {
        let values = self.values.iter().map(String::as_str);
        words.iter().copied().chain(values).collect()
    }
}

/// Whether intake is closed, as an instance tells.
#[track_caller]
pub(super) fn state(place: &Place, service: &Service) -> String {
    let tokens = place.path("etc/tokens.json").display().to_string();
    let status = told(&["status", "--url", &service.base, "--token-file", &tokens], "");
    status["state"].as_str().unwrap().to_owned()
}
