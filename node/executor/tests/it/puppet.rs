//! Words for `puppet.wat`: a contract that does, step by step, what its input says.

use argosy_primitives::{Address, Balance, CodeHash, Gas};
use argosy_vm_abi::{Capabilities, Manifest};

const PUPPET: &str = include_str!("wat/puppet.wat");

/// `call` flags.
pub(crate) const ALLOW_REENTRY: u32 = 1;
pub(crate) const READ_ONLY: u32 = 2;

/// The module, with every capability.
pub(crate) fn puppet() -> Vec<u8> {
    puppet_with(Capabilities::ALL, "")
}

/// The module with these capabilities; `tag` makes its hash another.
pub(crate) fn puppet_with(capabilities: Capabilities, tag: &str) -> Vec<u8> {
    let manifest = custom("argosy.manifest", &Manifest { capabilities }.to_bytes());
    let abi = custom("argosy.abi", format!("abi of puppet {tag}").as_bytes());
    module(&[manifest, abi])
}

/// The module without `upgrade` entry.
pub(crate) fn puppet_without(entry: &str) -> Vec<u8> {
    let export = format!("(func (export \"{entry}\") (call $run))");
    assert!(PUPPET.contains(&export));
    wat::parse_str(PUPPET.replace(&export, "")).expect("the rest is a module")
}

fn module(customs: &[String]) -> Vec<u8> {
    let end = PUPPET.rfind(')').expect("the module ends");
    let text = format!("{}{})", &PUPPET[..end], customs.concat());
    wat::parse_str(text).expect("the puppet is a module")
}

fn custom(name: &str, bytes: &[u8]) -> String {
    let bytes: String = bytes.iter().map(|byte| format!("\\{byte:02x}")).collect();
    format!("(@custom \"{name}\" \"{bytes}\")")
}

/// A list of steps, built one by one.
#[derive(Clone, Debug, Default)]
pub(crate) struct Steps(Vec<u8>);

impl Steps {
    pub(crate) fn new() -> Steps {
        Steps::default()
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.0.clone()
    }

    pub(crate) fn set(self, key: &[u8], value: &[u8]) -> Steps {
        self.step(1).sized(key).sized(value)
    }

    pub(crate) fn get(self, key: &[u8]) -> Steps {
        self.step(2).sized(key)
    }

    pub(crate) fn remove(self, key: &[u8]) -> Steps {
        self.step(3).sized(key)
    }

    pub(crate) fn range(self, flags: u32, limit: u32) -> Steps {
        self.step(4).number(flags).number(limit)
    }

    pub(crate) fn transfer(self, to: &Address, amount: Balance) -> Steps {
        self.step(5).raw(to.as_bytes()).raw(&amount.to_le_bytes())
    }

    pub(crate) fn call(self, to: &Address, input: Steps) -> Steps {
        self.call_with(to, 0, 0, 0, input)
    }

    pub(crate) fn call_with(
        self,
        to: &Address,
        funds: Balance,
        gas: Gas,
        flags: u32,
        input: Steps,
    ) -> Steps {
        let call = self.step(6).raw(to.as_bytes()).raw(&funds.to_le_bytes());
        call.raw(&gas.to_le_bytes()).number(flags).sized(&input.0)
    }

    /// A call with a message that is not the puppet's own kind.
    pub(crate) fn call_with_bytes(self, to: &Address, funds: Balance, input: &[u8]) -> Steps {
        self.call_with(to, funds, 0, 0, Steps(input.to_vec()))
    }

    pub(crate) fn create(self, code: &CodeHash, salt: u8, funds: Balance, input: Steps) -> Steps {
        let create = self
            .step(7)
            .raw(code.as_bytes())
            .raw(&[salt; 32])
            .raw(&funds.to_le_bytes());
        create.raw(&0u64.to_le_bytes()).sized(&input.0)
    }

    pub(crate) fn upgrade(self, code: &CodeHash, input: Steps) -> Steps {
        self.step(8).raw(code.as_bytes()).sized(&input.0)
    }

    pub(crate) fn emit(self, topics: &[[u8; 32]], data: &[u8]) -> Steps {
        let count = u32::try_from(topics.len()).expect("few topics");
        self.step(9).number(count).raw(&topics.concat()).sized(data)
    }

    pub(crate) fn log(self, line: &str) -> Steps {
        self.step(10).sized(line.as_bytes())
    }

    pub(crate) fn who(self) -> Steps {
        self.step(11)
    }

    pub(crate) fn balance(self, of: &Address) -> Steps {
        self.step(12).raw(of.as_bytes())
    }

    pub(crate) fn gas_left(self) -> Steps {
        self.step(13)
    }

    pub(crate) fn revert(self) -> Steps {
        self.step(14)
    }

    pub(crate) fn spin(self) -> Steps {
        self.step(15)
    }

    pub(crate) fn recurse(self) -> Steps {
        self.step(16)
    }

    pub(crate) fn grow(self, pages: u32) -> Steps {
        self.step(17).number(pages)
    }

    pub(crate) fn bad_pointer(self) -> Steps {
        self.step(18)
    }

    pub(crate) fn trap(self) -> Steps {
        self.step(0)
    }

    /// A chain of calls through `path`, the last of which does `last`.
    pub(crate) fn through(path: &[Address], last: Steps) -> Steps {
        path.iter()
            .rev()
            .fold(last, |input, to| Steps::new().call(to, input))
    }

    fn step(mut self, number: u8) -> Steps {
        self.0.push(number);
        self
    }

    fn raw(mut self, bytes: &[u8]) -> Steps {
        self.0.extend_from_slice(bytes);
        self
    }

    fn number(self, number: u32) -> Steps {
        self.raw(&number.to_le_bytes())
    }

    fn sized(self, bytes: &[u8]) -> Steps {
        self.number(u32::try_from(bytes.len()).expect("short enough"))
            .raw(bytes)
    }
}
