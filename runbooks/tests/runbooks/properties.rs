//! Whatever a page or a value holds: no panic, places that exist, and no value that becomes a word, an option or a part
//! of an address.

use std::collections::BTreeMap;

use proptest::prelude::*;
use runbooks::{Bound, compile, preview};

use crate::stage::{PAGE, Stage, plan};

/// One change of a page: at a character, so many taken out, something put in.
fn change() -> impl Strategy<Value = (usize, usize, String)> {
    let put = prop_oneof![
        Just(String::new()),
        Just("```".to_owned()),
        Just("---\n".to_owned()),
        Just("{{".to_owned()),
        Just("}}".to_owned()),
        Just("\"".to_owned()),
        Just("\n".to_owned()),
        Just("[".to_owned()),
        Just(": ".to_owned()),
        Just("{{reason}}".to_owned()),
        "\\PC{0,6}",
    ];
    (0..PAGE.chars().count(), 0..40_usize, put)
}

fn changed(changes: &[(usize, usize, String)]) -> String {
    let mut text: Vec<char> = PAGE.chars().collect();
    for (at, out, put) in changes {
        let at = (*at).min(text.len());
        let end = (at + out).min(text.len());
        text.splice(at..end, put.chars());
    }
    text.into_iter().collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_broken_page_is_told_with_places_that_exist(changes in proptest::collection::vec(change(), 1..6)) {
        let text = changed(&changes);
        match compile("every-kind.md", &text) {
            Ok(plan) => prop_assert!(plan.hash().is_ok()),
            Err(problems) => {
                prop_assert!(!problems.all.is_empty());
                let lines: Vec<&str> = text.split('\n').collect();
                for problem in &problems.all {
                    let line = lines.get(problem.place.line - 1);
                    prop_assert!(line.is_some(), "{problems}");
                    let characters = line.unwrap().chars().count();
                    prop_assert!((1..=characters + 2).contains(&problem.place.column), "{problems}");
                }
            }
        }
    }

    #[test]
    fn any_text_is_read_without_a_panic(text in "\\PC{0,300}", front in any::<bool>()) {
        let text = if front { format!("---\n{text}\n---\n{text}") } else { text };
        prop_assert!(compile("x.md", &text).is_err());
    }

    #[test]
    fn no_value_becomes_a_word_an_option_or_a_part_of_an_address(reason in "\\PC{0,40}", source in "[a-zA-Z0-9./:@=,_-]{1,12}|\\.{1,4}") {
        let given = BTreeMap::from([("reason".to_owned(), reason.clone()), ("source".to_owned(), source.clone())]);
        let Ok(bound) = Bound::new(plan(&[]), &given, "ann") else {
            return Ok(());
        };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let stage = Stage::twin();
        let hands = stage.hands();
        runtime.block_on(async {
            stage.begin(&bound).await;
            stage.run(&hands).await;
            crate::stage::agree(&hands);
            stage.run(&hands).await;
        });
        hands.with(|world| {
            assert_eq!(world.commands[0].len(), 7);
            assert_eq!(world.commands[0][4], reason);
            assert!(!world.commands[0][4].starts_with('-'));
            assert_eq!(world.commands[1].len(), 6);
            for request in &world.requests {
                let rest = request.url.strip_prefix("http://127.0.0.1:7100/").unwrap();
                assert!(rest.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'#'), "{rest}");
                let path = rest.split('?').next().unwrap();
                assert!(rest.matches('?').count() <= 1 && path.split('/').all(|part| part != ".."), "{rest}");
            }
            assert!(world.queries.iter().all(|query| query.matches('"').count() == 2));
        });
        // What a dry run shows is what is done.
        let lines = runtime.block_on(preview(&bound, &hands));
        prop_assert_eq!(lines.len(), 8);
    }
}
