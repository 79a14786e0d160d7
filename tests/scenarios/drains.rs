//! SIGTERM under load: the service answers what it began and ends with 0.

use laws::verdict::Verdict;
use laws::{Minimums, audit};

use crate::load::{Load, acknowledged};
use crate::place::{Place, Store};
use crate::service::Service;
use crate::standin::Standin;

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_is_told_to_stop_under_load_drains() {
    let place = Place::new(Store::Sqlite);
    let standin = Standin::start(&place);
    let mut service = Service::start(&place, &standin);
    let mut load = Load::start(&place, &service, &standin, 12).await;
    load.until("under way", |journal| acknowledged(journal) >= 100);
    for _ in 0..3 {
        let status = service.process.terminate();
        assert_eq!(
            status.code(),
            Some(i32::from(base::exit::OK)),
            "{}",
            service.process.said()
        );
        assert!(
            !place.path("financing.ready").exists(),
            "its ready file went with it"
        );
        service.again(&place);
    }
    let journal = load.stop();
    assert!(service.process.terminate().success());
    let rulings = audit(&place.url, &journal, &[], Minimums::ANY).await.unwrap();
    let kept = rulings.iter().find(|ruling| ruling.law == 1).unwrap();
    assert_eq!(
        kept.verdict,
        Verdict::Held,
        "{}",
        serde_json::to_string_pretty(kept).unwrap()
    );
    // An answer that was on its way when the signal came has arrived: nothing
    // is left whose outcome its client does not know.
    let ambiguous: Vec<_> = journal
        .records
        .iter()
        .filter(|record| record.outcome == laws::journal::Outcome::Ambiguous && record.status.is_some())
        .collect();
    assert!(ambiguous.is_empty(), "{ambiguous:?}");
}
