// The chain as a contract in AssemblyScript sees it: every import, a reader and a writer of SCALE, storage, errors,
// events.
//
// Always: whatever the input, a function here returns a value or ends the frame; nothing is read outside of its
// bytes. A frame lives for one message, so memory is only ever taken, never given back.
// Objects here are `@unmanaged` and come from `create<T>()`: `new`, arrays and strings bring the runtime's allocator,
// which wants a start function, and the chain refuses modules with one.
// Not here: names and types of methods. They stand in the JSON beside the sources (abi.py).

// ---- Imports: docs/vm.md, 2.4 and 6 ----

export namespace host {
  /** Length of the input: selector and arguments. */
  @external("argosy", "input_len")
  export declare function input_len(): u32;
  /** Copies a part of the input. */
  @external("argosy", "input_read")
  export declare function input_read(out: usize, offset: u32, length: u32): void;
  /** Ends the frame with success and this data. Does not return. */
  @external("argosy", "finish")
  export declare function finish(data: usize, length: u32): void;
  /** Ends the frame, undoing it, with this data. Does not return. */
  @external("argosy", "revert")
  export declare function revert(data: usize, length: u32): void;
  /** Length of the result register. */
  @external("argosy", "result_len")
  export declare function result_len(): u32;
  /** Copies a part of the result register. */
  @external("argosy", "result_read")
  export declare function result_read(out: usize, offset: u32, length: u32): void;
  /** The value's length, or -1. The value goes to the result register, and to `out` if it fits whole. */
  @external("argosy", "storage_get")
  export declare function storage_get(key: usize, key_length: u32, out: usize, capacity: u32): i64;
  /** Gives a key its value. */
  @external("argosy", "storage_set")
  export declare function storage_set(key: usize, key_length: u32, value: usize, length: u32): void;
  /** 1 if the key had a value. */
  @external("argosy", "storage_remove")
  export declare function storage_remove(key: usize, key_length: u32): i32;
  /** How many entries with start <= key < end, at most `limit`; they go to the result register as SCALE
      Vec<(Vec<u8>, Vec<u8>)>. `end_length` -1: no end. `flags` 1: greatest key first. Fewer than `limit` does not
      mean the end; none does. */
  @external("argosy", "storage_range")
  export declare function storage_range(start: usize, start_length: u32, end: usize, end_length: i32, flags: u32, limit: u32): i32;
  /** Who called this frame: 32 bytes. */
  @external("argosy", "caller")
  export declare function caller(out: usize): void;
  /** This contract: 32 bytes. */
  @external("argosy", "self_address")
  export declare function self_address(out: usize): void;
  /** Who signed the transaction: 32 bytes. */
  @external("argosy", "signer")
  export declare function signer(out: usize): void;
  /** The genesis hash: 32 bytes. */
  @external("argosy", "chain")
  export declare function chain(out: usize): void;
  /** What the caller sent along: 16 bytes. */
  @external("argosy", "funds")
  export declare function funds(out: usize): void;
  /** What an address owns: 32 bytes in, 16 out. */
  @external("argosy", "balance")
  export declare function balance(address: usize, out: usize): void;
  /** Height of the block. */
  @external("argosy", "block_height")
  export declare function block_height(): u64;
  /** Time of the block in milliseconds. */
  @external("argosy", "block_time")
  export declare function block_time(): u64;
  /** Sends native tokens: a status code. Needs the capability transfer. */
  @external("argosy", "transfer")
  export declare function transfer(to: usize, amount: usize): i32;
  /** Calls a contract: a status code; its data goes to the result register. Gas 0: all that may be passed on.
      Flags: 1 the callee may call back, 2 it may only read. Needs the capability call. */
  @external("argosy", "call")
  export declare function call(address: usize, funds: usize, gas: u64, flags: u32, input: usize, length: u32): i32;
  /** Creates a contract: a status code; its data goes to the result register, its address to `out`. `admin` -1:
      nobody. Needs the capability instantiate. */
  @external("argosy", "instantiate")
  export declare function instantiate(code: usize, salt: usize, admin: usize, funds: usize, gas: u64, input: usize, length: u32, out: usize): i32;
  /** Replaces this contract's code: a status code. Needs the capability upgrade. */
  @external("argosy", "upgrade_self")
  export declare function upgrade_self(code: usize, input: usize, length: u32): i32;
  /** Announces something: up to 4 topics of 32 bytes, end to end, and data. */
  @external("argosy", "emit")
  export declare function emit(topics: usize, count: u32, data: usize, length: u32): void;
  /** Plain BLAKE3: 32 bytes. */
  @external("argosy", "blake3")
  export declare function blake3(data: usize, length: u32, out: usize): void;
  /** SHA-256: 32 bytes. */
  @external("argosy", "sha256")
  export declare function sha256(data: usize, length: u32, out: usize): void;
  /** Keccak as Ethereum uses it: 32 bytes. */
  @external("argosy", "keccak256")
  export declare function keccak256(data: usize, length: u32, out: usize): void;
  /** 1 if valid: key of 32 bytes, signature of 64. */
  @external("argosy", "ed25519_verify")
  export declare function ed25519_verify(key: usize, signature: usize, message: usize, length: u32): i32;
  /** 1 if valid: key of 33 bytes, signature of 64, hash of 32. */
  @external("argosy", "secp256k1_verify")
  export declare function secp256k1_verify(key: usize, signature: usize, hash: usize): i32;
  /** 1 and a key of 33 bytes, or 0. */
  @external("argosy", "secp256k1_recover")
  export declare function secp256k1_recover(hash: usize, signature: usize, recovery_id: u32, out: usize): i32;
  /** 1 if valid: key of 33 bytes, signature of 64, hash of 32. */
  @external("argosy", "p256_verify")
  export declare function p256_verify(key: usize, signature: usize, hash: usize): i32;
  /** Gas that this frame has left. */
  @external("argosy", "gas_left")
  export declare function gas_left(): u64;
  /** A line for the log of whichever node runs this. No effect on any result. */
  @external("argosy", "log")
  export declare function log(text: usize, length: u32): void;
}

// ---- Types ----

/** What the SDK for Rust refuses, too. */
export const enum SdkError {
  UnknownSelector = 0,
  BadArguments = 1,
  NotPayable = 2,
  CorruptStorage = 3,
  BadReply = 4,
  CallFailed = 5,
  Overflow = 6,
}

export const ADDRESS_BYTES: u32 = 32;
export const AMOUNT_BYTES: u32 = 16;

/** A u128, in the bytes that the chain uses. */
@unmanaged @final
export class Amount {
  low: u64;
  high: u64;

  /** The amount whose 16 bytes lie there. */
  static at(place: usize): Amount {
    return changetype<Amount>(place);
  }

  isZero(): bool {
    return (this.low | this.high) == 0;
  }

  isBelow(other: Amount): bool {
    return this.high == other.high ? this.low < other.low : this.high < other.high;
  }

  /** Their sum; a larger one than there is ends the frame. */
  plus(other: Amount): Amount {
    const sum = create<Amount>();
    sum.low = this.low + other.low;
    const carry = <u64>(sum.low < other.low);
    const high = this.high + other.high;
    sum.high = high + carry;
    if (high < other.high || sum.high < carry) unreachable();
    return sum;
  }

  /** The difference; the other must not be larger. */
  minus(other: Amount): Amount {
    if (this.isBelow(other)) unreachable();
    const left = create<Amount>();
    left.low = this.low - other.low;
    left.high = this.high - other.high - <u64>(this.low < other.low);
    return left;
  }
}

// ---- The ends of a frame ----

/** Success with this data. */
export function finish(data: usize, length: u32): void {
  host.finish(data, length);
  unreachable();
}

/** RevertData::Sdk(why). */
export function revertSdk(why: SdkError): void {
  const data = take(2);
  store<u8>(data, 2);
  store<u8>(data, <u8>why, 1);
  host.revert(data, 2);
  unreachable();
}

/** RevertData::Error(error): the end of a method that returns an error. */
export function revertError(error: Writer): void {
  const to = Writer.of(error.length + 5);
  to.u8(0);
  to.string(error.start, error.length);
  host.revert(to.start, to.length);
  unreachable();
}

// ---- Memory ----

const PAGE_BYTES: usize = 65536;
let next: usize = 0;

/** So many bytes, zero at first and aligned to 8; ends the frame if there are none. */
export function take(length: u32): usize {
  if (length > 256 * <u32>PAGE_BYTES) unreachable();
  const start = next ? next : (__heap_base + 7) & ~7;
  const end = (start + length + 7) & ~7;
  const size = <usize>memory.size() * PAGE_BYTES;
  if (end > size && memory.grow(<i32>((end - size + PAGE_BYTES - 1) / PAGE_BYTES)) < 0) unreachable();
  next = end;
  return start;
}

/** An object of an `@unmanaged` class, all zeros. */
export function create<T>(): T {
  return changetype<T>(take(<u32>offsetof<T>()));
}

// ---- Reading SCALE ----

/** Where the reader is, and what to say if the bytes are not what they should be. */
@unmanaged @final
export class Reader {
  at: usize;
  stop: usize;
  why: SdkError;

  static of(data: usize, length: u32, why: SdkError): Reader {
    const reader = create<Reader>();
    reader.at = data;
    reader.stop = data + length;
    reader.why = why;
    return reader;
  }

  /** Where so many bytes lie. */
  bytes(length: u32): usize {
    const at = this.at;
    if (length > <u32>(this.stop - at)) revertSdk(this.why);
    this.at = at + length;
    return at;
  }

  u8(): u8 {
    return load<u8>(this.bytes(1));
  }

  u32(): u32 {
    return load<u32>(this.bytes(4));
  }

  u64(): u64 {
    return load<u64>(this.bytes(8));
  }

  amount(): Amount {
    return Amount.at(this.bytes(AMOUNT_BYTES));
  }

  address(): usize {
    return this.bytes(ADDRESS_BYTES);
  }

  /** Whether an Option has a value, which is next then; a bool is the same byte. */
  some(): bool {
    const value = this.u8();
    if (value > 1) revertSdk(this.why);
    return value == 1;
  }

  /** A length or a count. Only the shortest form is one; 2^30 and above cannot be: no input is as long. */
  compact(): u32 {
    const first: u32 = this.u8();
    const mode = first & 3;
    if (mode == 0) return first >> 2;
    if (mode == 3) revertSdk(this.why);
    this.at -= 1;
    const value = (mode == 1 ? <u32>load<u16>(this.bytes(2)) : this.u32()) >> 2;
    if (value < (mode == 1 ? 1 << 6 : 1 << 14)) revertSdk(this.why);
    return value;
  }

  /** Where a String begins, its length included; it ends where the reader is then. */
  string(): usize {
    const start = this.at;
    const text = this.bytes(this.compact());
    if (!isUtf8(text, this.at)) revertSdk(this.why);
    return start;
  }

  /** There must be nothing more. */
  end(): void {
    if (this.at != this.stop) revertSdk(this.why);
  }
}

/** Whether bytes are UTF-8: no overlong forms, no surrogates, nothing above U+10FFFF. */
export function isUtf8(at: usize, end: usize): bool {
  while (at < end) {
    if (end - at >= 8 && (load<u64>(at) & 0x8080808080808080) == 0) {
      at += 8;
      continue;
    }
    const first: u32 = load<u8>(at++);
    if (first < 0x80) continue;
    const more: u32 = first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;
    if (first < 0xc2 || first > 0xf4 || <u32>(end - at) < more) return false;
    const low: u32 = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
    const high: u32 = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
    const second: u32 = load<u8>(at);
    if (second < low || second > high) return false;
    for (let place: u32 = 1; place < more; place++) {
      if ((load<u8>(at + place) & 0xc0) != 0x80) return false;
    }
    at += more;
  }
  return true;
}

// ---- Writing SCALE ----

/** Bytes under construction, in a buffer that must be large enough. */
@unmanaged @final
export class Writer {
  start: usize;
  length: u32;
  capacity: u32;

  static of(capacity: u32): Writer {
    const writer = create<Writer>();
    writer.start = take(capacity);
    writer.capacity = capacity;
    return writer;
  }

  /** The place for so many bytes more. */
  room(length: u32): usize {
    if (length > this.capacity - this.length) unreachable();
    const place = this.start + this.length;
    this.length += length;
    return place;
  }

  bytes(from: usize, length: u32): void {
    memory.copy(this.room(length), from, length);
  }

  u8(value: u8): void {
    store<u8>(this.room(1), value);
  }

  u32(value: u32): void {
    store<u32>(this.room(4), value);
  }

  u64(value: u64): void {
    store<u64>(this.room(8), value);
  }

  amount(value: Amount): void {
    this.u64(value.low);
    this.u64(value.high);
  }

  address(place: usize): void {
    this.bytes(place, ADDRESS_BYTES);
  }

  compact(value: u32): void {
    if (value < 1 << 6) return this.u8(<u8>(value << 2));
    if (value < 1 << 14) return store<u16>(this.room(2), <u16>((value << 2) | 1));
    if (value >= 1 << 30) unreachable();
    this.u32((value << 2) | 2);
  }

  /** A String, or anything else with its length before it. */
  string(from: usize, length: u32): void {
    this.compact(length);
    this.bytes(from, length);
  }
}

// ---- Messages ----

/** A message: which method, and its arguments. */
@unmanaged @final
export class Message {
  selector: u32;
  arguments: Reader;

  /** The input. Too short for a selector: there is no such method. */
  static read(): Message {
    const length = host.input_len();
    const input = take(length);
    host.input_read(input, 0, length);
    const message = create<Message>();
    message.arguments = Reader.of(input, length, SdkError.UnknownSelector);
    message.selector = message.arguments.u32();
    message.arguments.why = SdkError.BadArguments;
    return message;
  }
}

/** For methods that take no funds. */
export function refuseFunds(): void {
  const funds = create<Amount>();
  host.funds(changetype<usize>(funds));
  if (!funds.isZero()) revertSdk(SdkError.NotPayable);
}

/** Where the caller's address lies. */
export function caller(): usize {
  const out = take(ADDRESS_BYTES);
  host.caller(out);
  return out;
}

/** Where this contract's address lies. */
export function selfAddress(): usize {
  const out = take(ADDRESS_BYTES);
  host.self_address(out);
  return out;
}

// ---- Storage ----

export namespace storage {
  /** Room for most values, which saves a second call of the chain. */
  const SMALL_VALUE_BYTES: u32 = 64;

  /** A reader of what a key holds; `null` if it holds nothing. */
  export function read(key: Writer): Reader | null {
    let value = take(SMALL_VALUE_BYTES);
    const found = host.storage_get(key.start, key.length, value, SMALL_VALUE_BYTES);
    if (found < 0) return null;
    const length = <u32>found;
    if (length > SMALL_VALUE_BYTES) {
      value = take(length);
      host.result_read(value, 0, length);
    }
    return Reader.of(value, length, SdkError.CorruptStorage);
  }

  /** The same of what `init` has set. */
  export function must(key: Writer): Reader {
    const found = read(key);
    if (found === null) revertSdk(SdkError.CorruptStorage);
    return changetype<Reader>(changetype<usize>(found));
  }

  export function set(key: Writer, value: usize, length: u32): void {
    host.storage_set(key.start, key.length, value, length);
  }

  export function remove(key: Writer): void {
    host.storage_remove(key.start, key.length);
  }
}

/** The key of a field, by the head of its name's hash, with room for more. */
export function fieldKey(field: u32, room: u32 = 0): Writer {
  const key = Writer.of(4 + room);
  key.u32(field);
  return key;
}
