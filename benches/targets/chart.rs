//! Draws the tables as a chart.

use std::fmt::Write;

use super::tables::Figure;

/// Bars that share a scale.
pub(crate) struct Panel {
    pub(crate) title: &'static str,
    pub(crate) unit: &'static str,
    pub(crate) bars: Vec<Bar>,
}

#[derive(Clone, Copy)]
pub(crate) struct Bar {
    /// The name in the table.
    pub(crate) name: &'static str,
    label: &'static str,
    is_of_this_crate: bool,
    figure: Figure,
}

impl Bar {
    pub(crate) fn this_crate(name: &'static str) -> Self {
        Self {
            name,
            label: name,
            is_of_this_crate: true,
            figure: Figure::default(),
        }
    }

    pub(crate) fn alternative(name: &'static str) -> Self {
        Self {
            is_of_this_crate: false,
            ..Self::this_crate(name)
        }
    }

    pub(crate) fn labelled(self, label: &'static str) -> Self {
        Self { label, ..self }
    }

    pub(crate) fn with(self, figure: Figure) -> Self {
        Self { figure, ..self }
    }
}

const WIDTH: usize = 760;
/// The start of the bars, and the maximum length of one.
const LEFT: f64 = 290.0;
const LONGEST: f64 = 360.0;
const ROW: usize = 24;
const HEAD: usize = 58;

/// Draws the panels, one below the other. The chart is readable on light and dark pages.
pub(crate) fn svg(panels: &[Panel]) -> String {
    let height: usize = panels
        .iter()
        .map(|panel| HEAD + ROW * panel.bars.len())
        .sum::<usize>()
        + 16;
    let mut svg = format!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" role="img" aria-label="What a request costs with this layer, and with what could stand in its place">
<style>
.paper {{ fill: #ffffff; }}
text {{ font: 13px system-ui, sans-serif; fill: #1f2328; }}
.title {{ font-weight: 600; font-size: 15px; }}
.unit {{ font-size: 12px; fill: #59636e; }}
.label {{ text-anchor: end; }}
.ours {{ fill: #0969da; }}
.others {{ fill: #afb8c1; }}
.range {{ stroke: #1f2328; stroke-width: 1.5; }}
@media (prefers-color-scheme: dark) {{
.paper {{ fill: #0d1117; }}
text {{ fill: #e6edf3; }}
.unit {{ fill: #9198a1; }}
.ours {{ fill: #4493f8; }}
.others {{ fill: #57606a; }}
.range {{ stroke: #e6edf3; }}
}}
</style>
<rect width="{WIDTH}" height="{height}" rx="6" class="paper"/>
"#
    );
    let mut top = 0;
    for panel in panels {
        draw(&mut svg, panel, top);
        top += HEAD + ROW * panel.bars.len();
    }
    svg.push_str("</svg>\n");
    svg
}

fn draw(svg: &mut String, panel: &Panel, top: usize) {
    let greatest = panel
        .bars
        .iter()
        .map(|bar| bar.figure.greatest)
        .fold(0.0, f64::max);
    let length = |figure: f64| figure / greatest * LONGEST;
    let mut add = |line: String| writeln!(svg, "{line}").expect("a string takes everything");

    add(format!(
        r#"<text class="title" x="16" y="{}">{}</text>"#,
        top + 26,
        panel.title
    ));
    add(format!(
        r#"<text class="unit" x="16" y="{}">{}; the line is the range of the runs</text>"#,
        top + 44,
        panel.unit
    ));
    for (index, bar) in panel.bars.iter().enumerate() {
        let y = top + HEAD + ROW * index;
        let class = if bar.is_of_this_crate {
            "ours"
        } else {
            "others"
        };
        let Figure {
            median,
            least,
            greatest,
        } = bar.figure;
        let label = bar.label.replace('`', "");
        add(format!(
            r#"<text class="label" x="{}" y="{}">{label}</text>"#,
            LEFT - 8.0,
            y + 13
        ));
        add(format!(
            r#"<rect class="{class}" x="{LEFT}" y="{}" width="{:.1}" height="16" rx="2"/>"#,
            y + 1,
            length(median)
        ));
        add(format!(
            r#"<line class="range" x1="{:.1}" x2="{:.1}" y1="{y}" y2="{y}" transform="translate(0 9)"/>"#,
            LEFT + length(least),
            LEFT + length(greatest)
        ));
        let digits = if median < 10.0 { 2 } else { 0 };
        add(format!(
            r#"<text x="{:.1}" y="{}">{median:.digits$}</text>"#,
            LEFT + length(greatest) + 8.0,
            y + 13
        ));
    }
}
