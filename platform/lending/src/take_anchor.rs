//! Another log's checkpoint is kept here, so that it can't be rewritten alone.

use base::problem::Code;
use client::evidence::{Anchor, Anchored};
use domain::lane::Lane;
use evidence::Verifier;
use evidence::handed_over::{self, HandOverError};

use crate::idempotent::Frame;
use crate::{Answer, Call, Refusal, World};

/// Keeps a checkpoint that one of the known logs signed. No act of an operator:
/// see [`evidence::handed_over`].
///
/// # Errors
/// A note that no known key signed, a second tree of the same size, or the
/// database's refusal.
pub async fn take_anchor<L: Lane>(
    world: &World<L>,
    call: Call,
    known: &[Verifier],
    body: Anchor,
) -> Result<Answer, Refusal> {
    let (key, head) = handed_over::verify(known, &body.checkpoint)?;
    let key = key.clone();
    let answer = Answer::new(
        201,
        &Anchored {
            origin: key.name().to_owned(),
            size: head.size,
        },
    )?;
    let frame = Frame::new(world, call, "");
    world
        .db
        .write(move |tx| {
            Box::pin(async move {
                if let Some(replay) = frame.claim(tx, Some(&answer)).await? {
                    return Ok(replay);
                }
                handed_over::keep(tx, &key, &head, &body.checkpoint, frame.now).await?;
                frame.audit(tx, "take_anchor", key.name()).await?;
                Ok(answer)
            })
        })
        .await
}

impl From<HandOverError> for Refusal {
    fn from(error: HandOverError) -> Self {
        match error {
            HandOverError::Db(error) => error.into(),
            HandOverError::Unknown => Self::field(
                "checkpoint",
                "a checkpoint, signed by the key of a log that this service knows",
            ),
            HandOverError::SplitView { .. } => {
                tracing::error!(%error, "an evidence log shows two histories");
                Self::with(Code::AlreadyExists, "another tree of this size was signed before")
            }
        }
    }
}
