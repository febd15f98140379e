//! Tables of figures, each from several runs.

use std::fmt;

use super::rounds::median;

pub(crate) struct Table {
    title: &'static str,
    rows: Vec<&'static str>,
    columns: Vec<&'static str>,
    cells: Vec<(&'static str, &'static str, Vec<f64>)>,
}

/// The median of the runs, the minimum and the maximum.
#[derive(Clone, Copy, Default)]
pub(crate) struct Figure {
    pub(crate) median: f64,
    pub(crate) least: f64,
    pub(crate) greatest: f64,
}

impl Table {
    pub(crate) fn new(title: &'static str) -> Self {
        Self {
            title,
            rows: Vec::new(),
            columns: Vec::new(),
            cells: Vec::new(),
        }
    }

    /// Adds the figure of one run.
    pub(crate) fn add(&mut self, row: &'static str, column: &'static str, figure: f64) {
        for (name, names) in [(row, &mut self.rows), (column, &mut self.columns)] {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        let runs = self
            .cells
            .iter_mut()
            .find(|cell| (cell.0, cell.1) == (row, column));
        match runs {
            Some((.., runs)) => runs.push(figure),
            None => self.cells.push((row, column, vec![figure])),
        }
    }

    pub(crate) fn cell(&self, row: &str, column: &str) -> Figure {
        let cell = self
            .cells
            .iter()
            .find(|cell| (cell.0, cell.1) == (row, column));
        let (.., runs) = cell.expect("the table has this cell");
        Figure {
            median: median(runs.clone()),
            least: runs.iter().copied().fold(f64::INFINITY, f64::min),
            greatest: runs.iter().copied().fold(f64::NEG_INFINITY, f64::max),
        }
    }
}

/// Writes the table in Markdown.
impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}\n\n|  | {} |", self.title, self.columns.join(" | "))?;
        writeln!(f, "| --- |{}", " ---: |".repeat(self.columns.len()))?;
        for row in &self.rows {
            write!(f, "| {row} |")?;
            for column in &self.columns {
                write!(f, " {} |", self.cell(row, column))?;
            }
            writeln!(f)?;
        }
        Ok(())
    }
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = match self.median {
            ..10.0 => 2,
            ..100.0 => 1,
            _ => 0,
        };
        let Self {
            median,
            least,
            greatest,
        } = self;
        write!(
            f,
            "{median:.digits$} ({least:.digits$}–{greatest:.digits$})"
        )
    }
}
