//! The OpenAPI document says what the router does, no more and no less.

use std::collections::BTreeSet;

use serde_json::Value;
use service::route::Class;

fn document() -> Value {
    serde_json::to_value(service::openapi::document()).unwrap()
}

/// `(name, operation)` of every operation, as in `GET /v1/loans/{id}`.
fn operations(document: &Value) -> Vec<(String, &Value)> {
    let paths = document["paths"].as_object().unwrap();
    paths
        .iter()
        .flat_map(|(path, item)| {
            item.as_object()
                .unwrap()
                .iter()
                .map(move |(method, operation)| (format!("{} {path}", method.to_uppercase()), operation))
        })
        .collect()
}

#[test]
fn every_route_is_in_the_document_and_every_operation_is_a_route() {
    let document = document();
    let written: BTreeSet<String> = operations(&document).into_iter().map(|(name, _)| name).collect();
    let served: BTreeSet<String> = service::router::routes()
        .iter()
        .map(|row| row.route.name.to_owned())
        .collect();
    assert_eq!(written, served);
}

#[test]
fn every_reference_resolves() {
    let document = document();
    let mut references = Vec::new();
    collect(&document, &mut references);
    assert!(references.len() > 30, "{}", references.len());
    for reference in references {
        let pointer = reference.strip_prefix('#').expect("a local reference");
        assert!(document.pointer(pointer).is_some(), "{reference} leads nowhere");
    }
}

fn collect(value: &Value, references: &mut Vec<String>) {
    match value {
        Value::Object(map) => {
            if let Some(Value::String(reference)) = map.get("$ref") {
                references.push(reference.clone());
            }
            map.values().for_each(|value| collect(value, references));
        }
        Value::Array(list) => list.iter().for_each(|value| collect(value, references)),
        _ => {}
    }
}

#[test]
fn operation_ids_are_unique_and_every_operation_has_a_summary() {
    let document = document();
    let mut seen = BTreeSet::new();
    for (name, operation) in operations(&document) {
        let id = operation["operationId"].as_str().unwrap();
        assert!(seen.insert(id.to_owned()), "{id} twice");
        assert!(
            !operation["summary"].as_str().unwrap_or_default().is_empty(),
            "{name}"
        );
    }
}

#[test]
fn what_all_routes_share_is_said_of_each() {
    let document = document();
    assert_eq!(
        document["components"]["securitySchemes"]["bearer"]["scheme"],
        "bearer"
    );
    let operations = operations(&document);
    for row in service::router::routes() {
        let route = row.route;
        let (_, operation) = operations.iter().find(|(name, _)| name == route.name).unwrap();
        let name = route.name;
        let asks = !route.roles.is_empty();
        assert_eq!(operation["security"][0]["bearer"].is_array(), asks, "{name}");
        assert_eq!(operation["security"][1]["cookie"].is_array(), asks, "{name}");
        let guarded = route.class != Class::Probe;
        for problems in ["4XX", "5XX"] {
            let reference = &operation["responses"][problems]["$ref"];
            assert_eq!(
                reference == "#/components/responses/Problem",
                guarded,
                "{name} {problems}"
            );
        }
        let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
        let has = |what: &str| parameters.iter().any(|parameter| parameter["name"] == what);
        assert_eq!(has("Idempotency-Key"), route.is_write(), "{name}");
        assert_eq!(has("id"), route.has_id(), "{name}");
        let keyless = ["POST /v1/sessions", "POST /v1/password"].contains(&name);
        let has_body = route.is_write() || keyless || name.starts_with("POST /ofrep/");
        assert_eq!(operation["requestBody"].is_object(), has_body, "{name}");
        let success = operation["responses"]
            .as_object()
            .unwrap()
            .iter()
            .find(|(status, _)| status.starts_with('2'));
        assert!(success.is_some(), "{name}");
        if route.is_write() {
            assert!(
                success.unwrap().1["headers"]["idempotency-replayed"].is_object(),
                "{name}"
            );
        }
    }
}

#[test]
fn every_act_names_its_leaf() {
    let document = document();
    let operations = operations(&document);
    for row in service::router::routes() {
        let route = row.route;
        let (_, operation) = operations.iter().find(|(name, _)| name == route.name).unwrap();
        assert_eq!(operation["x-act"].as_str(), route.act, "{}", route.name);
        // What only operators and officers may do is an act of theirs; what a machine
        // hands over is none.
        let machines = [auth::Role::Channel, auth::Role::Plane];
        let staff = !route.roles.iter().any(|role| machines.contains(role));
        if route.is_write() && staff {
            let act = route.act.unwrap_or_else(|| panic!("{} has no act", route.name));
            assert_eq!(act.split('.').count(), 2, "{act} is not noun.verb");
        }
    }
}

#[test]
fn the_document_is_openapi_3_1() {
    let document = document();
    assert_eq!(document["openapi"], "3.1.0");
    assert!(document["info"]["title"].is_string() && document["info"]["version"].is_string());
}
