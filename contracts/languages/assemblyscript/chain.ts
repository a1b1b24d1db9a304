// What the chain knows and does beyond argosy.ts, by types: the frame, storage and its ranges, events, the log, hashes
// and signatures.
//
// Always: what the chain answers is taken in a buffer of just that length.
// Not here: other contracts (calls.ts).

import { ADDRESS_BYTES, AMOUNT_BYTES, Amount, Reader, SdkError, Writer } from "./argosy";
import { create, host, take } from "./argosy";

export const HASH_BYTES: u32 = 32;
/** Of ed25519. */
export const KEY_BYTES: u32 = 32;
/** Of secp256k1 and P-256, compressed. */
export const ECDSA_KEY_BYTES: u32 = 33;
export const SIGNATURE_BYTES: u32 = 64;

// ---- Slices ----

/** Bytes that lie somewhere. */
@unmanaged @final
export class Slice {
  at: usize;
  length: u32;

  static of(at: usize, length: u32): Slice {
    const slice = create<Slice>();
    slice.at = at;
    slice.length = length;
    return slice;
  }

  /** What was written. */
  static from(writer: Writer): Slice {
    return Slice.of(writer.start, writer.length);
  }

  /** Room for so many, zero at first. */
  static room(length: u32): Slice {
    return Slice.of(take(length), length);
  }

  /** What has its length before it: Vec<u8>, Bytes. */
  static read(from: Reader): Slice {
    const length = from.compact();
    return Slice.of(from.bytes(length), length);
  }

  /** The text of a String. */
  static readText(from: Reader): Slice {
    const start = from.string();
    return Slice.read(Reader.of(start, <u32>(from.at - start), from.why));
  }

  /** With its length before it. */
  write(to: Writer): void {
    to.string(this.at, this.length);
  }

  reader(why: SdkError): Reader {
    return Reader.of(this.at, this.length, why);
  }
}

/** RevertData::Message(text), of valid UTF-8. */
export function revertText(text: Slice): void {
  const to = Writer.of(text.length + 5);
  to.u8(1);
  text.write(to);
  host.revert(to.start, to.length);
  unreachable();
}

// ---- The frame ----

/** Where the address of the signer of the transaction lies. Ask `caller` who may do what. */
export function signer(): usize {
  const out = take(ADDRESS_BYTES);
  host.signer(out);
  return out;
}

/** Where the genesis hash lies. */
export function genesis(): usize {
  const out = take(HASH_BYTES);
  host.chain(out);
  return out;
}

/** What the caller sent along; part of the contract's balance already. */
export function funds(): Amount {
  const out = take(AMOUNT_BYTES);
  host.funds(out);
  return Amount.at(out);
}

/** What an address owns. */
export function balanceOf(owner: usize): Amount {
  const out = take(AMOUNT_BYTES);
  host.balance(owner, out);
  return Amount.at(out);
}

export function blockHeight(): u64 {
  return host.block_height();
}

/** Milliseconds since 1970. */
export function blockTime(): u64 {
  return host.block_time();
}

export function gasLeft(): u64 {
  return host.gas_left();
}

/** A line for the log of whichever node runs this. No effect on any result. */
export function log(text: Slice): void {
  host.log(text.at, text.length);
}

// ---- Storage ----

/** All of the result register. */
export function resultBytes(): Slice {
  const bytes = Slice.room(host.result_len());
  host.result_read(bytes.at, 0, bytes.length);
  return bytes;
}

export namespace raw {
  /** What a key holds; `null` if it holds nothing. */
  export function get(key: Slice): Slice | null {
    const found = host.storage_get(key.at, key.length, 0, 0);
    if (found < 0) return null;
    return resultBytes();
  }

  /** Cheaper than reading it. */
  export function has(key: Slice): bool {
    return host.storage_get(key.at, key.length, 0, 0) >= 0;
  }

  export function set(key: Slice, value: Slice): void {
    host.storage_set(key.at, key.length, value.at, value.length);
  }

  /** Whether the key had a value. */
  export function remove(key: Slice): bool {
    return host.storage_remove(key.at, key.length) != 0;
  }

  /** Up to `limit` entries with start <= key < end, in the order of bytes; `end` null: no end. The chain may give fewer
      at once; only none means that there are no more. */
  export function range(start: Slice, end: Slice | null, descending: bool, limit: u32): Entries {
    const endAt: usize = end === null ? 0 : end.at;
    const endLength: i32 = end === null ? -1 : <i32>end.length;
    // More than the chain gives at once is no mistake.
    host.storage_range(start.at, start.length, endAt, endLength, descending ? 1 : 0, min<u32>(limit, <u32>i32.MAX_VALUE));
    const entries = create<Entries>();
    entries.from = resultBytes().reader(SdkError.CorruptStorage);
    entries.left = entries.from.compact();
    return entries;
  }
}

/** Entries that the chain gave and that were not taken yet. */
@unmanaged @final
export class Entries {
  left: u32;
  from: Reader;
  /** Of the entry that was taken last. */
  key: Slice;
  value: Slice;

  /** Takes one; `false` if there is none. */
  next(): bool {
    if (this.left == 0) return false;
    this.left -= 1;
    this.key = Slice.read(this.from);
    this.value = Slice.read(this.from);
    return true;
  }
}

// ---- Events ----

/** Topics and data of an event. */
@unmanaged @final
export class Event {
  topics: Writer;
  data: Writer;

  /** `name` is where blake3 of its name lies; `room` is that of all its fields. */
  static of(name: usize, room: u32): Event {
    const event = create<Event>();
    event.topics = Writer.of(4 * HASH_BYTES);
    event.topics.bytes(name, HASH_BYTES);
    event.data = Writer.of(room);
    return event;
  }

  /** The topic of an indexed field, from its SCALE bytes: padded with zeros, or their hash if they are longer. */
  topic(field: usize, length: u32): void {
    if (length > HASH_BYTES) return this.topics.bytes(blake3(Slice.of(field, length)), HASH_BYTES);
    memory.copy(this.topics.room(HASH_BYTES), field, length);
  }

  emit(): void {
    host.emit(this.topics.start, this.topics.length / HASH_BYTES, this.data.start, this.data.length);
  }
}

// ---- Hashes and signatures: hashes, keys and signatures are where their bytes lie ----

export function blake3(data: Slice): usize {
  const out = take(HASH_BYTES);
  host.blake3(data.at, data.length, out);
  return out;
}

export function sha256(data: Slice): usize {
  const out = take(HASH_BYTES);
  host.sha256(data.at, data.length, out);
  return out;
}

/** As Ethereum uses it; not SHA3-256. */
export function keccak256(data: Slice): usize {
  const out = take(HASH_BYTES);
  host.keccak256(data.at, data.length, out);
  return out;
}

/** By the strict rule. */
export function ed25519Verify(key: usize, signature: usize, message: Slice): bool {
  return host.ed25519_verify(key, signature, message.at, message.length) != 0;
}

/** Low S only. */
export function secp256k1Verify(key: usize, signature: usize, hash: usize): bool {
  return host.secp256k1_verify(key, signature, hash) != 0;
}

/** Where the key lies that signed; 0 if there is none. */
export function secp256k1Recover(hash: usize, signature: usize, recoveryId: u8): usize {
  const key = take(ECDSA_KEY_BYTES);
  return host.secp256k1_recover(hash, signature, recoveryId, key) != 0 ? key : 0;
}

/** Low S only. */
export function p256Verify(key: usize, signature: usize, hash: usize): bool {
  return host.p256_verify(key, signature, hash) != 0;
}
