//! Columns that line up.

use std::fmt::Write as _;

/// Rows of cells; a column is as wide as its widest cell.
pub(super) struct Table {
    rows: Vec<Vec<String>>,
}

/// What stands in a cell that has nothing to say.
pub(super) const EMPTY_CELL: &str = "-";

impl Table {
    /// A table with a heading.
    pub(super) fn new(heading: &[&str]) -> Self {
        Self {
            rows: vec![heading.iter().map(ToString::to_string).collect()],
        }
    }

    /// Adds a row.
    pub(super) fn add_row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.rows.push(cells.into_iter().collect());
    }

    /// Writes the table, each line behind `indent`; nothing if there is no row below the heading.
    pub(super) fn write(&self, out: &mut String, indent: &str) {
        if self.rows.len() < 2 {
            return;
        }
        let widths = self.widths();
        for row in &self.rows {
            let mut line = String::from(indent);
            for (cell, width) in row.iter().zip(&widths) {
                // Writing to a String cannot fail.
                let _ = write!(line, "{cell:width$}  ");
            }
            out.push_str(line.trim_end());
            out.push('\n');
        }
    }

    fn widths(&self) -> Vec<usize> {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or_default();
        let widest = |column| {
            self.rows
                .iter()
                .filter_map(|row| row.get(column))
                .map(|cell: &String| cell.chars().count())
                .max()
        };
        (0..columns)
            .map(|column| widest(column).unwrap_or_default())
            .collect()
    }
}

pub(super) fn or_empty_cell(value: Option<impl ToString>) -> String {
    value.map_or_else(empty_cell, |value| value.to_string())
}

pub(super) fn empty_cell() -> String {
    EMPTY_CELL.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned_without_trailing_spaces() {
        let mut table = Table::new(&["a", "long heading", "c"]);
        table.add_row(["ü".to_owned(), String::new(), String::new()]);
        table.add_row(["wide cell".to_owned(), "x".to_owned(), "z".to_owned()]);
        let mut out = String::new();
        table.write(&mut out, "  ");
        assert_eq!(
            out,
            "  a          long heading  c\n  ü\n  wide cell  x             z\n"
        );
    }

    #[test]
    fn table_without_rows_is_not_written() {
        let mut out = String::new();
        Table::new(&["a"]).write(&mut out, "");
        assert_eq!(out, "");
    }
}
