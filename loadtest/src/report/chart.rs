//! Charts as inline SVG: lines over time, and the curve of percentiles.

use std::fmt::Write as _;

const WIDTH: f64 = 500.0;
const HEIGHT: f64 = 190.0;
const LEFT: f64 = 52.0;
const RIGHT: f64 = 18.0;
const TOP: f64 = 10.0;
const BOTTOM: f64 = 24.0;

/// A line of a chart.
pub(crate) struct Line<'a> {
    /// In the legend.
    pub(crate) name: &'a str,
    /// A colour of the style sheet.
    pub(crate) colour: &'a str,
    /// Places from left to right; a gap where nothing happened.
    pub(crate) points: Vec<(f64, Option<f64>)>,
}

/// What a chart says besides its lines.
pub(crate) struct Frame<'a> {
    /// Read aloud, for those who do not see it.
    pub(crate) title: &'a str,
    /// The end on the right.
    pub(crate) until: f64,
    /// Shaded until here: not measured yet.
    pub(crate) shaded: f64,
    /// Instants at which something was done on purpose.
    pub(crate) marks: &'a [(f64, String)],
    /// Writes a value.
    pub(crate) value: fn(f64) -> String,
}

/// Draws lines over time, with a legend.
pub(crate) fn over_time(frame: &Frame<'_>, lines: &[Line<'_>]) -> String {
    let values = lines.iter().flat_map(|it| &it.points).filter_map(|it| it.1);
    let top = nice(values.fold(0.0, f64::max));
    let until = frame.until.max(1.0);
    let x = |at: f64| LEFT + (WIDTH - LEFT - RIGHT) * (at / until).clamp(0.0, 1.0);
    let y = |value: f64| TOP + (HEIGHT - TOP - BOTTOM) * (1.0 - value / top);
    let mut svg = opening(frame.title);
    if frame.shaded > 0.0 {
        let (end, height) = (x(frame.shaded) - LEFT, HEIGHT - TOP - BOTTOM);
        let _infallible = write!(
            svg,
            "<rect x='{LEFT}' y='{TOP}' width='{end:.1}' height='{height:.1}' fill='var(--band)'/>"
        );
        if end > 34.0 {
            let _infallible =
                write!(svg, "<text x='{:.1}' y='{:.1}'>ramp</text>", LEFT + 4.0, TOP + 12.0);
        }
    }
    for part in 0..=4 {
        let value = top * f64::from(part) / 4.0;
        level(&mut svg, y(value), &(frame.value)(value));
    }
    let step = nice(until / 6.0).max(1.0);
    let mut at = 0.0;
    while at <= until {
        let place = x(at);
        let _infallible = write!(
            svg,
            "<text x='{place:.1}' y='{:.1}' text-anchor='middle'>{at:.0} s</text>",
            HEIGHT - 7.0
        );
        at += step;
    }
    for (at, what) in frame.marks {
        let place = x(*at);
        let _infallible = write!(
            svg,
            "<line x1='{place:.1}' x2='{place:.1}' y1='{TOP}' y2='{:.1}' stroke='var(--bad)' \
             stroke-dasharray='3 3'><title>{what}</title></line>",
            HEIGHT - BOTTOM
        );
    }
    for line in lines {
        path(&mut svg, line, &x, &y);
    }
    svg.push_str("</svg>");
    format!("{}{svg}", legend(lines.iter().map(|it| (it.name, it.colour))))
}

fn path(svg: &mut String, line: &Line<'_>, x: &dyn Fn(f64) -> f64, y: &dyn Fn(f64) -> f64) {
    let mut d = String::new();
    let mut pen = false;
    let mut alone = Vec::new();
    let places: Vec<_> = line.points.iter().map(|(at, value)| (*at, *value)).collect();
    for (index, (at, value)) in places.iter().enumerate() {
        let Some(value) = value else {
            pen = false;
            continue;
        };
        let _infallible =
            write!(d, "{}{:.1} {:.1}", if pen { "L" } else { "M" }, x(*at), y(*value));
        let next = places.get(index + 1).is_some_and(|it| it.1.is_some());
        if !pen && !next {
            alone.push((x(*at), y(*value)));
        }
        pen = true;
    }
    let colour = line.colour;
    let _infallible = write!(
        svg,
        "<path d='{d}' fill='none' stroke='var({colour})' stroke-width='1.8' stroke-linejoin='round'/>"
    );
    // A second between two gaps would have no line.
    for (x, y) in alone {
        let _infallible =
            write!(svg, "<circle cx='{x:.1}' cy='{y:.1}' r='2' fill='var({colour})'/>");
    }
}

/// Draws how long how many of a hundred took: the right side is stretched, because the slowest are
/// what people remember.
pub(crate) fn percentiles(title: &str, curves: &[Curve<'_>], value: fn(f64) -> String) -> String {
    let all = curves.iter().flat_map(|it| &it.points);
    let top = nice(all.clone().filter(|it| it.0 < 99.995).map(|it| it.1).fold(0.0, f64::max));
    // 90 is one step from the left, 99 two, 99.9 three.
    let place = |percent: f64| -(1.0 - percent.min(99.99) / 100.0).log10();
    let x = |percent: f64| LEFT + (WIDTH - LEFT - RIGHT - 8.0) * place(percent) / 4.0;
    let y = |ms: f64| TOP + (HEIGHT - TOP - BOTTOM) * (1.0 - ms / top);
    let mut svg = opening(title);
    for part in 0..=4 {
        let ms = top * f64::from(part) / 4.0;
        level(&mut svg, y(ms), &value(ms));
    }
    for (percent, name) in
        [(0.0, "0"), (50.0, "50"), (90.0, "90"), (99.0, "99"), (99.9, "99.9"), (99.99, "99.99")]
    {
        let place = x(percent);
        let _infallible = write!(
            svg,
            "<text x='{place:.1}' y='{:.1}' text-anchor='middle'>{name}</text>",
            HEIGHT - 7.0
        );
    }
    for curve in curves {
        let points = curve.points.iter().filter(|it| it.0 < 99.995);
        let line = Line {
            name: curve.name,
            colour: curve.colour,
            points: points.map(|(percent, ms)| (*percent, Some(*ms))).collect(),
        };
        path(&mut svg, &line, &x, &y);
    }
    svg.push_str("</svg>");
    format!("{}{svg}", legend(curves.iter().map(|it| (it.name, it.colour))))
}

/// A curve of percentiles.
pub(crate) struct Curve<'a> {
    pub(crate) name: &'a str,
    pub(crate) colour: &'a str,
    pub(crate) points: Vec<(f64, f64)>,
}

fn opening(title: &str) -> String {
    format!(
        "<svg viewBox='0 0 {WIDTH} {HEIGHT}' role='img' aria-label='{}'>",
        super::html::safe(title)
    )
}

fn level(svg: &mut String, y: f64, name: &str) {
    let _infallible = write!(
        svg,
        "<line x1='{LEFT}' x2='{:.1}' y1='{y:.1}' y2='{y:.1}' stroke='var(--grid)'/>\
         <text x='{:.1}' y='{:.1}' text-anchor='end'>{name}</text>",
        WIDTH - RIGHT,
        LEFT - 6.0,
        y + 4.0
    );
}

fn legend<'a>(names: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    let each =
        |(name, colour)| format!("<span><i style='background:var({colour})'></i>{name}</span>");
    format!("<div class='legend'>{}</div>", names.map(each).collect::<String>())
}

/// The next round number.
fn nice(value: f64) -> f64 {
    if value <= 0.0 {
        return 1.0;
    }
    let unit = 10_f64.powf(value.log10().floor());
    let steps = [1.0, 2.0, 4.0, 5.0, 6.0, 8.0, 10.0];
    let fits = steps.iter().map(|it| it * unit).find(|it| *it >= value * 0.999);
    fits.unwrap_or(unit * 10.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scales_end_at_round_numbers() {
        for (value, end) in [(0.0, 1.0), (0.7, 0.8), (17.0, 20.0), (100.0, 100.0), (431.0, 500.0)] {
            assert!((nice(value) - end).abs() < 1e-9, "{value} -> {}", nice(value));
        }
    }

    #[test]
    fn a_chart_has_its_lines_and_a_dot_for_a_lonely_second() {
        let points = vec![(1.0, Some(3.0)), (2.0, None), (3.0, Some(4.0)), (4.0, Some(5.0))];
        let lines = [Line { name: "p50", colour: "--one", points }];
        let marks = [(2.0, "cut".to_owned())];
        let value = |it: f64| format!("{it}");
        let frame = Frame { title: "a < b", until: 5.0, shaded: 1.0, marks: &marks, value };
        let chart = over_time(&frame, &lines);
        assert_eq!(chart.matches("<path").count(), 1);
        assert_eq!(chart.matches("<circle").count(), 1);
        assert!(chart.contains("a &lt; b") && chart.contains("<title>cut</title>"));
        assert!(!chart.contains("NaN"));
    }
}
