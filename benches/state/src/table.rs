//! Prints figures side by side, with the ratios of ours to the others.

use crate::measure::Figures;

type Figure = (String, fn(&Figures) -> Option<f64>);

/// A markdown table: a row per figure, a column per engine, then our ratios.
pub(crate) fn print(columns: &[(&str, Figures)]) {
    let ours = columns.iter().position(|(name, _)| *name == "argosy");
    let others: Vec<usize> = (0..columns.len()).filter(|it| Some(*it) != ours).collect();
    let mut head = String::from("\n| what |");
    for (name, _) in columns {
        head += &format!(" {name} |");
    }
    for other in others.iter().filter(|_| ours.is_some()) {
        head += &format!(" argosy ÷ {} |", columns[*other].0);
    }
    println!(
        "{head}\n{}",
        "|---".repeat(head.matches('|').count() - 1) + "|"
    );
    for (what, figure) in rows() {
        let values: Vec<_> = columns.iter().map(|(_, it)| figure(it)).collect();
        let mut line = format!("| {what} |");
        for value in &values {
            line += &value.map_or(" |".into(), |value| format!(" {value:.2} |"));
        }
        if let Some(ours) = ours.and_then(|index| values[index]) {
            for other in &others {
                line += &match values[*other] {
                    Some(other) if other > 0.0 => format!(" {:.2} |", ours / other),
                    Some(_) | None => " |".into(),
                };
            }
        }
        println!("{line}");
    }
}

fn rows() -> Vec<Figure> {
    let mut rows: Vec<Figure> = vec![("filling in all keys, s".into(), |it| Some(it.load_s))];
    rows.extend(of(
        "4 000 reads + 2 000 writes",
        [
            |it| Some(it.mixed.wall_ms),
            |it| Some(it.mixed.reads_ms),
            |it| Some(it.mixed.root_ms),
            |it| Some(it.mixed.commit_ms),
            |it| Some(it.mixed.written_ms),
            |it| Some(it.mixed.written_least_ms),
            |it| Some(it.mixed.cpu_ms),
            |it| Some(it.mixed.cpu_least_ms),
            |it| Some(it.mixed.cpu_all_ms),
            |it| Some(it.mixed.disk_mib),
        ],
    ));
    rows.extend(of(
        "10 000 writes",
        [
            |it| Some(it.writes.wall_ms),
            |it| Some(it.writes.reads_ms),
            |it| Some(it.writes.root_ms),
            |it| Some(it.writes.commit_ms),
            |it| Some(it.writes.written_ms),
            |it| Some(it.writes.written_least_ms),
            |it| Some(it.writes.cpu_ms),
            |it| Some(it.writes.cpu_least_ms),
            |it| Some(it.writes.cpu_all_ms),
            |it| Some(it.writes.disk_mib),
        ],
    ));
    rows.push(("directory, MiB".into(), |it| Some(it.directory_mib)));
    rows.push(("proof, bytes".into(), |it| it.proof.map(|it| it[0])));
    rows.push(("proof made, us".into(), |it| it.proof.map(|it| it[1])));
    rows.push(("proof verified, us".into(), |it| it.proof.map(|it| it[2])));
    rows
}

/// The rows of one kind of block.
fn of(block: &str, figures: [fn(&Figures) -> Option<f64>; 10]) -> Vec<Figure> {
    let names = [
        "wall, ms",
        "reads alone, ms",
        "root alone, ms",
        "durable commit alone, ms",
        "root + commit, ms",
        "root + commit, least of the blocks, ms",
        "CPU, ms",
        "CPU, least of the blocks, ms",
        "CPU with the background's and settling, mean, ms",
        "written to disk, MiB",
    ];
    let named = names.iter().zip(figures);
    named
        .map(|(name, figure)| (format!("{block}: {name}"), figure))
        .collect()
}
