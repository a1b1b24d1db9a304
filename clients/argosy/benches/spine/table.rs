//! Figures and their ratios, printed as they come and once more as a table.

/// One measured figure.
pub(crate) struct Row {
    pub(crate) what: String,
    pub(crate) figure: f64,
    pub(crate) unit: &'static str,
    /// The figure it is compared with, and that one's name.
    pub(crate) baseline: Option<(f64, String)>,
}

/// All rows of a run.
#[derive(Default)]
pub(crate) struct Table {
    rows: Vec<Row>,
}

impl Table {
    pub(crate) fn new() -> Table {
        println!("{:<58} {:>14} {:>9}   baseline", "what", "figure", "ratio");
        Table::default()
    }

    /// Adds a figure that others are compared with.
    pub(crate) fn baseline(&mut self, what: &str, figure: f64, unit: &'static str) {
        self.add(Row {
            what: what.into(),
            figure,
            unit,
            baseline: None,
        });
    }

    /// Adds a figure beside the one it is compared with.
    pub(crate) fn compared(
        &mut self,
        what: &str,
        figure: f64,
        unit: &'static str,
        to: f64,
        name: &str,
    ) {
        self.add(Row {
            what: what.into(),
            figure,
            unit,
            baseline: Some((to, name.into())),
        });
    }

    fn add(&mut self, row: Row) {
        println!("{}", line(&row));
        self.rows.push(row);
    }

    pub(crate) fn print(&self) {
        println!(
            "\n{} figures; ratio = figure / baseline of the same run, or a reference where named",
            self.rows.len()
        );
    }
}

fn line(row: &Row) -> String {
    let figure = format!(
        "{:.*} {}",
        if row.figure < 100.0 { 2 } else { 0 },
        row.figure,
        row.unit
    );
    match &row.baseline {
        Some((to, name)) => {
            let ratio = format!("{:.2}x", row.figure / to);
            format!("{:<58} {figure:>14} {ratio:>9}   {name}", row.what)
        }
        None => format!("{:<58} {figure:>14} {:>9}   (a baseline)", row.what, ""),
    }
}
