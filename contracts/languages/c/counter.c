// Counter, as contracts/counter: a number that anyone may raise.

#include "argosy.h"

enum {
    INIT = SELECTOR(0xb6, 0x90, 0xdd, 0x4b),
    INCREMENT = SELECTOR(0xfc, 0xf5, 0x2a, 0x2c),
    ADD = SELECTOR(0x3a, 0x03, 0xcc, 0xc1),
    VALUE = SELECTOR(0x06, 0x44, 0x4a, 0x49),
};

// blake3("value")[..4]
static const uint8_t VALUE_KEY[4] = {0x06, 0x44, 0x4a, 0x49};

// blake3("Raised")
static const uint8_t RAISED[32] = {
    0xc9, 0xe9, 0x3e, 0x9b, 0xd4, 0x3f, 0x0f, 0x51, 0xef, 0x8b, 0xcf, 0x8f, 0x4f, 0x0d, 0xa2, 0x2d,
    0xa3, 0x9b, 0xdb, 0x2f, 0x90, 0xe3, 0x02, 0xb5, 0x80, 0x3f, 0x53, 0xa5, 0x19, 0x49, 0x8c, 0xe5,
};

static uint64_t load(void) {
    reader from;
    if (!storage_read(VALUE_KEY, sizeof VALUE_KEY, &from)) revert_sdk(CORRUPT_STORAGE);
    uint64_t value = read_u64(&from);
    read_end(&from);
    return value;
}

static void store(uint64_t value) { argosy_storage_set(VALUE_KEY, sizeof VALUE_KEY, &value, sizeof value); }

// CounterError::TooLarge { value, add }
static _Noreturn void too_large(uint64_t value, uint64_t add) {
    uint8_t bytes[17];
    writer error = WRITER(bytes);
    write_u8(&error, 0);
    write_u64(&error, value);
    write_u64(&error, add);
    revert_error(&error);
}

// Raised { #[topic] by, value }
static void emit_raised(uint64_t value) {
    uint8_t topics[64], data[40];
    address by = caller();
    writer to = WRITER(topics);
    write_bytes(&to, RAISED, sizeof RAISED);
    write_address(&to, &by);
    writer event = WRITER(data);
    write_address(&event, &by);
    write_u64(&event, value);
    argosy_emit(topics, 2, data, event.length);
}

static _Noreturn void add(uint64_t add) {
    uint64_t value = load(), raised;
    if (__builtin_add_overflow(value, add, &raised)) too_large(value, add);
    store(raised);
    emit_raised(raised);
    argosy_finish(&raised, sizeof raised);
}

ENTRY(init) {
    message in = read_message();
    if (in.selector != INIT) revert_sdk(UNKNOWN_SELECTOR);
    refuse_funds();
    uint64_t start = read_u64(&in.arguments);
    read_end(&in.arguments);
    store(start);
    finish_nothing();
}

ENTRY(call) {
    message in = read_message();
    uint64_t by = 1;
    if (in.selector != INCREMENT && in.selector != ADD) revert_sdk(UNKNOWN_SELECTOR);
    refuse_funds();
    if (in.selector == ADD) by = read_u64(&in.arguments);
    read_end(&in.arguments);
    add(by);
}

ENTRY(query) {
    message in = read_message();
    if (in.selector != VALUE) revert_sdk(UNKNOWN_SELECTOR);
    read_end(&in.arguments);
    uint64_t value = load();
    argosy_finish(&value, sizeof value);
}
