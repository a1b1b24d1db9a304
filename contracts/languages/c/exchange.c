// Exchange, as contracts/exchange: native tokens against the tokens of one contract, at a price that follows demand.
//
// Always: a swap never makes native * tokens smaller, and no share ever stands for less of it; what the contract counts
// as its own it owns. State is written before another contract is called; the token cannot call back in the meantime.

#include "calls.h"
#include "wide.h"

enum {
    INIT = SELECTOR(0xb6, 0x90, 0xdd, 0x4b),
    ADD = SELECTOR(0x3a, 0x03, 0xcc, 0xc1),
    REMOVE = SELECTOR(0x0d, 0x97, 0x25, 0x5d),
    SWAP_NATIVE = SELECTOR(0x37, 0xdf, 0x51, 0xb3),
    SWAP_TOKENS = SELECTOR(0x63, 0x05, 0xb1, 0x12),
    RESERVES = SELECTOR(0x57, 0x04, 0x0f, 0x36),
    TOKEN = SELECTOR(0xaa, 0xeb, 0x28, 0x85),
    SHARES_OF = SELECTOR(0x99, 0x47, 0x48, 0x6c),
    QUOTE_NATIVE = SELECTOR(0x13, 0xd8, 0x80, 0x3e),
    QUOTE_TOKENS = SELECTOR(0xd3, 0x1e, 0xbb, 0x22),
    // Keys of fields; those of `token` and `reserves` are as the selectors.
    SHARES = SELECTOR(0x1c, 0xb5, 0xbb, 0x3d),
    // Of the token.
    TOKEN_TRANSFER = SELECTOR(0xa4, 0x4d, 0xcb, 0x4d),
    TOKEN_TRANSFER_FROM = SELECTOR(0xf4, 0x77, 0x82, 0x15),
};

// blake3("Provided"), blake3("Swapped")
static const hash PROVIDED = {{
    0x69, 0x46, 0x93, 0x7b, 0x34, 0x63, 0x40, 0x71, 0x30, 0xe4, 0x00, 0x8a, 0x92, 0x8e, 0xd7, 0x05,
    0x08, 0x3e, 0xde, 0x11, 0xfe, 0xb7, 0xcf, 0x10, 0x8b, 0x79, 0xae, 0x8d, 0x50, 0x4a, 0x0d, 0x05,
}};
static const hash SWAPPED = {{
    0x7c, 0x35, 0xbe, 0x53, 0xf6, 0xd8, 0x06, 0x88, 0x9c, 0xa0, 0x52, 0x78, 0xd5, 0x40, 0xc7, 0x9b,
    0xf4, 0xc9, 0xfd, 0xb8, 0xca, 0xfa, 0x29, 0x71, 0xaf, 0x4f, 0xbe, 0x3c, 0xcb, 0x91, 0x86, 0x7d,
}};

// Shares that the first provider leaves behind for ever.
enum { SHARES_LOCKED = 1000 };
// Of so many parts of what comes in, 3 stay.
enum { PARTS = 1000, FEE_PARTS = 3 };

// ---- ExchangeError -------------------------------------------------------------------------------------------

enum { TOO_LATE, TOO_LITTLE, SLIPPAGE, TOO_DEAR, TOO_FEW_SHARES, TOO_LARGE, TOKEN_REFUSED };

static _Noreturn void refuse(uint8_t why) {
    writer error = {&why, 1, 1};
    revert_error(&error);
}

static _Noreturn void refuse_amounts(uint8_t why, const amount *values, uint32_t count) {
    uint8_t bytes[33];
    writer error = WRITER(bytes);
    write_u8(&error, why);
    while (count-- != 0) write_amount(&error, *values++);
    revert_error(&error);
}

static void need_no_slippage(amount got, amount min) {
    const amount values[2] = {got, min};
    if (got < min) refuse_amounts(SLIPPAGE, values, 2);
}

static _Noreturn void refuse_status(status_code status) {
    uint8_t bytes[2] = {TOKEN_REFUSED, (uint8_t)status};
    writer error = {bytes, 2, 2};
    revert_error(&error);
}

static void need_time(uint64_t until) {
    if (block_time() > until) refuse(TOO_LATE);
}

static amount sum(amount a, amount b) {
    amount out;
    if (!add_amounts(a, b, &out)) refuse(TOO_LARGE);
    return out;
}

// What cannot be smaller.
static amount less(amount a, amount b) {
    amount out;
    if (!subtract_amounts(a, b, &out)) __builtin_trap();
    return out;
}

// ---- State ---------------------------------------------------------------------------------------------------

// What the exchange counts as its own; what was merely sent to it is not in here.
typedef struct {
    amount native;
    amount tokens;
    amount shares;
} reserves;

_Static_assert(sizeof(reserves) == 48, "no gaps");

static reader item(uint32_t field) {
    reader from;
    if (!storage_read(&field, sizeof field, &from)) revert_sdk(CORRUPT_STORAGE);
    return from;
}

static reserves get_reserves(void) {
    reader from = item(RESERVES);
    reserves value;
    __builtin_memcpy(&value, read_bytes(&from, sizeof value), sizeof value);
    read_end(&from);
    return value;
}

static void set_reserves(const reserves *value) {
    uint32_t field = RESERVES;
    storage_set(SLICE_OF(field), SLICE_OF(*value));
}

static address get_token(void) {
    reader from = item(TOKEN);
    address value = read_address(&from);
    read_end(&from);
    return value;
}

typedef struct {
    uint32_t field;
    address provider;
} shares_key;

static amount get_shares(const address *provider) {
    const shares_key key = {SHARES, *provider};
    reader from;
    if (!storage_read(&key, sizeof key, &from)) return 0;
    amount value = read_amount(&from);
    read_end(&from);
    return value;
}

// Nothing is stored for nothing.
static void set_shares(const address *provider, amount value) {
    const shares_key key = {SHARES, *provider};
    if (value == 0)
        storage_remove(SLICE_OF(key));
    else
        storage_set(SLICE_OF(key), SLICE_OF(value));
}

// ---- The token -----------------------------------------------------------------------------------------------

// Whoever it is must answer with nothing; its refusal is ours.
static void call_token(const writer *input) {
    address token = get_token();
    const contract_call call = {.to = &token, .input = written(input)};
    reply answer = invoke(&call);
    if (answer.status != STATUS_SUCCESS || answer.data.length != 0) refuse_status(answer.status);
}

// Takes tokens that somebody has approved.
static void pull(const address *from, amount value) {
    uint8_t bytes[84];
    writer input = WRITER(bytes);
    address here = self_address();
    write_u32(&input, TOKEN_TRANSFER_FROM);
    write_address(&input, from);
    write_address(&input, &here);
    write_amount(&input, value);
    call_token(&input);
}

static void push(const address *to, amount value) {
    uint8_t bytes[52];
    writer input = WRITER(bytes);
    write_u32(&input, TOKEN_TRANSFER);
    write_address(&input, to);
    write_amount(&input, value);
    call_token(&input);
}

static void pay(const address *to, amount value) {
    status_code status = transfer(to, value);
    if (status != STATUS_SUCCESS) refuse_status(status);
}

// ---- Events --------------------------------------------------------------------------------------------------

// An event { #[topic] by, flag, amounts }.
static void emit_amounts(const hash *name, const address *by, bool flag, const amount *values, uint32_t count) {
    hash topics[2] = {*name};
    __builtin_memcpy(&topics[1], by, sizeof *by);
    uint8_t bytes[81];
    writer event = WRITER(bytes);
    write_address(&event, by);
    write_u8(&event, flag);
    while (count-- != 0) write_amount(&event, *values++);
    emit(topics, 2, written(&event));
}

static void emit_provided(const address *by, bool added, const reserves *moved) {
    const amount values[3] = {moved->native, moved->tokens, moved->shares};
    emit_amounts(&PROVIDED, by, added, values, 3);
}

static void emit_swapped(const address *by, bool native_in, amount paid, amount got) {
    const amount values[2] = {paid, got};
    emit_amounts(&SWAPPED, by, native_in, values, 2);
}

// ---- Prices: whatever does not divide stays in the exchange --------------------------------------------------

// What the provider of so many native tokens brings besides, and gets.
static reserves provided(const reserves *now, amount native, amount tokens_max) {
    reserves added = {.native = native, .tokens = tokens_max};
    if (now->shares == 0) {
        amount root = root_of_product(native, tokens_max);
        if (!subtract_amounts(root, SHARES_LOCKED, &added.shares)) refuse(TOO_LITTLE);
        return added;
    }
    if (!multiply_divide(native, now->tokens, now->native, true, &added.tokens) ||
        !multiply_divide(native, now->shares, now->native, false, &added.shares))
        refuse(TOO_LARGE);
    return added;
}

// What comes out for `paid`: out = there * kept / (here * PARTS + kept), kept = paid * (PARTS - FEE_PARTS).
static amount swapped(amount paid, amount here, amount there) {
    amount kept, whole, out;
    if (here == 0 || there == 0 || paid == 0) refuse(TOO_LITTLE);
    if (!multiply_amounts(paid, PARTS - FEE_PARTS, &kept) || !multiply_amounts(here, PARTS, &whole) ||
        !add_amounts(whole, kept, &whole) || !multiply_divide(there, kept, whole, false, &out))
        refuse(TOO_LARGE);
    return out;
}

static void need_got(amount got, amount min) {
    if (got == 0) refuse(TOO_LITTLE);
    need_no_slippage(got, min);
}

// ---- Methods -------------------------------------------------------------------------------------------------

static _Noreturn void finish_amount(amount value) { finish(SLICE_OF(value)); }

static _Noreturn void add(reader *in) {
    amount tokens_max = read_amount(in), shares_min = read_amount(in);
    uint64_t until = read_u64(in);
    read_end(in);
    need_time(until);
    address by = caller();
    reserves now = get_reserves();
    reserves added = provided(&now, funds(), tokens_max);
    const amount needed[2] = {added.tokens, tokens_max};
    const amount got[2] = {added.shares, shares_min};
    if (added.tokens == 0) refuse(TOO_LITTLE);
    if (added.tokens > tokens_max) refuse_amounts(TOO_DEAR, needed, 2);
    if (added.shares == 0 || added.shares < shares_min) refuse_amounts(SLIPPAGE, got, 2);
    amount locked = now.shares == 0 ? SHARES_LOCKED : 0;
    now.native = sum(now.native, added.native);
    now.tokens = sum(now.tokens, added.tokens);
    now.shares = sum(sum(now.shares, added.shares), locked);
    set_reserves(&now);
    set_shares(&by, sum(get_shares(&by), added.shares));
    pull(&by, added.tokens);
    emit_provided(&by, true, &added);
    finish_amount(added.shares);
}

// `remove` is a name of others' libraries.
static _Noreturn void take_away(reader *in) {
    reserves moved, least;
    moved.shares = read_amount(in);
    least.native = read_amount(in);
    least.tokens = read_amount(in);
    uint64_t until = read_u64(in);
    read_end(in);
    need_time(until);
    address by = caller();
    reserves now = get_reserves();
    amount have = get_shares(&by), left;
    if (!subtract_amounts(have, moved.shares, &left)) refuse_amounts(TOO_FEW_SHARES, &have, 1);
    if (!multiply_divide(moved.shares, now.native, now.shares, false, &moved.native) ||
        !multiply_divide(moved.shares, now.tokens, now.shares, false, &moved.tokens))
        refuse(TOO_LITTLE);
    need_no_slippage(moved.native, least.native);
    need_no_slippage(moved.tokens, least.tokens);
    if (moved.native == 0 && moved.tokens == 0) refuse(TOO_LITTLE);
    now.native = less(now.native, moved.native);
    now.tokens = less(now.tokens, moved.tokens);
    now.shares = less(now.shares, moved.shares);
    set_reserves(&now);
    set_shares(&by, left);
    // A token may refuse to transfer nothing.
    if (moved.tokens != 0) push(&by, moved.tokens);
    if (moved.native != 0) pay(&by, moved.native);
    emit_provided(&by, false, &moved);
    const amount both[2] = {moved.native, moved.tokens};
    finish(SLICE_OF(both));
}

static _Noreturn void swap_native(reader *in) {
    amount tokens_min = read_amount(in);
    uint64_t until = read_u64(in);
    read_end(in);
    need_time(until);
    address by = caller();
    amount paid = funds();
    reserves now = get_reserves();
    amount got = swapped(paid, now.native, now.tokens);
    need_got(got, tokens_min);
    now.native = sum(now.native, paid);
    now.tokens = less(now.tokens, got);
    set_reserves(&now);
    push(&by, got);
    emit_swapped(&by, true, paid, got);
    finish_amount(got);
}

static _Noreturn void swap_tokens(reader *in) {
    amount paid = read_amount(in), native_min = read_amount(in);
    uint64_t until = read_u64(in);
    read_end(in);
    need_time(until);
    address by = caller();
    reserves now = get_reserves();
    amount got = swapped(paid, now.tokens, now.native);
    need_got(got, native_min);
    now.tokens = sum(now.tokens, paid);
    now.native = less(now.native, got);
    set_reserves(&now);
    pull(&by, paid);
    pay(&by, got);
    emit_swapped(&by, false, paid, got);
    finish_amount(got);
}

static _Noreturn void quote(reader *in, bool native_in) {
    amount paid = read_amount(in);
    read_end(in);
    reserves now = get_reserves();
    finish_amount(native_in ? swapped(paid, now.native, now.tokens) : swapped(paid, now.tokens, now.native));
}

// ---- Messages ------------------------------------------------------------------------------------------------

ENTRY(init) {
    message in = read_message();
    if (in.selector != INIT) revert_sdk(UNKNOWN_SELECTOR);
    refuse_funds();
    address token = read_address(&in.arguments);
    read_end(&in.arguments);
    uint32_t field = TOKEN;
    storage_set(SLICE_OF(field), SLICE_OF(token));
    const reserves none = {0};
    set_reserves(&none);
    finish_nothing();
}

ENTRY(call) {
    message in = read_message();
    switch (in.selector) {
    case ADD: add(&in.arguments);
    case SWAP_NATIVE: swap_native(&in.arguments);
    case REMOVE: refuse_funds(); take_away(&in.arguments);
    case SWAP_TOKENS: refuse_funds(); swap_tokens(&in.arguments);
    default: revert_sdk(UNKNOWN_SELECTOR);
    }
}

ENTRY(query) {
    message in = read_message();
    switch (in.selector) {
    case RESERVES: {
        read_end(&in.arguments);
        reserves now = get_reserves();
        finish(SLICE_OF(now));
    }
    case TOKEN: {
        read_end(&in.arguments);
        address token = get_token();
        finish(SLICE_OF(token));
    }
    case SHARES_OF: {
        address provider = read_address(&in.arguments);
        read_end(&in.arguments);
        finish_amount(get_shares(&provider));
    }
    case QUOTE_NATIVE: quote(&in.arguments, true);
    case QUOTE_TOKENS: quote(&in.arguments, false);
    default: revert_sdk(UNKNOWN_SELECTOR);
    }
}
