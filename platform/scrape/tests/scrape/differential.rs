//! What is shown to a real Prometheus and to this is stored alike, or is refused by both.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::exhibit::{Exhibit, Page};
use crate::process;
use crate::watch::Watch;

const PROMETHEUS: &str = "/usr/bin/prometheus";
const TEXT: &str = "text/plain; version=0.0.4";
const OPEN: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Labels of a series, without those that tell where it comes from; and its first and last value. Of a scrape
/// that is refused, `up` and what was stored nevertheless: Prometheus counts in its other reports what it had
/// added before it took all of it back.
type Stored = BTreeMap<String, (String, String)>;

/// A name, and a body in which `{now}` is the time in milliseconds and `{secs}` in seconds.
type Case = (&'static str, &'static str);

const TEXTS: &[Case] = &[
    (
        "plain",
        "# HELP a b c\n# TYPE a counter\na{x=\"1\"} 3\na{x=\"2\"} 4.5\nb 1e3\n",
    ),
    ("no last line end", "a 1"),
    ("empty", ""),
    (
        "only comments",
        "# a\n#\n# HELP\n#HELP a b\n# HELPa b\n#TYPE a nonsense\n",
    ),
    ("blank lines", "\n\na 1\n   \n\t\nb 2\n"),
    ("blank before a comment", "  # HELP a b\na 1\n"),
    ("blank before a name", " a 1\n"),
    ("tab before a name", "b 1\n\ta 1\n"),
    ("escapes", "a{x=\"q\\\"b\\\\n\\nt\\te\"} 1\n"),
    ("odd escapes", "a{x=\"\\x\\u0041\\\\\\\"\"} 1\n"),
    ("raw line end in a value", "a{x=\"1\n2\"} 1\n"),
    ("escaped line end in a value", "a{x=\"1\\\n2\"} 1\n"),
    ("open value", "a{x=\"1} 1\n"),
    ("odd characters in a value", "a{x=\"}{,=# é中\"} 1\n"),
    ("a label twice", "a{x=\"1\",x=\"2\"} 1\n"),
    ("a label twice alike", "a{x=\"1\",x=\"1\"} 1\n"),
    ("a name among labels", "a{__name__=\"b\"} 1\n"),
    ("comma at the end", "a{x=\"1\",} 1\n"),
    ("comma missing", "a{x=\"1\" y=\"2\"} 1\n"),
    ("comma missing without a blank", "a{x=\"1\"y=\"2\"} 1\n"),
    ("two commas", "a{x=\"1\",,y=\"2\"} 1\n"),
    ("comma alone", "a{,} 1\n"),
    ("blanks in braces", "a { x = \"1\" , y = \"2\" } 1\n"),
    ("empty braces", "a{} 1\n"),
    ("no blank after braces", "a{x=\"1\"}1\n"),
    ("braces twice", "a{x=\"1\"}{y=\"2\"} 1\n"),
    ("no name", "{x=\"1\"} 1\n"),
    ("quoted name of a label", "a{\"x\"=\"1\"} 1\n"),
    ("empty label", "a{x=\"\"} 1\n"),
    ("colon in a label", "a{x:y=\"1\"} 1\n"),
    ("colons in a name", ":a:b 1\n"),
    ("digit first in a name", "1a 1\n"),
    ("digit first in a label", "a{1x=\"1\"} 1\n"),
    ("dash in a name", "a-b 1\n"),
    ("letters beyond ASCII in a name", "né 1\n"),
    ("numbers", "a 1\nb -1.5e-3\nc +.5\nd 5.\ne 0\nf -0\n"),
    ("infinite", "a +Inf\nb -inf\nc Infinity\n"),
    ("not a number", "a NaN\nb nan\n"),
    ("signed not a number", "a -NaN\n"),
    ("too large", "a 1e400\n"),
    ("too small", "a 1e-400\n"),
    ("hexadecimal", "a 0x10\n"),
    ("hexadecimal with exponent", "a 0x1p4\n"),
    ("underscore", "a 1_000\n"),
    ("a word for a value", "a one\n"),
    ("no value", "a\n"),
    ("no value after labels", "a{x=\"1\"}\n"),
    ("comma for a point", "a 1,5\n"),
    ("carriage return", "a 1\r\nb 2\r\n"),
    ("tabs", "a\t1\t\nb\t{x=\"1\"}\t2\n"),
    ("blank at the end", "a 1 \n"),
    ("three words", "a 1 2 3\n"),
    ("time", "a 1 {now}\n"),
    ("time and blank", "a 1 {now} \n"),
    ("negative time", "a 1 -5\n"),
    ("time with a fraction", "a 1 1.5\n"),
    ("time that does not fit", "a 1 99999999999999999999\n"),
    ("time far ahead", "a 1 {ahead}\nb 2\n"),
    ("twice alike", "a 1\na 1\nb 2\n"),
    ("twice with another value", "a 1\na 2\nb 2\n"),
    ("exemplar in the old format", "a 1 # {x=\"1\"} 2\n"),
    ("comment behind a value", "a 1 # b\n"),
    ("help without text", "# HELP a\na 1\n"),
    ("help with two blanks", "# HELP  a  b\na 1\n"),
    ("help without a name", "# HELP \na 1\n"),
    ("help of a name in quotes", "# HELP \"a\" b\na 1\n"),
    ("type without a type", "# TYPE a\na 1\n"),
    ("type with two blanks", "# TYPE a  gauge\na 1\n"),
    ("type with a tab", "# TYPE a\tgauge\na 1\n"),
    ("type with a blank behind", "# TYPE a gauge \na 1\n"),
    ("type in capitals", "# TYPE a GAUGE\na 1\n"),
    ("type of OpenMetrics", "# TYPE a unknown\na 1\n"),
    ("type twice and late", "a 1\n# TYPE a gauge\n# TYPE a counter\n"),
    ("unit", "# UNIT a_b b\na_b 1\n"),
    ("end in the old format", "a 1\n# EOF\nb 2\n"),
    (
        "own job and instance",
        "a{job=\"mine\",instance=\"own\",exported_job=\"x\"} 1\n",
    ),
    ("own empty job", "a{job=\"\"} 1\n"),
    ("broken at the end", "a 1\nb 2\nc{ 3\n"),
    ("HTML", "<html><body>not here</body></html>\n"),
    (
        "histogram",
        "# TYPE h histogram\nh_bucket{le=\"1\"} 2\nh_bucket{le=\"+Inf\"} 3\nh_sum 4\nh_count 3\n",
    ),
];

const OPENS: &[Case] = &[
    (
        "plain",
        "# TYPE a counter\n# UNIT a_seconds seconds\n# HELP a b\na_total{x=\"1\"} 3\na_created{x=\"1\"} 4.5\n# EOF\n",
    ),
    ("no end", "a 1\n"),
    ("empty", ""),
    ("end alone", "# EOF\n"),
    ("end without a line end", "a 1\n# EOF"),
    ("line behind the end", "a 1\n# EOF\nb 1\n"),
    ("empty line behind the end", "a 1\n# EOF\n\n"),
    ("something behind the end", "a 1\n# EOF \n"),
    ("line without its end", "a 1"),
    ("blank line", "a 1\n\n# EOF\n"),
    ("comment", "# comment\na 1\n# EOF\n"),
    ("comment without a blank", "#HELP a b\na 1\n# EOF\n"),
    ("exemplar", "a_total 1 # {t=\"x\"} 0.5\n# EOF\n"),
    (
        "exemplar with a time",
        "a_total 1 # {t=\"x\",u=\"y\"} 0.5 {secs}.25\n# EOF\n",
    ),
    (
        "exemplar behind a time",
        "a_total 1 {secs}.25 # {t=\"x\"} 0.5 {secs}\n# EOF\n",
    ),
    ("exemplar without labels", "a_total 1 # {} 0.5\n# EOF\n"),
    ("exemplar of a gauge", "a 1 # {t=\"x\"} 0.5\n# EOF\n"),
    (
        "exemplar of a bucket",
        "a_bucket{le=\"1\"} 1 # {t=\"x\"} 0.5\n# EOF\n",
    ),
    ("exemplar without a value", "a_total 1 # {t=\"x\"}\n# EOF\n"),
    ("exemplar with a word", "a_total 1 # {t=\"x\"} one\n# EOF\n"),
    ("exemplar without a brace", "a_total 1 # 2\n# EOF\n"),
    ("exemplar that is open", "a_total 1 # {t=\"x\n# EOF\n"),
    (
        "exemplar whose time is no number",
        "a_total 1 # {t=\"x\"} 0.5 NaN\n# EOF\n",
    ),
    (
        "two exemplars",
        "a_total 1 # {t=\"x\"} 0.5 # {t=\"y\"} 1\n# EOF\n",
    ),
    ("time", "a 1 {secs}.5\n# EOF\n"),
    ("time with an exponent", "a 1 {secs}e0\n# EOF\n"),
    ("time that is no number", "a 1 NaN\n# EOF\n"),
    ("time that is a word", "a 1 now\n# EOF\n"),
    ("comma at the end", "a{x=\"1\",} 1\n# EOF\n"),
    ("comma first", "a{,x=\"1\"} 1\n# EOF\n"),
    ("comma missing", "a{x=\"1\" y=\"2\"} 1\n# EOF\n"),
    ("blank in braces", "a{x=\"1\", y=\"2\"} 1\n# EOF\n"),
    ("blank before braces", "a {x=\"1\"} 1\n# EOF\n"),
    ("empty braces", "a{} 1\n# EOF\n"),
    ("a label twice", "a{x=\"1\",x=\"2\"} 1\n# EOF\n"),
    ("escapes", "a{x=\"q\\\"b\\\\n\\nt\\te\"} 1\n# EOF\n"),
    ("raw line end in a value", "a{x=\"1\n2\"} 1\n# EOF\n"),
    ("escaped line end in a value", "a{x=\"1\\\n2\"} 1\n# EOF\n"),
    ("two blanks", "a  1\n# EOF\n"),
    ("tab", "a\t1\n# EOF\n"),
    ("blank at the end", "a 1 \n# EOF\n"),
    ("blank first", " a 1\n# EOF\n"),
    ("numbers", "a NaN\nb +Inf\nc -1.5e3\n# EOF\n"),
    ("carriage return", "a 1\r\n# EOF\n"),
    ("type of the old format", "# TYPE a untyped\na 1\n# EOF\n"),
    (
        "types",
        "# TYPE a stateset\n# TYPE b info\n# TYPE c gaugehistogram\n# TYPE d unknown\nb_info 1\n# EOF\n",
    ),
    ("type without a type", "# TYPE a\na 1\n# EOF\n"),
    ("help without text", "# HELP a\na 1\n# EOF\n"),
    ("help with an empty text", "# HELP a \na 1\n# EOF\n"),
    ("unit that is not the name's", "# UNIT a seconds\na 1\n# EOF\n"),
    (
        "unit that is the whole name",
        "# UNIT seconds seconds\nseconds 1\n# EOF\n",
    ),
    (
        "unit without an underscore",
        "# UNIT aseconds seconds\naseconds 1\n# EOF\n",
    ),
    ("empty unit", "# UNIT a \na 1\n# EOF\n"),
    ("help that is not ended", "# HELP a b"),
    ("no value", "a\n# EOF\n"),
    ("no name", "{x=\"1\"} 1\n# EOF\n"),
];

/// Bytes that are no text.
const BYTES: &[(&str, &[u8])] = &[
    ("value that is no UTF-8", b"a{x=\"\xff\"} 1\n"),
    ("help that is no UTF-8", b"# HELP a \xff\na 1\n"),
    ("comment that is no UTF-8", b"# \xff\na 1\n"),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn prometheus_and_this_store_the_same_of_everything_that_is_shown() {
    if !process::is_there("differential", PROMETHEUS) {
        return;
    }
    let exhibit = Exhibit::start().await;
    let folder = tempfile::tempdir().unwrap();
    let names = show(&exhibit);
    list(&exhibit, &names, folder.path());
    let (_prometheus, api) = prometheus(folder.path());
    let config = "[[scrape]]\njob = \"cases\"\ninterval = \"1s\"\nfiles = [\"targets.json\"]\n";
    let watch = Watch::start(config, folder.path());
    process::ready(&format!("{api}/-/ready")).await;
    // It looks at its files every five seconds.
    let end = Instant::now() + Duration::from_secs(30);
    while theirs(&api).await.len() < names.len() {
        assert!(Instant::now() < end, "Prometheus has not scraped all of them");
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    // Three rounds of each, on a machine that may be busy.
    tokio::time::sleep(Duration::from_secs(4)).await;
    let theirs = theirs(&api).await;
    let ours = ours(&watch);
    let mut differ = Vec::new();
    let mut refused = 0;
    for name in &names {
        let (theirs, ours) = (theirs.get(name), ours.get(name));
        assert!(theirs.is_some(), "{name} was never scraped");
        refused += usize::from(theirs.unwrap()["up"].1 == "0");
        if theirs.map(told) != ours.map(told) {
            differ.push(format!("{name}:\n  theirs {theirs:?}\n  ours   {ours:?}"));
        }
    }
    assert!(
        differ.is_empty(),
        "{} of {} differ:\n{}",
        differ.len(),
        names.len(),
        differ.join("\n")
    );
    assert!(
        refused > 40 && names.len() - refused > 50,
        "{refused} of {} are refused",
        names.len()
    );
}

fn told(stored: &Stored) -> Stored {
    let mut told = stored.clone();
    if stored
        .get("up")
        .is_some_and(|(first, last)| first == "0" && last == "0")
    {
        told.retain(|name, _| !name.starts_with("scrape_"));
    }
    told
}

/// Gives every case a path, and tells their names.
fn show(exhibit: &Exhibit) -> Vec<String> {
    #[expect(clippy::disallowed_methods, reason = "Prometheus has no other clock")]
    let now = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap()
        .as_millis();
    // A little ago, and always the same: a sample that is shown again with its time is no new one.
    let now = now - 10_000;
    let fill = |body: &str| {
        body.replace("{now}", &now.to_string())
            .replace("{secs}", &(now / 1_000).to_string())
            .replace("{ahead}", &(now + 3_600_000).to_string())
            .into_bytes()
    };
    let texts = TEXTS.iter().map(|(name, body)| (TEXT, *name, fill(body)));
    let opens = OPENS.iter().map(|(name, body)| (OPEN, *name, fill(body)));
    let bytes = BYTES.iter().map(|(name, body)| (TEXT, *name, body.to_vec()));
    let drafts = [
        ("", "no content type", fill("a 1\n")),
        ("text/plain", "content type without a version", fill("a 1\n")),
        (
            "application/openmetrics-text; version=0.0.1",
            "draft of OpenMetrics",
            fill("a 1\n# EOF\n"),
        ),
        (
            "application/openmetrics-text",
            "OpenMetrics without a version",
            fill("a 1\n"),
        ),
    ];
    let mut names = Vec::new();
    for (kind, name, body) in texts.chain(opens).chain(bytes).chain(drafts) {
        let name = format!("{} {name}", if kind == OPEN { "open:" } else { "text:" });
        let page = Page {
            content_type: kind.to_owned(),
            ..Page::text(body)
        };
        exhibit.show(&format!("/{}", names.len()), page);
        names.push(name);
    }
    names
}

/// The same file for both.
fn list(exhibit: &Exhibit, names: &[String], folder: &Path) {
    let group = |(at, name): (usize, &String)| {
        let labels = serde_json::json!({"__metrics_path__": format!("/{at}"), "case": name});
        serde_json::json!({"targets": [exhibit.address], "labels": labels})
    };
    let groups: Vec<Value> = names.iter().enumerate().map(group).collect();
    fs::write(folder.join("targets.json"), serde_json::to_vec(&groups).unwrap()).unwrap();
}

fn prometheus(folder: &Path) -> (process::Process, String) {
    let config = "global: {scrape_interval: 1s, scrape_timeout: 1s}\nscrape_configs:\n- job_name: cases\n  \
                  file_sd_configs: [{files: [targets.json]}]\n";
    fs::write(folder.join("prometheus.yml"), config).unwrap();
    let port = process::port();
    let mut command = Command::new(PROMETHEUS);
    command
        .arg(format!(
            "--config.file={}",
            folder.join("prometheus.yml").display()
        ))
        .arg(format!("--storage.tsdb.path={}", folder.join("data").display()))
        .arg(format!("--web.listen-address=127.0.0.1:{port}"));
    (process::start(&mut command), format!("http://127.0.0.1:{port}"))
}

/// By case.
async fn theirs(api: &str) -> BTreeMap<String, Stored> {
    let url = format!("{api}/api/v1/query?query=%7Bcase%3D~%22.%2B%22%7D%5B2m%5D");
    let answer: Value = serde_json::from_str(&process::ready(&url).await).unwrap();
    let mut cases: BTreeMap<String, Stored> = BTreeMap::new();
    for series in answer["data"]["result"].as_array().unwrap() {
        let labels: BTreeMap<String, String> = serde_json::from_value(series["metric"].clone()).unwrap();
        let values = series["values"].as_array().unwrap();
        let value = |pair: &Value| pair[1].as_str().unwrap().parse::<f64>().unwrap();
        let samples: Vec<(i64, f64)> = values
            .iter()
            .map(|pair| (millis(&pair[0]), value(pair)))
            .collect();
        note(&mut cases, labels, &samples);
    }
    cases
}

#[expect(clippy::cast_possible_truncation, reason = "milliseconds of today")]
fn millis(seconds: &Value) -> i64 {
    (seconds.as_f64().unwrap() * 1_000.0).round() as i64
}

fn ours(watch: &Watch) -> BTreeMap<String, Stored> {
    let mut cases = BTreeMap::new();
    for series in watch.all() {
        let labels = series
            .labels
            .iter()
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        let alive = series
            .samples
            .iter()
            .filter(|sample| !promql::is_stale(sample.value));
        let samples: Vec<(i64, f64)> = alive.map(|sample| (sample.at, sample.value)).collect();
        note(&mut cases, labels, &samples);
    }
    cases
}

/// First and last value. A series that says its own times has one sample, whose time counts, too.
fn note(cases: &mut BTreeMap<String, Stored>, mut labels: BTreeMap<String, String>, samples: &[(i64, f64)]) {
    let Some(case) = labels.remove("case") else { return };
    let name = labels.remove("__name__").unwrap();
    // Takes as long as it takes.
    if samples.is_empty() || name == "scrape_duration_seconds" {
        return;
    }
    let mine = labels.is_empty()
        || labels
            .values()
            .all(|value| value == "cases" || value.starts_with("127.0.0.1:"));
    let key = if mine { name } else { format!("{name}{labels:?}") };
    let one = samples.len() == 1 && case.contains("time");
    let show = |(at, value): (i64, f64)| {
        if one {
            format!("{value} at {at}")
        } else {
            value.to_string()
        }
    };
    let both = (show(samples[0]), show(samples[samples.len() - 1]));
    cases.entry(case).or_default().insert(key, both);
}
