//! A rehearsal's page as people see it: looked at in Chromium at a desk's and at
//! a phone's width.

use std::fs;
use std::path::{Path, PathBuf};

use base::config::{Env, ProcessEnv};
use base::exit;
use serde_json::{Value, json};

use crate::browser::{self, Browser};
use crate::rehearsal::Rehearsal;
use crate::report;

const LOOK: &str = include_str!("look.js");

/// A window: name, width and height in CSS pixels, pixels of the screen to one of them, and whether it is dark.
type Window = (&'static str, u32, u32, u32, bool);

const DESK: Window = ("desk", 1280, 900, 1, false);
const PHONE: Window = ("phone", 390, 844, 2, false);
const PHONE_AT_NIGHT: Window = ("phone-at-night", 390, 844, 2, true);

/// Letters of a chart that are smaller are not read, they are guessed.
const SMALLEST_LETTERS: f64 = 11.0;

/// What is wrong with a page in a window.
fn faults(browser: &mut Browser, page: &Path, window: Window) -> Vec<String> {
    let (name, width, height, scale, dark) = window;
    let mut seen = Vec::new();
    browser.call("Page.enable", json!({}));
    // Every request is held, noted, and let go only if it stays on this machine.
    browser.call("Fetch.enable", json!({ "patterns": [{ "urlPattern": "*" }] }));
    let metrics =
        json!({ "width": width, "height": height, "deviceScaleFactor": scale, "mobile": width < 600 });
    browser.call("Emulation.setDeviceMetricsOverride", metrics);
    let scheme = if dark { "dark" } else { "light" };
    let media = json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
    browser.call("Emulation.setEmulatedMedia", media);
    let url = format!("file://{}", page.display());
    browser.send("Page.navigate", json!({ "url": url }));
    let mut outside = Vec::new();
    let mut handled = 0;
    while !seen
        .iter()
        .any(|message: &Value| message["method"] == "Page.loadEventFired")
    {
        browser.one_more(&mut seen);
        for message in &seen[handled..] {
            if message["method"] == "Fetch.requestPaused" {
                let parameters = &message["params"];
                let asked = parameters["request"]["url"].as_str().unwrap();
                let id = &parameters["requestId"];
                if asked.starts_with("file://") || asked.starts_with("data:") {
                    browser.send("Fetch.continueRequest", json!({ "requestId": id }));
                } else {
                    outside.push(format!("{name}: asks for {asked}"));
                    browser.send(
                        "Fetch.failRequest",
                        json!({ "requestId": id, "errorReason": "BlockedByClient" }),
                    );
                }
            }
        }
        handled = seen.len();
    }
    let look = browser.evaluate(LOOK);
    if page.ends_with("report.html") {
        keep_picture(browser, name, width);
    }
    outside.extend(judged(&look).into_iter().map(|fault| format!("{name}: {fault}")));
    outside
}

/// What the figures of a look have against the page.
fn judged(look: &Value) -> Vec<String> {
    let listed = |what: &str| {
        let list = look[what].as_array().unwrap().iter();
        list.map(|one| one.as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let mut faults: Vec<String> = listed("wide")
        .into_iter()
        .map(|wide| format!("too wide: {wide}"))
        .collect();
    faults.extend(listed("pale").into_iter().map(|pale| format!("too pale: {pale}")));
    let charts = look["charts"].as_array().unwrap();
    if charts.len() != 2 {
        faults.push(format!("{} charts in sight instead of 2", charts.len()));
    }
    for chart in charts {
        let number = |name: &str| chart[name].as_f64().unwrap_or(0.0);
        if number("curves") < 1.0 || number("width") < 300.0 || number("height") < 150.0 {
            faults.push(format!("a chart without curves or room: {chart}"));
        }
        if number("smallest") < SMALLEST_LETTERS {
            faults.push(format!("a chart's letters are too small: {chart}"));
        }
    }
    let tofu = look["tofu"].as_str().unwrap();
    if !tofu.is_empty() {
        faults.push(format!("no glyphs for {tofu:?}"));
    }
    let (chinese, shapes) = (
        look["chinese"].as_u64().unwrap(),
        look["shapes"].as_u64().unwrap(),
    );
    if chinese < 50 || shapes < chinese {
        faults.push(format!("{chinese} Chinese characters with {shapes} shapes"));
    }
    faults
}

/// Pictures for people, where `BACKSTOP_PICTURES` names a folder.
fn keep_picture(browser: &mut Browser, name: &str, width: u32) {
    let Some(folder) = ProcessEnv.get("BACKSTOP_PICTURES") else {
        return;
    };
    let height = browser.evaluate("document.documentElement.scrollHeight");
    let whole = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600 });
    browser.call("Emulation.setDeviceMetricsOverride", whole);
    let picture = browser.call("Page.captureScreenshot", json!({ "format": "png" }));
    let bytes = crate::browser::from_base64(picture["data"].as_str().unwrap());
    let mut path = PathBuf::from(folder);
    fs::create_dir_all(&path).unwrap();
    path.push(format!("{name}.png"));
    fs::write(path, bytes).unwrap();
}

fn skipped(test: &str) -> bool {
    let why = browser::unavailable();
    if let Some(why) = &why {
        report::skip(test, why);
    }
    why.is_some()
}

#[test]
fn a_rehearsal_is_readable_at_a_desk_and_on_a_phone_and_asks_nobody() {
    if skipped("a_rehearsal_is_readable_at_a_desk_and_on_a_phone_and_asks_nobody") {
        return;
    }
    let rehearsal = Rehearsal::with_the_shipped_executables();
    let mut process = rehearsal.start();
    let code = process.ended_within(std::time::Duration::from_secs(240)).code();
    let passes = [exit::OK, exit::NOT_TOUCHED].map(|code| Some(i32::from(code)));
    // How much is touched depends on the machine and the build; nothing may be broken or failed.
    assert!(passes.contains(&code), "{}", process.said());
    let held = code == Some(i32::from(exit::OK));
    rehearsal.expect_on_record(if held { "held" } else { "not-touched" });
    let page = rehearsal.out().join("report.html");
    let mut browser = Browser::start();
    for window in [DESK, PHONE, PHONE_AT_NIGHT] {
        let faults = faults(&mut browser, &page, window);
        assert!(faults.is_empty(), "{faults:#?}");
    }

    // The same page with one fault each: every one of them is seen, in every window.
    let sound = rehearsal.page();
    let planted = |from: &str, to: &str| {
        assert!(sound.contains(from), "{from}");
        let path = rehearsal.out().with_file_name("planted.html");
        fs::write(&path, sound.replacen(from, to, 1)).unwrap();
        path
    };
    // A commit, marked where files differ from it, is longer than a phone's line.
    let long = planted("seed ", &format!("{}-dirty seed ", "0123456789abcdef".repeat(4)));
    for window in [DESK, PHONE] {
        let faults = faults(&mut browser, &long, window);
        assert!(faults.is_empty(), "{faults:#?}");
    }
    let plants = [
        (
            "</main>",
            "<div style=\"width:1500px\">wide</div></main>",
            "too wide: div",
        ),
        (
            "</main>",
            "<img src=\"http://outside.invalid/x.png\"></main>",
            "asks for http://outside.invalid/x.png",
        ),
        ("</main>", "<p>\u{378}</p></main>", "no glyphs for"),
        (
            "</main>",
            "<p style=\"color:#999;background:#aaa\">pale</p></main>",
            "too pale: p",
        ),
        ("<figure>", "<figure style=\"display:none\">", "1 charts in sight"),
    ];
    for (from, to, fault) in plants {
        let page = planted(from, to);
        for window in [DESK, PHONE] {
            let found = faults(&mut browser, &page, window);
            assert!(
                found.iter().any(|found| found.contains(fault)),
                "{fault}: {found:?}"
            );
        }
    }
}
