//! Tokens rotate while the service runs; a slip in their file locks nobody out.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use crate::app::TestApp;

fn put(app: &TestApp, text: &str) {
    let draft = app.token_file().with_extension("new");
    fs::write(&draft, text).unwrap();
    fs::set_permissions(&draft, fs::Permissions::from_mode(0o600)).unwrap();
    fs::rename(draft, app.token_file()).unwrap();
}

async fn status(app: &TestApp, token: &str) -> u16 {
    app.request("GET", "/v1/intake").bearer(token).send().await.status
}

/// The list is looked at once a second; five are enough on a busy machine.
async fn becomes(app: &TestApp, token: &str, wanted: u16) {
    for _ in 0..100 {
        if status(app, token).await == wanted {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{} instead of {wanted}", status(app, token).await);
}

async fn figure(app: &TestApp, wanted: &str) {
    for _ in 0..100 {
        if app.probe("/metrics").await.ok_text().contains(wanted) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the figures never showed {wanted}");
}

#[tokio::test]
async fn a_token_is_rotated_and_a_bad_file_keeps_the_list() {
    let app = TestApp::sqlite().await;
    let before = fs::read_to_string(app.token_file()).unwrap();
    let old = app.token("auditor");
    let (new, sha256) = auth::mint().unwrap();
    assert_eq!((status(&app, old).await, status(&app, &new).await), (200, 401));

    let added = format!("{before}[[token]]\nname = \"auditor\"\nrole = \"auditor\"\nsha256 = \"{sha256}\"\n");
    put(&app, &added);
    becomes(&app, &new, 200).await;
    assert_eq!(status(&app, old).await, 200, "both live at once");

    put(&app, "[[token]]\nname = \"auditor\"\n");
    figure(&app, "financing_token_file_refused 1").await;
    assert_eq!((status(&app, old).await, status(&app, &new).await), (200, 200));

    // The test's clock says March 2026: the old token ended the month before.
    let ended = added.replacen(
        "role = \"auditor\"",
        "role = \"auditor\"\nnot_after = \"2026-02-01T00:00:00Z\"",
        1,
    );
    put(&app, &ended);
    becomes(&app, old, 401).await;
    assert_eq!(status(&app, &new).await, 200);
    figure(&app, "financing_token_file_refused 0").await;
    app.stop().await;
}
