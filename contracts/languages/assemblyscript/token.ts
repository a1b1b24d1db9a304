// Token, as contracts/token: a fungible token with allowances.
//
// Always: the balances add up to the supply, which is fixed when the contract is created.

import { ADDRESS_BYTES, AMOUNT_BYTES, Amount, Message, Reader, SdkError, Writer, create } from "./argosy";
import { caller, fieldKey, finish, host, refuseFunds, revertError, revertSdk, selfAddress, storage } from "./argosy";

// Selectors, as `abi.py words` prints them.
const INIT: u32 = 0x4bdd90b6;
const TRANSFER: u32 = 0x4dcb4da4;
const APPROVE: u32 = 0x76fe2bdd;
const TRANSFER_FROM: u32 = 0x158277f4;
const NAME: u32 = 0xd3fefe54;
const SYMBOL: u32 = 0xf70ba411;
const DECIMALS: u32 = 0x7f75bcb6;
const SUPPLY: u32 = 0xb9c560d1;
const BALANCE_OF: u32 = 0x619c81c8;
const ALLOWANCE: u32 = 0x5ad6e33c;

// Keys of fields; those of name, symbol, decimals and supply are the selectors above.
const BALANCES: u32 = 0x83957994;
const ALLOWANCES: u32 = 0x61d36575;

// blake3("Transfer"), blake3("Approval")
const TRANSFER_EVENT = memory.data<u8>([
  0x81, 0xd0, 0xfb, 0x6a, 0xba, 0x18, 0xeb, 0x38, 0xf5, 0x0c, 0x73, 0x01, 0x57, 0x8c, 0xf6, 0x52,
  0x1a, 0xa9, 0xb0, 0x49, 0xf0, 0xcd, 0x2c, 0xe9, 0x26, 0xff, 0xb8, 0xf5, 0x16, 0x53, 0x72, 0x7b,
]);
const APPROVAL_EVENT = memory.data<u8>([
  0x75, 0x37, 0xb2, 0xc2, 0x9d, 0x16, 0x34, 0x4e, 0x2e, 0xfa, 0x78, 0x6a, 0x6f, 0x80, 0x3e, 0x02,
  0x8b, 0x1f, 0xf8, 0x71, 0xf7, 0xfc, 0x97, 0xaf, 0xdb, 0x60, 0x00, 0x14, 0x00, 0xa0, 0x6c, 0xdc,
]);

// Variants of TokenError.
const INSUFFICIENT_BALANCE: u8 = 0;
const INSUFFICIENT_ALLOWANCE: u8 = 1;

function insufficient(what: u8, have: Amount, need: Amount): void {
  const error = Writer.of(33);
  error.u8(what);
  error.amount(have);
  error.amount(need);
  revertError(error);
}

// ---- State: amounts under a field's key and one address or two ----

function balanceKey(owner: usize): Writer {
  const key = fieldKey(BALANCES, ADDRESS_BYTES);
  key.address(owner);
  return key;
}

function allowanceKey(owner: usize, spender: usize): Writer {
  const key = fieldKey(ALLOWANCES, 2 * ADDRESS_BYTES);
  key.address(owner);
  key.address(spender);
  return key;
}

function amountAt(key: Writer): Amount {
  const from = storage.read(key);
  if (from === null) return create<Amount>();
  const amount = from.amount();
  from.end();
  return amount;
}

/** Nothing is stored for nothing: an owner without tokens gets the deposit back. */
function setAmount(key: Writer, amount: Amount): void {
  if (amount.isZero()) storage.remove(key);
  else storage.set(key, changetype<usize>(amount), AMOUNT_BYTES);
}

/** Both events are { #[topic] address, #[topic] address, amount }. */
function emit(signature: usize, first: usize, second: usize, amount: Amount): void {
  const topics = Writer.of(96);
  topics.bytes(signature, 32);
  topics.address(first);
  topics.address(second);
  const data = Writer.of(2 * ADDRESS_BYTES + AMOUNT_BYTES);
  data.address(first);
  data.address(second);
  data.amount(amount);
  host.emit(topics.start, 3, data.start, data.length);
}

// ---- Methods ----

function transferBetween(from: usize, to: usize, amount: Amount): void {
  const owner = balanceKey(from);
  const have = amountAt(owner);
  if (have.isBelow(amount)) insufficient(INSUFFICIENT_BALANCE, have, amount);
  setAmount(owner, have.minus(amount));
  // Read after the write, so that a transfer to oneself changes nothing. The sum stays below the supply.
  const receiver = balanceKey(to);
  setAmount(receiver, amountAt(receiver).plus(amount));
  emit(TRANSFER_EVENT, from, to, amount);
  finish(0, 0);
}

function transfer(input: Reader): void {
  const to = input.address();
  const amount = input.amount();
  input.end();
  transferBetween(caller(), to, amount);
}

function approve(input: Reader): void {
  const spender = input.address();
  const amount = input.amount();
  input.end();
  const owner = caller();
  setAmount(allowanceKey(owner, spender), amount);
  emit(APPROVAL_EVENT, owner, spender, amount);
  finish(0, 0);
}

function transferFrom(input: Reader): void {
  const from = input.address();
  const to = input.address();
  const amount = input.amount();
  input.end();
  const key = allowanceKey(from, caller());
  const have = amountAt(key);
  if (have.isBelow(amount)) insufficient(INSUFFICIENT_ALLOWANCE, have, amount);
  setAmount(key, have.minus(amount));
  transferBetween(from, to, amount);
}

export function init(): void {
  const message = Message.read();
  if (message.selector != INIT) revertSdk(SdkError.UnknownSelector);
  refuseFunds();
  const input = message.arguments;
  const name = input.string();
  const symbol = input.string();
  const decimals = input.bytes(1);
  const supply = input.amount();
  input.end();
  const owner = caller();
  storage.set(fieldKey(NAME), name, <u32>(symbol - name));
  storage.set(fieldKey(SYMBOL), symbol, <u32>(decimals - symbol));
  storage.set(fieldKey(DECIMALS), decimals, 1);
  storage.set(fieldKey(SUPPLY), changetype<usize>(supply), AMOUNT_BYTES);
  storage.set(balanceKey(owner), changetype<usize>(supply), AMOUNT_BYTES);
  emit(TRANSFER_EVENT, selfAddress(), owner, supply);
  finish(0, 0);
}

export function call(): void {
  const message = Message.read();
  const method = message.selector;
  if (method != TRANSFER && method != APPROVE && method != TRANSFER_FROM) revertSdk(SdkError.UnknownSelector);
  refuseFunds();
  if (method == TRANSFER) transfer(message.arguments);
  if (method == APPROVE) approve(message.arguments);
  transferFrom(message.arguments);
}

/** What a field holds, of which `length` bytes are known; 0: a String. */
function answerItem(input: Reader, field: u32, length: u32): void {
  input.end();
  const from = storage.must(fieldKey(field));
  const value = length ? from.bytes(length) : from.string();
  from.end();
  finish(value, <u32>(from.at - value));
}

function answerAmount(input: Reader, key: Writer): void {
  input.end();
  finish(changetype<usize>(amountAt(key)), AMOUNT_BYTES);
}

export function query(): void {
  const message = Message.read();
  const input = message.arguments;
  switch (message.selector) {
    case NAME:
    case SYMBOL:
      answerItem(input, message.selector, 0);
      break;
    case DECIMALS:
      answerItem(input, DECIMALS, 1);
      break;
    case SUPPLY:
      answerItem(input, SUPPLY, AMOUNT_BYTES);
      break;
    case BALANCE_OF:
      answerAmount(input, balanceKey(input.address()));
      break;
    case ALLOWANCE:
      const owner = input.address();
      answerAmount(input, allowanceKey(owner, input.address()));
      break;
    default:
      revertSdk(SdkError.UnknownSelector);
  }
}
