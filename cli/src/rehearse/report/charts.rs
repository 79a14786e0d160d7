//! Charts as SVG that stands in the page. Colours are those that the page's
//! style sheet looks for and replaces, so that one chart serves light and dark.

use anyhow::Context as _;
use plotters::coord::Shift;
use plotters::prelude::*;

use super::super::timeline::{Latency, Moment, Second, Timeline};

/// What the style sheet calls each colour.
const INK: RGBColor = RGBColor(0x11, 0x11, 0x11);
const GRID: RGBColor = RGBColor(0xDD, 0xDD, 0xDD);
const MARK: RGBColor = RGBColor(0x99, 0x99, 0x99);
pub(super) const ACKED: RGBColor = RGBColor(0x1F, 0x6F, 0xB2);
pub(super) const EXISTING: RGBColor = RGBColor(0x2E, 0x8B, 0x57);
pub(super) const REFUSED: RGBColor = RGBColor(0xD9, 0x7A, 0x06);
pub(super) const UNANSWERED: RGBColor = RGBColor(0xC0, 0x39, 0x2B);

/// A line of a chart: name for its key, colour, and its unbroken stretches.
pub(super) struct Curve {
    pub(super) name: &'static str,
    pub(super) name_zh: &'static str,
    pub(super) colour: RGBColor,
    pub(super) stretches: Vec<Vec<(f64, f64)>>,
}

/// Width and height for a desk and for a phone: scaling one down for the other
/// would make its text too small to read.
const WIDE: (u32, u32) = (960, 280);
const NARROW: (u32, u32) = (360, 240);

/// The same chart twice: wide, narrow.
pub(super) fn draw(curves: &[Curve], moments: &[Moment], seconds: f64) -> anyhow::Result<[String; 2]> {
    let points = curves.iter().flat_map(|curve| curve.stretches.iter().flatten());
    let highest = points.map(|(_, y)| *y).fold(0.0, f64::max);
    let top = if highest > 0.0 { highest * 1.12 } else { 1.0 };
    let mut drawn = [String::new(), String::new()];
    for (svg, size) in drawn.iter_mut().zip([WIDE, NARROW]) {
        let area = SVGBackend::with_string(svg, size).into_drawing_area();
        plot(&area, curves, moments, seconds.max(1.0), top, size == NARROW)
            .map_err(|error| anyhow::anyhow!("{error}"))
            .context("failed to draw a chart")?;
    }
    Ok(drawn)
}

fn plot(
    area: &DrawingArea<SVGBackend<'_>, Shift>,
    curves: &[Curve],
    moments: &[Moment],
    seconds: f64,
    top: f64,
    narrow: bool,
) -> Result<(), Box<dyn std::error::Error>> {
    let text = |size: u32| ("sans-serif", size).into_font().color(&INK);
    let mut chart = ChartBuilder::on(area)
        .margin(6)
        .margin_right(14)
        .x_label_area_size(28)
        .y_label_area_size(52)
        .build_cartesian_2d(0.0..seconds, 0.0..top)?;
    chart
        .configure_mesh()
        .disable_x_mesh()
        .x_labels(if narrow { 5 } else { 12 })
        .y_labels(5)
        .x_label_formatter(&|second| format!("{second:.0} s"))
        .y_label_formatter(&|value| label(*value, top))
        .label_style(text(15))
        .axis_style(MARK)
        .bold_line_style(GRID)
        .light_line_style(TRANSPARENT)
        .draw()?;
    for (number, moment) in (1..).zip(moments) {
        let line = PathElement::new(vec![(moment.at, 0.0), (moment.at, top)], MARK.stroke_width(1));
        chart.draw_series(std::iter::once(line))?;
        let name = Text::new(format!(" {number}"), (moment.at, top), text(16));
        chart.draw_series(std::iter::once(name))?;
    }
    for curve in curves {
        for stretch in &curve.stretches {
            let line = LineSeries::new(stretch.iter().copied(), curve.colour.stroke_width(2));
            chart.draw_series(line)?;
        }
    }
    area.present()?;
    Ok(())
}

fn label(value: f64, top: f64) -> String {
    if top < 10.0 {
        format!("{value:.1}")
    } else {
        format!("{value:.0}")
    }
}

/// Outcomes per second. The last second is left out: the load ended within it.
pub(super) fn throughput(timeline: &Timeline) -> Vec<Curve> {
    let whole = &timeline.seconds[..timeline.seconds.len().saturating_sub(1)];
    let curve = |name, name_zh, colour, count: fn(&Second) -> u32| Curve {
        name,
        name_zh,
        colour,
        stretches: above_zero(&whole.iter().map(count).collect::<Vec<_>>()),
    };
    vec![
        curve("acknowledged writes", "已确认写入", ACKED, |second| {
            second.acked
        }),
        curve("existing business", "存量业务", EXISTING, |second| {
            second.existing
        }),
        curve("refused", "已拒绝", REFUSED, |second| second.refused),
        curve("unanswered", "无应答", UNANSWERED, |second| second.unanswered),
    ]
}

/// The stretches in which something happened, with the zero on either side; a
/// line along the axis would only hide the others' fall to it.
fn above_zero(counts: &[u32]) -> Vec<Vec<(f64, f64)>> {
    let mut stretches = vec![Vec::new()];
    for (second, count) in (0_u32..).zip(counts) {
        let near = usize::try_from(second).map_or(&[][..], |at| {
            &counts[at.saturating_sub(1)..(at + 2).min(counts.len())]
        });
        if near.iter().any(|count| *count > 0) {
            if let Some(stretch) = stretches.last_mut() {
                stretch.push((f64::from(second) + 0.5, f64::from(*count)));
            }
        } else {
            stretches.push(Vec::new());
        }
    }
    stretches
}

/// Times of answers, per second.
pub(super) fn latency(timeline: &Timeline) -> Vec<Curve> {
    let curve = |name, name_zh, colour, value: fn(&Latency) -> f64| Curve {
        name,
        name_zh,
        colour,
        stretches: timeline
            .latency
            .iter()
            .map(|stretch| stretch.iter().map(|one| (one.at, value(one))).collect())
            .collect(),
    };
    vec![
        curve("99th percentile", "99 分位", REFUSED, |one| one.p99),
        curve("median", "中位数", ACKED, |one| one.p50),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_curve_is_drawn_where_something_happened() {
        let stretches = above_zero(&[0, 0, 3, 0, 0, 0, 4, 5]);
        let drawn: Vec<Vec<(f64, f64)>> = stretches.into_iter().filter(|one| !one.is_empty()).collect();
        assert_eq!(
            drawn,
            [
                vec![(1.5, 0.0), (2.5, 3.0), (3.5, 0.0)],
                vec![(5.5, 0.0), (6.5, 4.0), (7.5, 5.0)],
            ]
        );
    }
}
