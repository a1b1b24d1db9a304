//! Arbitrary bytes: an answer for all of them, and only valid modules out.

use argosy_vm_prepare::measure;
use proptest::{prelude::*, sample::Index};

use crate::{
    accept::CONTRACT,
    random::random_module,
    support::{limits, try_prepare, wasm},
};

/// Whatever goes in: no panic; what comes out is valid and was measured right.
fn check(code: &[u8]) {
    let measured = measure(code, &limits());
    match try_prepare(code) {
        Ok(prepared) => {
            wasmparser::Validator::new()
                .validate_all(&prepared.bytes)
                .expect("instrumented modules are valid");
            let measured = measured.expect("valid modules can be measured");
            assert_eq!(measured.functions, prepared.facts.functions.into());
            assert_eq!(measured.locals, prepared.facts.locals.into());
            assert_eq!(measured.blocks, prepared.facts.blocks.into());
        }
        Err(refusal) => assert!(!refusal.to_string().is_empty()),
    }
}

#[derive(Clone, Debug)]
enum Mutation {
    Set(Index, u8),
    Flip(Index, u8),
    Insert(Index, Vec<u8>),
    Remove(Index, usize),
    Copy(Index, Index, usize),
    Truncate(Index),
}

impl Mutation {
    fn apply(&self, code: &mut Vec<u8>) {
        if code.is_empty() {
            return;
        }
        let length = code.len();
        match self {
            Mutation::Set(at, byte) => code[at.index(length)] = *byte,
            Mutation::Flip(at, bit) => code[at.index(length)] ^= 1 << (bit % 8),
            Mutation::Insert(at, bytes) => {
                let at = at.index(length);
                code.splice(at..at, bytes.iter().copied());
            }
            Mutation::Remove(at, count) => {
                let at = at.index(length);
                code.drain(at..(at + count).min(length));
            }
            Mutation::Copy(from, to, count) => {
                let from = from.index(length);
                let bytes = code[from..(from + count).min(length)].to_vec();
                let to = to.index(length);
                code.splice(to..to, bytes);
            }
            Mutation::Truncate(at) => code.truncate(at.index(length)),
        }
    }
}

fn mutation() -> impl Strategy<Value = Mutation> {
    prop_oneof![
        (any::<Index>(), any::<u8>()).prop_map(|(at, byte)| Mutation::Set(at, byte)),
        (any::<Index>(), any::<u8>()).prop_map(|(at, bit)| Mutation::Flip(at, bit)),
        (any::<Index>(), prop::collection::vec(any::<u8>(), 1..6))
            .prop_map(|(at, bytes)| Mutation::Insert(at, bytes)),
        (any::<Index>(), 1..20_usize).prop_map(|(at, count)| Mutation::Remove(at, count)),
        (any::<Index>(), any::<Index>(), 1..40_usize)
            .prop_map(|(from, to, count)| Mutation::Copy(from, to, count)),
        any::<Index>().prop_map(Mutation::Truncate),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_200))]

    #[test]
    fn random_bytes(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        check(&bytes);
        check(&[b"\0asm\x01\0\0\0", bytes.as_slice()].concat());
    }

    #[test]
    fn mutated_contracts(mutations in prop::collection::vec(mutation(), 1..6)) {
        let mut code = wasm(CONTRACT);
        mutations.iter().for_each(|it| it.apply(&mut code));
        check(&code);
    }

    #[test]
    fn mutated_random_modules(
        seed in 0..40_u32,
        mutations in prop::collection::vec(mutation(), 0..4),
    ) {
        let mut code = random_module(seed);
        mutations.iter().for_each(|it| it.apply(&mut code));
        check(&code);
    }

    /// Bodies of random operators: unbalanced, unreachable, ill-typed.
    #[test]
    fn random_bodies(
        operators in prop::collection::vec(
            prop::sample::select(vec![
                0x00_u8, 0x01, 0x05, 0x0b, 0x0f, 0x1a, 0x1b, 0x45, 0x46, 0x6a, 0x7c, 0xa7, 0xad,
            ]),
            0..60,
        ),
        jumps in prop::collection::vec((0..60_usize, 0..6_u8, 0..4_u8), 0..12),
    ) {
        let mut body = vec![0];
        body.extend(&operators);
        for (at, kind, depth) in jumps {
            let at = (at + 1).min(body.len());
            let piece: &[u8] = match kind {
                0 => &[0x02, 0x40],
                1 => &[0x03, 0x40],
                2 => &[0x41, 0x00, 0x04, 0x40],
                3 => &[0x0c, depth],
                4 => &[0x41, 0x00, 0x0d, depth],
                _ => &[0x41, 0x00, 0x0e, 0x01, depth, 0x00],
            };
            body.splice(at..at, piece.iter().copied());
        }
        body.push(0x0b);
        let mut code = b"\0asm\x01\0\0\0\x01\x04\x01\x60\0\0\x03\x02\x01\0\x0a".to_vec();
        let length = |bytes: usize| [(bytes & 0x7f) as u8 | 0x80, (bytes >> 7) as u8];
        code.extend(length(body.len() + 3));
        code.push(1);
        code.extend(length(body.len()));
        code.extend(&body);
        check(&code);
    }
}

/// Time grows with size, not faster: the dearest shapes at full size end quickly.
#[test]
#[expect(clippy::disallowed_methods, reason = "this test is about time")]
fn the_dearest_modules_are_answered_in_time() {
    let repeat = |piece: &str, count: usize| piece.repeat(count);
    let modules = [
        format!(
            "(module (func {} {}))",
            repeat("block ", 30_000),
            repeat("end ", 30_000)
        ),
        format!(
            "(module (func {}))",
            repeat("(br_if 0 (i32.const 1)) ", 12_000)
        ),
        format!("(module (func {}))", repeat("i32.const 1 ", 30_000)),
        format!(
            "(module {})",
            repeat("(func (local i64 i32 i64 i32 i64))", 4_096)
        ),
        format!(
            "(module (func (block (br_table {} (i32.const 0)))))",
            repeat("0 ", 60_000)
        ),
        format!(
            "(module {})",
            repeat("(func (block (br_table 0 1 0 (i32.const 0))))", 4_000)
        ),
    ];
    let start = std::time::Instant::now();
    for text in modules {
        check(&wasm(&text));
    }
    assert!(start.elapsed().as_secs() < 10, "{:?}", start.elapsed());
}
