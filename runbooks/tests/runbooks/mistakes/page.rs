//! Of the page as a whole: its blocks, its front matter, its parameters.

use runbooks::compile;

use super::{told, wrong};
use crate::stage::PAGE;

#[test]
fn a_page_has_front_matter_prose_and_blocks_that_end() {
    told("¶# title\n", &["no front matter"]);
    told("¶---\nid: x\n", &["the front matter has no end"]);
}

#[test]
fn a_page_that_is_too_long_is_not_read() {
    told(
        &format!("¶{PAGE}{}", "x".repeat(70_000)),
        &["longer than 65536 bytes"],
    );
}

#[test]
fn blocks_have_an_end_a_word_that_is_known_and_a_bound() {
    told(
        &format!("{PAGE}¶```step id=more kind=human confirm=好 \n请看\n"),
        &["a block has no end"],
    );
    wrong(
        "```step id=told",
        "```¶stepp id=told",
        "\"stepp\" begins no block",
    );
    let long = format!(
        "```¶step id=told kind=human confirm=已通知\n{}",
        "请".repeat(4100)
    );
    wrong(
        "```step id=told kind=human confirm=已通知",
        &long,
        "a block of more than 4000 characters",
    );
    // Other fences are prose.
    let fenced = PAGE.replace("仅供测试。", "````\n```step x\n````\n~~~\n仅供测试。");
    compile("every-kind.md", &fenced).unwrap();
}

#[test]
fn the_front_matter_is_yaml_with_known_fields_once_each() {
    wrong(
        "owner: sre\nseverity: critical",
        "owner: [sre\nseverity¶: critical",
        "no YAML: illegal placement of ':' indicator",
    );
    wrong(
        "owner: sre",
        "owner: sre\nteam: ¶x",
        "\"team\" is no field of the front matter",
    );
    wrong(
        "owner: sre",
        "owner: sre\n¶owner: dba",
        "\"owner\" is there twice",
    );
    wrong("owner: sre", "owner: ¶&a sre", "anchors and tags are not read");
    told(
        &PAGE.replace("---\nid", "---\n¶id").replace("owner: sre\n", ""),
        &["the front matter lacks \"owner\""],
    );
    told(
        &PAGE.replace("---\nid", "---\n¶id").replace("minutes: 15\n", ""),
        &["the front matter lacks \"minutes\""],
    );
}

#[test]
fn each_field_is_what_it_should_be() {
    wrong("id: every-kind", "id: ¶Every Kind", "\"Every Kind\" is no id");
    wrong(
        "title_zh: 各类步骤",
        "title_zh: ¶kinds",
        "title_zh is not in Chinese",
    );
    wrong(
        "title_en: Every kind of step",
        "title_en: ¶各类",
        "title_en is not in English",
    );
    wrong(
        "owner: sre",
        "owner: ¶\"\"",
        "\"owner\" is no text of 1–64 characters on one line",
    );
    wrong("severity: critical", "severity: ¶high", "no severity");
    wrong(
        "minutes: 15",
        "minutes: ¶0",
        "\"minutes\" is no whole number of 1 to 1440",
    );
    wrong(
        "minutes: 15",
        "minutes: ¶1.5",
        "\"minutes\" is no whole number of 1 to 1440",
    );
    wrong("[IntakeClosed]", "¶IntakeClosed", "\"alerts\" is no list");
    wrong(
        "[IntakeClosed]",
        "[¶Intake Closed]",
        "\"Intake Closed\" cannot stand in \"alerts\"",
    );
    wrong(
        "[IntakeClosed]",
        "[IntakeClosed, ¶IntakeClosed]",
        "\"IntakeClosed\" is there twice",
    );
    wrong(
        "needs: [operator]",
        "needs: [¶root]",
        "\"root\" cannot stand in \"needs\"",
    );
}

#[test]
fn the_page_and_its_file_have_one_name_and_both_languages() {
    told(
        &format!("¶{}", PAGE.replace("id: every-kind", "id: another")),
        &["the page is named \"every-kind\" and its id is \"another\""],
    );
    let english = PAGE
        .replace("# 各类步骤 · Every", "# Every")
        .replace("仅供测试。", "");
    told(&format!("¶{english}"), &["no prose in both languages"]);
}

#[test]
fn parameters_have_names_types_bounds_and_a_use() {
    wrong(
        "source: {type: name",
        "Source: ¶{type: name",
        "\"Source\" is no name of a parameter",
    );
    wrong("{type: name,", "{type: ¶word,", "\"word\" is no type");
    wrong("{type: name,", "¶{", "a parameter lacks \"type\"");
    wrong(
        "max: 40, title_zh: 原因",
        "max: ¶900, title_zh: 原因",
        "\"max\" is no whole number of 1 to 200",
    );
    wrong(
        "max: 40, title_zh",
        "max: 40, min: ¶1, title_zh",
        "text has no \"min\"",
    );
    wrong(
        "{type: integer, min: 1,",
        "{type: ¶integer,",
        "a whole number without bounds",
    );
    wrong(
        "{type: integer, min: 1,",
        "{type: ¶integer, min: 9,",
        "min is greater than max",
    );
    wrong(
        "of: [slow, fast]",
        "of: [slow, fast, ¶a b]",
        "\"a b\" cannot stand in \"of\"",
    );
    wrong(
        "choice, of: [slow, fast]",
        "¶choice, of: [slow]",
        "a choice of less than two",
    );
    wrong(
        "default: \"2\"",
        "default: ¶\"9\"",
        "the default of level is none",
    );
    wrong(
        "title_en: Pace",
        "hint: ¶x, title_en: Pace",
        "\"hint\" is no field of a parameter",
    );
    wrong(
        "  word: {type",
        "  other: ¶{type: url, title_zh: 无, title_en: None}\n  word: {type",
        "nothing uses parameter \"other\"",
    );
}
