//! An officer files the due-diligence report.

use client::applications::{Application, Report};
use domain::application::{ApplicationEvent, ApplicationState};
use domain::ids::{FirmId, TaskId};
use domain::lane::Lane;
use domain::task::{TaskEvent, TaskState};
use serde_json::json;
use store::{applications, sealed, tasks};

use crate::idempotent::Frame;
use crate::pre_approve::stored;
use crate::{Answer, Call, Refusal, World, firm_keys, parse};

/// Files a report; an adverse finding ends the application.
///
/// # Errors
/// A bad field, an unknown task, one that is reported already, or the database's refusal.
pub async fn report<L: Lane>(
    world: &World<L>,
    call: Call,
    id: &str,
    body: Report,
) -> Result<Answer, Refusal> {
    let id: TaskId = id.parse()?;
    parse::text("text", &body.text, 4000)?;
    let event = match body.finding.as_str() {
        "satisfactory" => ApplicationEvent::ReportSatisfactory,
        "adverse" => ApplicationEvent::ReportAdverse,
        _ => return Err(Refusal::field("finding", "satisfactory or adverse")),
    };
    let task = id.to_string();
    let firm = world
        .db
        .read(move |tx| Box::pin(async move { tasks::firm(tx, &task).await }))
        .await?;
    let firm: FirmId = stored(&firm.ok_or_else(|| Refusal::not_found("task"))?)?;
    let keys = firm_keys::of(world, &firm).await?;
    let sealed = keys.seal(sealed::at(&sealed::REPORT, id.as_str()), &body.text)?;
    let frame = Frame::new(world, call, id.as_str());
    world
        .db
        .write(move |tx| {
            Box::pin(async move {
                if let Some(replay) = frame.claim(tx, None).await? {
                    return Ok(replay);
                }
                let Some(task) = tasks::hold(tx, id.as_str()).await? else {
                    return Err(Refusal::not_found("task"));
                };
                stored::<TaskState>(&task.state)?.on(TaskEvent::Report)?;
                let Some(application) = applications::hold(tx, &task.application_id).await? else {
                    return Err(Refusal::not_found("application"));
                };
                let next = stored::<ApplicationState>(&application.state)?.on(event)?;
                tasks::file_report(
                    tx,
                    id.as_str(),
                    frame.principal(),
                    &body.finding,
                    &sealed,
                    frame.digest(),
                    frame.now,
                )
                .await?;
                applications::set_state(tx, &task.application_id, next.as_str(), frame.now).await?;
                let answer = Answer::new(
                    200,
                    &Application {
                        id: task.application_id.clone(),
                        state: next.as_str().to_owned(),
                        amount: application.amount,
                        offer: None,
                        reasons: Vec::new(),
                        task_id: Some(id.to_string()),
                    },
                )?;
                frame
                    .leave(tx, "task.report", id.as_str(), json!({ "finding": body.finding }))
                    .await?;
                frame.audit(tx, "report", id.as_str()).await?;
                frame.answer(tx, &answer).await?;
                Ok(answer)
            })
        })
        .await
}
