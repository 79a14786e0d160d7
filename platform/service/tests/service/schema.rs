//! Every answer that a test receives is held against the OpenAPI document: a
//! status, a field or a type that the document does not name fails the test.

use std::sync::OnceLock;

use serde_json::Value;

fn document() -> &'static Value {
    static DOCUMENT: OnceLock<Value> = OnceLock::new();
    DOCUMENT.get_or_init(|| serde_json::to_value(service::openapi::document()).unwrap())
}

/// What the document has against an answer; nothing is said of paths that are no route's.
pub(crate) fn conforms(
    method: &str,
    path: &str,
    status: u16,
    kind: &str,
    json: &Value,
) -> Result<(), String> {
    let Some(operation) = operation(method, path) else {
        return Ok(());
    };
    let told = |why: String| format!("{method} {path} answered {status}: {why}");
    let responses = &operation["responses"];
    let class = format!("{}XX", status / 100);
    let response = [status.to_string(), class]
        .iter()
        .map(|key| &responses[key.as_str()])
        .find(|response| !response.is_null())
        .ok_or_else(|| told("the document names no such status".to_owned()))?;
    let response = resolved(response);
    let content = response["content"]
        .as_object()
        .filter(|content| !content.is_empty());
    let Some(content) = content else {
        return Ok(());
    };
    let kind = kind.split(';').next().unwrap_or_default();
    let media = content
        .get(kind)
        .ok_or_else(|| told(format!("the document names no `{kind}`")))?;
    if !kind.ends_with("json") {
        return Ok(());
    }
    fits(&media["schema"], json, "$").map_err(told)
}

/// The operation whose template a path fits.
fn operation(method: &str, path: &str) -> Option<&'static Value> {
    let path: Vec<&str> = path.split('?').next()?.split('/').collect();
    let paths = document()["paths"].as_object()?;
    let (_, item) = paths.iter().find(|(template, _)| {
        let template: Vec<&str> = template.split('/').collect();
        template.len() == path.len()
            && template
                .iter()
                .zip(&path)
                .all(|(wanted, seen)| wanted == seen || wanted.starts_with('{'))
    })?;
    item.get(method.to_lowercase())
}

fn resolved(value: &'static Value) -> &'static Value {
    match value["$ref"].as_str() {
        Some(reference) => document().pointer(reference.trim_start_matches('#')).unwrap(),
        None => value,
    }
}

/// Whether a value fits a schema of the kinds that the document has; any other kind fails.
fn fits(schema: &'static Value, value: &Value, at: &str) -> Result<(), String> {
    let schema = resolved(schema);
    if let Some(choices) = schema["oneOf"].as_array() {
        let one = choices.iter().any(|choice| fits(choice, value, at).is_ok());
        return if one {
            Ok(())
        } else {
            Err(format!("{at} fits none of its choices: {value}"))
        };
    }
    if !types(schema).iter().any(|kind| is(kind, value)) {
        return Err(format!("{at} is {value}, not of type {}", schema["type"]));
    }
    if let Some(allowed) = schema["enum"].as_array()
        && !allowed.contains(value)
    {
        return Err(format!("{at} is {value}, none of {allowed:?}"));
    }
    if let (Some(least), Some(number)) = (schema["minimum"].as_f64(), value.as_f64())
        && number < least
    {
        return Err(format!("{at} is {number}, less than {least}"));
    }
    if let Some(list) = value.as_array() {
        for (place, item) in list.iter().enumerate() {
            fits(&schema["items"], item, &format!("{at}[{place}]"))?;
        }
    }
    if let Some(map) = value.as_object() {
        object(schema, map, at)?;
    }
    Ok(())
}

fn object(schema: &'static Value, map: &serde_json::Map<String, Value>, at: &str) -> Result<(), String> {
    let Some(properties) = schema["properties"].as_object() else {
        return Ok(());
    };
    for name in schema["required"].as_array().into_iter().flatten() {
        let name = name.as_str().unwrap_or_default();
        if !map.contains_key(name) {
            return Err(format!("{at}.{name} is missing"));
        }
    }
    for (name, value) in map {
        let Some(property) = properties.get(name) else {
            return Err(format!("{at}.{name} is not in the document"));
        };
        fits(property, value, &format!("{at}.{name}"))?;
    }
    Ok(())
}

fn types(schema: &Value) -> Vec<&str> {
    match &schema["type"] {
        Value::String(one) => vec![one],
        Value::Array(several) => several.iter().filter_map(Value::as_str).collect(),
        // A schema without a type would let everything through unseen.
        _ => Vec::new(),
    }
}

fn is(kind: &str, value: &Value) -> bool {
    match kind {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        _ => false,
    }
}

#[test]
fn an_answer_that_the_document_does_not_describe_is_caught() {
    let loan = serde_json::json!({
        "id": "lon_1", "state": "active", "amount": 1, "principal": 1, "interest": 0, "penalty": 0,
        "rate_ppm": 1, "start_date": "2026-03-02", "maturity_date": "2027-03-02",
    });
    let said = |status, json: &Value| conforms("GET", "/v1/loans/lon_1", status, "application/json", json);
    assert_eq!(said(200, &loan), Ok(()));
    let mut missing = loan.clone();
    missing.as_object_mut().unwrap().remove("principal");
    let mut more = loan.clone();
    more["secret"] = 1.into();
    let mut other = loan.clone();
    other["amount"] = "1".into();
    for (json, why) in [
        (&missing, "$.principal is missing"),
        (&more, "$.secret is not in the document"),
        (&other, "$.amount is"),
    ] {
        let error = said(200, json).unwrap_err();
        assert!(error.contains(why), "{error}");
    }
    assert!(said(299, &loan).unwrap_err().contains("no such status"));
    let page = conforms("GET", "/v1/loans/lon_1", 200, "text/html", &loan);
    assert!(page.unwrap_err().contains("no `text/html`"));
    assert_eq!(conforms("GET", "/nowhere", 200, "text/html", &loan), Ok(()));
}
