// Probe, as contracts/probe: does on request what contracts should not do, and everything that the chain offers.
//
// For the tests of the node. Each message does one thing. Anyone can make a probe do anything.

import { ADDRESS_BYTES, AMOUNT_BYTES, Amount, Message, Reader, SdkError, Writer } from "./argosy";
import { caller, fieldKey, finish, host, refuseFunds, revertError, revertSdk, selfAddress, storage, take } from "./argosy";
import { ECDSA_KEY_BYTES, Event, HASH_BYTES, KEY_BYTES, SIGNATURE_BYTES, Slice } from "./chain";
import { balanceOf, blockHeight, blockTime, funds, gasLeft, genesis, log, raw, revertText, signer } from "./chain";
import { blake3, ed25519Verify, keccak256, p256Verify, secp256k1Recover, secp256k1Verify, sha256 } from "./chain";
import { ALLOW_REENTRY, Call, NewContract, READ_ONLY, Reply, Status, transfer, upgradeSelf } from "./calls";

// Selectors, as `abi.py words` prints them.
const INIT: u32 = 0x4bdd90b6;
const INIT_FAILING: u32 = 0x09b2651e;
const UPGRADE: u32 = 0x97d3e610;
const UPGRADE_FAILING: u32 = 0xf220794c;
const DEPOSIT: u32 = 0xb6134213;
const COUNT: u32 = 0xfdb190d1;
const ECHO: u32 = 0x46d4ee54;
const SPIN: u32 = 0xd4f2905d;
const TRAP: u32 = 0x54913315;
const PANIC: u32 = 0x51f43c37;
const DIVIDE: u32 = 0xc93653d6;
const RECURSE: u32 = 0xfa9d2dfb;
const FAIL_WITH_TEXT: u32 = 0x802d5a32;
const FAIL_WITH_ERROR: u32 = 0x84df79d1;
const FAIL_WITH_BYTES: u32 = 0x91eb2fc1;
const OVERFLOW: u32 = 0xa33a106e;
const GROW: u32 = 0x6dbb6b6a;
const GROW_OFTEN: u32 = 0xb251073c;
const BAD_POINTER: u32 = 0xe1ca0f4e;
const STORE: u32 = 0x8e947544;
const STORE_LARGE: u32 = 0x812454bf;
const ERASE: u32 = 0x270d7961;
const FILL: u32 = 0x06a2e343;
const CLEAR: u32 = 0x77108e1e;
const READ: u32 = 0x639acca9;
const SCAN: u32 = 0x1b9ce192;
const WRITE_IN_QUERY: u32 = 0x86ca451e;
const EMIT_IN_QUERY: u32 = 0xafc7379b;
const COUNTER: u32 = 0x4e728d8f;
const NOTE: u32 = 0x5921982d;
const EMIT_MANY: u32 = 0x54bdc4b0;
const LOG: u32 = 0xf848bf9f;
const RELAY: u32 = 0x6f3ec8cc;
const RELAY_AND_FAIL: u32 = 0x453e2bcc;
const RELAY_IN_QUERY: u32 = 0x14566ac7;
const NEST: u32 = 0x741e2736;
const SEND: u32 = 0x9954b1b8;
const SPAWN: u32 = 0xc50a803f;
const BECOME_CODE: u32 = 0x00b1fcf6;
const SURROUNDINGS: u32 = 0x12a10097;
const SURROUNDINGS_OF_CALL: u32 = 0xd376d53b;
const GAS: u32 = 0x1ec61e13;
const HASHES: u32 = 0xc0e70f43;
const VERIFY_ED25519: u32 = 0x86808249;
const VERIFY_SECP256K1: u32 = 0x3dc88b5c;
const RECOVER_SECP256K1: u32 = 0x6a981a07;
const VERIFY_P256: u32 = 0x23b3bd93;

// Keys of fields. `counter` and `note` are as the selectors.
const ENTRIES: u32 = 0xcd1c433c;

// blake3("Noise")
const NOISE = memory.data<u8>([
  0xc7, 0x18, 0xa1, 0x47, 0xd8, 0x79, 0x1e, 0x96, 0xa9, 0xfe, 0x6c, 0x31, 0xcf, 0x02, 0x4b, 0xb0,
  0x0b, 0x68, 0x45, 0xa4, 0x79, 0xe5, 0x4a, 0x90, 0xe6, 0xa1, 0x58, 0x00, 0x05, 0xd6, 0x38, 0x5e,
]);

// Texts: strings bring the runtime.
const TEXT_INIT = memory.data<u8>([0x69, 0x6e, 0x69, 0x74]); // "init"
const TEXT_RELAYED = memory.data<u8>([0x72, 0x65, 0x6c, 0x61, 0x79, 0x65, 0x64]); // "relayed"
// "never seen"
const TEXT_NEVER_SEEN = memory.data<u8>([0x6e, 0x65, 0x76, 0x65, 0x72, 0x20, 0x73, 0x65, 0x65, 0x6e]);
// "written by a query"
const TEXT_WRITTEN = memory.data<u8>([
  0x77, 0x72, 0x69, 0x74, 0x74, 0x65, 0x6e, 0x20, 0x62, 0x79, 0x20, 0x61, 0x20, 0x71, 0x75, 0x65, 0x72, 0x79,
]);

/** ProbeError::Plain */
function failPlain(): void {
  const error = Writer.of(1);
  error.u8(0);
  revertError(error);
}

/** ProbeError::Detailed { code, text } */
function failDetailed(code: u32, text: Slice): void {
  const error = Writer.of(text.length + 9);
  error.u8(1);
  error.u32(code);
  text.write(error);
  revertError(error);
}

// ---- Answers ----

function finishBool(value: bool): void {
  const to = Writer.of(1);
  to.u8(<u8>value);
  finish(to.start, to.length);
}

function finishU32(value: u32): void {
  const to = Writer.of(4);
  to.u32(value);
  finish(to.start, to.length);
}

function finishU64(value: u64): void {
  const to = Writer.of(8);
  to.u64(value);
  finish(to.start, to.length);
}

function finishBytes(value: Slice): void {
  const to = Writer.of(value.length + 4);
  value.write(to);
  finish(to.start, to.length);
}

/** Tried { status, data } */
function finishTried(status: Status, data: Slice): void {
  const to = Writer.of(data.length + 5);
  to.u8(<u8>status);
  data.write(to);
  finish(to.start, to.length);
}

function finishReply(reply: Reply): void {
  finishTried(reply.status, reply.data);
}

/** So many bytes of one value. */
function filled(value: u8, length: u32): Slice {
  const bytes = Slice.room(length);
  memory.fill(bytes.at, value, length);
  return bytes;
}

// ---- State ----

function setNote(text: Slice): void {
  const to = Writer.of(text.length + 4);
  text.write(to);
  storage.set(fieldKey(NOTE), to.start, to.length);
}

function note(): void {
  const from = storage.must(fieldKey(NOTE));
  const start = from.string();
  from.end();
  finish(start, <u32>(from.at - start));
}

function getCounter(): u64 {
  const from = storage.read(fieldKey(COUNTER));
  if (from === null) return 0;
  const value = from.u64();
  from.end();
  return value;
}

function setCounter(value: u64): void {
  const to = Writer.of(8);
  to.u64(value);
  storage.set(fieldKey(COUNTER), to.start, to.length);
}

/** The key of the entry of a number: big-endian, so that keys sort like numbers. */
function entryKey(number: u32): Slice {
  const key = fieldKey(ENTRIES, 4);
  key.u32(bswap<u32>(number));
  return Slice.from(key);
}

function fill(count: u32, valueBytes: u32): void {
  const value = filled(9, valueBytes);
  const to = Writer.of(valueBytes + 4);
  value.write(to);
  for (let number: u32 = 0; number < count; number++) raw.set(entryKey(number), Slice.from(to));
  finish(0, 0);
}

function clear(count: u32): void {
  let removed: u32 = 0;
  for (let number: u32 = 0; number < count; number++) removed += <u32>raw.remove(entryKey(number));
  finishU32(removed);
}

function readRaw(key: Slice): void {
  const value = raw.get(key);
  if (value === null) return finishBool(false);
  const to = Writer.of(value.length + 5);
  to.u8(1);
  value.write(to);
  finish(to.start, to.length);
}

function scan(start: u32, end: u32, descending: bool, limit: u32): void {
  const entries = raw.range(entryKey(start), entryKey(end), descending, limit);
  const numbers = Writer.of(entries.left * 4 + 4);
  numbers.compact(entries.left);
  while (entries.next()) {
    if (entries.key.length != 8) revertSdk(SdkError.CorruptStorage);
    numbers.u32(bswap<u32>(load<u32>(entries.key.at + 4)));
    const value = entries.value.reader(SdkError.CorruptStorage);
    Slice.read(value);
    value.end();
  }
  finish(numbers.start, numbers.length);
}

// ---- Ends, memory ----

// @ts-ignore: decorator
@inline
const BEHIND: usize = <usize>-16;

let steps: u32 = 0;

function recurse(depth: u32): u32 {
  steps += 1;
  return depth == 0 ? 0 : recurse(depth - 1) + 1;
}

function spin(): void {
  while (true) steps += 1;
}

function growOften(pages: u32, times: u32): u32 {
  let before: u32 = 0;
  for (; times != 0; times--) before = <u32>memory.grow(pages);
  return before;
}

/** The chain must refuse every one of these. */
function badPointer(what: u8): void {
  if (what == 0) host.input_read(BEHIND, 0, 1);
  else if (what == 1) host.storage_get(BEHIND, 64, 0, 0);
  else if (what == 2) host.storage_set(0, 4, BEHIND, 64);
  else if (what == 3) host.log(0x80000000, 1);
  else if (what == 4) host.caller(BEHIND);
  else if (what == 5) host.log(BEHIND, 32);
  else if (what == 6) host.emit(BEHIND, 1, 0, 0);
  else host.call(BEHIND, 0, 0, 0, 0, 0);
  finish(0, 0);
}

// ---- Events, logs ----

/** Noise { #[topic] number, payload } */
function emitNoise(number: u32, payload: Slice): void {
  const event = Event.of(NOISE, payload.length + 8);
  event.data.u32(number);
  event.topic(event.data.start, 4);
  payload.write(event.data);
  event.emit();
}

function emitMany(count: u32, payloadBytes: u32): void {
  const payload = filled(5, payloadBytes);
  for (let number: u32 = 0; number < count; number++) emitNoise(number, payload);
  finish(0, 0);
}

// ---- Other contracts ----

function relay(from: Reader): void {
  const to = from.address();
  const funds = from.amount();
  const gasMax = from.u64();
  const reentry: u32 = from.some() ? ALLOW_REENTRY : 0;
  const readOnly: u32 = from.some() ? READ_ONLY : 0;
  const call = Call.raw(to, Slice.read(from));
  from.end();
  call.funds = funds;
  call.gasMax = gasMax;
  call.flags = reentry | readOnly;
  finishReply(call.invoke());
}

function relayPlainly(from: Reader, flags: u32): Reply {
  const to = from.address();
  const call = Call.raw(to, Slice.read(from));
  call.flags = flags;
  from.end();
  return call.invoke();
}

function nest(depth: u32): void {
  if (depth == 0) return finishU32(0);
  const call = Call.of(selfAddress(), NEST, 4);
  call.flags = ALLOW_REENTRY;
  call.input.u32(depth - 1);
  const reply = call.invoke();
  if (!reply.isSuccess() || reply.data.length != 4) return finishU32(1);
  finishU32(reply.must().u32() + 1);
}

function send(from: Reader): void {
  const to = from.address();
  const amount = from.amount();
  from.end();
  const status = Writer.of(1);
  status.u8(<u8>transfer(to, amount));
  finish(status.start, status.length);
}

function spawn(from: Reader): void {
  const code = from.bytes(HASH_BYTES);
  const contract = NewContract.of(code, from.bytes(HASH_BYTES), Slice.of(0, 0));
  if (from.some()) contract.admin = from.address();
  contract.funds = from.amount();
  contract.input = Slice.read(from);
  from.end();
  const reply = contract.create();
  if (!reply.isSuccess()) return finishReply(reply);
  const both = Writer.of(reply.data.length + ADDRESS_BYTES);
  both.address(contract.address);
  both.bytes(reply.data.at, reply.data.length);
  finishTried(reply.status, Slice.from(both));
}

function surroundings(): void {
  const here = selfAddress();
  const to = Writer.of(4 * ADDRESS_BYTES + 2 * AMOUNT_BYTES + 16);
  to.address(caller());
  to.address(here);
  to.address(signer());
  to.bytes(genesis(), HASH_BYTES);
  to.amount(funds());
  to.amount(balanceOf(here));
  to.u64(blockHeight());
  to.u64(blockTime());
  finish(to.start, to.length);
}

// ---- Hashes and signatures ----

function hashes(data: Slice): void {
  const all = Writer.of(3 * HASH_BYTES);
  all.bytes(blake3(data), HASH_BYTES);
  all.bytes(sha256(data), HASH_BYTES);
  all.bytes(keccak256(data), HASH_BYTES);
  finish(all.start, all.length);
}

function verifyEd25519(from: Reader): void {
  const key = from.bytes(KEY_BYTES);
  const signature = from.bytes(SIGNATURE_BYTES);
  finishBool(ed25519Verify(key, signature, onlySlice(from)));
}

function verifyEcdsa(from: Reader, isP256: bool): void {
  const key = from.bytes(ECDSA_KEY_BYTES);
  const signature = from.bytes(SIGNATURE_BYTES);
  const hash = from.bytes(HASH_BYTES);
  from.end();
  finishBool(isP256 ? p256Verify(key, signature, hash) : secp256k1Verify(key, signature, hash));
}

function recoverSecp256k1(from: Reader): void {
  const hash = from.bytes(HASH_BYTES);
  const signature = from.bytes(SIGNATURE_BYTES);
  const id = from.u8();
  from.end();
  const key = secp256k1Recover(hash, signature, id);
  if (key == 0) return finishBool(false);
  const to = Writer.of(1 + ECDSA_KEY_BYTES);
  to.u8(1);
  to.bytes(key, ECDSA_KEY_BYTES);
  finish(to.start, to.length);
}

// ---- Messages ----

/** One argument, and nothing behind it. */
function onlyU32(from: Reader): u32 {
  const value = from.u32();
  from.end();
  return value;
}

function onlySlice(from: Reader): Slice {
  const value = Slice.read(from);
  from.end();
  return value;
}

function onlyText(from: Reader): Slice {
  const value = Slice.readText(from);
  from.end();
  return value;
}

function isMethodOfCall(selector: u32): bool {
  return selector == COUNT || selector == ECHO || selector == SPIN || selector == TRAP || selector == PANIC
    || selector == DIVIDE || selector == RECURSE || selector == FAIL_WITH_TEXT || selector == FAIL_WITH_ERROR
    || selector == FAIL_WITH_BYTES || selector == OVERFLOW || selector == GROW || selector == GROW_OFTEN
    || selector == BAD_POINTER || selector == STORE || selector == STORE_LARGE || selector == ERASE
    || selector == FILL || selector == CLEAR || selector == EMIT_MANY || selector == LOG
    || selector == RELAY_AND_FAIL || selector == NEST || selector == BECOME_CODE;
}

export function init(): void {
  const message = Message.read();
  const from = message.arguments;
  if (message.selector == INIT) {
    setNote(onlyText(from));
    return finish(0, 0);
  }
  if (message.selector != INIT_FAILING) revertSdk(SdkError.UnknownSelector);
  refuseFunds();
  const code = onlyU32(from);
  setNote(Slice.of(TEXT_NEVER_SEEN, 10));
  failDetailed(code, Slice.of(TEXT_INIT, 4));
}

export function upgrade(): void {
  const message = Message.read();
  if (message.selector == UPGRADE) {
    setNote(onlyText(message.arguments));
    return finish(0, 0);
  }
  if (message.selector != UPGRADE_FAILING) revertSdk(SdkError.UnknownSelector);
  message.arguments.end();
  setNote(Slice.of(TEXT_NEVER_SEEN, 10));
  failPlain();
}

export function call(): void {
  const message = Message.read();
  const selector = message.selector;
  const from = message.arguments;
  // Those that take funds.
  if (selector == RELAY) return relay(from);
  if (selector == SEND) return send(from);
  if (selector == SPAWN) return spawn(from);
  if (selector == DEPOSIT || selector == SURROUNDINGS_OF_CALL) {
    from.end();
    if (selector == DEPOSIT) return finish(changetype<usize>(funds()), AMOUNT_BYTES);
    return surroundings();
  }
  if (!isMethodOfCall(selector)) revertSdk(SdkError.UnknownSelector);
  refuseFunds();
  if (selector == COUNT) return count(from);
  if (selector == ECHO) return finishBytes(onlySlice(from));
  if (selector == ERASE) return finishBool(raw.remove(onlySlice(from)));
  if (selector == CLEAR) return clear(onlyU32(from));
  if (selector == NEST) return nest(onlyU32(from));
  if (selector == RELAY_AND_FAIL) return failDetailed(relayPlainly(from, 0).status, Slice.of(TEXT_RELAYED, 7));
  if (selector == FAIL_WITH_BYTES) {
    const data = onlySlice(from);
    return host.revert(data.at, data.length);
  }
  if (selector == GROW) return finishU32(<u32>memory.grow(onlyU32(from)));
  if (selector == RECURSE) return finishU32(recurse(onlyU32(from)));
  if (selector == STORE || selector == BECOME_CODE) return callWithBytes(selector, from);
  if (selector == FAIL_WITH_TEXT || selector == FAIL_WITH_ERROR || selector == LOG) return callWithText(selector, from);
  if (selector == OVERFLOW) return overflow(from);
  if (selector == BAD_POINTER) {
    const what = from.u8();
    from.end();
    return badPointer(what);
  }
  if (selector == SPIN || selector == TRAP || selector == PANIC) {
    from.end();
    if (selector == SPIN) spin();
    unreachable();
  }
  callWithTwo(selector, from);
}

function count(from: Reader): void {
  from.end();
  const value = getCounter();
  if (value == u64.MAX_VALUE) unreachable();
  setCounter(value + 1);
  finishU64(value + 1);
}

function overflow(from: Reader): void {
  const number = from.u64();
  from.end();
  if (number == u64.MAX_VALUE) revertSdk(SdkError.Overflow);
  finishU64(number + 1);
}

function callWithBytes(selector: u32, from: Reader): void {
  if (selector == BECOME_CODE) {
    const code = from.bytes(HASH_BYTES);
    return finishReply(upgradeSelf(code, onlySlice(from)));
  }
  const key = Slice.read(from);
  raw.set(key, onlySlice(from));
  finish(0, 0);
}

function callWithText(selector: u32, from: Reader): void {
  if (selector == LOG) {
    const text = Slice.readText(from);
    for (let times = onlyU32(from); times != 0; times--) log(text);
    return finish(0, 0);
  }
  const code: u32 = selector == FAIL_WITH_ERROR ? from.u32() : 0;
  const text = onlyText(from);
  setCounter(0);
  if (selector == FAIL_WITH_ERROR) failDetailed(code, text);
  revertText(text);
}

/** The methods of two numbers. */
function callWithTwo(selector: u32, from: Reader): void {
  const first = from.u32();
  const second = onlyU32(from);
  if (selector == DIVIDE) return finishU32(first / second);
  if (selector == GROW_OFTEN) return finishU32(growOften(first, second));
  if (selector == FILL) return fill(first, second);
  if (selector == EMIT_MANY) return emitMany(first, second);
  raw.set(filled(7, first), filled(8, second));
  finish(0, 0);
}

export function query(): void {
  const message = Message.read();
  const selector = message.selector;
  const from = message.arguments;
  if (selector == READ) return readRaw(onlySlice(from));
  if (selector == HASHES) return hashes(onlySlice(from));
  if (selector == VERIFY_ED25519) return verifyEd25519(from);
  if (selector == VERIFY_SECP256K1 || selector == VERIFY_P256) return verifyEcdsa(from, selector == VERIFY_P256);
  if (selector == RECOVER_SECP256K1) return recoverSecp256k1(from);
  if (selector == RELAY_IN_QUERY) return finishReply(relayPlainly(from, READ_ONLY));
  if (selector == SCAN) {
    const start = from.u32();
    const end = from.u32();
    const descending = from.some();
    return scan(start, end, descending, onlyU32(from));
  }
  const isPlain = selector == COUNTER || selector == NOTE || selector == GAS || selector == SURROUNDINGS
    || selector == WRITE_IN_QUERY || selector == EMIT_IN_QUERY;
  if (!isPlain) revertSdk(SdkError.UnknownSelector);
  from.end();
  if (selector == COUNTER) return finishU64(getCounter());
  if (selector == NOTE) return note();
  if (selector == GAS) return finishU64(gasLeft());
  if (selector == SURROUNDINGS) return surroundings();
  if (selector == EMIT_IN_QUERY) emitNoise(0, Slice.of(0, 0));
  else raw.set(Slice.of(TEXT_WRITTEN, 18), Slice.of(0, 0));
  finish(0, 0);
}
