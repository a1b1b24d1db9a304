// Counter, as contracts/counter: a number that anyone may raise.

import { ADDRESS_BYTES, Message, SdkError, Writer } from "./argosy";
import { caller, fieldKey, finish, host, refuseFunds, revertError, revertSdk, storage } from "./argosy";

// Selectors, as `abi.py words` prints them.
const INIT: u32 = 0x4bdd90b6;
const INCREMENT: u32 = 0x2c2af5fc;
const ADD: u32 = 0xc1cc033a;
const VALUE: u32 = 0x494a4406;

// The key of the field `value`.
const VALUE_KEY: u32 = 0x494a4406;

// blake3("Raised")
const RAISED = memory.data<u8>([
  0xc9, 0xe9, 0x3e, 0x9b, 0xd4, 0x3f, 0x0f, 0x51, 0xef, 0x8b, 0xcf, 0x8f, 0x4f, 0x0d, 0xa2, 0x2d,
  0xa3, 0x9b, 0xdb, 0x2f, 0x90, 0xe3, 0x02, 0xb5, 0x80, 0x3f, 0x53, 0xa5, 0x19, 0x49, 0x8c, 0xe5,
]);

function get(): u64 {
  const from = storage.must(fieldKey(VALUE_KEY));
  const value = from.u64();
  from.end();
  return value;
}

function set(value: u64): void {
  const to = Writer.of(8);
  to.u64(value);
  storage.set(fieldKey(VALUE_KEY), to.start, to.length);
}

function answer(value: u64): void {
  const to = Writer.of(8);
  to.u64(value);
  finish(to.start, to.length);
}

/** CounterError::TooLarge { value, add } */
function tooLarge(value: u64, by: u64): void {
  const error = Writer.of(17);
  error.u8(0);
  error.u64(value);
  error.u64(by);
  revertError(error);
}

/** Raised { #[topic] by, value } */
function emitRaised(value: u64): void {
  const by = caller();
  const topics = Writer.of(64);
  topics.bytes(RAISED, 32);
  topics.address(by);
  const data = Writer.of(ADDRESS_BYTES + 8);
  data.address(by);
  data.u64(value);
  host.emit(topics.start, 2, data.start, data.length);
}

function add(by: u64): void {
  const value = get();
  const raised = value + by;
  if (raised < value) tooLarge(value, by);
  set(raised);
  emitRaised(raised);
  answer(raised);
}

export function init(): void {
  const message = Message.read();
  if (message.selector != INIT) revertSdk(SdkError.UnknownSelector);
  refuseFunds();
  const start = message.arguments.u64();
  message.arguments.end();
  set(start);
  finish(0, 0);
}

export function call(): void {
  const message = Message.read();
  const isIncrement = message.selector == INCREMENT;
  if (!isIncrement && message.selector != ADD) revertSdk(SdkError.UnknownSelector);
  refuseFunds();
  const by: u64 = isIncrement ? 1 : message.arguments.u64();
  message.arguments.end();
  add(by);
}

export function query(): void {
  const message = Message.read();
  if (message.selector != VALUE) revertSdk(SdkError.UnknownSelector);
  message.arguments.end();
  answer(get());
}
