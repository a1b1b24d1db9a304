//! Exchange, as contracts/exchange: native tokens against the tokens of one contract, at a price that follows demand.
//!
//! Always: a swap never makes native * tokens smaller, and no share ever stands for less of it; what the contract
//! counts as its own it owns. State is written before another contract is called; the token cannot call back in the
//! meantime.

const std = @import("std");
const argosy = @import("argosy.zig");
const chain = @import("chain.zig");
const calls = @import("calls.zig");
const wide = @import("wide.zig");
const Address = argosy.Address;
const Reader = argosy.Reader;
const selector = argosy.selector;

/// Shares that the first provider leaves behind for ever.
const shares_locked = 1_000;
/// Of so many parts of what comes in, 3 stay.
const parts = 1_000;
const fee_parts = 3;

// ---- Refusals ----

const ExchangeError = enum(u8) { too_late, too_little, slippage, too_dear, too_few_shares, overflow, token_refused };

fn refuse(why: ExchangeError) noreturn {
    argosy.revertError(&.{@backingInt(why)});
}

fn refuseAmounts(why: ExchangeError, values: []const u128) noreturn {
    var buffer: [33]u8 = undefined;
    var to = argosy.Writer{ .buffer = &buffer };
    to.int(u8, @backingInt(why));
    for (values) |value| to.int(u128, value);
    argosy.revertError(chain.written(&to));
}

fn refuseStatus(status: calls.Status) noreturn {
    argosy.revertError(&.{ @backingInt(ExchangeError.token_refused), @backingInt(status) });
}

fn needTime(until: u64) void {
    if (chain.blockTime() > until) refuse(.too_late);
}

fn needNoSlippage(got: u128, min: u128) void {
    if (got < min) refuseAmounts(.slippage, &.{ got, min });
}

fn needGot(got: u128, min: u128) void {
    if (got == 0) refuse(.too_little);
    needNoSlippage(got, min);
}

fn sum(a: u128, b: u128) u128 {
    return wide.add(a, b) orelse refuse(.overflow);
}

/// What cannot be smaller.
fn less(a: u128, b: u128) u128 {
    return wide.subtract(a, b) orelse @trap();
}

// ---- State ----

const token_key = argosy.head("token");
const reserves_key = argosy.head("reserves");

/// What the exchange counts as its own; what was merely sent to it is not in here.
const Reserves = struct {
    native: u128 = 0,
    tokens: u128 = 0,
    shares: u128 = 0,

    fn load() Reserves {
        var from = argosy.storage.read(&reserves_key) orelse argosy.revertSdk(.corrupt_storage);
        const it = Reserves{ .native = from.int(u128), .tokens = from.int(u128), .shares = from.int(u128) };
        from.end();
        return it;
    }

    fn write(it: Reserves, to: *argosy.Writer) void {
        for ([_]u128{ it.native, it.tokens, it.shares }) |value| to.int(u128, value);
    }

    fn encoded(it: Reserves) []const u8 {
        var to = chain.newWriter(48);
        it.write(&to);
        return chain.written(&to);
    }

    fn store(it: Reserves) void {
        argosy.storage.set(&reserves_key, it.encoded());
    }
};

fn loadToken() Address {
    var from = argosy.storage.read(&token_key) orelse argosy.revertSdk(.corrupt_storage);
    const token = from.address();
    from.end();
    return token;
}

fn sharesKey(provider: Address) [36]u8 {
    return argosy.head("shares") ++ provider;
}

fn getShares(provider: Address) u128 {
    var from = argosy.storage.read(&sharesKey(provider)) orelse return 0;
    const shares = from.int(u128);
    from.end();
    return shares;
}

/// Nothing is stored for nothing.
fn setShares(provider: Address, shares: u128) void {
    const key = sharesKey(provider);
    if (shares == 0) argosy.storage.remove(&key) else argosy.storage.setInt(u128, &key, shares);
}

// ---- The token ----

/// Whoever it is must answer with nothing; its refusal is ours.
fn callToken(input: *const argosy.Writer) void {
    const token = loadToken();
    const reply = (calls.Call{ .to = &token, .input = chain.written(input) }).invoke();
    if (reply.status != .success or reply.data.len != 0) refuseStatus(reply.status);
}

/// Takes tokens that somebody has approved.
fn pull(from: Address, amount: u128) void {
    var input = calls.inputOf("transfer_from", 80);
    input.bytes(&from);
    input.bytes(&argosy.selfAddress());
    input.int(u128, amount);
    callToken(&input);
}

fn push(to: Address, amount: u128) void {
    var input = calls.inputOf("transfer", 48);
    input.bytes(&to);
    input.int(u128, amount);
    callToken(&input);
}

fn pay(to: Address, amount: u128) void {
    const status = calls.transfer(&to, amount);
    if (status != .success) refuseStatus(status);
}

// ---- Events ----

/// An event { #[topic] by, flag, amounts }.
fn emit(name: chain.Hash, by: Address, flag: bool, amounts: []const u128) void {
    var data = chain.newWriter(81);
    data.bytes(&by);
    data.int(u8, @intFromBool(flag));
    for (amounts) |amount| data.int(u128, amount);
    chain.emit(&.{ name, by }, chain.written(&data));
}

fn emitProvided(by: Address, added: bool, moved: Reserves) void {
    emit(comptime argosy.nameHash("Provided"), by, added, &.{ moved.native, moved.tokens, moved.shares });
}

fn emitSwapped(by: Address, native_in: bool, paid: u128, got: u128) void {
    emit(comptime argosy.nameHash("Swapped"), by, native_in, &.{ paid, got });
}

// ---- Prices: whatever does not divide stays in the exchange ----

/// What the provider of so many native tokens brings besides, and gets.
fn provided(now: Reserves, native: u128, tokens_max: u128) Reserves {
    if (now.shares == 0) {
        const root = wide.rootOfProduct(native, tokens_max);
        const shares = wide.subtract(root, shares_locked) orelse refuse(.too_little);
        return .{ .native = native, .tokens = tokens_max, .shares = shares };
    }
    return .{
        .native = native,
        .tokens = wide.multiplyDivide(native, now.tokens, now.native, .up) orelse refuse(.overflow),
        .shares = wide.multiplyDivide(native, now.shares, now.native, .down) orelse refuse(.overflow),
    };
}

/// What comes out for `paid`: out = there * kept / (here * parts + kept), kept = paid * (parts - fee_parts).
fn swapped(paid: u128, here: u128, there: u128) u128 {
    if (here == 0 or there == 0 or paid == 0) refuse(.too_little);
    const kept = wide.multiply(paid, parts - fee_parts) orelse refuse(.overflow);
    const whole = sum(wide.multiply(here, parts) orelse refuse(.overflow), kept);
    return wide.multiplyDivide(there, kept, whole, .down) orelse refuse(.overflow);
}

// ---- Methods ----

fn add(from: *Reader) noreturn {
    const tokens_max = from.int(u128);
    const shares_min = from.int(u128);
    const until = from.int(u64);
    from.end();
    needTime(until);
    const by = argosy.caller();
    var now = Reserves.load();
    const added = provided(now, chain.funds(), tokens_max);
    if (added.tokens == 0) refuse(.too_little);
    if (added.tokens > tokens_max) refuseAmounts(.too_dear, &.{ added.tokens, tokens_max });
    if (added.shares == 0 or added.shares < shares_min) refuseAmounts(.slippage, &.{ added.shares, shares_min });
    const locked: u128 = if (now.shares == 0) shares_locked else 0;
    now.native = sum(now.native, added.native);
    now.tokens = sum(now.tokens, added.tokens);
    now.shares = sum(sum(now.shares, added.shares), locked);
    now.store();
    setShares(by, sum(getShares(by), added.shares));
    pull(by, added.tokens);
    emitProvided(by, true, added);
    argosy.finishInt(u128, added.shares);
}

fn remove(from: *Reader) noreturn {
    const shares = from.int(u128);
    const native_min = from.int(u128);
    const tokens_min = from.int(u128);
    const until = from.int(u64);
    from.end();
    needTime(until);
    const by = argosy.caller();
    var now = Reserves.load();
    const have = getShares(by);
    const left = wide.subtract(have, shares) orelse refuseAmounts(.too_few_shares, &.{have});
    const moved = Reserves{
        .native = wide.multiplyDivide(shares, now.native, now.shares, .down) orelse refuse(.too_little),
        .tokens = wide.multiplyDivide(shares, now.tokens, now.shares, .down) orelse refuse(.too_little),
        .shares = shares,
    };
    needNoSlippage(moved.native, native_min);
    needNoSlippage(moved.tokens, tokens_min);
    if (moved.native == 0 and moved.tokens == 0) refuse(.too_little);
    now.native = less(now.native, moved.native);
    now.tokens = less(now.tokens, moved.tokens);
    now.shares = less(now.shares, moved.shares);
    now.store();
    setShares(by, left);
    // A token may refuse to transfer nothing.
    if (moved.tokens != 0) push(by, moved.tokens);
    if (moved.native != 0) pay(by, moved.native);
    emitProvided(by, false, moved);
    argosy.finish(std.mem.asBytes(&[2]u128{ moved.native, moved.tokens }));
}

fn swapNative(from: *Reader) noreturn {
    const tokens_min = from.int(u128);
    const until = from.int(u64);
    from.end();
    needTime(until);
    const by = argosy.caller();
    const paid = chain.funds();
    var now = Reserves.load();
    const got = swapped(paid, now.native, now.tokens);
    needGot(got, tokens_min);
    now.native = sum(now.native, paid);
    now.tokens = less(now.tokens, got);
    now.store();
    push(by, got);
    emitSwapped(by, true, paid, got);
    argosy.finishInt(u128, got);
}

fn swapTokens(from: *Reader) noreturn {
    const paid = from.int(u128);
    const native_min = from.int(u128);
    const until = from.int(u64);
    from.end();
    needTime(until);
    const by = argosy.caller();
    var now = Reserves.load();
    const got = swapped(paid, now.tokens, now.native);
    needGot(got, native_min);
    now.tokens = sum(now.tokens, paid);
    now.native = less(now.native, got);
    now.store();
    pull(by, paid);
    pay(by, got);
    emitSwapped(by, false, paid, got);
    argosy.finishInt(u128, got);
}

fn quote(from: *Reader, native_in: bool) noreturn {
    const paid = from.int(u128);
    from.end();
    const now = Reserves.load();
    const got = if (native_in) swapped(paid, now.native, now.tokens) else swapped(paid, now.tokens, now.native);
    argosy.finishInt(u128, got);
}

// ---- Messages ----

export fn init() void {
    var in = argosy.Message.read();
    if (in.selector != selector("init")) argosy.revertSdk(.unknown_selector);
    argosy.refuseFunds();
    const token = in.arguments.address();
    in.arguments.end();
    argosy.storage.set(&token_key, &token);
    (Reserves{}).store();
    argosy.finish(&.{});
}

export fn call() void {
    var in = argosy.Message.read();
    const from = &in.arguments;
    switch (in.selector) {
        selector("add") => add(from),
        selector("swap_native") => swapNative(from),
        selector("remove") => {
            argosy.refuseFunds();
            remove(from);
        },
        selector("swap_tokens") => {
            argosy.refuseFunds();
            swapTokens(from);
        },
        else => argosy.revertSdk(.unknown_selector),
    }
}

export fn query() void {
    var in = argosy.Message.read();
    const from = &in.arguments;
    switch (in.selector) {
        selector("reserves") => {
            from.end();
            argosy.finish(Reserves.load().encoded());
        },
        selector("token") => {
            from.end();
            argosy.finish(&loadToken());
        },
        selector("shares_of") => {
            const provider = from.address();
            from.end();
            argosy.finishInt(u128, getShares(provider));
        },
        selector("quote_native") => quote(from, true),
        selector("quote_tokens") => quote(from, false),
        else => argosy.revertSdk(.unknown_selector),
    }
}
