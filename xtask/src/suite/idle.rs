//! Packages bring services, which Debian starts where they are installed; tests start their own, so nothing of the
//! host's is to run because somebody ran the tests.

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

/// What `invoke-rc.d` and `deb-systemd-invoke` ask before they start anything.
const ASKED: &str = "/usr/sbin/policy-rc.d";
/// 101 is "forbidden by policy".
const TEXT: &str = "#!/bin/sh\n# Made by cargo xtask test while it installs packages; remove it if that was killed.\nexit 101\n";

/// As long as it lives, no package starts a service.
pub(super) struct Idle(Option<PathBuf>);

impl Idle {
    /// Where somebody has a policy of their own it stands, and nothing is changed.
    pub(super) fn hold() -> io::Result<Self> {
        Self::at(Path::new(ASKED))
    }

    fn at(path: &Path) -> io::Result<Self> {
        // One that a killed run left behind is taken over.
        let ours = fs::read_to_string(path).is_ok_and(|text| text == TEXT);
        if path.exists() && !ours {
            return Ok(Self(None));
        }
        fs::write(path, TEXT)?;
        let held = Self(Some(path.to_owned()));
        fs::set_permissions(path, Permissions::from_mode(0o755))?;
        Ok(held)
    }
}

impl Drop for Idle {
    fn drop(&mut self) {
        if let Some(path) = &self.0 {
            // Its text says what it is, should this fail.
            let _kept = fs::remove_file(path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn services_are_held_for_a_while_and_a_policy_of_somebody_else_stands() {
        let folder = std::env::temp_dir().join(format!("xtask-idle-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let path = folder.join("policy-rc.d");
        let held = Idle::at(&path).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o755);
        std::mem::forget(held);
        // The run was killed; the next one takes it over.
        drop(Idle::at(&path).unwrap());
        assert!(!path.exists());
        fs::write(&path, "#!/bin/sh\nexit 0\n").unwrap();
        drop(Idle::at(&path).unwrap());
        assert!(path.exists());
        fs::remove_dir_all(&folder).unwrap();
    }
}
