// Token, as contracts/token: a fungible token with allowances, which owners can also sign off the chain.
//
// Always: the balances add up to the supply, which is fixed when the contract is created. A signed allowance is taken
// once, here, until its time, in the order in which it was signed, and never after its owner named the signer anew.

#include "argosy.h"

enum {
    INIT = SELECTOR(0xb6, 0x90, 0xdd, 0x4b),
    TRANSFER = SELECTOR(0xa4, 0x4d, 0xcb, 0x4d),
    APPROVE = SELECTOR(0xdd, 0x2b, 0xfe, 0x76),
    TRANSFER_FROM = SELECTOR(0xf4, 0x77, 0x82, 0x15),
    SET_SIGNER = SELECTOR(0xbf, 0x2d, 0xae, 0xdd),
    PERMIT = SELECTOR(0xb7, 0x67, 0x8b, 0xd4),
    PERMIT_HASH = SELECTOR(0xc8, 0xa5, 0xa4, 0x3f),
    PERMIT_NONCE = SELECTOR(0x27, 0x7a, 0x63, 0xa7),
    NAME = SELECTOR(0x54, 0xfe, 0xfe, 0xd3),
    SYMBOL = SELECTOR(0x11, 0xa4, 0x0b, 0xf7),
    DECIMALS = SELECTOR(0xb6, 0xbc, 0x75, 0x7f),
    SUPPLY = SELECTOR(0xd1, 0x60, 0xc5, 0xb9),
    BALANCE_OF = SELECTOR(0xc8, 0x81, 0x9c, 0x61),
    ALLOWANCE = SELECTOR(0x3c, 0xe3, 0xd6, 0x5a),
    // Keys of fields: blake3(name)[..4]. Those of name, symbol, decimals and supply are the selectors above.
    BALANCES = SELECTOR(0x94, 0x79, 0x95, 0x83),
    ALLOWANCES = SELECTOR(0x75, 0x65, 0xd3, 0x61),
    PERMITS = SELECTOR(0x77, 0xfc, 0x6d, 0xa1),
};

// blake3("Transfer"), blake3("Approval")
static const uint8_t TRANSFER_EVENT[32] = {
    0x81, 0xd0, 0xfb, 0x6a, 0xba, 0x18, 0xeb, 0x38, 0xf5, 0x0c, 0x73, 0x01, 0x57, 0x8c, 0xf6, 0x52,
    0x1a, 0xa9, 0xb0, 0x49, 0xf0, 0xcd, 0x2c, 0xe9, 0x26, 0xff, 0xb8, 0xf5, 0x16, 0x53, 0x72, 0x7b,
};
static const uint8_t APPROVAL_EVENT[32] = {
    0x75, 0x37, 0xb2, 0xc2, 0x9d, 0x16, 0x34, 0x4e, 0x2e, 0xfa, 0x78, 0x6a, 0x6f, 0x80, 0x3e, 0x02,
    0x8b, 0x1f, 0xf8, 0x71, 0xf7, 0xfc, 0x97, 0xaf, 0xdb, 0x60, 0x00, 0x14, 0x00, 0xa0, 0x6c, 0xdc,
};

// TokenError
enum { INSUFFICIENT_BALANCE = 0, INSUFFICIENT_ALLOWANCE = 1, PERMIT_TOO_LATE = 2, NO_SIGNER = 3, BAD_PERMIT = 4 };

static _Noreturn void insufficient(uint8_t what, amount have, amount need) {
    uint8_t bytes[33];
    writer error = WRITER(bytes);
    write_u8(&error, what);
    write_amount(&error, have);
    write_amount(&error, need);
    revert_error(&error);
}

static _Noreturn void refuse(uint8_t why) {
    writer error = {&why, sizeof why, sizeof why};
    revert_error(&error);
}

// ---- State: one value under a field's key, amounts under a field's key and one address or two ----

static void set_item(uint32_t field, const void *value, uint32_t length) {
    argosy_storage_set(&field, sizeof field, value, length);
}

static reader item(uint32_t field) {
    reader from;
    if (!storage_read(&field, sizeof field, &from)) revert_sdk(CORRUPT_STORAGE);
    return from;
}

typedef struct {
    uint32_t field;
    address owner;
    address spender;
} map_key;

enum { BALANCE_KEY_BYTES = 36, ALLOWANCE_KEY_BYTES = 68, SIGNING_KEY_BYTES = 36 };
_Static_assert(sizeof(map_key) == ALLOWANCE_KEY_BYTES, "no gaps between the parts of a key");

static amount entry(const map_key *key, uint32_t length) {
    reader from;
    if (!storage_read(key, length, &from)) return 0;
    amount value = read_amount(&from);
    read_end(&from);
    return value;
}

// Nothing is stored for nothing: an owner without tokens gets the deposit back.
static void set_entry(const map_key *key, uint32_t length, amount value) {
    if (value == 0)
        argosy_storage_remove(key, length);
    else
        argosy_storage_set(key, length, &value, sizeof value);
}

// ---- Events: both are { #[topic] address, #[topic] address, amount } ----

static void emit(const uint8_t signature[32], const address *first, const address *second, amount value) {
    uint8_t topics[96], data[80];
    writer to = WRITER(topics);
    write_bytes(&to, signature, 32);
    write_address(&to, first);
    write_address(&to, second);
    writer event = WRITER(data);
    write_address(&event, first);
    write_address(&event, second);
    write_amount(&event, value);
    argosy_emit(topics, 3, data, event.length);
}

// ---- Who signs for whom: (Option<[u8; 32]>, u64) under a field's key and an owner ----

enum { KEY_BYTES = 32, SIGNATURE_BYTES = 64, HASH_BYTES = 32 };

// Of an epoch; also the lower half of a number.
static const uint64_t USES = 0xffffffff;

// The key, and the number of the next permit: an epoch in its upper half, the permits taken in it in its lower.
// Kept also without a key: numbers are never used again.
typedef struct {
    bool has_key;
    uint8_t key[KEY_BYTES];
    uint64_t nonce;
} signing;

static void read_key(reader *from, signing *to) {
    to->has_key = read_some(from);
    if (to->has_key) __builtin_memcpy(to->key, read_bytes(from, KEY_BYTES), KEY_BYTES);
}

// `false`, and no key and 0: the owner has never named one.
static bool read_signing(const address *owner, signing *out) {
    map_key key = {.field = PERMITS, .owner = *owner};
    reader from;
    *out = (signing){0};
    if (!storage_read(&key, SIGNING_KEY_BYTES, &from)) return false;
    read_key(&from, out);
    out->nonce = read_u64(&from);
    read_end(&from);
    return true;
}

static void set_signing(const address *owner, const signing *value) {
    map_key key = {.field = PERMITS, .owner = *owner};
    uint8_t bytes[1 + KEY_BYTES + 8];
    writer to = WRITER(bytes);
    write_u8(&to, value->has_key);
    if (value->has_key) write_bytes(&to, value->key, KEY_BYTES);
    write_u64(&to, value->nonce);
    argosy_storage_set(&key, SIGNING_KEY_BYTES, bytes, to.length);
}

// The number after, in the same epoch. An epoch that is used up takes none until the signer is named anew.
static void next_use(signing *it) {
    if ((it->nonce & USES) == USES) revert_sdk(OVERFLOW);
    it->nonce++;
}

// The first number of the epoch after, for which nobody has signed.
static void next_epoch(signing *it) {
    if (__builtin_add_overflow(it->nonce | USES, 1, &it->nonce)) revert_sdk(OVERFLOW);
}

typedef struct {
    address owner;
    address spender;
    amount value;
    uint64_t until;
} permission;

static permission read_permission(reader *in) {
    permission it;
    it.owner = read_address(in);
    it.spender = read_address(in);
    it.value = read_amount(in);
    it.until = read_u64(in);
    return it;
}

// What the owner's key signs, as access::Permits of the SDK has it.
static void hash_permit(const permission *it, uint64_t nonce, uint8_t out[HASH_BYTES]) {
    static const char MACHINERY[] = "argosy permit", METHOD[] = "permit";
    uint8_t bytes[192], chain[HASH_BYTES];
    writer to = WRITER(bytes);
    address self = self_address();
    argosy_chain(chain);
    write_string(&to, MACHINERY, sizeof MACHINERY - 1);
    write_bytes(&to, chain, sizeof chain);
    write_address(&to, &self);
    write_address(&to, &it->owner);
    write_u64(&to, nonce);
    write_u64(&to, it->until);
    write_string(&to, METHOD, sizeof METHOD - 1);
    write_address(&to, &it->spender);
    write_amount(&to, it->value);
    argosy_blake3(bytes, to.length, out);
}

// ---- Methods ----

static _Noreturn void transfer_between(const address *from, const address *to, amount value) {
    map_key owner = {.field = BALANCES, .owner = *from}, receiver = {.field = BALANCES, .owner = *to};
    amount have = entry(&owner, BALANCE_KEY_BYTES), received;
    if (have < value) insufficient(INSUFFICIENT_BALANCE, have, value);
    set_entry(&owner, BALANCE_KEY_BYTES, have - value);
    // Read after the write, so that a transfer to oneself changes nothing. The sum stays below the supply.
    if (__builtin_add_overflow(entry(&receiver, BALANCE_KEY_BYTES), value, &received)) __builtin_trap();
    set_entry(&receiver, BALANCE_KEY_BYTES, received);
    emit(TRANSFER_EVENT, from, to, value);
    finish_nothing();
}

static _Noreturn void transfer(reader *in) {
    address to = read_address(in);
    amount value = read_amount(in);
    read_end(in);
    address from = caller();
    transfer_between(&from, &to, value);
}

static _Noreturn void allow(const address *owner, const address *spender, amount value) {
    map_key key = {.field = ALLOWANCES, .owner = *owner, .spender = *spender};
    set_entry(&key, ALLOWANCE_KEY_BYTES, value);
    emit(APPROVAL_EVENT, owner, spender, value);
    finish_nothing();
}

static _Noreturn void approve(reader *in) {
    address spender = read_address(in), owner;
    amount value = read_amount(in);
    read_end(in);
    owner = caller();
    allow(&owner, &spender, value);
}

static _Noreturn void transfer_from(reader *in) {
    address from = read_address(in), to = read_address(in);
    amount value = read_amount(in);
    read_end(in);
    map_key key = {.field = ALLOWANCES, .owner = from, .spender = caller()};
    amount have = entry(&key, ALLOWANCE_KEY_BYTES);
    if (have < value) insufficient(INSUFFICIENT_ALLOWANCE, have, value);
    set_entry(&key, ALLOWANCE_KEY_BYTES, have - value);
    transfer_between(&from, &to, value);
}

static _Noreturn void set_signer(reader *in) {
    signing next, now;
    read_key(in, &next);
    read_end(in);
    address owner = caller();
    if (read_signing(&owner, &now)) next_epoch(&now);
    next.nonce = now.nonce;
    set_signing(&owner, &next);
    finish_nothing();
}

static _Noreturn void permit(reader *in) {
    permission it = read_permission(in);
    const uint8_t *signature = read_bytes(in, SIGNATURE_BYTES);
    read_end(in);
    if (argosy_block_time() > it.until) refuse(PERMIT_TOO_LATE);
    signing now;
    read_signing(&it.owner, &now);
    if (!now.has_key) refuse(NO_SIGNER);
    uint8_t hash[HASH_BYTES];
    hash_permit(&it, now.nonce, hash);
    if (!argosy_ed25519_verify(now.key, signature, hash, sizeof hash)) refuse(BAD_PERMIT);
    next_use(&now);
    set_signing(&it.owner, &now);
    allow(&it.owner, &it.spender, it.value);
}

ENTRY(init) {
    message in = read_message();
    if (in.selector != INIT) revert_sdk(UNKNOWN_SELECTOR);
    refuse_funds();
    slice name = read_string(&in.arguments), symbol = read_string(&in.arguments);
    uint8_t decimals = read_u8(&in.arguments);
    amount supply = read_amount(&in.arguments);
    read_end(&in.arguments);
    map_key owner = {.field = BALANCES, .owner = caller()};
    set_item(NAME, name.data, name.length);
    set_item(SYMBOL, symbol.data, symbol.length);
    set_item(DECIMALS, &decimals, sizeof decimals);
    set_item(SUPPLY, &supply, sizeof supply);
    argosy_storage_set(&owner, BALANCE_KEY_BYTES, &supply, sizeof supply);
    address self = self_address();
    emit(TRANSFER_EVENT, &self, &owner.owner, supply);
    finish_nothing();
}

ENTRY(call) {
    message in = read_message();
    void (*method)(reader *);
    switch (in.selector) {
    case TRANSFER:
        method = transfer;
        break;
    case APPROVE:
        method = approve;
        break;
    case TRANSFER_FROM:
        method = transfer_from;
        break;
    case SET_SIGNER:
        method = set_signer;
        break;
    case PERMIT:
        method = permit;
        break;
    default:
        revert_sdk(UNKNOWN_SELECTOR);
    }
    refuse_funds();
    method(&in.arguments);
}

// What a field holds, of which `length` bytes are known; 0: a String.
static _Noreturn void answer_item(reader *in, uint32_t field, uint32_t length) {
    read_end(in);
    reader from = item(field);
    slice value = length ? (slice){read_bytes(&from, length), length} : read_string(&from);
    read_end(&from);
    argosy_finish(value.data, value.length);
}

static _Noreturn void answer_entry(reader *in, uint32_t field, uint32_t length) {
    map_key key = {.field = field, .owner = read_address(in)};
    if (length == ALLOWANCE_KEY_BYTES) key.spender = read_address(in);
    read_end(in);
    amount value = entry(&key, length);
    argosy_finish(&value, sizeof value);
}

static _Noreturn void answer_permit_hash(reader *in) {
    permission it = read_permission(in);
    read_end(in);
    signing now;
    read_signing(&it.owner, &now);
    uint8_t hash[HASH_BYTES];
    hash_permit(&it, now.nonce, hash);
    argosy_finish(hash, sizeof hash);
}

static _Noreturn void answer_permit_nonce(reader *in) {
    address owner = read_address(in);
    read_end(in);
    signing now;
    read_signing(&owner, &now);
    argosy_finish(&now.nonce, sizeof now.nonce);
}

ENTRY(query) {
    message in = read_message();
    switch (in.selector) {
    case NAME:
    case SYMBOL:
        answer_item(&in.arguments, in.selector, 0);
    case DECIMALS:
        answer_item(&in.arguments, DECIMALS, 1);
    case SUPPLY:
        answer_item(&in.arguments, SUPPLY, sizeof(amount));
    case BALANCE_OF:
        answer_entry(&in.arguments, BALANCES, BALANCE_KEY_BYTES);
    case ALLOWANCE:
        answer_entry(&in.arguments, ALLOWANCES, ALLOWANCE_KEY_BYTES);
    case PERMIT_HASH:
        answer_permit_hash(&in.arguments);
    case PERMIT_NONCE:
        answer_permit_nonce(&in.arguments);
    default:
        revert_sdk(UNKNOWN_SELECTOR);
    }
}
