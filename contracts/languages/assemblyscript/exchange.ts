// Exchange, as contracts/exchange: native tokens against the tokens of one contract, at a price that follows demand.
//
// Always: a swap never makes native * tokens smaller, and no share ever stands for less of it; what the contract counts
// as its own it owns. State is written before another contract is called; the token cannot call back in the meantime.

import { ADDRESS_BYTES, AMOUNT_BYTES, Amount, Message, Reader, SdkError, Writer } from "./argosy";
import { caller, create, fieldKey, finish, refuseFunds, revertError, revertSdk, selfAddress, storage } from "./argosy";
import { Event, blockTime, funds } from "./chain";
import { Call, Status, transfer } from "./calls";
import { add, amountOf, multiply, multiplyDivide, rootOfProduct, subtract } from "./wide";

// Selectors, as `abi.py words` prints them.
const INIT: u32 = 0x4bdd90b6;
const ADD: u32 = 0xc1cc033a;
const REMOVE: u32 = 0x5d25970d;
const SWAP_NATIVE: u32 = 0xb351df37;
const SWAP_TOKENS: u32 = 0x12b10563;
const RESERVES: u32 = 0x360f0457;
const TOKEN: u32 = 0x8528ebaa;
const SHARES_OF: u32 = 0x6c484799;
const QUOTE_NATIVE: u32 = 0x3e80d813;
const QUOTE_TOKENS: u32 = 0x22bb1ed3;

// Keys of fields; those of `token` and `reserves` are as the selectors.
const SHARES: u32 = 0x3dbbb51c;

// Of the token.
const TOKEN_TRANSFER: u32 = 0x4dcb4da4;
const TOKEN_TRANSFER_FROM: u32 = 0x158277f4;

// blake3("Provided"), blake3("Swapped")
const PROVIDED = memory.data<u8>([
  0x69, 0x46, 0x93, 0x7b, 0x34, 0x63, 0x40, 0x71, 0x30, 0xe4, 0x00, 0x8a, 0x92, 0x8e, 0xd7, 0x05,
  0x08, 0x3e, 0xde, 0x11, 0xfe, 0xb7, 0xcf, 0x10, 0x8b, 0x79, 0xae, 0x8d, 0x50, 0x4a, 0x0d, 0x05,
]);
const SWAPPED = memory.data<u8>([
  0x7c, 0x35, 0xbe, 0x53, 0xf6, 0xd8, 0x06, 0x88, 0x9c, 0xa0, 0x52, 0x78, 0xd5, 0x40, 0xc7, 0x9b,
  0xf4, 0xc9, 0xfd, 0xb8, 0xca, 0xfa, 0x29, 0x71, 0xaf, 0x4f, 0xbe, 0x3c, 0xcb, 0x91, 0x86, 0x7d,
]);

/** Shares that the first provider leaves behind for ever. */
const SHARES_LOCKED: u64 = 1000;
/** Of so many parts of what comes in, 3 stay. */
const PARTS: u64 = 1000;
const FEE_PARTS: u64 = 3;

// ---- Refusals ----

const enum ExchangeError {
  TooLate = 0,
  TooLittle = 1,
  Slippage = 2,
  TooDear = 3,
  TooFewShares = 4,
  Overflow = 5,
  TokenRefused = 6,
}

function refuse(why: ExchangeError): void {
  const error = Writer.of(1);
  error.u8(<u8>why);
  revertError(error);
}

function refuseAmounts(why: ExchangeError, first: Amount, second: Amount | null): void {
  const error = Writer.of(1 + 2 * AMOUNT_BYTES);
  error.u8(<u8>why);
  error.amount(first);
  if (second !== null) error.amount(second);
  revertError(error);
}

function refuseStatus(status: Status): void {
  const error = Writer.of(2);
  error.u8(<u8>ExchangeError.TokenRefused);
  error.u8(<u8>status);
  revertError(error);
}

/** What is there, or a refusal. */
function need(amount: Amount | null, why: ExchangeError): Amount {
  if (amount === null) refuse(why);
  return changetype<Amount>(changetype<usize>(amount));
}

function needTime(until: u64): void {
  if (blockTime() > until) refuse(ExchangeError.TooLate);
}

function needNoSlippage(got: Amount, min: Amount): void {
  if (got.isBelow(min)) refuseAmounts(ExchangeError.Slippage, got, min);
}

function needGot(got: Amount, min: Amount): void {
  if (got.isZero()) refuse(ExchangeError.TooLittle);
  needNoSlippage(got, min);
}

function sum(a: Amount, b: Amount): Amount {
  return need(add(a, b), ExchangeError.Overflow);
}

// ---- State ----

/** What the exchange counts as its own; what was merely sent to it is not in here. */
@unmanaged @final
class Reserves {
  native: Amount;
  tokens: Amount;
  shares: Amount;

  static load(): Reserves {
    const from = storage.must(fieldKey(RESERVES));
    const reserves = create<Reserves>();
    reserves.native = from.amount();
    reserves.tokens = from.amount();
    reserves.shares = from.amount();
    from.end();
    return reserves;
  }

  write(to: Writer): void {
    to.amount(this.native);
    to.amount(this.tokens);
    to.amount(this.shares);
  }

  store(): void {
    const to = Writer.of(3 * AMOUNT_BYTES);
    this.write(to);
    storage.set(fieldKey(RESERVES), to.start, to.length);
  }
}

function getToken(): usize {
  const from = storage.must(fieldKey(TOKEN));
  const token = from.address();
  from.end();
  return token;
}

function sharesKey(provider: usize): Writer {
  const key = fieldKey(SHARES, ADDRESS_BYTES);
  key.address(provider);
  return key;
}

function getShares(provider: usize): Amount {
  const from = storage.read(sharesKey(provider));
  if (from === null) return amountOf(0);
  const shares = from.amount();
  from.end();
  return shares;
}

/** Nothing is stored for nothing. */
function setShares(provider: usize, shares: Amount): void {
  const key = sharesKey(provider);
  if (shares.isZero()) storage.remove(key);
  else storage.set(key, changetype<usize>(shares), AMOUNT_BYTES);
}

// ---- The token ----

/** Whoever it is must answer with nothing; its refusal is ours. */
function callToken(call: Call): void {
  const reply = call.invoke();
  if (!reply.isSuccess() || reply.data.length != 0) refuseStatus(reply.status);
}

/** Takes tokens that somebody has approved. */
function pull(from: usize, amount: Amount): void {
  const call = Call.of(getToken(), TOKEN_TRANSFER_FROM, 2 * ADDRESS_BYTES + AMOUNT_BYTES);
  call.input.address(from);
  call.input.address(selfAddress());
  call.input.amount(amount);
  callToken(call);
}

function push(to: usize, amount: Amount): void {
  const call = Call.of(getToken(), TOKEN_TRANSFER, ADDRESS_BYTES + AMOUNT_BYTES);
  call.input.address(to);
  call.input.amount(amount);
  callToken(call);
}

function pay(to: usize, amount: Amount): void {
  const status = transfer(to, amount);
  if (status != Status.Success) refuseStatus(status);
}

// ---- Events ----

/** An event { #[topic] by, flag, amounts }, as far as the flag. */
function eventBy(name: usize, by: usize, flag: bool): Event {
  const event = Event.of(name, ADDRESS_BYTES + 1 + 3 * AMOUNT_BYTES);
  event.topic(by, ADDRESS_BYTES);
  event.data.address(by);
  event.data.u8(<u8>flag);
  return event;
}

function emitProvided(by: usize, added: bool, moved: Reserves): void {
  const event = eventBy(PROVIDED, by, added);
  moved.write(event.data);
  event.emit();
}

function emitSwapped(by: usize, nativeIn: bool, paid: Amount, got: Amount): void {
  const event = eventBy(SWAPPED, by, nativeIn);
  event.data.amount(paid);
  event.data.amount(got);
  event.emit();
}

// ---- Prices: whatever does not divide stays in the exchange ----

/** What the provider of so many native tokens brings besides, and gets. */
function provided(now: Reserves, native: Amount, tokensMax: Amount): Reserves {
  const added = create<Reserves>();
  added.native = native;
  if (now.shares.isZero()) {
    added.tokens = tokensMax;
    const root = rootOfProduct(native, tokensMax);
    added.shares = need(subtract(root, amountOf(SHARES_LOCKED)), ExchangeError.TooLittle);
    return added;
  }
  added.tokens = need(multiplyDivide(native, now.tokens, now.native, true), ExchangeError.Overflow);
  added.shares = need(multiplyDivide(native, now.shares, now.native, false), ExchangeError.Overflow);
  return added;
}

/** What comes out for `paid`: out = there * kept / (here * PARTS + kept), kept = paid * (PARTS - FEE_PARTS). */
function swapped(paid: Amount, here: Amount, there: Amount): Amount {
  if (here.isZero() || there.isZero() || paid.isZero()) refuse(ExchangeError.TooLittle);
  const kept = need(multiply(paid, amountOf(PARTS - FEE_PARTS)), ExchangeError.Overflow);
  const whole = sum(need(multiply(here, amountOf(PARTS)), ExchangeError.Overflow), kept);
  return need(multiplyDivide(there, kept, whole, false), ExchangeError.Overflow);
}

// ---- Methods ----

function finishAmount(amount: Amount): void {
  finish(changetype<usize>(amount), AMOUNT_BYTES);
}

function provide(from: Reader): void {
  const tokensMax = from.amount();
  const sharesMin = from.amount();
  const until = from.u64();
  from.end();
  needTime(until);
  const by = caller();
  const now = Reserves.load();
  const added = provided(now, funds(), tokensMax);
  if (added.tokens.isZero()) refuse(ExchangeError.TooLittle);
  if (tokensMax.isBelow(added.tokens)) refuseAmounts(ExchangeError.TooDear, added.tokens, tokensMax);
  if (added.shares.isZero()) refuseAmounts(ExchangeError.Slippage, added.shares, sharesMin);
  needNoSlippage(added.shares, sharesMin);
  const locked = amountOf(now.shares.isZero() ? SHARES_LOCKED : 0);
  now.native = sum(now.native, added.native);
  now.tokens = sum(now.tokens, added.tokens);
  now.shares = sum(sum(now.shares, added.shares), locked);
  now.store();
  setShares(by, sum(getShares(by), added.shares));
  pull(by, added.tokens);
  emitProvided(by, true, added);
  finishAmount(added.shares);
}

function remove(from: Reader): void {
  const moved = create<Reserves>();
  moved.shares = from.amount();
  const nativeMin = from.amount();
  const tokensMin = from.amount();
  const until = from.u64();
  from.end();
  needTime(until);
  const by = caller();
  const now = Reserves.load();
  const have = getShares(by);
  if (have.isBelow(moved.shares)) refuseAmounts(ExchangeError.TooFewShares, have, null);
  const left = have.minus(moved.shares);
  moved.native = need(multiplyDivide(moved.shares, now.native, now.shares, false), ExchangeError.TooLittle);
  moved.tokens = need(multiplyDivide(moved.shares, now.tokens, now.shares, false), ExchangeError.TooLittle);
  needNoSlippage(moved.native, nativeMin);
  needNoSlippage(moved.tokens, tokensMin);
  if (moved.native.isZero() && moved.tokens.isZero()) refuse(ExchangeError.TooLittle);
  now.native = now.native.minus(moved.native);
  now.tokens = now.tokens.minus(moved.tokens);
  now.shares = now.shares.minus(moved.shares);
  now.store();
  setShares(by, left);
  // A token may refuse to transfer nothing.
  if (!moved.tokens.isZero()) push(by, moved.tokens);
  if (!moved.native.isZero()) pay(by, moved.native);
  emitProvided(by, false, moved);
  const both = Writer.of(2 * AMOUNT_BYTES);
  both.amount(moved.native);
  both.amount(moved.tokens);
  finish(both.start, both.length);
}

function swapNative(from: Reader): void {
  const tokensMin = from.amount();
  const until = from.u64();
  from.end();
  needTime(until);
  const by = caller();
  const paid = funds();
  const now = Reserves.load();
  const got = swapped(paid, now.native, now.tokens);
  needGot(got, tokensMin);
  now.native = sum(now.native, paid);
  now.tokens = now.tokens.minus(got);
  now.store();
  push(by, got);
  emitSwapped(by, true, paid, got);
  finishAmount(got);
}

function swapTokens(from: Reader): void {
  const paid = from.amount();
  const nativeMin = from.amount();
  const until = from.u64();
  from.end();
  needTime(until);
  const by = caller();
  const now = Reserves.load();
  const got = swapped(paid, now.tokens, now.native);
  needGot(got, nativeMin);
  now.tokens = sum(now.tokens, paid);
  now.native = now.native.minus(got);
  now.store();
  pull(by, paid);
  pay(by, got);
  emitSwapped(by, false, paid, got);
  finishAmount(got);
}

function quote(from: Reader, nativeIn: bool): void {
  const paid = from.amount();
  from.end();
  const now = Reserves.load();
  finishAmount(nativeIn ? swapped(paid, now.native, now.tokens) : swapped(paid, now.tokens, now.native));
}

// ---- Messages ----

export function init(): void {
  const message = Message.read();
  if (message.selector != INIT) revertSdk(SdkError.UnknownSelector);
  refuseFunds();
  const token = message.arguments.address();
  message.arguments.end();
  storage.set(fieldKey(TOKEN), token, ADDRESS_BYTES);
  const none = create<Reserves>();
  none.native = none.tokens = none.shares = amountOf(0);
  none.store();
  finish(0, 0);
}

export function call(): void {
  const message = Message.read();
  const selector = message.selector;
  const from = message.arguments;
  if (selector == ADD) return provide(from);
  if (selector == SWAP_NATIVE) return swapNative(from);
  if (selector != REMOVE && selector != SWAP_TOKENS) revertSdk(SdkError.UnknownSelector);
  refuseFunds();
  if (selector == REMOVE) remove(from);
  else swapTokens(from);
}

export function query(): void {
  const message = Message.read();
  const selector = message.selector;
  const from = message.arguments;
  if (selector == QUOTE_NATIVE || selector == QUOTE_TOKENS) return quote(from, selector == QUOTE_NATIVE);
  if (selector == SHARES_OF) {
    const provider = from.address();
    from.end();
    return finishAmount(getShares(provider));
  }
  if (selector != RESERVES && selector != TOKEN) revertSdk(SdkError.UnknownSelector);
  from.end();
  if (selector == TOKEN) return finish(getToken(), ADDRESS_BYTES);
  const to = Writer.of(3 * AMOUNT_BYTES);
  Reserves.load().write(to);
  finish(to.start, to.length);
}
