// Other contracts, funds, new instances, new code; each needs the capability of its name in the JSON.
//
// Always: a failure is a value. It changed nothing but the gas that is left, and the frame goes on.
// Before a call, write down what must be true if somebody calls this contract in turn.

import { AMOUNT_BYTES, ADDRESS_BYTES, Amount, Reader, SdkError, Writer } from "./argosy";
import { create, host, isUtf8, revertSdk, take } from "./argosy";
import { Slice, resultBytes } from "./chain";

/** How something ended: docs/vm.md, 6.9. Others may come; whatever is not Success is a failure. */
export const enum Status {
  Success = 0,
  Reverted = 1,
  OutOfGas = 2,
  Trapped = 3,
  CallDepth = 4,
  Reentry = 5,
  InsufficientBalance = 6,
  DepositLimit = 7,
  ContractNotFound = 8,
  CodeNotFound = 9,
  CodeRejected = 10,
  Unauthorized = 11,
  CapabilityMissing = 12,
  ReadOnly = 13,
  LimitExceeded = 14,
  AbiMismatch = 15,
  AlreadyExists = 16,
  EntryMissing = 17,
  CodeInUse = 18,
}

/** The callee may call back into contracts that are already running, such as this one. */
export const ALLOW_REENTRY: u32 = 1;
/** The callee may only read; its `query` runs instead of its `call`. */
export const READ_ONLY: u32 = 2;

// ---- Calls ----

/** A call of another contract. */
@unmanaged @final
export class Call {
  to: usize;
  /** To send along; needs `transfer` too. */
  funds: Amount;
  /** 0: all that may be passed on, 63/64 of what is left. */
  gasMax: u64;
  flags: u32;
  /** A selector and SCALE arguments. */
  input: Writer;

  /** Of a method, with so much room for arguments, which are written to `input`. */
  static of(to: usize, selector: u32, room: u32): Call {
    const input = Writer.of(4 + room);
    input.u32(selector);
    return Call.by(to, input);
  }

  /** By these bytes. */
  static raw(to: usize, bytes: Slice): Call {
    const input = Writer.of(bytes.length);
    input.bytes(bytes.at, bytes.length);
    return Call.by(to, input);
  }

  /** By what was written. */
  static by(to: usize, input: Writer): Call {
    const call = create<Call>();
    call.to = to;
    call.funds = Amount.at(take(AMOUNT_BYTES));
    call.input = input;
    return call;
  }

  invoke(): Reply {
    const input = this.input;
    const funds = changetype<usize>(this.funds);
    return Reply.of(host.call(this.to, funds, this.gasMax, this.flags, input.start, input.length));
  }
}

/** Sends funds of this contract; no code runs. */
export function transfer(to: usize, amount: Amount): Status {
  return host.transfer(to, changetype<usize>(amount));
}

// ---- New contracts, new code ----

/** A contract to be created. */
@unmanaged @final
export class NewContract {
  code: usize;
  /** Tells instances of one code apart. */
  salt: usize;
  /** Who may replace the code; 0: nobody. */
  admin: usize;
  funds: Amount;
  gasMax: u64;
  /** Selector and arguments of its `init`. */
  input: Slice;
  /** Where its address lies once it is created; 0 before. */
  address: usize;

  static of(code: usize, salt: usize, input: Slice): NewContract {
    const contract = create<NewContract>();
    contract.code = code;
    contract.salt = salt;
    contract.funds = Amount.at(take(AMOUNT_BYTES));
    contract.input = input;
    return contract;
  }

  create(): Reply {
    const admin = this.admin == 0 ? usize.MAX_VALUE : this.admin;
    const out = take(ADDRESS_BYTES);
    const funds = changetype<usize>(this.funds);
    const status = host.instantiate(this.code, this.salt, admin, funds, this.gasMax, this.input.at, this.input.length, out);
    if (status == Status.Success) this.address = out;
    return Reply.of(status);
  }
}

/** Replaces the code of this contract: the new code runs this message of its `upgrade` now, and serves the next frame. */
export function upgradeSelf(code: usize, input: Slice): Reply {
  return Reply.of(host.upgrade_self(code, input.at, input.length));
}

// ---- Replies ----

/** What a callee that reverted says of it. */
export const enum ReasonKind {
  /** It did not revert, or by bytes that no SDK writes. */
  None = 0,
  /** Its own error: SCALE bytes. */
  Error = 1,
  /** UTF-8. */
  Text = 2,
  /** One of SdkError, a byte. */
  Sdk = 3,
}

@unmanaged @final
export class Reason {
  kind: ReasonKind;
  bytes: Slice;

  /** None without bytes. */
  static of(kind: ReasonKind, bytes: Slice | null): Reason {
    const reason = create<Reason>();
    reason.kind = bytes === null ? ReasonKind.None : kind;
    reason.bytes = bytes === null ? Slice.of(0, 0) : bytes;
    return reason;
  }
}

/** How a call ended, and what came back: the answer of a success, the reason of Reverted, nothing else. */
@unmanaged @final
export class Reply {
  status: Status;
  data: Slice;

  /** With the result register. */
  static of(status: i32): Reply {
    const reply = create<Reply>();
    reply.status = status;
    reply.data = resultBytes();
    return reply;
  }

  isSuccess(): bool {
    return this.status == Status.Success;
  }

  /** A reader of the answer; the frame ends there if the call failed, or, as it is read, if it is another one. */
  must(): Reader {
    if (!this.isSuccess()) revertSdk(SdkError.CallFailed);
    return this.data.reader(SdkError.BadReply);
  }

  /** Why it reverted. */
  reason(): Reason {
    const data = this.data;
    if (this.status != Status.Reverted || data.length == 0) return Reason.of(ReasonKind.None, null);
    const rest = Slice.of(data.at + 1, data.length - 1);
    const first = load<u8>(data.at);
    if (first == 0) return Reason.of(ReasonKind.Error, prefixed(rest));
    if (first == 1) {
      const text = prefixed(rest);
      const isText = text !== null && isUtf8(text.at, text.at + text.length);
      return Reason.of(ReasonKind.Text, isText ? text : null);
    }
    const isSdk = first == 2 && rest.length == 1 && load<u8>(rest.at) <= <u8>SdkError.Overflow;
    return Reason.of(ReasonKind.Sdk, isSdk ? Slice.of(rest.at, 1) : null);
  }
}

/** What has its length before it, if it is whole and nothing is behind it; others wrote it, so that a mistake is a value here. */
function prefixed(from: Slice): Slice | null {
  if (from.length == 0) return null;
  const mode: u32 = load<u8>(from.at) & 3;
  const size: u32 = 1 << mode;
  if (mode == 3 || size > from.length) return null;
  let length: u32 = load<u8>(from.at);
  if (mode == 1) length = load<u16>(from.at);
  if (mode == 2) length = load<u32>(from.at);
  length >>= 2;
  if ((mode == 1 && length < 1 << 6) || (mode == 2 && length < 1 << 14)) return null;
  if (length != from.length - size) return null;
  return Slice.of(from.at + size, length);
}
