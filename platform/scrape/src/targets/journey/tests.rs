use super::*;
use crate::targets::Config;

/// As `watch.toml` is read; the error never has the source's line.
fn settled(text: &str, folder: &Path) -> Result<Config, String> {
    let file: toml::Table = toml::from_str(text).unwrap();
    let mut config: Config = file
        .try_into()
        .map_err(|error: toml::de::Error| error.message().to_owned())?;
    config.settle(folder).map_err(|error| error.to_string())?;
    Ok(config)
}

fn journey(probe: &str, steps: &str) -> String {
    let head = "[[probe]]\njob = \"way\"\nkind = \"journey\"\ntargets = [\"http://h:1\"]\n";
    format!("{head}{probe}\n{steps}\n[probe.values]\nfirm = \"frm_1\"\ndots = \"a/..\"\n")
}

fn step(more: &str) -> String {
    format!("[[probe.steps]]\nname = \"a\"\npath = \"/v1/{{firm}}\"\n{more}\n")
}

fn told(probe: &str, steps: &str) -> String {
    settled(&journey(probe, steps), Path::new("/etc/watch")).unwrap_err()
}

#[test]
fn a_whole_one_is_read() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(
        folder.path().join("values.json"),
        r#"{"loan": "ln_1", "amount": 500}"#,
    )
    .unwrap();
    let text = journey(
        "values_file = \"values.json\"\nbearer_token_file = \"probe.token\"\nwrites = true",
        &[
            step("capture = { balance = \"/outstanding\" }\nexpect = { status = [200, 404], json = { \"/on\" = true } }"),
            "[[probe.steps]]\nname = \"b\"\nmethod = \"POST\"\npath = \"/v1/loans/{loan}?of={balance}\"\n\
             body = { amount = \"{amount}\", all = [{ of = \"{firm}\" }] }\nexpect = { status = 201 }\n"
                .to_owned(),
        ]
        .concat(),
    );
    let config = settled(&text, folder.path()).unwrap();
    let probe = &config.probe[0];
    assert_eq!(probe.values["amount"], Scalar::Integer(500));
    assert_eq!(
        probe.bearer_token_file.as_deref(),
        Some(&*folder.path().join("probe.token"))
    );
    assert_eq!(probe.steps[1].expect.status.named(), [201]);
}

#[test]
fn what_is_wrong_is_named_by_its_field_and_mend() {
    let cases = [
        (told("", ""), "probe[0].steps: 1 to 20 of them"),
        (
            told(
                "",
                &(0..21)
                    .map(|at| step("").replace("\"a\"", &format!("\"a{at}\"")))
                    .collect::<String>(),
            ),
            "probe[0].steps: 1 to 20",
        ),
        (
            told("", &[step(""), step("")].concat()),
            "probe[0].steps[1].name: another one",
        ),
        (
            told("", &step("").replace("\"a\"", "\"a b\"")),
            "probe[0].steps[0].name: at most 64",
        ),
        (
            told("", &step("method = \"POST\"")),
            "probe[0].steps[0].method: a POST binds the bank as a customer's does, there being no shadow lane: say `writes = true`",
        ),
        (
            told("", &step("body = { a = 1 }")),
            "probe[0].steps[0].body: only a POST",
        ),
        (
            told("writes = true", &step("method = \"POST\"\nbody = 1")),
            "probe[0].steps[0].body: a table",
        ),
        (
            told(
                "writes = true",
                &step("method = \"POST\"\nbody = { a = [\"{other}\"] }"),
            ),
            "probe[0].steps[0].body: {other} is no name",
        ),
        (
            told("", &step("capture = { firm = \"/a\" }")),
            "probe[0].steps[0].capture.firm: a name that no value",
        ),
        (
            told("", &step("capture = { balance = \"a\" }")),
            "probe[0].steps[0].capture.balance: a JSON pointer",
        ),
        (
            told("", &step("capture = { Balance = \"/a\" }")),
            "probe[0].steps[0].capture: a name is",
        ),
        (
            told("", &step("expect = { status = 20 }")),
            "probe[0].steps[0].expect.status: at most 16",
        ),
        (
            told("", &step("expect = { json = { \"state\" = 1 } }")),
            "probe[0].steps[0].expect.json: a JSON pointer",
        ),
        (
            told("", &step("expect = { json = { \"/state\" = 1.5 } }")),
            "probe[0].steps[0].expect.json./state: a text",
        ),
        (
            told("expect = { text = \"a\" }", &step("")),
            "probe[0].expect: each step",
        ),
        (
            told("values_file = \"none.json\"", &step("")),
            "probe[0].values_file: a file of at most 64 kB",
        ),
        (journey_of("job", "\"a b\""), "probe[0].job: of a journey"),
        (
            journey_of("targets", "[\"http://h:1/?a=b\"]"),
            "probe[0].targets[0]: a URL of http or https without a query",
        ),
        (
            journey_of("kind", "\"http\""),
            "probe[0].steps: only a probe of kind journey",
        ),
    ];
    let labels = told("labels = { step = \"a\" }", &step(""));
    assert_eq!(
        labels,
        "probe[0].labels.step: another name: this one is each step's"
    );
    for (told, wanted) in cases {
        assert!(told.contains(wanted), "{wanted}: {told}");
    }
}

fn journey_of(field: &str, value: &str) -> String {
    let text = journey("", &step(""));
    let changed = text
        .lines()
        .map(|line| match line.strip_prefix(&format!("{field} = ")) {
            Some(_) => format!("{field} = {value}\n"),
            None => format!("{line}\n"),
        });
    settled(&changed.collect::<String>(), Path::new("/")).unwrap_err()
}

#[test]
fn a_path_leads_nowhere_else() {
    let wrong = [
        "v1",
        "",
        "//evil.example/",
        "/v1//a",
        "/../a",
        "/v1/..",
        "/./a",
        "/a\\b",
        "/a#b",
        "/%2e%2e/a",
        "/a b",
        "/甲",
        "/{firm",
        "/{Firm}",
        "/{}",
    ];
    for wrong in wrong {
        let steps = step("").replace("/v1/{firm}", &wrong.replace('\\', "\\\\"));
        let told = told("", &steps);
        assert!(told.starts_with("probe[0].steps[0].path: "), "{wrong}: {told}");
    }
    let of = |name: &str| told("", &step("").replace("{firm}", &format!("{{{name}}}")));
    assert_eq!(
        of("loan"),
        "probe[0].steps[0].path: {loan} is no name of `values` and none that an earlier step captures"
    );
    assert_eq!(
        of("dots"),
        "probe[0].steps[0].path: {dots} stands in a path: neither / nor \\ nor .. in it"
    );
    // What a step captures is there for those after it.
    let own = step("capture = { balance = \"/a\" }").replace("{firm}", "{balance}");
    assert!(told("", &own).contains("{balance} is no name"));
}

#[test]
fn no_error_quotes_a_value() {
    let secret = "frm_secret";
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("values.json");
    let told = |probe: &str, values: &str| {
        settled(
            &journey(probe, &step("")).replace("firm = \"frm_1\"", values),
            folder.path(),
        )
        .unwrap_err()
    };
    let with_file = |text: &str| {
        fs::write(&file, text).unwrap();
        told("values_file = \"values.json\"", "")
    };
    for error in [
        told("", "firm = [\"frm_secret\"]"),
        told("", "firm = \"frm_secret\\n\""),
        told("", "\"fi rm\" = \"frm_secret\""),
        told("", "firm = { a = \"frm_secret\" }"),
        with_file(r#"{"firm": "frm_secret""#),
        with_file(r#"["frm_secret"]"#),
        with_file(r#"{"firm": 1, "loan": ["frm_secret"]}"#),
        with_file(r#"{"dots": "frm_secret"}"#),
    ] {
        assert!(error.starts_with("probe[0].values"), "{error}");
        assert!(!error.contains(secret), "{error}");
    }
    let config = settled(&journey("", &step("")), folder.path()).unwrap();
    assert!(!format!("{config:?}").contains("frm_1"));
}
