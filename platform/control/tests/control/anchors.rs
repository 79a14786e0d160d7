//! The other plane's checkpoints.

use auth::Role;
use client::evidence::Anchor;
use client::http::CallError;
use evidence::proof::Head;
use evidence::{CONTROL, Signer};

use crate::plane::{Plane, other_log};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn they_are_verified_and_kept_without_a_leaf_and_a_split_view_is_refused() {
    let plane = Plane::start().await;
    let client = plane.client(Role::Plane);
    let take = async |checkpoint: String| -> Result<u16, CallError> {
        let anchor = Anchor { checkpoint };
        client.anchor("/v1/evidence/anchors", "a", &anchor).await
    };
    let head = |root| Head {
        size: 5,
        root: [root; 32],
    };
    let note = other_log().checkpoint(&head(1));
    for _ in 0..2 {
        assert_eq!(take(note.clone()).await.unwrap(), 201);
    }
    let split = take(other_log().checkpoint(&head(2))).await.unwrap_err();
    assert_eq!(split.code(), Some("already-exists"));
    let forged = take(note.replace("\n5\n", "\n6\n")).await.unwrap_err();
    assert_eq!(forged.code(), Some("invalid-field"));
    let stranger = Signer::new(CONTROL, &[8; 32]).unwrap().checkpoint(&head(1));
    assert_eq!(take(stranger).await.unwrap_err().code(), Some("invalid-field"));
    let sql = "SELECT COUNT(*) FROM evidence_checkpoints WHERE origin = 'backstop/financing'";
    assert_eq!(plane.db.one(sql, &[]).await.unwrap().unwrap().int(0).unwrap(), 1);
    let leaves = "SELECT COUNT(*) FROM evidence_leaves";
    assert_eq!(
        plane.db.one(leaves, &[]).await.unwrap().unwrap().int(0).unwrap(),
        0
    );
    plane.stop().await;
}
