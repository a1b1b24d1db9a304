// Every import once, so that the chain compares the signatures in argosy.ts with its own. Nothing to be called.

import { finish, host, take } from "./argosy";

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
