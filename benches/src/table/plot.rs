//! How the time of a contact grows with the centre, as a picture: the scan, matching alone and the
//! whole engine, with agents and with contacts that wait.

use std::fmt::Write;

use anyhow::Result;

use super::measure::{Context, Spread};
use super::rows::in_turn;
use crate::Scene;

/// One panel's points: the size, and nanoseconds a contact of each line.
type Points = Vec<(u32, [f64; 3])>;

/// Name and colour of each line.
const LINES: [(&str, &str); 3] =
    [("naive scan", "#b03a2e"), ("whole engine", "#1f618d"), ("matching alone", "#1e8449")];
/// Width and height of a panel, and of what is around it.
const PANEL: (f64, f64) = (360.0, 300.0);
const MARGIN: (f64, f64) = (70.0, 60.0);
/// Powers of ten on the upright axis, in nanoseconds: 100 ns to 10 ms.
const DECADES: (i32, i32) = (2, 7);

/// Measures every size, and draws.
pub fn growth(context: Context) -> Result<String> {
    let sizes = |full: [u32; 4], small: [u32; 4]| if context.small { small } else { full };
    let mut agents = Points::new();
    for size in sizes([1_000, 3_000, 10_000, 100_000], [100, 150, 200, 300]) {
        agents.push((size, point(context, Scene { agents: size, ..Scene::CITY })?));
    }
    let city = Scene { agents: context.size(10_000, 100), ..Scene::CITY };
    let mut waiting = Points::new();
    for size in sizes([1_000, 10_000, 100_000, 1_000_000], [100, 200, 300, 400]) {
        waiting.push((size, point(context, Scene { waiting: size, ..city })?));
    }
    Ok(draw(&agents, &waiting))
}

fn point(context: Context, scene: Scene) -> Result<[f64; 3]> {
    let turns = in_turn(context, scene)?;
    let middle = |figures: Vec<f64>| Spread::of(figures).median;
    Ok([
        middle(turns.iter().map(|turn| turn.scan).collect()),
        middle(turns.iter().map(|turn| turn.ours[1]).collect()),
        middle(turns.iter().map(|turn| turn.ours[0]).collect()),
    ])
}

/// Two panels side by side, both axes by powers of ten.
fn draw(agents: &Points, waiting: &Points) -> String {
    let (width, height) = (2.0 * (PANEL.0 + MARGIN.0) + 40.0, PANEL.1 + 2.0 * MARGIN.1);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" \
         font-family=\"sans-serif\" font-size=\"12\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n"
    );
    panel(&mut svg, MARGIN.0, "agents, nobody waits", agents);
    panel(&mut svg, 2.0 * MARGIN.0 + PANEL.0 + 20.0, "contacts that wait, 10,000 agents", waiting);
    svg += "</svg>\n";
    svg
}

fn panel(svg: &mut String, left: f64, title: &str, points: &Points) {
    let (top, bottom) = (MARGIN.1, MARGIN.1 + PANEL.1);
    let first = points.first().map_or(1.0, |point| f64::from(point.0).log10());
    let last = points.last().map_or(2.0, |point| f64::from(point.0).log10());
    let x = |size: u32| left + (f64::from(size).log10() - first) / (last - first) * PANEL.0;
    let span = f64::from(DECADES.1 - DECADES.0);
    let y = |ns: f64| {
        let above = (ns.log10() - f64::from(DECADES.0)).clamp(0.0, span);
        bottom - above / span * PANEL.1
    };
    let text = |svg: &mut String, x: f64, y: f64, anchor: &str, text: &str| {
        let _ =
            writeln!(svg, "<text x=\"{x:.0}\" y=\"{y:.0}\" text-anchor=\"{anchor}\">{text}</text>");
    };
    text(svg, left + PANEL.0 / 2.0, top - 30.0, "middle", &format!("time a contact by {title}"));
    let names = ["100 ns", "1 µs", "10 µs", "100 µs", "1 ms", "10 ms"];
    for (decade, name) in (DECADES.0..).zip(names) {
        let at = y(10_f64.powi(decade));
        let right = left + PANEL.0;
        let _ = writeln!(
            svg,
            "<line x1=\"{left:.0}\" x2=\"{right:.0}\" y1=\"{at:.1}\" y2=\"{at:.1}\" \
             stroke=\"#ddd\"/>"
        );
        text(svg, left - 6.0, at + 4.0, "end", name);
    }
    for (size, _) in points {
        text(svg, x(*size), bottom + 18.0, "middle", &size.to_string());
    }
    for (line, (name, colour)) in LINES.into_iter().enumerate() {
        let way: Vec<String> =
            points.iter().map(|(size, ns)| format!("{:.1},{:.1}", x(*size), y(ns[line]))).collect();
        let _ = writeln!(
            svg,
            "<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"/>",
            way.join(" ")
        );
        for (size, ns) in points {
            let (x, y, ns) = (x(*size), y(ns[line]), ns[line]);
            let _ = writeln!(
                svg,
                "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3\" fill=\"{colour}\">\
                 <title>{name}, {size}: {ns:.0} ns</title></circle>"
            );
        }
        let row = bottom + 40.0;
        let column = left + line as f64 * 125.0;
        let _ = writeln!(
            svg,
            "<text x=\"{column:.0}\" y=\"{row:.0}\" fill=\"{colour}\">■ {name}</text>"
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_is_drawn_further_right_and_further_up() {
        let points = vec![(1_000, [1_000.0, 300.0, 100.0]), (10_000, [10_000.0, 310.0, 120.0])];
        let svg = draw(&points, &points);
        // The scan's line rises by a fifth of the panel where its time is ten times as long.
        assert!(svg.contains("<polyline points=\"70.0,300.0 430.0,240.0\""), "{svg}");
        assert_eq!(svg.matches("<circle").count(), 12);
        assert!(svg.contains("<title>naive scan, 10000: 10000 ns</title>"));
        assert_eq!(svg.matches("<text").count(), svg.matches("</text>").count());
    }
}
