// What the chain knows and does beyond argosy.h, by types: the frame, storage and its ranges, events, the log, hashes
// and signatures.
//
// Always: what the chain answers is taken in a buffer of just that length. Nothing here keeps a pointer.
// Not here: other contracts (calls.h).

#ifndef ARGOSY_CHAIN_H
#define ARGOSY_CHAIN_H

#include "argosy.h"

typedef struct {
    uint8_t bytes[32];
} hash;

// An ed25519 key.
typedef struct {
    uint8_t bytes[32];
} ed25519_key;

// A compressed key of secp256k1 or P-256.
typedef struct {
    uint8_t bytes[33];
} ecdsa_key;

typedef struct {
    uint8_t bytes[64];
} signature;

// ---- Slices --------------------------------------------------------------------------------------------------

// The bytes of a variable or an array; of a text without its last zero.
#define SLICE_OF(value) ((slice){(const uint8_t *)&(value), sizeof(value)})
#define TEXT(text) ((slice){(const uint8_t *)(text), sizeof(text) - 1})

// What was written.
static inline slice written(const writer *from) { return (slice){from->start, from->length}; }

// With its length before it.
static inline void write_slice(writer *to, slice value) {
    write_compact(to, value.length);
    if (value.length != 0) write_bytes(to, value.data, value.length);
}

// What has its length before it: Vec<u8>, Bytes.
static inline slice read_slice(reader *from) {
    uint32_t length = read_compact(from);
    return (slice){read_bytes(from, length), length};
}

// A writer with so much room.
static inline writer new_writer(uint32_t capacity) { return (writer){take(capacity), 0, capacity}; }

// ---- Ends ----------------------------------------------------------------------------------------------------

static _Noreturn inline void finish(slice answer) { argosy_finish(answer.data, answer.length); }

// RevertData::Message(text), of valid UTF-8.
static _Noreturn void revert_text(slice text) {
    if (text.length > 256 * PAGE_BYTES) __builtin_trap();
    writer to = new_writer(text.length + 5);
    write_u8(&to, 1);
    write_slice(&to, text);
    argosy_revert(to.start, to.length);
}

// ---- The frame -----------------------------------------------------------------------------------------------

// Who signed the transaction. Ask `caller` who may do what.
static inline address signer(void) {
    address out;
    argosy_signer(&out);
    return out;
}

// The chain, by its genesis hash.
static inline hash genesis(void) {
    hash out;
    argosy_chain(&out);
    return out;
}

// What the caller sent along; part of the contract's balance already.
static inline amount funds(void) {
    amount out;
    argosy_funds(&out);
    return out;
}

// What an address owns.
static inline amount balance_of(const address *owner) {
    amount out;
    argosy_balance(owner, &out);
    return out;
}

static inline uint64_t block_height(void) { return argosy_block_height(); }
// Milliseconds since 1970.
static inline uint64_t block_time(void) { return argosy_block_time(); }
static inline uint64_t gas_left(void) { return argosy_gas_left(); }
// A line for the log of whichever node runs this. No effect on any result.
static inline void log_text(slice text) { argosy_log(text.data, text.length); }

// ---- Storage -------------------------------------------------------------------------------------------------

// All of the result register.
static slice result_bytes(void) {
    uint32_t length = argosy_result_len();
    uint8_t *bytes = take(length);
    argosy_result_read(bytes, 0, length);
    return (slice){bytes, length};
}

// What a key holds; `false` if it holds nothing.
static bool storage_get(slice key, slice *value) {
    reader from;
    if (!storage_read(key.data, key.length, &from)) return false;
    *value = (slice){from.at, (uint32_t)(from.end - from.at)};
    return true;
}

// Cheaper than reading it.
static inline bool storage_has(slice key) { return argosy_storage_get(key.data, key.length, (void *)0, 0) >= 0; }

static inline void storage_set(slice key, slice value) {
    argosy_storage_set(key.data, key.length, value.data, value.length);
}

// Whether the key had a value.
static inline bool storage_remove(slice key) { return argosy_storage_remove(key.data, key.length) != 0; }

// Entries with start <= key < end, in the order of bytes.
typedef struct {
    slice start;
    const slice *end; // null: no end
    bool descending;  // greatest key first
    uint32_t limit;   // at most; the chain may give fewer at once, and only none means that there are no more
} storage_range;

// Those that the chain gave and that were not taken yet.
typedef struct {
    uint32_t left;
    reader from;
} storage_entries;

static storage_entries storage_entries_of(const storage_range *range) {
    const slice *end = range->end;
    // More than the chain gives at once is no mistake, but -1 would be none.
    uint32_t limit = range->limit > INT32_MAX ? INT32_MAX : range->limit;
    argosy_storage_range(range->start.data, range->start.length, end ? end->data : (void *)0,
                         end ? end->length : UINT32_MAX, range->descending, limit);
    slice bytes = result_bytes();
    reader from = {bytes.data, bytes.data + bytes.length, CORRUPT_STORAGE};
    uint32_t left = read_compact(&from);
    return (storage_entries){left, from};
}

// The next one; `false` if there is none.
static bool next_entry(storage_entries *entries, slice *key, slice *value) {
    if (entries->left == 0) return false;
    entries->left--;
    *key = read_slice(&entries->from);
    *value = read_slice(&entries->from);
    return true;
}

// ---- Events --------------------------------------------------------------------------------------------------

static inline hash blake3(slice data) {
    hash out;
    argosy_blake3(data.data, data.length, &out);
    return out;
}

// The topic of an indexed field, from its SCALE bytes: padded with zeros, or their hash if they are longer.
static hash topic_of(slice field) {
    hash topic = {{0}};
    if (field.length > sizeof topic) return blake3(field);
    if (field.length != 0) __builtin_memcpy(&topic, field.data, field.length);
    return topic;
}

// The first topic is blake3 of the event's name; four at most.
static inline void emit(const hash *topics, uint32_t count, slice data) {
    argosy_emit(topics, count, data.data, data.length);
}

// ---- Hashes and signatures -----------------------------------------------------------------------------------

static inline hash sha256(slice data) {
    hash out;
    argosy_sha256(data.data, data.length, &out);
    return out;
}

// As Ethereum uses it; not SHA3-256.
static inline hash keccak256(slice data) {
    hash out;
    argosy_keccak256(data.data, data.length, &out);
    return out;
}

// By the strict rule.
static inline bool ed25519_verify(const ed25519_key *key, const signature *by, slice message) {
    return argosy_ed25519_verify(key, by, message.data, message.length) != 0;
}

// Low S only.
static inline bool secp256k1_verify(const ecdsa_key *key, const signature *by, const hash *of) {
    return argosy_secp256k1_verify(key, by, of) != 0;
}

// The key that signed; `false`, and `key` stays as it is, if there is none.
static inline bool secp256k1_recover(const hash *of, const signature *by, uint8_t recovery_id, ecdsa_key *key) {
    return argosy_secp256k1_recover(of, by, recovery_id, key) != 0;
}

// Low S only.
static inline bool p256_verify(const ecdsa_key *key, const signature *by, const hash *of) {
    return argosy_p256_verify(key, by, of) != 0;
}

#endif
