// Other contracts, funds, new instances, new code; each needs the capability of its name in the JSON.
//
// Always: a failure is a value. It changed nothing but the gas that is left, and the frame goes on.
// Before a call, write down what must be true if somebody calls this contract in turn.

#ifndef ARGOSY_CALLS_H
#define ARGOSY_CALLS_H

#include "chain.h"

// How something ended: docs/vm.md, 6.9. Others may come; whatever is not STATUS_SUCCESS is a failure.
typedef enum {
    STATUS_SUCCESS = 0,
    STATUS_REVERTED = 1,
    STATUS_OUT_OF_GAS = 2,
    STATUS_TRAPPED = 3,
    STATUS_CALL_DEPTH = 4,
    STATUS_REENTRY = 5,
    STATUS_INSUFFICIENT_BALANCE = 6,
    STATUS_DEPOSIT_LIMIT = 7,
    STATUS_CONTRACT_NOT_FOUND = 8,
    STATUS_CODE_NOT_FOUND = 9,
    STATUS_CODE_REJECTED = 10,
    STATUS_UNAUTHORIZED = 11,
    STATUS_CAPABILITY_MISSING = 12,
    STATUS_READ_ONLY = 13,
    STATUS_LIMIT_EXCEEDED = 14,
    STATUS_ABI_MISMATCH = 15,
    STATUS_ALREADY_EXISTS = 16,
    STATUS_ENTRY_MISSING = 17,
    STATUS_CODE_IN_USE = 18,
} status_code;

// How it ended, and what came back: the answer of a success, the reason of STATUS_REVERTED, nothing else.
typedef struct {
    status_code status;
    slice data;
} reply;

// ---- Calls ---------------------------------------------------------------------------------------------------

enum {
    // The callee may call back into contracts that are already running, such as this one.
    ALLOW_REENTRY = 1,
    // The callee may only read; its `query` runs instead of its `call`.
    READ_ONLY = 2,
};

typedef struct {
    const address *to;
    slice input;      // selector and arguments
    amount funds;     // to send along; needs `transfer` too
    uint64_t gas_max; // 0: all that may be passed on, 63/64 of what is left
    uint32_t flags;
} contract_call;

static reply invoke(const contract_call *it) {
    int32_t status =
        argosy_call(it->to, &it->funds, it->gas_max, it->flags, it->input.data, it->input.length);
    return (reply){(status_code)status, result_bytes()};
}

// Sends funds of this contract; no code runs.
static inline status_code transfer(const address *to, amount value) {
    return (status_code)argosy_transfer(to, &value);
}

// ---- New contracts, new code ---------------------------------------------------------------------------------

typedef struct {
    const hash *code;
    const hash *salt;     // tells instances of one code apart
    const address *admin; // who may replace the code; null: nobody
    slice input;          // selector and arguments of its `init`
    amount funds;
    uint64_t gas_max;
} new_contract;

// Creates it; `out` is its address if that succeeds, else it stays as it is.
static reply instantiate(const new_contract *it, address *out) {
    const void *admin = it->admin ? (const void *)it->admin : (const void *)UINTPTR_MAX;
    int32_t status = argosy_instantiate(it->code, it->salt, admin, &it->funds, it->gas_max, it->input.data,
                                        it->input.length, out);
    return (reply){(status_code)status, result_bytes()};
}

// Replaces the code of this contract: the new code runs this message of its `upgrade` now, and serves the next frame.
static reply upgrade_self(const hash *code, slice input) {
    int32_t status = argosy_upgrade_self(code, input.data, input.length);
    return (reply){(status_code)status, result_bytes()};
}

// ---- Replies -------------------------------------------------------------------------------------------------

// The end of a method that does not explain why what it needs has failed.
static _Noreturn inline void revert_reply(const reply *from) {
    revert_sdk(from->status == STATUS_SUCCESS ? BAD_REPLY : CALL_FAILED);
}

// A reader of the answer; the frame ends there if the call failed, or, as it is read, if the answer is another one.
static reader must_reply(const reply *from) {
    if (from->status != STATUS_SUCCESS) revert_reply(from);
    return (reader){from->data.data, from->data.data + from->data.length, BAD_REPLY};
}

// What a callee that reverted says of it.
typedef enum {
    REASON_NONE,  // it did not revert, or by bytes that no SDK writes
    REASON_ERROR, // its own error: `bytes` are its SCALE bytes
    REASON_TEXT,  // `bytes` are UTF-8
    REASON_SDK,   // `bytes` are one of sdk_error
} reason_kind;

typedef struct {
    reason_kind kind;
    slice bytes;
} reason;

// What has its length before it, if it is whole and nothing is behind it; others wrote it, so that a mistake is a value
// here.
static bool split_prefixed(slice from, slice *out) {
    if (from.length == 0) return false;
    uint32_t size = (uint32_t)1 << (from.data[0] & 3), length = 0;
    if (size > 4 || size > from.length) return false;
    __builtin_memcpy(&length, from.data, size);
    length >>= 2;
    if ((size == 2 && length < 1u << 6) || (size == 4 && length < 1u << 14)) return false;
    if (length != from.length - size) return false;
    *out = (slice){from.data + size, length};
    return true;
}

static reason reason_of(const reply *from) {
    const reason none = {REASON_NONE, {0, 0}};
    slice data = from->data, rest, bytes;
    if (from->status != STATUS_REVERTED || data.length == 0) return none;
    rest = (slice){data.data + 1, data.length - 1};
    switch (data.data[0]) {
    case 0:
        return split_prefixed(rest, &bytes) ? (reason){REASON_ERROR, bytes} : none;
    case 1:
        return split_prefixed(rest, &bytes) && is_utf8(bytes.data, bytes.data + bytes.length)
                   ? (reason){REASON_TEXT, bytes}
                   : none;
    case 2:
        return rest.length == 1 && rest.data[0] <= OVERFLOW ? (reason){REASON_SDK, {rest.data, 1}} : none;
    default:
        return none;
    }
}

#endif
