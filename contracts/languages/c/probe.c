// Probe, as contracts/probe: does on request what contracts should not do, and everything that the chain offers.
//
// For the tests of the node. Each message does one thing. Anyone can make a probe do anything.

#include "calls.h"
#include "probe_words.h"

// ProbeError
enum { PLAIN = 0, DETAILED = 1 };

static _Noreturn void fail_plain(void) {
    uint8_t bytes[1];
    writer error = WRITER(bytes);
    write_u8(&error, PLAIN);
    revert_error(&error);
}

static _Noreturn void fail_detailed(uint32_t code, slice text) {
    writer to = new_writer(text.length + 9);
    write_u8(&to, DETAILED);
    write_u32(&to, code);
    write_slice(&to, text);
    revert_error(&to);
}

// ---- Arguments and answers -----------------------------------------------------------------------------------

// A text without the length before it.
static slice read_text(reader *from) {
    slice encoded = read_string(from);
    reader text = {encoded.data, encoded.data + encoded.length, from->why};
    return read_slice(&text);
}

static hash read_hash(reader *from) {
    hash value;
    __builtin_memcpy(&value, read_bytes(from, sizeof value), sizeof value);
    return value;
}

static signature read_signature(reader *from) {
    signature value;
    __builtin_memcpy(&value, read_bytes(from, sizeof value), sizeof value);
    return value;
}

static ecdsa_key read_ecdsa_key(reader *from) {
    ecdsa_key value;
    __builtin_memcpy(&value, read_bytes(from, sizeof value), sizeof value);
    return value;
}

static _Noreturn void finish_bool(bool value) {
    const uint8_t byte = value;
    finish(SLICE_OF(byte));
}

static _Noreturn void finish_u32(uint32_t value) { finish(SLICE_OF(value)); }
static _Noreturn void finish_u64(uint64_t value) { finish(SLICE_OF(value)); }

static _Noreturn void finish_bytes(slice value) {
    writer to = new_writer(value.length + 4);
    write_slice(&to, value);
    finish(written(&to));
}

// Tried { status, data }
static _Noreturn void finish_tried(const reply *from) {
    writer to = new_writer(from->data.length + 5);
    write_u8(&to, (uint8_t)from->status);
    write_slice(&to, from->data);
    finish(written(&to));
}

// So many bytes of one value.
static slice filled(uint8_t value, uint32_t length) {
    uint8_t *bytes = take(length);
    __builtin_memset(bytes, value, length);
    return (slice){bytes, length};
}

// ---- State ---------------------------------------------------------------------------------------------------

static void set_note(slice text) {
    writer to = new_writer(text.length + 4);
    write_slice(&to, text);
    storage_set(SLICE_OF(NOTE_KEY), written(&to));
}

static _Noreturn void note(void) {
    reader from;
    if (!storage_read(NOTE_KEY, sizeof NOTE_KEY, &from)) revert_sdk(CORRUPT_STORAGE);
    slice text = read_string(&from);
    read_end(&from);
    finish(text);
}

static uint64_t get_counter(void) {
    reader from;
    if (!storage_read(COUNTER_KEY, sizeof COUNTER_KEY, &from)) return 0;
    uint64_t value = read_u64(&from);
    read_end(&from);
    return value;
}

static void set_counter(uint64_t value) { storage_set(SLICE_OF(COUNTER_KEY), SLICE_OF(value)); }

// The key of the entry of a number: big-endian, so that keys sort like numbers.
typedef struct {
    uint8_t bytes[8];
} entry_key;

static entry_key key_of(uint32_t number) {
    entry_key key;
    uint32_t swapped = __builtin_bswap32(number);
    __builtin_memcpy(key.bytes, ENTRIES_KEY, 4);
    __builtin_memcpy(key.bytes + 4, &swapped, 4);
    return key;
}

static _Noreturn void fill(uint32_t count, uint32_t value_bytes) {
    slice value = filled(9, value_bytes);
    writer to = new_writer(value_bytes + 4);
    write_slice(&to, value);
    for (uint32_t number = 0; number < count; number++) {
        entry_key key = key_of(number);
        storage_set(SLICE_OF(key), written(&to));
    }
    finish_nothing();
}

static _Noreturn void clear(uint32_t count) {
    uint32_t removed = 0;
    for (uint32_t number = 0; number < count; number++) {
        entry_key key = key_of(number);
        removed += storage_remove(SLICE_OF(key));
    }
    finish_u32(removed);
}

static _Noreturn void read_raw(slice key) {
    slice value;
    if (!storage_get(key, &value)) finish_bool(false);
    writer to = new_writer(value.length + 5);
    write_u8(&to, 1);
    write_slice(&to, value);
    finish(written(&to));
}

static uint32_t number_of(slice key) {
    uint32_t number;
    if (key.length != sizeof(entry_key)) revert_sdk(CORRUPT_STORAGE);
    __builtin_memcpy(&number, key.data + 4, 4);
    return __builtin_bswap32(number);
}

static _Noreturn void scan(uint32_t from, uint32_t to, bool descending, uint32_t limit) {
    entry_key start = key_of(from), end = key_of(to);
    const slice behind = SLICE_OF(end);
    const storage_range range = {SLICE_OF(start), &behind, descending, limit};
    storage_entries entries = storage_entries_of(&range);
    writer numbers = new_writer(entries.left * 4 + 4);
    write_compact(&numbers, entries.left);
    slice key, value;
    while (next_entry(&entries, &key, &value)) {
        write_u32(&numbers, number_of(key));
        reader bytes = {value.data, value.data + value.length, CORRUPT_STORAGE};
        read_slice(&bytes);
        read_end(&bytes);
    }
    finish(written(&numbers));
}

// ---- Ends, memory --------------------------------------------------------------------------------------------

__attribute__((noinline)) static uint32_t recurse(volatile uint32_t depth) {
    return depth == 0 ? 0 : recurse(depth - 1) + 1;
}

static _Noreturn void spin(void) {
    for (;;) {
    }
}

static uint32_t divide(uint32_t a, uint32_t b) {
    if (b == 0) __builtin_trap();
    return a / b;
}

static uint32_t grow(uint32_t pages) { return (uint32_t)__builtin_wasm_memory_grow(0, pages); }

static uint32_t grow_often(uint32_t pages, uint32_t times) {
    uint32_t before = 0;
    while (times-- != 0) before = grow(pages);
    return before;
}

static _Noreturn void overflow(uint64_t number) {
    uint64_t sum;
    if (__builtin_add_overflow(number, (uint64_t)1, &sum)) revert_sdk(OVERFLOW);
    finish_u64(sum);
}

// Behind any memory, for accesses of more than 16 bytes. The chain must refuse every one of these.
static _Noreturn void bad_pointer(uint8_t what) {
    void *const behind = (void *)-16, *const nothing = (void *)0;
    switch (what) {
    case 0: argosy_input_read(behind, 0, 1); break;
    case 1: argosy_storage_get(behind, 64, nothing, 0); break;
    case 2: argosy_storage_set(nothing, 4, behind, 64); break;
    case 3: argosy_log((void *)INT32_MIN, 1); break;
    case 4: argosy_caller(behind); break;
    case 5: argosy_log(behind, 32); break;
    case 6: argosy_emit(behind, 1, nothing, 0); break;
    default: argosy_call(behind, nothing, 0, 0, nothing, 0); break;
    }
    finish_nothing();
}

// ---- Events, logs --------------------------------------------------------------------------------------------

// Noise { #[topic] number, payload }
static void emit_noise(uint32_t number, slice payload) {
    const hash topics[2] = {NOISE, topic_of(SLICE_OF(number))};
    writer event = new_writer(payload.length + 8);
    write_u32(&event, number);
    write_slice(&event, payload);
    emit(topics, 2, written(&event));
}

static _Noreturn void emit_many(uint32_t count, uint32_t payload_bytes) {
    slice payload = filled(5, payload_bytes);
    for (uint32_t number = 0; number < count; number++) emit_noise(number, payload);
    finish_nothing();
}

static _Noreturn void log_often(slice text, uint32_t times) {
    while (times-- != 0) log_text(text);
    finish_nothing();
}

// ---- Other contracts -----------------------------------------------------------------------------------------

static _Noreturn void relay(reader *in) {
    address to = read_address(in);
    contract_call call = {.to = &to, .funds = read_amount(in)};
    call.gas_max = read_u64(in);
    if (read_some(in)) call.flags |= ALLOW_REENTRY;
    if (read_some(in)) call.flags |= READ_ONLY;
    call.input = read_slice(in);
    read_end(in);
    reply answer = invoke(&call);
    finish_tried(&answer);
}

static reply relay_plainly(reader *in, uint32_t flags) {
    address to = read_address(in);
    const contract_call call = {.to = &to, .input = read_slice(in), .flags = flags};
    read_end(in);
    return invoke(&call);
}

static _Noreturn void relay_and_fail(reader *in) {
    reply answer = relay_plainly(in, 0);
    fail_detailed(answer.status, TEXT("relayed"));
}

static _Noreturn void relay_in_query(reader *in) {
    reply answer = relay_plainly(in, READ_ONLY);
    finish_tried(&answer);
}

static _Noreturn void nest(uint32_t depth) {
    if (depth == 0) finish_u32(0);
    uint8_t bytes[8];
    writer input = WRITER(bytes);
    write_u32(&input, NEST);
    write_u32(&input, depth - 1);
    address here = self_address();
    const contract_call call = {.to = &here, .input = written(&input), .flags = ALLOW_REENTRY};
    reply answer = invoke(&call);
    if (answer.status != STATUS_SUCCESS || answer.data.length != 4) finish_u32(1);
    reader below = must_reply(&answer);
    finish_u32(read_u32(&below) + 1);
}

static _Noreturn void send(reader *in) {
    address to = read_address(in);
    amount value = read_amount(in);
    read_end(in);
    const uint8_t status = (uint8_t)transfer(&to, value);
    finish(SLICE_OF(status));
}

static _Noreturn void spawn(reader *in) {
    hash code = read_hash(in), salt = read_hash(in);
    address admin, created;
    new_contract what = {.code = &code, .salt = &salt};
    if (read_some(in)) {
        admin = read_address(in);
        what.admin = &admin;
    }
    what.funds = read_amount(in);
    what.input = read_slice(in);
    read_end(in);
    reply answer = instantiate(&what, &created);
    if (answer.status == STATUS_SUCCESS) {
        writer both = new_writer(answer.data.length + 32);
        write_address(&both, &created);
        write_bytes(&both, answer.data.data, answer.data.length);
        answer.data = written(&both);
    }
    finish_tried(&answer);
}

static _Noreturn void become_code(reader *in) {
    hash code = read_hash(in);
    slice input = read_slice(in);
    read_end(in);
    reply answer = upgrade_self(&code, input);
    finish_tried(&answer);
}

static _Noreturn void surroundings(void) {
    address by = caller(), here = self_address(), who = signer();
    hash chain = genesis();
    uint8_t bytes[4 * 32 + 2 * 16 + 2 * 8];
    writer to = WRITER(bytes);
    write_address(&to, &by);
    write_address(&to, &here);
    write_address(&to, &who);
    write_bytes(&to, &chain, sizeof chain);
    write_amount(&to, funds());
    write_amount(&to, balance_of(&here));
    write_u64(&to, block_height());
    write_u64(&to, block_time());
    finish(written(&to));
}

// ---- Hashes and signatures -----------------------------------------------------------------------------------

static _Noreturn void hashes(slice data) {
    const hash all[3] = {blake3(data), sha256(data), keccak256(data)};
    finish(SLICE_OF(all));
}

static _Noreturn void verify_ed25519(reader *in) {
    ed25519_key key;
    __builtin_memcpy(&key, read_bytes(in, sizeof key), sizeof key);
    signature by = read_signature(in);
    slice message = read_slice(in);
    read_end(in);
    finish_bool(ed25519_verify(&key, &by, message));
}

static _Noreturn void verify_ecdsa(reader *in, bool is_p256) {
    ecdsa_key key = read_ecdsa_key(in);
    signature by = read_signature(in);
    hash of = read_hash(in);
    read_end(in);
    finish_bool(is_p256 ? p256_verify(&key, &by, &of) : secp256k1_verify(&key, &by, &of));
}

static _Noreturn void recover_secp256k1(reader *in) {
    hash of = read_hash(in);
    signature by = read_signature(in);
    uint8_t id = read_u8(in);
    read_end(in);
    uint8_t answer[1 + sizeof(ecdsa_key)] = {1};
    ecdsa_key key;
    if (!secp256k1_recover(&of, &by, id, &key)) finish_bool(false);
    __builtin_memcpy(answer + 1, &key, sizeof key);
    finish(SLICE_OF(answer));
}

// ---- Messages ------------------------------------------------------------------------------------------------

// One argument, and nothing behind it.
static uint32_t only_u32(reader *in) {
    uint32_t value = read_u32(in);
    read_end(in);
    return value;
}

static slice only_slice(reader *in) {
    slice value = read_slice(in);
    read_end(in);
    return value;
}

static slice only_text(reader *in) {
    slice value = read_text(in);
    read_end(in);
    return value;
}

typedef struct {
    uint32_t first;
    uint32_t second;
} two;

static two two_u32(reader *in) {
    two both;
    both.first = read_u32(in);
    both.second = only_u32(in);
    return both;
}

ENTRY(init) {
    message in = read_message();
    reader *from = &in.arguments;
    if (in.selector == INIT) {
        set_note(only_text(from));
        finish_nothing();
    }
    if (in.selector != INIT_FAILING) revert_sdk(UNKNOWN_SELECTOR);
    refuse_funds();
    uint32_t code = only_u32(from);
    set_note(TEXT("never seen"));
    fail_detailed(code, TEXT("init"));
}

ENTRY(upgrade) {
    message in = read_message();
    if (in.selector == UPGRADE) {
        set_note(only_text(&in.arguments));
        finish_nothing();
    }
    if (in.selector != UPGRADE_FAILING) revert_sdk(UNKNOWN_SELECTOR);
    read_end(&in.arguments);
    set_note(TEXT("never seen"));
    fail_plain();
}

static _Noreturn void store(reader *in) {
    slice key = read_slice(in), value = only_slice(in);
    storage_set(key, value);
    finish_nothing();
}

static _Noreturn void store_large(two bytes) {
    storage_set(filled(7, bytes.first), filled(8, bytes.second));
    finish_nothing();
}

static _Noreturn void fail_with_error(reader *in) {
    uint32_t code = read_u32(in);
    slice text = only_text(in);
    set_counter(0);
    fail_detailed(code, text);
}

static _Noreturn void fail_with_text(slice text) {
    set_counter(0);
    revert_text(text);
}

static _Noreturn void fail_with_bytes(slice data) { argosy_revert(data.data, data.length); }

static _Noreturn void count_up(void) {
    uint64_t value = get_counter();
    if (value == UINT64_MAX) __builtin_trap();
    set_counter(value + 1);
    finish_u64(value + 1);
}

// Those that take funds. Returns for others.
static void call_payable(uint32_t selector, reader *in) {
    switch (selector) {
    case DEPOSIT: {
        read_end(in);
        amount value = funds();
        finish(SLICE_OF(value));
    }
    case RELAY: relay(in);
    case SEND: send(in);
    case SPAWN: spawn(in);
    case SURROUNDINGS_OF_CALL: read_end(in); surroundings();
    }
}

// The others. Returns if there is no such method.
static void call_unpaid(uint32_t selector, reader *in) {
    two both;
    switch (selector) {
    case COUNT: refuse_funds(); read_end(in); count_up();
    case ECHO: refuse_funds(); finish_bytes(only_slice(in));
    case SPIN: refuse_funds(); read_end(in); spin();
    case TRAP:
    case PANIC: refuse_funds(); read_end(in); __builtin_trap();
    case DIVIDE: refuse_funds(); both = two_u32(in); finish_u32(divide(both.first, both.second));
    case RECURSE: refuse_funds(); finish_u32(recurse(only_u32(in)));
    case FAIL_WITH_TEXT: refuse_funds(); fail_with_text(only_text(in));
    case FAIL_WITH_ERROR: refuse_funds(); fail_with_error(in);
    case FAIL_WITH_BYTES: refuse_funds(); fail_with_bytes(only_slice(in));
    case OVERFLOW_SUM: {
        refuse_funds();
        uint64_t number = read_u64(in);
        read_end(in);
        overflow(number);
    }
    case GROW: refuse_funds(); finish_u32(grow(only_u32(in)));
    case GROW_OFTEN: refuse_funds(); both = two_u32(in); finish_u32(grow_often(both.first, both.second));
    case BAD_POINTER: {
        refuse_funds();
        uint8_t what = read_u8(in);
        read_end(in);
        bad_pointer(what);
    }
    case STORE: refuse_funds(); store(in);
    case STORE_LARGE: refuse_funds(); store_large(two_u32(in));
    case ERASE: refuse_funds(); finish_bool(storage_remove(only_slice(in)));
    case FILL: refuse_funds(); both = two_u32(in); fill(both.first, both.second);
    case CLEAR: refuse_funds(); clear(only_u32(in));
    case EMIT_MANY: refuse_funds(); both = two_u32(in); emit_many(both.first, both.second);
    case LOG: {
        refuse_funds();
        slice text = read_text(in);
        log_often(text, only_u32(in));
    }
    case RELAY_AND_FAIL: refuse_funds(); relay_and_fail(in);
    case NEST: refuse_funds(); nest(only_u32(in));
    case BECOME_CODE: refuse_funds(); become_code(in);
    }
}

ENTRY(call) {
    message in = read_message();
    call_payable(in.selector, &in.arguments);
    call_unpaid(in.selector, &in.arguments);
    revert_sdk(UNKNOWN_SELECTOR);
}

static _Noreturn void scan_arguments(reader *in) {
    uint32_t from = read_u32(in), to = read_u32(in);
    bool descending = read_some(in);
    uint32_t limit = only_u32(in);
    scan(from, to, descending, limit);
}

ENTRY(query) {
    message in = read_message();
    reader *from = &in.arguments;
    switch (in.selector) {
    case READ: read_raw(only_slice(from));
    case SCAN: scan_arguments(from);
    case WRITE_IN_QUERY: read_end(from); storage_set(TEXT("written by a query"), TEXT("")); finish_nothing();
    case EMIT_IN_QUERY: read_end(from); emit_noise(0, TEXT("")); finish_nothing();
    case COUNTER: read_end(from); finish_u64(get_counter());
    case NOTE: read_end(from); note();
    case RELAY_IN_QUERY: relay_in_query(from);
    case SURROUNDINGS: read_end(from); surroundings();
    case GAS: read_end(from); finish_u64(gas_left());
    case HASHES: hashes(only_slice(from));
    case VERIFY_ED25519: verify_ed25519(from);
    case VERIFY_SECP256K1: verify_ecdsa(from, false);
    case RECOVER_SECP256K1: recover_secp256k1(from);
    case VERIFY_P256: verify_ecdsa(from, true);
    default: revert_sdk(UNKNOWN_SELECTOR);
    }
}
