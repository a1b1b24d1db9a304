// Every import once, so that the chain compares the signatures in argosy.h with its own. Nothing to be called.

#include "argosy.h"

ENTRY(call) {
    uint32_t n = argosy_input_len(), m = argosy_result_len();
    uint8_t *p = take(n);
    uint64_t sum = argosy_block_height() + argosy_block_time() + argosy_gas_left();
    argosy_input_read(p, 0, n);
    argosy_result_read(p, 0, m);
    sum += argosy_storage_get(p, n, p, n);
    argosy_storage_set(p, n, p, n);
    sum += argosy_storage_remove(p, n);
    sum += argosy_storage_range(p, n, p, n, 0, m);
    argosy_caller(p);
    argosy_self_address(p);
    argosy_signer(p);
    argosy_chain(p);
    argosy_funds(p);
    argosy_balance(p, p);
    sum += argosy_transfer(p, p);
    sum += argosy_call(p, p, sum, 0, p, n);
    sum += argosy_instantiate(p, p, p, p, sum, p, n, p);
    sum += argosy_upgrade_self(p, p, n);
    argosy_emit(p, 1, p, n);
    argosy_blake3(p, n, p);
    argosy_sha256(p, n, p);
    argosy_keccak256(p, n, p);
    sum += argosy_ed25519_verify(p, p, p, n);
    sum += argosy_secp256k1_verify(p, p, p);
    sum += argosy_secp256k1_recover(p, p, 0, p);
    sum += argosy_p256_verify(p, p, p);
    argosy_log(p, n);
    if (sum == 0) argosy_revert(p, n);
    argosy_finish(p, n);
}
