//! The committed measurement is of the prices that hold, and keeps the rules that it names.

use argosy_vm_lab::SPEC;

const PAGE: &str = include_str!("../../../../docs/calibration.md");

/// Cells of the rows of a section's table.
fn rows(section: &str) -> Vec<Vec<&'static str>> {
    let body = PAGE.split("\n## ").find(|it| it.contains(section));
    let body = body.unwrap_or_else(|| panic!("no section {section}"));
    let rows = body.lines().filter(|it| it.starts_with("| ")).skip(1);
    rows.map(|row| row.trim_matches('|').split('|').map(str::trim).collect())
        .collect()
}

fn number(cell: &str) -> f64 {
    cell.parse()
        .unwrap_or_else(|_| panic!("{cell} is no number"))
}

#[test]
fn the_prices_that_were_measured_are_those_of_the_chain() {
    let prices = &SPEC.instruction_prices;
    let held = [
        ("simple", prices.simple),
        ("div_rem", prices.div_rem),
        ("float", prices.float),
        ("call", prices.call),
        ("call_indirect", prices.call_indirect),
        ("br_table", prices.br_table),
        ("block_header", prices.block_header),
        ("entry_per_8_locals", prices.entry_per_8_locals),
        ("bulk", prices.bulk),
        ("bulk_per_64_bytes", prices.bulk_per_64_bytes),
    ];
    let rows = rows("Prices of instructions");
    assert_eq!(rows.len(), held.len());
    for row in rows {
        let name = row[0].trim_matches('`');
        let price = held.iter().find(|(known, _)| *known == name);
        let (_, price) = price.unwrap_or_else(|| panic!("{name} is no price"));
        assert_eq!(row[1], price.to_string(), "{name}");
    }
}

#[test]
fn no_class_is_cheaper_than_half_of_what_it_takes() {
    let instructions = rows("classes of instructions");
    assert!(instructions.len() >= 60, "{}", instructions.len());
    for row in &instructions {
        assert!(number(row[4]) <= 2.0, "{row:?}");
    }
    for row in rows("Host functions") {
        assert!(number(row[3]) <= 2.0, "{row:?}");
        let (ns, gas) = (number(row[4]), number(row[5]));
        assert!(ns <= 2.0 * gas + 0.1, "{row:?}");
    }
    for row in rows("Loading and uploading") {
        assert!(number(row[3]) <= 2.0, "{row:?}");
    }
}

/// A block a second.
#[test]
fn a_full_block_of_the_slowest_class_fits_its_interval() {
    let classes = rows("classes of instructions");
    let ratios = classes.iter().map(|row| number(row[4]));
    let slowest = ratios.fold(0.0, f64::max);
    assert!(
        slowest * SPEC.limits.block_gas_max as f64 <= 1e9,
        "{slowest}"
    );
}
