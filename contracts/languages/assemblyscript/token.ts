// Token, as contracts/token: a fungible token with allowances, which owners can also sign off the chain.
//
// Always: the balances add up to the supply, which is fixed when the contract is created. A signed allowance is taken
// once, here, until its time, in the order in which it was signed, and never after its owner named the signer anew.

import { ADDRESS_BYTES, AMOUNT_BYTES, Amount, Message, Reader, SdkError, Writer, create, take } from "./argosy";
import { caller, fieldKey, finish, host, refuseFunds, revertError, revertSdk, selfAddress, storage } from "./argosy";

// Selectors, as `abi.py words` prints them.
const INIT: u32 = 0x4bdd90b6;
const TRANSFER: u32 = 0x4dcb4da4;
const APPROVE: u32 = 0x76fe2bdd;
const TRANSFER_FROM: u32 = 0x158277f4;
const SET_SIGNER: u32 = 0xddae2dbf;
const PERMIT: u32 = 0xd48b67b7;
const PERMIT_HASH: u32 = 0x3fa4a5c8;
const PERMIT_NONCE: u32 = 0xa7637a27;
const NAME: u32 = 0xd3fefe54;
const SYMBOL: u32 = 0xf70ba411;
const DECIMALS: u32 = 0x7f75bcb6;
const SUPPLY: u32 = 0xb9c560d1;
const BALANCE_OF: u32 = 0x619c81c8;
const ALLOWANCE: u32 = 0x5ad6e33c;

// Keys of fields; those of name, symbol, decimals and supply are the selectors above.
const BALANCES: u32 = 0x83957994;
const ALLOWANCES: u32 = 0x61d36575;
const PERMITS: u32 = 0xa16dfc77;

// blake3("Transfer"), blake3("Approval")
const TRANSFER_EVENT = memory.data<u8>([
  0x81, 0xd0, 0xfb, 0x6a, 0xba, 0x18, 0xeb, 0x38, 0xf5, 0x0c, 0x73, 0x01, 0x57, 0x8c, 0xf6, 0x52,
  0x1a, 0xa9, 0xb0, 0x49, 0xf0, 0xcd, 0x2c, 0xe9, 0x26, 0xff, 0xb8, 0xf5, 0x16, 0x53, 0x72, 0x7b,
]);
const APPROVAL_EVENT = memory.data<u8>([
  0x75, 0x37, 0xb2, 0xc2, 0x9d, 0x16, 0x34, 0x4e, 0x2e, 0xfa, 0x78, 0x6a, 0x6f, 0x80, 0x3e, 0x02,
  0x8b, 0x1f, 0xf8, 0x71, 0xf7, 0xfc, 0x97, 0xaf, 0xdb, 0x60, 0x00, 0x14, 0x00, 0xa0, 0x6c, 0xdc,
]);

// "argosy permit", "permit"
const MACHINERY = memory.data<u8>([0x61, 0x72, 0x67, 0x6f, 0x73, 0x79, 0x20, 0x70, 0x65, 0x72, 0x6d, 0x69, 0x74]);
const MACHINERY_BYTES: u32 = 13;
const METHOD = memory.data<u8>([0x70, 0x65, 0x72, 0x6d, 0x69, 0x74]);
const METHOD_BYTES: u32 = 6;

const KEY_BYTES: u32 = 32;
const SIGNATURE_BYTES: u32 = 64;
const HASH_BYTES: u32 = 32;
const NONCE_BYTES: u32 = 8;

// Variants of TokenError.
const INSUFFICIENT_BALANCE: u8 = 0;
const INSUFFICIENT_ALLOWANCE: u8 = 1;
const PERMIT_TOO_LATE: u8 = 2;
const NO_SIGNER: u8 = 3;
const BAD_PERMIT: u8 = 4;

function insufficient(what: u8, have: Amount, need: Amount): void {
  const error = Writer.of(33);
  error.u8(what);
  error.amount(have);
  error.amount(need);
  revertError(error);
}

function refuse(why: u8): void {
  const error = Writer.of(1);
  error.u8(why);
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

// ---- Who signs for whom: (Option<[u8; 32]>, u64) under a field's key and an owner ----

/** Of an epoch; also the lower half of a number. */
const USES: u64 = 0xffffffff;

/**
 * The key, and the number of the next permit: an epoch in its upper half, the permits taken in it in its lower.
 * Kept also without a key: numbers are never used again.
 */
@unmanaged @final
class Signing {
  /** Where the key lies; 0: there is none. */
  key: usize;
  nonce: u64;

  /** The number after, in the same epoch. An epoch that is used up takes none until the signer is named anew. */
  nextUse(): void {
    if ((this.nonce & USES) == USES) revertSdk(SdkError.Overflow);
    this.nonce += 1;
  }

  /** The first number of the epoch after, for which nobody has signed. */
  nextEpoch(): void {
    const last = this.nonce | USES;
    if (last == u64.MAX_VALUE) revertSdk(SdkError.Overflow);
    this.nonce = last + 1;
  }
}

function keyIn(from: Reader): usize {
  return from.some() ? from.bytes(KEY_BYTES) : 0;
}

function signingKey(owner: usize): Writer {
  const key = fieldKey(PERMITS, ADDRESS_BYTES);
  key.address(owner);
  return key;
}

/** `null`: the owner has never named a key. */
function signingAt(key: Writer): Signing | null {
  const from = storage.read(key);
  if (from === null) return null;
  const signing = create<Signing>();
  signing.key = keyIn(from);
  signing.nonce = from.u64();
  from.end();
  return signing;
}

/** Without a key, and 0, if the owner has never named one. */
function signingOf(owner: usize): Signing {
  const signing = signingAt(signingKey(owner));
  return signing === null ? create<Signing>() : signing;
}

function setSigning(key: Writer, signing: Signing): void {
  const value = Writer.of(1 + KEY_BYTES + NONCE_BYTES);
  value.u8(signing.key ? 1 : 0);
  if (signing.key) value.bytes(signing.key, KEY_BYTES);
  value.u64(signing.nonce);
  storage.set(key, value.start, value.length);
}

@unmanaged @final
class Permission {
  owner: usize;
  spender: usize;
  amount: Amount;
  until: u64;

  static read(from: Reader): Permission {
    const it = create<Permission>();
    it.owner = from.address();
    it.spender = from.address();
    it.amount = from.amount();
    it.until = from.u64();
    return it;
  }

  /** Where the hash lies that the owner's key signs, as access::Permits of the SDK has it. */
  hash(nonce: u64): usize {
    const chain = take(HASH_BYTES);
    host.chain(chain);
    const bytes = Writer.of(192);
    bytes.string(MACHINERY, MACHINERY_BYTES);
    bytes.bytes(chain, HASH_BYTES);
    bytes.address(selfAddress());
    bytes.address(this.owner);
    bytes.u64(nonce);
    bytes.u64(this.until);
    bytes.string(METHOD, METHOD_BYTES);
    bytes.address(this.spender);
    bytes.amount(this.amount);
    const out = take(HASH_BYTES);
    host.blake3(bytes.start, bytes.length, out);
    return out;
  }
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

function allow(owner: usize, spender: usize, amount: Amount): void {
  setAmount(allowanceKey(owner, spender), amount);
  emit(APPROVAL_EVENT, owner, spender, amount);
  finish(0, 0);
}

function approve(input: Reader): void {
  const spender = input.address();
  const amount = input.amount();
  input.end();
  allow(caller(), spender, amount);
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

function setSigner(input: Reader): void {
  const signing = create<Signing>();
  signing.key = keyIn(input);
  input.end();
  const key = signingKey(caller());
  const before = signingAt(key);
  if (before !== null) {
    before.nextEpoch();
    signing.nonce = before.nonce;
  }
  setSigning(key, signing);
  finish(0, 0);
}

function permit(input: Reader): void {
  const permission = Permission.read(input);
  const signature = input.bytes(SIGNATURE_BYTES);
  input.end();
  if (host.block_time() > permission.until) refuse(PERMIT_TOO_LATE);
  const owner = permission.owner;
  const signing = signingOf(owner);
  if (!signing.key) refuse(NO_SIGNER);
  const hash = permission.hash(signing.nonce);
  if (!host.ed25519_verify(signing.key, signature, hash, HASH_BYTES)) refuse(BAD_PERMIT);
  signing.nextUse();
  setSigning(signingKey(owner), signing);
  allow(owner, permission.spender, permission.amount);
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
  if (method != TRANSFER && method != APPROVE && method != TRANSFER_FROM && method != SET_SIGNER && method != PERMIT)
    revertSdk(SdkError.UnknownSelector);
  refuseFunds();
  if (method == TRANSFER) transfer(message.arguments);
  if (method == APPROVE) approve(message.arguments);
  if (method == TRANSFER_FROM) transferFrom(message.arguments);
  if (method == SET_SIGNER) setSigner(message.arguments);
  permit(message.arguments);
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

function answerPermitHash(input: Reader): void {
  const permission = Permission.read(input);
  input.end();
  finish(permission.hash(signingOf(permission.owner).nonce), HASH_BYTES);
}

function answerPermitNonce(input: Reader): void {
  const owner = input.address();
  input.end();
  const answer = Writer.of(NONCE_BYTES);
  answer.u64(signingOf(owner).nonce);
  finish(answer.start, answer.length);
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
    case PERMIT_HASH:
      answerPermitHash(input);
      break;
    case PERMIT_NONCE:
      answerPermitNonce(input);
      break;
    default:
      revertSdk(SdkError.UnknownSelector);
  }
}
