//! One operator closes intake; the gate does the work and leaves the evidence. Reopening takes two
//! persons (`access::reopening`).

use std::time::Duration;

use base::problem::Code;
use client::operations::IntakeOrder;
use domain::lane::Lane;
use gate::{Closing, GateError, NotAScope, Order, Scope};

use crate::idempotent::{Begun, Frame};
use crate::{Answer, Call, Refusal, World, parse, read};

/// Closes intake; answers once no new business can commit, durably. An order that was
/// begun and not answered is carried out again: closing again is always right.
///
/// Where the database does not answer this instance, it says so within seconds, so that whoever closes goes to another.
///
/// # Errors
/// A bad field, a key of another order, `close-elsewhere`, or the database's refusal; then nothing is promised.
pub async fn close_intake<L: Lane>(
    world: &World<L>,
    call: Call,
    body: IntakeOrder,
) -> Result<Answer, Refusal> {
    let closing = closing(&body)?;
    let scope = closing.scope.clone();
    let (frame, order) = order(world, call, body)?;
    let key = frame.clone();
    let begun = world
        .db
        .write_first(move |tx| Box::pin(async move { key.begin(tx).await }));
    if let Begun::Answered(answer) = here(begun).await? {
        return Ok(answer);
    }
    // It has its own bound, after its grace.
    let closed = gate::close(&world.db, order, closing).await;
    let closed = closed.map_err(|error| elsewhere(error.into()))?;
    tracing::warn!(
        %scope,
        epoch = closed.epoch,
        took_ms = closed.took.as_millis(),
        "intake is closed"
    );
    let mut wire = here(read::intake_of(world, &scope)).await?;
    wire.terminated = u32::try_from(closed.terminated.len()).unwrap_or(u32::MAX);
    let answer = Answer::new(200, &wire)?;
    let concluded = world.db.write(move |tx| {
        Box::pin(async move {
            // Of this very order, as its leaf is, whoever answers first under the key.
            frame.audit(tx, "close_intake", &scope.to_string()).await?;
            frame.conclude(tx, answer).await
        })
    });
    here(concluded).await
}

/// How long the database may be silent before this instance is taken to be cut off from it: as long as it gets for a
/// connection, and less than whoever closes waits for an instance.
const SILENT: Duration = Duration::from_secs(5);

/// What a step comes to, unless the database does not answer this instance.
async fn here<T>(step: impl Future<Output = Result<T, Refusal>>) -> Result<T, Refusal> {
    match tokio::time::timeout(SILENT, step).await {
        Ok(done) => done.map_err(elsewhere),
        Err(_) => Err(Refusal::plain(Code::CloseElsewhere)),
    }
}

/// Another instance may reach it, or whoever goes to the database itself.
fn elsewhere(refusal: Refusal) -> Refusal {
    match (refusal.code, &refusal.detail) {
        (Code::Unavailable, None) => Refusal::plain(Code::CloseElsewhere),
        _ => refusal,
    }
}

/// What is closed.
fn closing(body: &IntakeOrder) -> Result<Closing, Refusal> {
    if let Some(clause) = &body.clause {
        parse::text("clause", clause, 100)?;
    }
    Ok(Closing {
        scope: body.scope.as_deref().map_or(Ok(Scope::everything()), scope)?,
        clause: body.clause.clone(),
        until: body.until,
    })
}

/// A scope as it was sent.
///
/// # Errors
/// A field that says what is wrong with it.
pub(crate) fn scope(text: &str) -> Result<Scope, Refusal> {
    text.parse()
        .map_err(|error: NotAScope| Refusal::field("scope", error.to_string()))
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
            GateError::Unfit(why) => Self::with(Code::InvalidField, why),
            GateError::TooManyScopes => Self::with(Code::IllegalTransition, error.to_string()),
            GateError::NoDoubt => Self::not_found("payment doubt"),
            GateError::Settled | GateError::Elsewhere { .. } | GateError::Unverified => {
                Self::with(Code::IllegalTransition, error.to_string())
            }
            other => Self::internal(&other),
        }
    }
}
