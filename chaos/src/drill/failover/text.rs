//! A report for people, in Chinese and English.

use crate::drill::failover::report::{Report, Verdict};

/// So many lost ids are shown; the report has all.
const SHOWN: usize = 10;

/// The report's lines.
#[must_use]
pub fn lines(report: &Report) -> Vec<String> {
    let (zh, en) = match report.verdict {
        Verdict::Held => ("通过", "held"),
        Verdict::Broken => ("不通过", "broken"),
        Verdict::NotTouched => ("未触及", "not touched"),
        Verdict::Failed => ("演练失败", "failed"),
    };
    let (rto, writes, rpo) = (&report.rto_ms, &report.writes, &report.rpo);
    let mut lines = vec![
        format!("数据库主备切换演练：{zh} · Failover drill: {en}"),
        format!(
            "恢复时间 {:.0} 毫秒：发现 {:.0}，隔离 {:.0}，提升 {:.0}，切换 {:.0}，首笔写入 {:.0}",
            rto.total, rto.detect, rto.fence, rto.promote, rto.switch, rto.first_write
        ),
        format!(
            "RTO {:.0} ms: detect {:.0}, fence {:.0}, promote {:.0}, switch {:.0}, first write {:.0}",
            rto.total, rto.detect, rto.fence, rto.promote, rto.switch, rto.first_write
        ),
        format!(
            "已确认写入 {} 笔，丢失 {} 笔；结果未知 {} 笔（不计入）",
            writes.acknowledged, rpo.lost, writes.ambiguous
        ),
        format!(
            "{} acknowledged writes, {} lost; {} ambiguous, which count as neither",
            writes.acknowledged, rpo.lost, writes.ambiguous
        ),
        format!(
            "旧主库只读启动核对：{}；重新加入为同步备库：{}",
            yes(rpo.truth.agrees).0,
            yes(report.rejoin_ms.equal).0
        ),
        format!(
            "compared with the fenced old primary: {}; back as a synchronous standby: {}",
            yes(rpo.truth.agrees).1,
            yes(report.rejoin_ms.equal).1
        ),
    ];
    if rpo.lost > 0 {
        let shown: Vec<String> = rpo.lost_ids.iter().take(SHOWN).map(i64::to_string).collect();
        let more = if rpo.lost > SHOWN { " …" } else { "" };
        lines.push(format!("丢失 · lost: {}{more}", shown.join(" ")));
    }
    lines.extend(report.why.iter().map(|why| format!("! {why}")));
    lines
}

fn yes(holds: bool) -> (&'static str, &'static str) {
    if holds {
        ("一致", "agrees")
    } else {
        ("不一致", "DIFFERS")
    }
}
