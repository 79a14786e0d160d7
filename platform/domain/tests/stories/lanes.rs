use domain::lane::{Lane, Live, RunId, Shadow};
use uuid::Uuid;

/// As the use cases take it: any lane, known by type.
fn describe<L: Lane>(lane: &L) -> (&'static str, Option<&RunId>) {
    (lane.name(), lane.run())
}

#[test]
fn lanes_have_names_and_only_stress_traffic_has_a_run() {
    let run = RunId::from_uuid(Uuid::from_u128(7));
    assert_eq!(describe(&Live), ("live", None));
    assert_eq!(describe(&Shadow(run.clone())), ("shadow", Some(&run)));
}
