//! The page's sections. The fields are those of NIST SP 800-88 Rev. 2, 4.6, as far as an exit that
//! touches no medium has them.

use maud::{Markup, html};

use crate::document::Certificate;
use crate::record::{Outcome, Record, Scope};
use crate::verification::Verification;

fn title(en: &str, zh: &str) -> Markup {
    html! { h2 { (en) " " span lang="zh" { (zh) } } }
}

fn row(en: &str, zh: &str, value: impl maud::Render) -> Markup {
    html! { tr { th scope="row" { (en) " " span lang="zh" { (zh) } } td { (value) } } }
}

/// µs since 1970 as UTC; a number beyond the calendar stays a number.
fn moment(micros: i64) -> String {
    jiff::Timestamp::from_microsecond(micros).map_or_else(|_| micros.to_string(), |at| at.to_string())
}

pub(super) fn subject(certificate: &Certificate) -> Markup {
    let record = &certificate.record;
    let scope = match record.scope {
        Scope::Firm => "single customers 个别客户",
        Scope::Product => "a product with all its customers 整个产品及其全部客户",
    };
    html! {
        (title("What left", "退出范围"))
        table {
            (row("Exit", "退出编号", html! { code { (record.exit_id) } }))
            (row("Scope", "范围", scope))
            (row("Customers", "客户数", record.customers))
            (row("Source", "数据来源", &record.database))
            (row("Plan (SHA-256)", "方案摘要", html! { code { (record.plan_digest) } }))
            (row("Rules", "保留规则", html! { (record.rules) " " code { (record.rules_digest) } }))
            (row("Proposal", "审批编号", html! { code { (record.proposal) } }))
            (row("Planned by", "方案制定人", &record.planner))
            (row("Approved by", "批准人", record.approvers.join(", ")))
            (row("Begun", "开始", moment(record.started_at)))
            (row("Ended", "结束", moment(record.finished_at)))
            (row("Issued", "签发", moment(certificate.issued_at)))
        }
    }
}

pub(super) fn method(record: &Record) -> Markup {
    html! {
        (title("How it was removed", "清除方式"))
        table {
            (row("Method", "方法", "logical: rows deleted, keys destroyed, files rewritten 逻辑清除：删除记录、销毁密钥、重写文件"))
            (row("Tool", "工具", &record.tool))
            (row("Subjects' keys destroyed", "销毁的客户密钥", record.keys_destroyed))
            @for kek in &record.keks_rotated {
                (row("Wrapping key made anew", "更换的包装密钥", html! { (kek.custodian) ", epoch " (kek.epoch) }))
            }
            @for step in &record.cleaning {
                @let outcome = match step.outcome {
                    Outcome::Done => "done 完成",
                    Outcome::NotNeeded => "not needed 无需",
                    Outcome::NotDone => "not done 未完成",
                };
                tr { th scope="row" { code { (step.step) } }
                    td { (outcome) @if !step.detail.is_empty() { ": " (step.detail) } } }
            }
        }
    }
}

pub(super) fn tables(record: &Record) -> Markup {
    html! {
        (title("Rows", "记录"))
        table {
            tr { th { "Table " span lang="zh" { "表" } } th { "Rules " span lang="zh" { "规则" } }
                th { "Deleted " span lang="zh" { "删除" } } th { "Archived " span lang="zh" { "归档" } }
                th { "Kept in place " span lang="zh" { "原处保留" } } }
            @for table in &record.tables {
                tr { td { code { (table.table) }
                        @if !table.left_out.is_empty() {
                            br; small { "left out " span lang="zh" { "未归档的列" } ": " (table.left_out.join(", ")) }
                        } }
                    td { (table.rules.join(", ")) }
                    td.n { (table.deleted) } td.n { (table.archived) } td.n { (table.kept) } }
            }
        }
        @if let Some(archive) = &record.archive {
            p { "Archive " span lang="zh" { "归档文件" } ": " code { (archive.file) } ", " (archive.bytes)
                " B, SHA-256 " code { (archive.sha256) } }
        } @else {
            p { "There is no archive. " span lang="zh" { "无归档文件。" } }
        }
    }
}

pub(super) fn verification(found: &Verification) -> Markup {
    let (looked, kept) = (&found.looked, &found.kept);
    html! {
        (title("How that was verified", "验证方式"))
        table {
            (row("Tool", "工具", &found.tool))
            (row("Witness made", "事前取证", moment(found.witnessed_at)))
            (row("Searched", "检索完成", moment(found.scanned_at)))
            (row("Customers looked for", "检索的客户数", found.customers))
            (row("Tables, rows", "表、记录", html! { (looked.tables) ", " (looked.rows) }))
            (row("Files, bytes", "文件、字节", html! { (looked.files) ", " (looked.bytes) }))
            (row("Files gone while it looked", "检索中消失的文件", looked.gone))
            (row("Ledger entries unchanged", "未变的会计分录", kept.entries))
            (row("Postings unchanged", "未变的分录行", kept.postings))
            (row("Rows in the archive", "归档记录", kept.archived.values().sum::<u64>()))
            (row("Sealed fields compared", "比对的密封字段", kept.fields_compared))
        }
        table {
            tr { th { "Looked for " span lang="zh" { "检索内容" } } th { "Values " span lang="zh" { "值" } }
                th { "Too weak to look for " span lang="zh" { "过短未检" } }
                th { "Forms left out " span lang="zh" { "略去的编码形式" } } }
            @for (kind, needles) in &found.needles {
                tr { td { code { (kind) } } td.n { (needles.searched) } td.n { (needles.too_weak) }
                    td.n { (needles.forms_left_out) } }
            }
        }
        p { "Nothing that may not remain was found. " span lang="zh" { "未发现任何不应留存的内容。" } }
    }
}

pub(super) fn residual(record: &Record, found: &Verification) -> Markup {
    html! {
        (title("What stays", "留存内容"))
        p { "Tokens stay where law or evidence keeps them; they name nobody without the rows that are gone. "
            span lang="zh" { "以下位置依法或为留痕保留标识号；离开已清除的记录，它们不指向任何人。" } }
        table {
            tr { th { "Place " span lang="zh" { "位置" } } th { "Tokens " span lang="zh" { "标识号" } } }
            @for place in &found.residual { tr { td { code { (place.place) } } td.n { (place.times) } } }
            @for table in record.tables.iter().filter(|table| table.kept > 0) {
                tr { td { code { (table.table) } " (rows 记录)" } td.n { (table.kept) } }
            }
        }
    }
}

pub(super) fn limits() -> Markup {
    html! {
        (title("What this does not say", "本证书不证明的事项"))
        ul {
            li { "No medium was sanitized: this claims neither Clear nor Purge nor Destroy of NIST SP 800-88. \
                  Manufacturer, model, serial number and type of media do not apply. "
                span lang="zh" { "未对任何存储介质进行净化：不构成 NIST SP 800-88 的清除、净化或销毁。介质厂商、型号、序列号、类型不适用。" } }
            li { "What a flash medium or a file system keeps of overwritten blocks was not looked at. "
                span lang="zh" { "未检查闪存介质或文件系统对已覆盖块的残留。" } }
            li { "Copies out of reach were not looked at: backups elsewhere, snapshots, standbys, other \
                  systems' logs, paper, and what third parties were sent. Backups open no sealed field once \
                  the keys are gone and the wrapping keys' old files are destroyed. "
                span lang="zh" { "未检查无法触及的副本：异地备份、快照、备库、其他系统日志、纸质件及已提供给第三方的数据。密钥及旧包装密钥销毁后，备份中的密封字段不可解。" } }
            li { "The archive lives on until its period ends; who holds its key reads it. "
                span lang="zh" { "归档文件保留至法定期限届满；持有其密钥者可读。" } }
        }
    }
}

pub(super) fn signatures(record: &Record) -> Markup {
    let lines = [("Carried out by", "执行人"), ("Verified by", "验证人")];
    html! {
        (title("For signing by hand", "手签栏"))
        @if record.rehearsal { p { "Not to be signed: a rehearsal. " span lang="zh" { "演练，勿签。" } } }
        @else {
            @for (en, zh) in lines {
                p { (en) " " span lang="zh" { (zh) } ": " span.blank {} br;
                    "Name, title, place, date, contact " span lang="zh" { "姓名、职务、地点、日期、联系方式" } ": " span.blank {} }
            }
        }
    }
}
