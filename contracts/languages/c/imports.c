// `call`: every import once, so that the chain compares the signatures in argosy.h with its own; nothing to be called.
// `query`: what the bindings have and no sample uses. The first byte of the message says what.

#include "calls.h"

ENTRY(init) {
    storage_set(TEXT("a"), TEXT("1"));
    storage_set(TEXT("b"), TEXT(""));
    storage_set(TEXT("c"), TEXT("3"));
    finish_nothing();
}

// A reply, from a status and data, as one would come.
static reply reply_of(reader *in) {
    status_code status = (status_code)read_u8(in);
    return (reply){status, {in->at, (uint32_t)(in->end - in->at)}};
}

// Its kind and its bytes.
static _Noreturn void say_reason(reply of) {
    reason why = reason_of(&of);
    writer to = new_writer(why.bytes.length + 1);
    write_u8(&to, (uint8_t)why.kind);
    if (why.bytes.length != 0) write_bytes(&to, why.bytes.data, why.bytes.length);
    finish(written(&to));
}

// The answer of a method that returns a u32.
static _Noreturn void say_answer(reply of) {
    reader from = must_reply(&of);
    uint32_t answer = read_u32(&from);
    read_end(&from);
    finish(SLICE_OF(answer));
}

static _Noreturn void say_whether(slice key) {
    const uint8_t is_there = storage_has(key);
    finish(SLICE_OF(is_there));
}

// All keys from one on, the last one first.
static _Noreturn void say_keys(slice start) {
    const storage_range range = {.start = start, .descending = true, .limit = UINT32_MAX};
    storage_entries entries = storage_entries_of(&range);
    uint8_t bytes[16];
    writer keys = WRITER(bytes);
    slice key, value;
    while (next_entry(&entries, &key, &value)) write_slice(&keys, key);
    finish(written(&keys));
}

ENTRY(query) {
    uint32_t length = argosy_input_len();
    uint8_t *input = take(length);
    argosy_input_read(input, 0, length);
    reader in = {input, input + length, BAD_ARGUMENTS};
    uint8_t what = read_u8(&in);
    slice rest = {in.at, (uint32_t)(in.end - in.at)};
    switch (what) {
    case 0: say_reason(reply_of(&in));
    case 1: say_answer(reply_of(&in));
    case 2: {
        hash topic = topic_of(rest);
        finish(SLICE_OF(topic));
    }
    case 3: say_whether(rest);
    default: say_keys(rest);
    }
}

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
