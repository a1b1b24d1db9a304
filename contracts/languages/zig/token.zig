//! Token, as contracts/token: a fungible token with allowances, which owners can also sign off the chain.
//!
//! Always: the balances add up to the supply, which is fixed when the contract is created. A signed allowance is taken
//! once, here, until its time, in the order in which it was signed, and never after its owner named the signer anew.

const argosy = @import("argosy.zig");
const Address = argosy.Address;
const Reader = argosy.Reader;

/// TokenError
const TokenError = enum(u8) { insufficient_balance, insufficient_allowance, permit_too_late, no_signer, bad_permit };

fn insufficient(what: TokenError, have: u128, need: u128) noreturn {
    var buffer: [33]u8 = undefined;
    var to = argosy.Writer{ .buffer = &buffer };
    to.int(u8, @backingInt(what));
    to.int(u128, have);
    to.int(u128, need);
    argosy.revertError(&buffer);
}

fn refuse(why: TokenError) noreturn {
    argosy.revertError(&.{@backingInt(why)});
}

// ---- State: amounts under a field's key and one address or two ----

const BalanceKey = [36]u8;
const AllowanceKey = [68]u8;

fn balanceKey(owner: Address) BalanceKey {
    return argosy.head("balances") ++ owner;
}

fn allowanceKey(owner: Address, spender: Address) AllowanceKey {
    return argosy.head("allowances") ++ owner ++ spender;
}

fn amountAt(key: []const u8) u128 {
    var from = argosy.storage.read(key) orelse return 0;
    const amount = from.int(u128);
    from.end();
    return amount;
}

/// Nothing is stored for nothing: an owner without tokens gets the deposit back.
fn setAmount(key: []const u8, amount: u128) void {
    if (amount == 0) argosy.storage.remove(key) else argosy.storage.setInt(u128, key, amount);
}

/// Both events are { #[topic] address, #[topic] address, amount }.
fn emit(signature: [32]u8, first: Address, second: Address, amount: u128) void {
    const topics = [3][32]u8{ signature, first, second };
    var data: [80]u8 = undefined;
    var to = argosy.Writer{ .buffer = &data };
    to.bytes(&first);
    to.bytes(&second);
    to.int(u128, amount);
    argosy.host.emit(&topics, topics.len, &data, data.len);
}

// ---- Who signs for whom: (Option<[u8; 32]>, u64) under a field's key and an owner ----

const Key = [32]u8;

/// Of an epoch; also the lower half of a number.
const uses: u64 = 0xffff_ffff;

/// The key, and the number of the next permit: an epoch in its upper half, the permits taken in it in its lower.
/// Kept also without a key: numbers are never used again.
const Signing = struct {
    key: ?Key = null,
    nonce: u64 = 0,
};

fn signingKey(owner: Address) [36]u8 {
    return argosy.head("permits") ++ owner;
}

fn keyIn(from: *Reader) ?Key {
    return if (from.some()) from.bytes(32)[0..32].* else null;
}

/// Nothing: the owner has never named a key.
fn signingAt(owner: Address) ?Signing {
    var from = argosy.storage.read(&signingKey(owner)) orelse return null;
    const key = keyIn(&from);
    const nonce = from.int(u64);
    from.end();
    return .{ .key = key, .nonce = nonce };
}

fn setSigning(owner: Address, signing: Signing) void {
    var buffer: [41]u8 = undefined;
    var to = argosy.Writer{ .buffer = &buffer };
    if (signing.key) |key| {
        to.int(u8, 1);
        to.bytes(&key);
    } else to.int(u8, 0);
    to.int(u64, signing.nonce);
    argosy.storage.set(&signingKey(owner), buffer[0..to.length]);
}

/// The number after, in the same epoch. An epoch that is used up takes none until the signer is named anew.
fn nextUse(nonce: u64) u64 {
    if (nonce & uses == uses) argosy.revertSdk(.overflow);
    return nonce + 1;
}

/// The first number of the epoch after, for which nobody has signed.
fn nextEpoch(nonce: u64) u64 {
    const next, const is_over = @addWithOverflow(nonce | uses, 1);
    if (is_over == 1) argosy.revertSdk(.overflow);
    return next;
}

const Permission = struct {
    owner: Address,
    spender: Address,
    amount: u128,
    until: u64,

    fn read(from: *Reader) Permission {
        const owner = from.address();
        const spender = from.address();
        const amount = from.int(u128);
        return .{ .owner = owner, .spender = spender, .amount = amount, .until = from.int(u64) };
    }

    /// What the owner's key signs, as access::Permits of the SDK has it.
    fn hash(it: *const Permission, nonce: u64) [32]u8 {
        var chain: [32]u8 = undefined;
        argosy.host.chain(&chain);
        const self = argosy.selfAddress();
        var buffer: [192]u8 = undefined;
        var to = argosy.Writer{ .buffer = &buffer };
        to.string("argosy permit");
        to.bytes(&chain);
        to.bytes(&self);
        to.bytes(&it.owner);
        to.int(u64, nonce);
        to.int(u64, it.until);
        to.string("permit");
        to.bytes(&it.spender);
        to.int(u128, it.amount);
        var out: [32]u8 = undefined;
        argosy.host.blake3(&buffer, to.length, &out);
        return out;
    }
};

// ---- Methods ----

fn transferBetween(from: Address, to: Address, amount: u128) noreturn {
    const owner = balanceKey(from);
    const have = amountAt(&owner);
    if (have < amount) insufficient(.insufficient_balance, have, amount);
    setAmount(&owner, have - amount);
    // Read after the write, so that a transfer to oneself changes nothing. The sum stays below the supply.
    const receiver = balanceKey(to);
    const received, const is_over = @addWithOverflow(amountAt(&receiver), amount);
    if (is_over == 1) @trap();
    setAmount(&receiver, received);
    emit(comptime argosy.nameHash("Transfer"), from, to, amount);
    argosy.finish(&.{});
}

fn transfer(in: *Reader) noreturn {
    const to = in.address();
    const amount = in.int(u128);
    in.end();
    transferBetween(argosy.caller(), to, amount);
}

fn allow(owner: Address, spender: Address, amount: u128) noreturn {
    setAmount(&allowanceKey(owner, spender), amount);
    emit(comptime argosy.nameHash("Approval"), owner, spender, amount);
    argosy.finish(&.{});
}

fn approve(in: *Reader) noreturn {
    const spender = in.address();
    const amount = in.int(u128);
    in.end();
    allow(argosy.caller(), spender, amount);
}

fn transferFrom(in: *Reader) noreturn {
    const from = in.address();
    const to = in.address();
    const amount = in.int(u128);
    in.end();
    const key = allowanceKey(from, argosy.caller());
    const have = amountAt(&key);
    if (have < amount) insufficient(.insufficient_allowance, have, amount);
    setAmount(&key, have - amount);
    transferBetween(from, to, amount);
}

fn setSigner(in: *Reader) noreturn {
    const key = keyIn(in);
    in.end();
    const owner = argosy.caller();
    const nonce = if (signingAt(owner)) |before| nextEpoch(before.nonce) else 0;
    setSigning(owner, .{ .key = key, .nonce = nonce });
    argosy.finish(&.{});
}

fn permit(in: *Reader) noreturn {
    const it = Permission.read(in);
    const signature = in.bytes(64)[0..64];
    in.end();
    if (argosy.host.block_time() > it.until) refuse(.permit_too_late);
    const signing = signingAt(it.owner) orelse Signing{};
    const key = signing.key orelse refuse(.no_signer);
    const hash = it.hash(signing.nonce);
    if (argosy.host.ed25519_verify(&key, signature, &hash, hash.len) != 1) refuse(.bad_permit);
    setSigning(it.owner, .{ .key = key, .nonce = nextUse(signing.nonce) });
    allow(it.owner, it.spender, it.amount);
}

export fn init() void {
    var in = argosy.Message.read();
    if (in.selector != argosy.selector("init")) argosy.revertSdk(.unknown_selector);
    argosy.refuseFunds();
    const name = in.arguments.string();
    const symbol = in.arguments.string();
    const decimals = in.arguments.int(u8);
    const supply = in.arguments.int(u128);
    in.arguments.end();
    const owner = argosy.caller();
    argosy.storage.set(&argosy.head("name"), name);
    argosy.storage.set(&argosy.head("symbol"), symbol);
    argosy.storage.setInt(u8, &argosy.head("decimals"), decimals);
    argosy.storage.setInt(u128, &argosy.head("supply"), supply);
    argosy.storage.setInt(u128, &balanceKey(owner), supply);
    emit(comptime argosy.nameHash("Transfer"), argosy.selfAddress(), owner, supply);
    argosy.finish(&.{});
}

export fn call() void {
    var in = argosy.Message.read();
    const method: *const fn (*Reader) noreturn = switch (in.selector) {
        argosy.selector("transfer") => transfer,
        argosy.selector("approve") => approve,
        argosy.selector("transfer_from") => transferFrom,
        argosy.selector("set_signer") => setSigner,
        argosy.selector("permit") => permit,
        else => argosy.revertSdk(.unknown_selector),
    };
    argosy.refuseFunds();
    method(&in.arguments);
}

/// The state of a field that init has set.
fn item(in: *const Reader, comptime field: []const u8) Reader {
    in.end();
    return argosy.storage.read(&argosy.head(field)) orelse argosy.revertSdk(.corrupt_storage);
}

fn answerString(in: *const Reader, comptime field: []const u8) noreturn {
    var from = item(in, field);
    const value = from.string();
    from.end();
    argosy.finish(value);
}

fn answerInt(in: *const Reader, comptime T: type, comptime field: []const u8) noreturn {
    var from = item(in, field);
    const value = from.int(T);
    from.end();
    argosy.finishInt(T, value);
}

export fn query() void {
    var message = argosy.Message.read();
    const in = &message.arguments;
    switch (message.selector) {
        argosy.selector("name") => answerString(in, "name"),
        argosy.selector("symbol") => answerString(in, "symbol"),
        argosy.selector("decimals") => answerInt(in, u8, "decimals"),
        argosy.selector("supply") => answerInt(in, u128, "supply"),
        argosy.selector("balance_of") => {
            const owner = in.address();
            in.end();
            argosy.finishInt(u128, amountAt(&balanceKey(owner)));
        },
        argosy.selector("allowance") => {
            const owner = in.address();
            const spender = in.address();
            in.end();
            argosy.finishInt(u128, amountAt(&allowanceKey(owner, spender)));
        },
        argosy.selector("permit_hash") => {
            const it = Permission.read(in);
            in.end();
            const signing = signingAt(it.owner) orelse Signing{};
            argosy.finish(&it.hash(signing.nonce));
        },
        argosy.selector("permit_nonce") => {
            const owner = in.address();
            in.end();
            const signing = signingAt(owner) orelse Signing{};
            argosy.finishInt(u64, signing.nonce);
        },
        else => argosy.revertSdk(.unknown_selector),
    }
}
