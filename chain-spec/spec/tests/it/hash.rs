//! The genesis hash depends on every value and on nothing else.

use argosy_spec::{ChainSpec, SpecError};
use toml::{Table, Value};

const DEV_TOML: &str = include_str!("../../../networks/dev.toml");

fn dev_table() -> Table {
    toml::from_str(DEV_TOML).expect("dev.toml is TOML")
}

fn parse(table: &Table) -> Result<ChainSpec, SpecError> {
    ChainSpec::from_toml(&toml::to_string(table).expect("a table can be written"))
}

#[test]
fn formatting_does_not_count() {
    let dev = ChainSpec::dev().genesis_hash();
    // Written anew: no comments, other order of keys, other spelling of numbers.
    let bare = toml::to_string(&dev_table()).expect("a table can be written");
    let spaced = DEV_TOML.replace(" = ", "   =\t").replace('\n', "\r\n");
    // The last table first, with comments in between.
    let (head, tail) = bare.split_at(bare.find("\n[vm").expect("has the table"));
    let moved = format!("# comment\n{tail}\n# comment\n{head}\n");
    for text in [bare.as_str(), &spaced, &moved] {
        let spec = ChainSpec::from_toml(text).expect("the same values");
        assert_eq!(spec.genesis_hash(), dev, "{text}");
    }
}

/// Changes each value of the file in turn: the spec is another one, or the change is refused.
#[test]
fn every_value_counts() {
    let dev = ChainSpec::dev().genesis_hash();
    let mut paths = Vec::new();
    collect_paths(&Value::Table(dev_table()), &mut Vec::new(), &mut paths);
    assert!(paths.len() > 150, "{}", paths.len());
    for path in paths {
        let changed = changes(&path).into_iter().find_map(|change| {
            let mut root = Value::Table(dev_table());
            let leaf = path.iter().fold(&mut root, |value, step| step.of(value));
            *leaf = change(leaf).filter(|it| it != leaf)?;
            let Value::Table(table) = root else {
                return None;
            };
            parse(&table).ok()
        });
        let last = path.last().expect("a leaf has a path");
        match changed {
            Some(spec) => assert_ne!(spec.genesis_hash(), dev, "{path:?} does not count"),
            None => assert!(last.is_bound_to_others(), "{path:?} cannot be changed"),
        }
    }
}

#[derive(Clone, Debug)]
enum Step {
    Key(String),
    Index(usize),
}

impl Step {
    fn of<'a>(&self, value: &'a mut Value) -> &'a mut Value {
        match self {
            Step::Key(key) => &mut value[key.as_str()],
            Step::Index(index) => &mut value[*index],
        }
    }

    /// Values that cannot change alone, since others refer to them.
    fn is_bound_to_others(&self) -> bool {
        // The last: where the initial memory may already be the largest there is.
        let bound = [
            "hrp",
            "token_symbol",
            "genesis_version",
            "version",
            "memory_pages_max",
        ];
        matches!(self, Step::Key(key) if bound.contains(&key.as_str()))
    }
}

fn collect_paths(value: &Value, path: &mut Vec<Step>, paths: &mut Vec<Vec<Step>>) {
    let children: Vec<(Step, &Value)> = match value {
        Value::Table(table) => table
            .iter()
            .map(|(key, it)| (Step::Key(key.clone()), it))
            .collect(),
        Value::Array(list) => (0..).map(Step::Index).zip(list).collect(),
        _ => return paths.push(path.clone()),
    };
    for (step, child) in children {
        path.push(step);
        collect_paths(child, path, paths);
        path.pop();
    }
}

type Change = fn(&Value) -> Option<Value>;

/// Ways to change the value at `path`, the first that is accepted counts.
fn changes(path: &[Step]) -> Vec<Change> {
    let up: Change = |it| Some(Value::Integer(it.as_integer()? + 1));
    let down: Change = |it| Some(Value::Integer(it.as_integer()? - 1));
    let amount: Change = |it| Some(Value::String(it.as_str()?.replacen('1', "2", 1)));
    let amount_5: Change = |it| Some(Value::String(it.as_str()?.replacen('5', "6", 1)));
    let longer: Change = |it| Some(Value::String(format!("{}x", it.as_str()?)));
    let address: Change = |_| {
        let address = argosy_primitives::Address::from_bytes([9; 32]);
        Some(Value::String(address.to_text(argosy_primitives::Hrp::Dev)))
    };
    let key: Change = |_| Some(Value::String(format!("ed25519:0x{}", "07".repeat(32))));
    let other: Change = |it| Some(Value::Boolean(!it.as_bool()?));
    let action: Change = |_| Some(Value::String("govern".into()));
    let bft: Change = |_| Some(Value::String("bft".into()));
    match path.last() {
        Some(Step::Key(name)) if name == "agreement" => vec![bft],
        Some(Step::Key(name)) if name == "address" => vec![address],
        Some(Step::Key(name)) if name == "key" => vec![key],
        Some(Step::Key(name)) if name == "balance" => vec![amount],
        Some(Step::Key(name)) if name.contains("deposit") => vec![amount, amount_5],
        Some(Step::Key(_)) => vec![up, down, longer, other],
        _ => vec![action],
    }
}
