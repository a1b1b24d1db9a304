//! Random requests, made from the OpenRPC document, and what may come back.
//!
//! Half of the requests are what the schemas allow: those must not be refused for their parameters. In
//! the other half something is wrong. Whatever comes, the answer fits its schema or is an error that the
//! document names for the method. The same seed makes the same requests.
//! Some bytes are transactions, with numbers at their limits. Used by the tests of the SDK, too, on a real
//! node: nothing here knows who answers.

use std::net::SocketAddr;

use argosy_primitives::{Action, Address, GenesisHash, SecretKey, Transaction};
use argosy_rpc_api::Bytes;
use parity_scale_codec::Encode;
use serde_json::{Map, Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::checker::Checker;

/// Deeper than this nothing is made any more.
const DEPTH_MAX: u32 = 6;

/// Numbers that follow from a seed (splitmix64).
pub(crate) struct Random(pub(crate) u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len())]
    }

    fn one_in(&mut self, count: usize) -> bool {
        self.below(count) == 0
    }
}

/// Makes requests.
struct Generator<'a> {
    document: &'a Value,
    chain: GenesisHash,
    random: Random,
}

impl Generator<'_> {
    /// A value that fits a schema.
    fn value(&mut self, schema: &Value, depth: u32) -> Value {
        if let Some(place) = schema["$ref"].as_str() {
            let schema = self.document.pointer(&place[1..]).unwrap();
            return self.value(schema, depth);
        }
        for choice in ["anyOf", "oneOf", "allOf"] {
            if let Some(choices) = schema[choice].as_array() {
                let chosen = self.random.pick(choices);
                return self.value(chosen, depth);
            }
        }
        if let Some(words) = schema["enum"].as_array() {
            return self.random.pick(words).clone();
        }
        if let Some(word) = schema.get("const") {
            return word.clone();
        }
        if let Some(pattern) = schema["pattern"].as_str() {
            return self.text(pattern, &schema["examples"][0]);
        }
        match schema["type"].as_str() {
            Some("integer") => json!(*self.random.pick(&[1, 2, 7, 42, 100, 255])),
            Some("boolean") => json!(self.random.one_in(2)),
            Some("null") => Value::Null,
            Some("string") => json!(*self.random.pick(&["", "a", "\u{1f680}", "latest", "\"\\"])),
            Some("array") => {
                let count = 1 + self.random.below(3);
                (0..count)
                    .map(|_| self.value(&schema["items"], depth + 1))
                    .collect()
            }
            Some("object") if depth < DEPTH_MAX => {
                let mut object = Map::new();
                let properties = schema["properties"].as_object().into_iter().flatten();
                for (name, property) in properties {
                    let needed = schema["required"].as_array();
                    let needed = needed.is_some_and(|it| it.iter().any(|it| it == name));
                    if needed || self.random.one_in(2) {
                        object.insert(name.clone(), self.value(property, depth + 1));
                    }
                }
                Value::Object(object)
            }
            _ => Value::Null,
        }
    }

    /// Text that fits one of the patterns that our schemas have.
    fn text(&mut self, pattern: &str, example: &Value) -> Value {
        let digits = |random: &mut Random, count: usize| -> String {
            (0..count)
                .map(|_| *random.pick(b"0123456789abcdef") as char)
                .collect()
        };
        match pattern {
            "^0x([0-9a-f]{2})*$" if self.random.one_in(3) => json!(self.transaction()),
            "^0x([0-9a-f]{2})*$" => {
                let count = *self.random.pick(&[0, 1, 4, 33, 300]);
                json!(format!("0x{}", digits(&mut self.random, 2 * count)))
            }
            "^0x[0-9a-f]{64}$" if self.random.one_in(2) => {
                json!(format!("0x{}", digits(&mut self.random, 64)))
            }
            "^(0|[1-9][0-9]{0,19})$" | "^(0|[1-9][0-9]{0,38})$" => {
                json!(
                    *self
                        .random
                        .pick(&["0", "1", "1000000", "18446744073709551615"])
                )
            }
            _ => example.clone(),
        }
    }

    /// A transaction of somebody without funds, signed or not.
    fn transaction(&mut self) -> Bytes {
        let edges = [0, 1, 100, 1_000_000, (1 << 53) - 1, 1 << 53, u64::MAX];
        let mut number = || *self.random.pick(&edges);
        let key = SecretKey::generate_from([9; 32]);
        let transaction = Transaction {
            chain: self.chain,
            signer: key.public(),
            nonce: number(),
            valid_until: number(),
            gas_limit: number(),
            max_gas_price: number(),
            tip: number(),
            deposit_max: number().into(),
            actions: vec![Action::Transfer {
                to: Address::from_bytes([7; 32]),
                amount: number().into(),
            }],
        };
        match self.random.one_in(2) {
            true => Bytes(transaction.encode()),
            false => Bytes(transaction.sign(&key).encode()),
        }
    }

    /// Something else in place of a value.
    fn spoiled(&mut self, value: &Value) -> Value {
        let odd = [
            Value::Null,
            json!(-1),
            json!(1.5),
            json!(9_007_199_254_740_992_u64),
            json!(true),
            json!(""),
            json!("0x"),
            json!("0xzz"),
            json!("x".repeat(5000)),
            json!([]),
            json!([[[[[[[[1]]]]]]]]),
            json!({}),
            json!({"type": "nothing", "deep": {"er": {"er": []}}}),
        ];
        match value {
            Value::String(text) if self.random.one_in(2) => {
                let mut text: Vec<char> = text.chars().collect();
                let at = self.random.below(text.len() + 1);
                match self.random.below(3) {
                    0 => text.truncate(at),
                    1 => text.insert(at, 'Z'),
                    _ => text.extend_from_within(..),
                }
                Value::String(text.into_iter().collect())
            }
            Value::Object(fields) if !fields.is_empty() && self.random.one_in(2) => {
                let mut fields = fields.clone();
                let name = fields
                    .keys()
                    .nth(self.random.below(fields.len()))
                    .cloned()
                    .unwrap();
                match self.random.below(3) {
                    0 => drop(fields.remove(&name)),
                    1 => drop(fields.insert("unknown".to_owned(), json!(1))),
                    _ => {
                        let spoiled = self.spoiled(&fields[&name]);
                        fields.insert(name, spoiled);
                    }
                }
                Value::Object(fields)
            }
            _ => self.random.pick(&odd).clone(),
        }
    }

    /// The parameters of a call, and whether they are what the schemas allow.
    fn params(&mut self, method: &Value) -> (Value, bool) {
        let example = self
            .random
            .pick(method["examples"].as_array().unwrap())
            .clone();
        let mut given = Vec::new();
        for param in method["params"].as_array().unwrap() {
            let known = example["params"].as_array().unwrap();
            let known = known.iter().find(|it| it["name"] == param["name"]);
            let value = match known {
                Some(known) if self.random.one_in(3) => Some(known["value"].clone()),
                _ if param["required"] == true || self.random.one_in(2) => {
                    Some(self.value(&param["schema"], 0))
                }
                _ => None,
            };
            given.push((param["name"].as_str().unwrap().to_owned(), value));
        }
        let is_right = given.is_empty() || self.random.one_in(2);
        if !is_right {
            let at = self.random.below(given.len());
            let value = given[at].1.clone().unwrap_or_default();
            given[at].1 = Some(self.spoiled(&value));
        }
        if self.random.one_in(2) {
            let named = given
                .into_iter()
                .filter_map(|(name, value)| Some((name, value?)));
            let mut named: Map<String, Value> = named.collect();
            if !is_right && self.random.one_in(4) {
                named.insert("nosuch".to_owned(), Value::Null);
            }
            return (Value::Object(named), is_right);
        }
        let listed = given
            .into_iter()
            .map(|(_, value)| value.unwrap_or_default());
        (listed.collect(), is_right)
    }
}

/// One HTTP connection, kept open.
struct Client(TcpStream);

impl Client {
    async fn open(address: SocketAddr) -> Client {
        Client(TcpStream::connect(address).await.unwrap())
    }

    async fn call(&mut self, body: &str) -> Value {
        let length = body.len();
        let head = "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";
        let request = format!("{head}Content-Length: {length}\r\n\r\n{body}");
        self.0.write_all(request.as_bytes()).await.unwrap();
        let mut bytes = Vec::new();
        loop {
            let mut part = [0; 16 * 1024];
            let count = self.0.read(&mut part).await.unwrap();
            assert!(count > 0, "cut off after {body}");
            bytes.extend_from_slice(&part[..count]);
            if let Some(answer) = whole(&bytes) {
                return serde_json::from_slice(answer).unwrap();
            }
        }
    }
}

/// The body, once it is there.
fn whole(bytes: &[u8]) -> Option<&[u8]> {
    let end = bytes.windows(4).position(|it| it == b"\r\n\r\n")?;
    let head = std::str::from_utf8(&bytes[..end])
        .unwrap()
        .to_ascii_lowercase();
    let length = head
        .lines()
        .find_map(|it| it.strip_prefix("content-length: "));
    let length: usize = length
        .expect("answers say how long they are")
        .parse()
        .unwrap();
    let body = &bytes[end + 4..];
    (body.len() >= length).then_some(body)
}

/// Checks one response to a call of `method`, the `row`th of the document.
fn check(
    checker: &mut Checker,
    row: usize,
    method: &Value,
    response: &Value,
) -> Result<(), String> {
    if let Some(answer) = response.get("result") {
        let schema = format!("/methods/{row}/result/schema");
        return checker.problem(&schema, answer).map_or(Ok(()), Err);
    }
    let error = &response["error"];
    let kind = error["data"]["kind"]
        .as_str()
        .ok_or("an error without a kind")?;
    if kind == "INTERNAL" {
        return Err("the node failed".to_owned());
    }
    let place = format!("#/components/errors/{kind}");
    let documented = method["errors"].as_array().unwrap().iter();
    if !documented.map(|it| &it["$ref"]).any(|it| *it == place) {
        return Err(format!("{kind} is not among the errors of the method"));
    }
    checker
        .problem("/components/schemas/RpcError", &error["data"])
        .map_or(Ok(()), Err)
}

/// Sends so many requests and looks at each answer; tells how many calls succeeded.
pub(crate) async fn run(address: SocketAddr, seed: u64, count: usize) -> usize {
    let document: Value = serde_json::from_str(argosy_rpc_api::openrpc().text()).unwrap();
    let mut checker = Checker::new(&document);
    let mut client = Client::open(address).await;
    let info = r#"{"jsonrpc":"2.0","id":0,"method":"system_chainInfo"}"#;
    let info = client.call(info).await;
    let mut generator = Generator {
        document: &document,
        chain: info["result"]["genesisHash"]
            .as_str()
            .unwrap()
            .parse()
            .unwrap(),
        random: Random(seed),
    };
    let methods = document["methods"].as_array().unwrap();
    let mut succeeded = 0;
    for number in 0..count {
        let row = generator.random.below(methods.len());
        let method = &methods[row];
        let (params, is_right) = generator.params(method);
        let name = &method["name"];
        let request = json!({"jsonrpc": "2.0", "id": number, "method": name, "params": params});
        let response = client.call(&request.to_string()).await;
        let checked = check(&mut checker, row, method, &response);
        let told = || format!("seed {seed}, request {number}: {request}: {response}");
        assert!(checked.is_ok(), "{}: {}", checked.unwrap_err(), told());
        assert_eq!(response["id"], json!(number), "{}", told());
        // What is right for these depends on what others made of the chain, and on how long its keys may be.
        let of_chain = ["dev_setNonce", "dev_setTime", "dev_setStorage"];
        let is_of_chain = of_chain.iter().any(|it| name == it);
        let is_refused = !is_of_chain && response["error"]["data"]["kind"] == "INVALID_PARAMS";
        assert!(!(is_right && is_refused), "{}", told());
        succeeded += usize::from(response.get("result").is_some());
    }
    succeeded
}
