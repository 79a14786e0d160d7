//! `docs/api.md` names every route and every problem code, and none that are not there.

use std::collections::BTreeSet;

use base::problem::Code;

const PAGE: &str = include_str!("../../../docs/api.md");

/// What stands between backticks.
fn marked() -> BTreeSet<&'static str> {
    PAGE.split('`').skip(1).step_by(2).collect()
}

#[test]
fn every_route_is_on_the_page() {
    let marked = marked();
    for row in service::router::routes() {
        let route = row.route;
        assert!(
            marked.contains(route.name) || marked.contains(route.path()),
            "{} is missing",
            route.name
        );
    }
}

#[test]
fn every_problem_code_is_on_the_page_with_its_status() {
    for code in Code::ALL {
        let row = format!("| {} | `{}` |", code.status(), code.as_str());
        assert!(PAGE.contains(&row), "{row} is missing");
    }
}

#[test]
fn the_page_names_no_route_that_is_gone() {
    let routes: BTreeSet<&str> = service::router::routes()
        .iter()
        .map(|row| row.route.name)
        .collect();
    for name in marked()
        .into_iter()
        .filter(|name| name.starts_with("POST /") || name.starts_with("GET /"))
    {
        assert!(routes.contains(name), "{name} is on the page, and is no route");
    }
}
