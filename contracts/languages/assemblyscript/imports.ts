// `call`: every import once, so that the chain compares the signatures in argosy.ts with its own; nothing to be called.
// `query`: what the bindings have and no sample uses. The first byte of the message says what.

import { Reader, SdkError, Writer, create, finish, host, take } from "./argosy";
import { Event, Slice, raw } from "./chain";
import { Reply } from "./calls";

// "a1b2c3"
const KEYS = memory.data<u8>([0x61, 0x31, 0x62, 0x32, 0x63, 0x33]);

export function init(): void {
  raw.set(Slice.of(KEYS, 1), Slice.of(KEYS + 1, 1));
  raw.set(Slice.of(KEYS + 2, 1), Slice.of(0, 0));
  raw.set(Slice.of(KEYS + 4, 1), Slice.of(KEYS + 5, 1));
  finish(0, 0);
}

/** A reply, from a status and data, as one would come. */
function replyOf(from: Reader): Reply {
  const reply = create<Reply>();
  reply.status = from.u8();
  reply.data = Slice.of(from.at, <u32>(from.stop - from.at));
  return reply;
}

/** Its kind and its bytes. */
function sayReason(reply: Reply): void {
  const reason = reply.reason();
  const to = Writer.of(1 + reason.bytes.length);
  to.u8(<u8>reason.kind);
  to.bytes(reason.bytes.at, reason.bytes.length);
  finish(to.start, to.length);
}

/** The answer of a method that returns a u32. */
function sayAnswer(reply: Reply): void {
  const from = reply.must();
  const answer = Writer.of(4);
  answer.u32(from.u32());
  from.end();
  finish(answer.start, answer.length);
}

function sayWhether(key: Slice): void {
  const to = Writer.of(1);
  to.u8(<u8>raw.has(key));
  finish(to.start, to.length);
}

/** All keys from one on, the last one first. */
function sayKeys(start: Slice): void {
  const entries = raw.range(start, null, true, u32.MAX_VALUE);
  const keys = Writer.of(16);
  while (entries.next()) entries.key.write(keys);
  finish(keys.start, keys.length);
}

function sayTopic(field: Slice): void {
  const event = Event.of(take(32), 0);
  event.topic(field.at, field.length);
  finish(event.topics.start + 32, 32);
}

export function query(): void {
  const length = host.input_len();
  const input = take(length);
  host.input_read(input, 0, length);
  const from = Reader.of(input, length, SdkError.BadArguments);
  const what = from.u8();
  const rest = Slice.of(from.at, length - 1);
  if (what == 0) sayReason(replyOf(from));
  else if (what == 1) sayAnswer(replyOf(from));
  else if (what == 2) sayTopic(rest);
  else if (what == 3) sayWhether(rest);
  else sayKeys(rest);
}

export function call(): void {
  const n = host.input_len();
  const m = host.result_len();
  const p = take(n);
  let sum: u64 = host.block_height() + host.block_time() + host.gas_left();
  host.input_read(p, 0, n);
  host.result_read(p, 0, m);
  sum += host.storage_get(p, n, p, n);
  host.storage_set(p, n, p, n);
  sum += host.storage_remove(p, n);
  sum += host.storage_range(p, n, p, <i32>n, 0, m);
  host.caller(p);
  host.self_address(p);
  host.signer(p);
  host.chain(p);
  host.funds(p);
  host.balance(p, p);
  sum += host.transfer(p, p);
  sum += host.call(p, p, sum, 0, p, n);
  sum += host.instantiate(p, p, p, p, sum, p, n, p);
  sum += host.upgrade_self(p, p, n);
  host.emit(p, 1, p, n);
  host.blake3(p, n, p);
  host.sha256(p, n, p);
  host.keccak256(p, n, p);
  sum += host.ed25519_verify(p, p, p, n);
  sum += host.secp256k1_verify(p, p, p);
  sum += host.secp256k1_recover(p, p, 0, p);
  sum += host.p256_verify(p, p, p);
  host.log(p, n);
  if (sum == 0) host.revert(p, n);
  finish(p, n);
}
