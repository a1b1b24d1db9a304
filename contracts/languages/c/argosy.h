// The chain as a contract in C sees it: every import, a reader and a writer of SCALE, storage, errors, events.
//
//     clang --target=wasm32 -Os -nostdlib -ffreestanding … (see build.sh): no libc, no start code
//
// Always: whatever the input, a function here returns a value or ends the frame; nothing is read outside of its
// bytes. A frame lives for one message, so memory is only ever taken, never given back.
// Not here: names and types of methods. They stand in the JSON beside the sources (abi.py).

#ifndef ARGOSY_H
#define ARGOSY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// ---- Imports: docs/vm.md, 2.4 and 6 --------------------------------------------------------------------------

#define ARGOSY_IMPORT(name) __attribute__((import_module("argosy"), import_name(name))) extern

// Length of the input: selector and arguments.
ARGOSY_IMPORT("input_len") uint32_t argosy_input_len(void);
// Copies a part of the input.
ARGOSY_IMPORT("input_read") void argosy_input_read(void *out, uint32_t offset, uint32_t length);
// Ends the frame with success and this data.
ARGOSY_IMPORT("finish") _Noreturn void argosy_finish(const void *data, uint32_t length);
// Ends the frame, undoing it, with this data.
ARGOSY_IMPORT("revert") _Noreturn void argosy_revert(const void *data, uint32_t length);
// Length of the result register.
ARGOSY_IMPORT("result_len") uint32_t argosy_result_len(void);
// Copies a part of the result register.
ARGOSY_IMPORT("result_read") void argosy_result_read(void *out, uint32_t offset, uint32_t length);
// The value's length, or -1. The value goes to the result register, and to `out` if it fits whole.
ARGOSY_IMPORT("storage_get")
int64_t argosy_storage_get(const void *key, uint32_t key_length, void *out, uint32_t capacity);
// Gives a key its value.
ARGOSY_IMPORT("storage_set")
void argosy_storage_set(const void *key, uint32_t key_length, const void *value, uint32_t length);
// 1 if the key had a value.
ARGOSY_IMPORT("storage_remove") int32_t argosy_storage_remove(const void *key, uint32_t key_length);
// How many entries with start <= key < end, at most `limit`; they go to the result register as SCALE
// Vec<(Vec<u8>, Vec<u8>)>. `end_length` -1: no end. `flags` 1: greatest key first. Fewer than `limit` does not
// mean the end; none does.
ARGOSY_IMPORT("storage_range")
int32_t argosy_storage_range(const void *start, uint32_t start_length, const void *end, uint32_t end_length,
                             uint32_t flags, uint32_t limit);
// Who called this frame: 32 bytes.
ARGOSY_IMPORT("caller") void argosy_caller(void *out);
// This contract: 32 bytes.
ARGOSY_IMPORT("self_address") void argosy_self_address(void *out);
// Who signed the transaction: 32 bytes.
ARGOSY_IMPORT("signer") void argosy_signer(void *out);
// The genesis hash: 32 bytes.
ARGOSY_IMPORT("chain") void argosy_chain(void *out);
// What the caller sent along: 16 bytes.
ARGOSY_IMPORT("funds") void argosy_funds(void *out);
// What an address owns: 32 bytes in, 16 out.
ARGOSY_IMPORT("balance") void argosy_balance(const void *address, void *out);
// Height of the block.
ARGOSY_IMPORT("block_height") uint64_t argosy_block_height(void);
// Time of the block in milliseconds.
ARGOSY_IMPORT("block_time") uint64_t argosy_block_time(void);
// Sends native tokens: a status code. Needs the capability transfer.
ARGOSY_IMPORT("transfer") int32_t argosy_transfer(const void *to, const void *amount);
// Calls a contract: a status code; its data goes to the result register. Gas 0: all that may be passed on. Flags:
// 1 the callee may call back, 2 it may only read. Needs the capability call.
ARGOSY_IMPORT("call")
int32_t argosy_call(const void *address, const void *funds, uint64_t gas, uint32_t flags, const void *input,
                    uint32_t length);
// Creates a contract: a status code; its data goes to the result register, its address to `out`. `admin` may be
// (void *)-1: nobody. Needs the capability instantiate.
ARGOSY_IMPORT("instantiate")
int32_t argosy_instantiate(const void *code, const void *salt, const void *admin, const void *funds, uint64_t gas,
                           const void *input, uint32_t length, void *out);
// Replaces this contract's code: a status code. Needs the capability upgrade.
ARGOSY_IMPORT("upgrade_self") int32_t argosy_upgrade_self(const void *code, const void *input, uint32_t length);
// Announces something: up to 4 topics of 32 bytes, end to end, and data.
ARGOSY_IMPORT("emit") void argosy_emit(const void *topics, uint32_t count, const void *data, uint32_t length);
// Plain BLAKE3: 32 bytes.
ARGOSY_IMPORT("blake3") void argosy_blake3(const void *data, uint32_t length, void *out);
// SHA-256: 32 bytes.
ARGOSY_IMPORT("sha256") void argosy_sha256(const void *data, uint32_t length, void *out);
// Keccak as Ethereum uses it: 32 bytes.
ARGOSY_IMPORT("keccak256") void argosy_keccak256(const void *data, uint32_t length, void *out);
// 1 if valid: key of 32 bytes, signature of 64.
ARGOSY_IMPORT("ed25519_verify")
int32_t argosy_ed25519_verify(const void *key, const void *signature, const void *message, uint32_t length);
// 1 if valid: key of 33 bytes, signature of 64, hash of 32.
ARGOSY_IMPORT("secp256k1_verify")
int32_t argosy_secp256k1_verify(const void *key, const void *signature, const void *hash);
// 1 and a key of 33 bytes, or 0.
ARGOSY_IMPORT("secp256k1_recover")
int32_t argosy_secp256k1_recover(const void *hash, const void *signature, uint32_t recovery_id, void *out);
// 1 if valid: key of 33 bytes, signature of 64, hash of 32.
ARGOSY_IMPORT("p256_verify") int32_t argosy_p256_verify(const void *key, const void *signature, const void *hash);
// Gas that this frame has left.
ARGOSY_IMPORT("gas_left") uint64_t argosy_gas_left(void);
// A line for the log of whichever node runs this. No effect on any result.
ARGOSY_IMPORT("log") void argosy_log(const void *text, uint32_t length);

// An entry of the module: init, call, query or upgrade.
#define ENTRY(name) __attribute__((export_name(#name))) void argosy_entry_##name(void)

// ---- Types ---------------------------------------------------------------------------------------------------

typedef unsigned __int128 amount;

typedef struct {
    uint8_t bytes[32];
} address;

// Bytes that lie somewhere else.
typedef struct {
    const uint8_t *data;
    uint32_t length;
} slice;

// What the SDK for Rust refuses, too.
typedef enum {
    UNKNOWN_SELECTOR = 0,
    BAD_ARGUMENTS = 1,
    NOT_PAYABLE = 2,
    CORRUPT_STORAGE = 3,
    BAD_REPLY = 4,
    CALL_FAILED = 5,
    OVERFLOW = 6,
} sdk_error;

// ---- The ends of a frame -------------------------------------------------------------------------------------

// RevertData::Sdk(why).
static _Noreturn void revert_sdk(sdk_error why) {
    const uint8_t data[2] = {2, (uint8_t)why};
    argosy_revert(data, sizeof data);
}

// ---- Memory --------------------------------------------------------------------------------------------------

// The end of the module's constants; the linker knows it.
extern unsigned char __heap_base;

#define PAGE_BYTES 65536u

// So many bytes, zero at first and aligned to 8; ends the frame if there are none.
static void *take(uint32_t length) {
    static uintptr_t next;
    uintptr_t start = next ? next : ((uintptr_t)&__heap_base + 7) & ~(uintptr_t)7;
    uint32_t size = __builtin_wasm_memory_size(0) * PAGE_BYTES;
    if (length > 256 * PAGE_BYTES) __builtin_trap();
    uintptr_t end = (start + length + 7) & ~(uintptr_t)7;
    if (end > size && __builtin_wasm_memory_grow(0, (end - size + PAGE_BYTES - 1) / PAGE_BYTES) == (size_t)-1)
        __builtin_trap();
    next = end;
    return (void *)start;
}

// ---- Reading SCALE -------------------------------------------------------------------------------------------

// Where the reader is, and what to say if the bytes are not what they should be.
typedef struct {
    const uint8_t *at;
    const uint8_t *end;
    sdk_error why;
} reader;

static const uint8_t *read_bytes(reader *from, uint32_t length) {
    const uint8_t *at = from->at;
    if (length > (uint32_t)(from->end - at)) revert_sdk(from->why);
    from->at = at + length;
    return at;
}

static inline uint8_t read_u8(reader *from) { return *read_bytes(from, 1); }

static inline uint32_t read_u32(reader *from) {
    uint32_t value;
    __builtin_memcpy(&value, read_bytes(from, sizeof value), sizeof value);
    return value;
}

static inline uint64_t read_u64(reader *from) {
    uint64_t value;
    __builtin_memcpy(&value, read_bytes(from, sizeof value), sizeof value);
    return value;
}

static inline amount read_amount(reader *from) {
    amount value;
    __builtin_memcpy(&value, read_bytes(from, sizeof value), sizeof value);
    return value;
}

static inline address read_address(reader *from) {
    address value;
    __builtin_memcpy(&value, read_bytes(from, sizeof value), sizeof value);
    return value;
}

// Whether an Option has a value, which is next then; a bool is the same byte.
static inline bool read_some(reader *from) {
    uint8_t value = read_u8(from);
    if (value > 1) revert_sdk(from->why);
    return value;
}

// A length or a count. Only the shortest form is one; 2^30 and above cannot be: no input is as long.
static uint32_t read_compact(reader *from) {
    uint32_t first = read_u8(from), value;
    switch (first & 3) {
    case 0:
        return first >> 2;
    case 1:
        value = (first | (uint32_t)read_u8(from) << 8) >> 2;
        if (value < 1u << 6) revert_sdk(from->why);
        return value;
    case 2:
        from->at--;
        value = read_u32(from) >> 2;
        if (value < 1u << 14) revert_sdk(from->why);
        return value;
    default:
        revert_sdk(from->why);
    }
}

// Whether bytes are UTF-8: no overlong forms, no surrogates, nothing above U+10FFFF.
static bool is_utf8(const uint8_t *at, const uint8_t *end) {
    while (at < end) {
        uint64_t eight;
        if (end - at >= 8 && (__builtin_memcpy(&eight, at, 8), !(eight & 0x8080808080808080))) {
            at += 8;
            continue;
        }
        uint8_t first = *at++;
        if (first < 0x80) continue;
        uint32_t more = first < 0xE0 ? 1 : first < 0xF0 ? 2 : 3;
        if (first < 0xC2 || first > 0xF4 || (uint32_t)(end - at) < more) return false;
        uint8_t low = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
        uint8_t high = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
        if (*at < low || *at > high) return false;
        for (at++; --more; at++)
            if ((*at & 0xC0) != 0x80) return false;
    }
    return true;
}

// A String as it is encoded: its length, then its text.
static slice read_string(reader *from) {
    const uint8_t *start = from->at;
    uint32_t length = read_compact(from);
    const uint8_t *text = read_bytes(from, length);
    if (!is_utf8(text, from->at)) revert_sdk(from->why);
    return (slice){start, (uint32_t)(from->at - start)};
}

// There must be nothing more.
static void read_end(const reader *from) {
    if (from->at != from->end) revert_sdk(from->why);
}

// ---- Writing SCALE -------------------------------------------------------------------------------------------

// Bytes under construction, in a buffer that must be large enough.
typedef struct {
    uint8_t *start;
    uint32_t length;
    uint32_t capacity;
} writer;

#define WRITER(buffer) ((writer){(buffer), 0, sizeof(buffer)})

static inline void write_bytes(writer *to, const void *bytes, uint32_t length) {
    if (length > to->capacity - to->length) __builtin_trap();
    __builtin_memcpy(to->start + to->length, bytes, length);
    to->length += length;
}

static inline void write_u8(writer *to, uint8_t value) { write_bytes(to, &value, sizeof value); }
static inline void write_u32(writer *to, uint32_t value) { write_bytes(to, &value, sizeof value); }
static inline void write_u64(writer *to, uint64_t value) { write_bytes(to, &value, sizeof value); }
static inline void write_amount(writer *to, amount value) { write_bytes(to, &value, sizeof value); }
static inline void write_address(writer *to, const address *value) { write_bytes(to, value, sizeof *value); }

static inline void write_compact(writer *to, uint32_t value) {
    if (value < 1u << 6) return write_u8(to, (uint8_t)(value << 2));
    uint32_t mode = value < 1u << 14 ? 1 : 2, bytes = value << 2 | mode;
    if (value >= 1u << 30) __builtin_trap();
    write_bytes(to, &bytes, mode == 1 ? 2 : 4);
}

// A String, or anything else with its length before it.
static inline void write_string(writer *to, const void *text, uint32_t length) {
    write_compact(to, length);
    write_bytes(to, text, length);
}

// RevertData::Error(error): the end of a method that returns an error.
static _Noreturn void revert_error(const writer *error) {
    uint8_t *data = take(error->length + 5);
    writer to = {data, 0, error->length + 5};
    write_u8(&to, 0);
    write_string(&to, error->start, error->length);
    argosy_revert(data, to.length);
}

// ---- Messages ------------------------------------------------------------------------------------------------

// A message: which method, and its arguments.
typedef struct {
    uint32_t selector;
    reader arguments;
} message;

// A selector as a number, from the four bytes that `abi.py words` prints.
#define SELECTOR(a, b, c, d) ((uint32_t)(a) | (uint32_t)(b) << 8 | (uint32_t)(c) << 16 | (uint32_t)(d) << 24)

// The input. Too short for a selector: there is no such method.
static message read_message(void) {
    uint32_t length = argosy_input_len();
    uint8_t *input = take(length);
    argosy_input_read(input, 0, length);
    reader from = {input, input + length, UNKNOWN_SELECTOR};
    uint32_t selector = read_u32(&from);
    from.why = BAD_ARGUMENTS;
    return (message){selector, from};
}

// For methods that take no funds.
static void refuse_funds(void) {
    amount funds;
    argosy_funds(&funds);
    if (funds != 0) revert_sdk(NOT_PAYABLE);
}

static inline address caller(void) {
    address out;
    argosy_caller(&out);
    return out;
}

static inline address self_address(void) {
    address out;
    argosy_self_address(&out);
    return out;
}

static _Noreturn inline void finish_nothing(void) { argosy_finish((const void *)0, 0); }

// ---- Storage -------------------------------------------------------------------------------------------------

// Room for most values, which saves a second call of the chain.
#define SMALL_VALUE_BYTES 64

// A reader of what a key holds; `false` if it holds nothing.
static bool storage_read(const void *key, uint32_t key_length, reader *from) {
    uint8_t *value = take(SMALL_VALUE_BYTES);
    int64_t found = argosy_storage_get(key, key_length, value, SMALL_VALUE_BYTES);
    if (found < 0) return false;
    uint32_t length = (uint32_t)found;
    if (length > SMALL_VALUE_BYTES) {
        value = take(length);
        argosy_result_read(value, 0, length);
    }
    *from = (reader){value, value + length, CORRUPT_STORAGE};
    return true;
}

#endif
