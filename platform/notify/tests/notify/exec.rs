//! Programs: what they get, what their end means, and that none outlives its time.

use std::os::unix::fs::PermissionsExt as _;
use std::time::{Duration, Instant};

use crate::webhooks::Real;

async fn with(script: &str) -> Real {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.keep().join("hook.sh");
    std::fs::write(&path, script).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o700)).unwrap();
    let channel = format!(
        "timeout = \"2s\"\nexec = {{ program = \"/bin/sh\", args = [\"{}\", \"a b\"] }}",
        path.display()
    );
    Real::with(&channel, &[]).await
}

#[tokio::test]
async fn a_program_gets_the_page_and_nothing_of_this_process() {
    let real = with(
        "cat > \"$(dirname \"$0\")/page.json\"; env > \"$(dirname \"$0\")/env\"; echo \"$1\" >&2; exit 0\n",
    )
    .await;
    assert!(real.page(&[("alertname", "Slow")]).await);
    let folder = scripts(&real);
    let page: serde_json::Value =
        serde_json::from_slice(&std::fs::read(folder.join("page.json")).unwrap()).unwrap();
    assert_eq!(page["alerts"][0]["labels"]["alertname"], "Slow");
    assert_eq!(
        page["key"],
        real.notifier.pages(None, 1).await.unwrap()[0].key.as_str()
    );
    let env = std::fs::read_to_string(folder.join("env")).unwrap();
    assert!(!env.contains("HOME=") && !env.contains("CARGO"), "{env}");
    std::fs::remove_dir_all(folder).unwrap();
}

/// Where the script is, from the configuration that names it.
fn scripts(real: &Real) -> std::path::PathBuf {
    let printed = format!("{:?}", real.notifier.config());
    let at = printed.split('"').find(|part| part.ends_with("hook.sh")).unwrap();
    std::path::Path::new(at).parent().unwrap().to_owned()
}

#[tokio::test]
async fn an_end_with_an_error_is_a_failure() {
    let real = with("exit 3\n").await;
    assert!(!real.page(&[("alertname", "Slow")]).await);
    let page = &real.notifier.pages(None, 1).await.unwrap()[0];
    assert_eq!(
        (page.state.as_str(), page.error.as_deref()),
        ("queued", Some("the program ended with 3"))
    );
    std::fs::remove_dir_all(scripts(&real)).unwrap();
}

#[tokio::test]
async fn one_that_hangs_is_ended_and_one_that_talks_is_not_listened_to_for_long() {
    let real = with("echo $$ > \"$(dirname \"$0\")/pid\"; exec sleep 60\n").await;
    let began = Instant::now();
    assert!(!real.page(&[("alertname", "Slow")]).await);
    assert!(began.elapsed() < Duration::from_secs(10));
    let folder = scripts(&real);
    let pid = std::fs::read_to_string(folder.join("pid")).unwrap();
    let gone = async {
        while std::path::Path::new(&format!("/proc/{}/status", pid.trim())).exists()
            && !std::fs::read_to_string(format!("/proc/{}/status", pid.trim()))
                .is_ok_and(|s| s.contains("Z (zombie)"))
        {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(5), gone).await.unwrap();
    std::fs::remove_dir_all(folder).unwrap();
    let real = with("head -c 10000000 /dev/zero; exit 0\n").await;
    assert!(real.page(&[("alertname", "Slow")]).await);
    std::fs::remove_dir_all(scripts(&real)).unwrap();
}
