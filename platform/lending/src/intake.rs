//! Operators close and reopen intake. The gate does the work and leaves the evidence.

use base::problem::Code;
use client::operations::{Intake as Wire, IntakeOrder};
use domain::lane::Lane;
use gate::{GateError, Order};

use crate::idempotent::Frame;
use crate::{Answer, Call, Refusal, World, parse, read};

/// Closes intake; answers once no new business can commit, durably.
///
/// # Errors
/// A bad field, or the database's refusal; then nothing is promised.
pub async fn close_intake<L: Lane>(
    world: &World<L>,
    call: Call,
    body: IntakeOrder,
) -> Result<Answer, Refusal> {
    let (frame, order) = order(world, call, body)?;
    if let Some(replay) = replay(world, &frame).await? {
        return Ok(replay);
    }
    let closed = gate::close(&world.db, order).await?;
    tracing::warn!(
        epoch = closed.epoch,
        took_ms = closed.took.as_millis(),
        "intake is closed"
    );
    let mut wire = read::intake(world, "").await?;
    wire.terminated = u32::try_from(closed.terminated.len()).unwrap_or(u32::MAX);
    store_answer(world, frame, "close_intake", wire).await
}

/// Reopens intake.
///
/// # Errors
/// A bad field, or the database's refusal; then intake stays as it was.
pub async fn reopen_intake<L: Lane>(
    world: &World<L>,
    call: Call,
    body: IntakeOrder,
) -> Result<Answer, Refusal> {
    let (frame, order) = order(world, call, body)?;
    if let Some(replay) = replay(world, &frame).await? {
        return Ok(replay);
    }
    let status = gate::reopen(&world.db, order).await?;
    tracing::warn!(epoch = status.epoch, "intake is open");
    // What was parked while intake was closed may go now.
    world.wake.notify_one();
    store_answer(world, frame, "reopen_intake", read::wire_intake(status)).await
}

/// The order and its frame, of one moment: so that the row of history, the leaf
/// and the audit line can be told to be one act's.
fn order<L: Lane>(world: &World<L>, call: Call, body: IntakeOrder) -> Result<(Frame, Order), Refusal> {
    parse::text("reason", &body.reason, 200)?;
    if let Some(incident) = &body.incident {
        parse::text("incident", incident, 64)?;
    }
    let actor = call.principal.clone();
    let frame = Frame::new(world, call, "");
    let order = Order {
        actor,
        reason: body.reason,
        incident: body.incident,
        at: frame.now,
        grace: Order::GRACE,
    };
    Ok((frame, order))
}

/// The stored answer, before anything is done: of an order that is no row's change
/// the claim comes after the deed.
pub(crate) async fn replay<L: Lane>(world: &World<L>, frame: &Frame) -> Result<Option<Answer>, Refusal> {
    let frame = frame.clone();
    world
        .db
        .read(move |tx| Box::pin(async move { frame.replay(tx).await }))
        .await
}

async fn store_answer<L: Lane>(
    world: &World<L>,
    frame: Frame,
    act: &'static str,
    wire: Wire,
) -> Result<Answer, Refusal> {
    let answer = Answer::new(200, &wire)?;
    world
        .db
        .write(move |tx| {
            Box::pin(async move {
                if let Some(replay) = frame.claim(tx, Some(&answer)).await? {
                    return Ok(replay);
                }
                frame.audit(tx, act, gate::EVERYTHING).await?;
                Ok(answer)
            })
        })
        .await
}

impl From<GateError> for Refusal {
    fn from(error: GateError) -> Self {
        match error {
            GateError::Db(error) => error.into(),
            GateError::Incomplete(part) => {
                Self::with(Code::InvalidField, format!("an order needs its {part}"))
            }
            GateError::StillHeld { .. } => Self::with(
                Code::Unavailable,
                "transactions in flight did not end; intake is refused: close again",
            ),
            other => Self::internal(&other),
        }
    }
}
