//! Goose drives the users: a closed model, in which each user waits for an
//! answer before it sends the next request.
//!
//! Goose's own metrics, reports, controllers and prints are off: what counts
//! here is what the journal says, and standard output may carry the progress.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use goose::client::GooseClientBuilder;
use goose::config::GooseConfiguration;
use goose::goose::{GooseUser, Scenario, Transaction, TransactionFunction, TransactionResult};
use goose::{GooseAttack, GooseError};

use crate::customer::Customer;
use crate::shared::Shared;
use crate::{existing, intake};

/// What goose is asked to do.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// Users, two at least: one of each sort.
    pub users: usize,
    /// Of a hundred users, how many look after existing loans; 1–99.
    pub existing_share: u8,
    /// Longest pause of a user between two transactions; half of it is the shortest.
    pub think: Duration,
}

/// How long a user waits at the end of a transaction while the run ends.
const LEAVING: Duration = Duration::from_millis(20);

type Work<'c> = Pin<Box<dyn Future<Output = ()> + Send + 'c>>;

/// Runs until [`goose::trigger_killswitch`] is called; every user then ends the
/// transaction that it is in.
///
/// # Errors
/// When goose can't start.
pub async fn run(url: &str, plan: Plan, shared: &Arc<Shared>) -> Result<(), GooseError> {
    let share = usize::from(plan.existing_share.clamp(1, 99));
    let newcomers = scenario("new customer", 100 - share, plan.think)?
        .register_transaction(arrival(shared))
        .register_transaction(transaction("journey", 1, |me| {
            Box::pin(async move { intake::journey(me).await.unwrap_or_default() })
        })?);
    let borrowers = scenario("borrower", share, plan.think)?
        .register_transaction(arrival(shared))
        .register_transaction(transaction("repay", 45, |me| Box::pin(existing::repay(me)))?)
        .register_transaction(transaction("look", 30, |me| Box::pin(existing::look(me)))?)
        .register_transaction(transaction("statement", 12, |me| {
            Box::pin(existing::statement(me))
        })?)
        .register_transaction(transaction("quote", 13, |me| Box::pin(existing::quote(me)))?);
    let attack = GooseAttack::initialize_with_config(configuration(url, plan.users))?
        // One HTTP client for all of goose's users: they use ours.
        .set_client_builder_without_cookies(GooseClientBuilder::new().without_cookies())?
        .register_scenario(newcomers)
        .register_scenario(borrowers);
    // Boxed: goose's state is some 20 kB.
    Box::pin(attack.execute()).await?;
    Ok(())
}

fn configuration(url: &str, users: usize) -> GooseConfiguration {
    let mut configuration = GooseConfiguration::default();
    configuration.host = Some(url.to_owned());
    configuration.users = Some(users);
    // All users within the first second.
    configuration.increase_rate = Some(users.to_string());
    configuration.quiet = 1;
    configuration.no_print_metrics = true;
    configuration.no_metrics = true;
    configuration.no_telnet = true;
    configuration
}

fn scenario(name: &str, weight: usize, think: Duration) -> Result<Scenario, GooseError> {
    let scenario = Scenario::new(name).set_weight(weight)?;
    if think.is_zero() {
        Ok(scenario)
    } else {
        scenario.set_wait_time(think / 2, think)
    }
}

/// Gives a user its customer, once.
fn arrival(shared: &Arc<Shared>) -> Transaction {
    let shared = Arc::clone(shared);
    let arrive: TransactionFunction = Arc::new(move |user: &mut GooseUser| {
        user.set_session_data(Customer::new(&shared));
        Box::pin(async { TransactionResult::Ok(()) })
    });
    Transaction::new(arrive).set_name("arrive").set_on_start()
}

fn transaction(
    name: &str,
    weight: usize,
    work: for<'c> fn(&'c mut Customer) -> Work<'c>,
) -> Result<Transaction, GooseError> {
    let function: TransactionFunction = Arc::new(move |user: &mut GooseUser| {
        Box::pin(async move {
            if let Some(me) = user.get_session_data_mut::<Customer>() {
                work(me).await;
                if me.stopping() {
                    // Nothing is begun any more, so the transactions end at
                    // once: without this wait the users would spin until goose
                    // tells them to leave, and leave it no thread to do so.
                    tokio::time::sleep(LEAVING).await;
                }
            }
            Ok(())
        })
    });
    Transaction::new(function).set_name(name).set_weight(weight)
}
