#!/usr/bin/env python3
"""From the description of a contract in JSON to the custom sections of its module, for any language.

    abi.py words FILE.json                  selectors, topics and storage keys, to copy into sources
    abi.py attach FILE.json IN.wasm OUT.wasm  the module with `argosy.abi` and `argosy.manifest` behind it

The JSON is what `argosy contract abi` prints. Selectors may be left out, they follow from the names; so may
`docs`, `error`, `payable`, `indexed`, and the `kind` of state, of which tools then say less. `"capabilities": ["transfer", "call", "instantiate", "upgrade"]` says
what the contract may do beyond its own storage. Frames are written in the order in which the SDK for Rust has
them: types, contract, methods, storage, events, each as the JSON lists them. Their order means nothing, but
equal order gives equal bytes, and an equal hash of the ABI.

Always: what cannot be said, or would be refused later, ends with one line that says where.
Not here: types. `argosy contract deploy` reads the section and checks them.
"""

import json
import sys

ABI_BYTES_MAX = 64 * 1024
NAME_BYTES_MAX = 128
CAPABILITIES = {"transfer": 1, "call": 2, "instantiate": 4, "upgrade": 8}
KINDS = ["init", "call", "query", "upgrade"]
STATE_KINDS = ["item", "map", "set", "list"]


def main(arguments):
    match arguments:
        case ["words", path]:
            words(read(path))
        case ["attach", path, module, out]:
            attach(read(path), module, out)
        case _:
            fail(__doc__.split("\n\n")[1])


def read(path):
    try:
        with open(path, encoding="utf-8") as file:
            return json.load(file)
    except (OSError, ValueError) as error:
        fail(f"{path}: {error}")


def fail(text):
    sys.exit(f"abi.py: {text}")


# What sources need.


def words(abi):
    for method in abi["methods"]:
        show("method", method["name"], selector(method))
    for it in abi.get("storage", []):
        show("storage", it["name"], name_hash(it["name"])[:4])
    for event in abi.get("events", []):
        show("event", event["name"], name_hash(event["name"]))


def show(kind, name, found):
    number = f"  u32 0x{int.from_bytes(found, 'little'):08x}" if len(found) == 4 else ""
    print(f"{kind:<8} {name:<16} {found.hex()}{number}")


def selector(method):
    found = name_hash(method["name"])[:4]
    said = method.get("selector")
    if said is not None and said != "0x" + found.hex():
        fail(f"method {method['name']}: its selector is 0x{found.hex()}, not {said}")
    return found


# The sections.


def attach(abi, module, out):
    with open(module, "rb") as file:
        wasm = file.read()
    if wasm[:8] != b"\0asm\1\0\0\0":
        fail(f"{module}: no module of WebAssembly")
    section = b"".join(frame(item) for item in items(abi))
    if len(section) > ABI_BYTES_MAX:
        fail(f"the description takes {len(section)} bytes, {ABI_BYTES_MAX} at most: shorten docs")
    wasm += custom("argosy.abi", section) + custom("argosy.manifest", manifest(abi))
    with open(out, "wb") as file:
        file.write(wasm)


def manifest(abi):
    bits = 0
    for name in abi.get("capabilities", []):
        if name not in CAPABILITIES:
            fail(f"capability {name}: there are {', '.join(CAPABILITIES)}")
        bits |= CAPABILITIES[name]
    return bytes([1]) + bits.to_bytes(4, "little")


def custom(name, contents):
    body = leb128(len(name)) + name.encode() + contents
    return b"\0" + leb128(len(body)) + body


def leb128(value):
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes(out) + bytes([value])


def items(abi):
    for it in abi.get("types", []):
        yield b"\3" + text(it["name"]) + shape(it) + docs(it)
    contract = abi["contract"]
    yield b"\0" + text(contract["name"]) + text(contract["version"]) + docs(contract)
    for it in abi["methods"]:
        if it["kind"] not in KINDS:
            fail(f"method {it['name']}: its kind is one of {', '.join(KINDS)}, not {it['kind']}")
        yield (
            bytes([1, KINDS.index(it["kind"])]) + text(it["name"]) + selector(it) + several(it.get("args", []), field)
            + text(it.get("returns", "()")) + optional(it.get("error")) + flag(it.get("payable")) + docs(it)
        )
    for it in abi.get("storage", []):
        yield state(it)
    for it in abi.get("events", []):
        indexed = lambda one: field(one) + flag(one.get("indexed"))
        yield b"\2" + text(it["name"]) + several(it["fields"], indexed) + docs(it)


# A field of the state; by name and type alone where the JSON does not say how it lies.
def state(it):
    kind = it.get("kind")
    if kind is None:
        return b"\4" + field(it)
    if kind not in STATE_KINDS:
        fail(f"storage {it['name']}: its kind is one of {', '.join(STATE_KINDS)}, not {kind}")
    return b"\5" + field(it) + bytes([1, STATE_KINDS.index(kind)])


def frame(item):
    return len(item).to_bytes(4, "little") + item


def shape(it):
    if "struct" in it:
        return b"\0" + several(it["struct"], field)
    return b"\1" + several(it["enum"], variant)


def variant(it):
    return text(it["name"]) + bytes([it["index"]]) + several(it.get("fields", []), field)


def field(it):
    if len(it["name"].encode()) > NAME_BYTES_MAX:
        fail(f"{it['name'][:20]}…: a name has {NAME_BYTES_MAX} bytes at most")
    return text(it["name"]) + text(it["type"])


# SCALE.


def docs(it):
    return text(it.get("docs", ""))


def text(value):
    return compact(len(value.encode())) + value.encode()


def several(values, write):
    return compact(len(values)) + b"".join(write(it) for it in values)


def optional(value):
    return b"\0" if value is None else b"\1" + text(value)


def flag(value):
    return b"\1" if value else b"\0"


def compact(value):
    if value < 1 << 6:
        return bytes([value << 2])
    if value < 1 << 14:
        return (value << 2 | 1).to_bytes(2, "little")
    return (value << 2 | 2).to_bytes(4, "little")


# BLAKE3 of a name: one block, which is the whole message (the paper of BLAKE3, section 2).

IV = [0x6A09E667, 0xBB67AE85, 0x3C6EF372, 0xA54FF53A, 0x510E527F, 0x9B05688C, 0x1F83D9AB, 0x5BE0CD19]
ORDER = [2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8]
COLUMNS = [(0, 4, 8, 12), (1, 5, 9, 13), (2, 6, 10, 14), (3, 7, 11, 15)]
DIAGONALS = [(0, 5, 10, 15), (1, 6, 11, 12), (2, 7, 8, 13), (3, 4, 9, 14)]
BLOCK_BYTES = 64
START_END_ROOT = 1 | 2 | 8


def name_hash(name):
    data = name.encode()
    if len(data) > BLOCK_BYTES:
        fail(f"{name[:20]}…: names of methods, events and fields have {BLOCK_BYTES} bytes at most here")
    block = data.ljust(BLOCK_BYTES, b"\0")
    message = [int.from_bytes(block[at : at + 4], "little") for at in range(0, BLOCK_BYTES, 4)]
    state = IV + IV[:4] + [0, 0, len(data), START_END_ROOT]
    for _ in range(7):
        for at, place in enumerate(COLUMNS + DIAGONALS):
            mix(state, place, message[2 * at], message[2 * at + 1])
        message = [message[at] for at in ORDER]
    return b"".join((state[at] ^ state[at + 8]).to_bytes(4, "little") for at in range(8))


def mix(state, place, first, second):
    a, b, c, d = place
    for word, right_d, right_b in ((first, 16, 12), (second, 8, 7)):
        state[a] = (state[a] + state[b] + word) & 0xFFFFFFFF
        state[d] = turn(state[d] ^ state[a], right_d)
        state[c] = (state[c] + state[d]) & 0xFFFFFFFF
        state[b] = turn(state[b] ^ state[c], right_b)


def turn(word, right):
    return (word >> right | word << (32 - right)) & 0xFFFFFFFF


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except KeyError as missing:
        fail(f"{missing} is missing in the description")
