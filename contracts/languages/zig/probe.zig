//! Probe, as contracts/probe: does on request what contracts should not do, and everything that the chain offers.
//!
//! For the tests of the node. Each message does one thing. Anyone can make a probe do anything.

const std = @import("std");
const argosy = @import("argosy.zig");
const chain = @import("chain.zig");
const calls = @import("calls.zig");
const Reader = argosy.Reader;
const Writer = argosy.Writer;
const selector = argosy.selector;

const counter_key = argosy.head("counter");
const note_key = argosy.head("note");

/// ProbeError::Plain
fn failPlain() noreturn {
    argosy.revertError(&.{0});
}

/// ProbeError::Detailed { code, text }
fn failDetailed(code: u32, text: []const u8) noreturn {
    var to = chain.newWriter(text.len + 9);
    to.int(u8, 1);
    to.int(u32, code);
    to.string(text);
    argosy.revertError(chain.written(&to));
}

// ---- Arguments and answers ----

/// One argument, and nothing behind it.
fn onlyInt(comptime T: type, from: *Reader) T {
    const value = from.int(T);
    from.end();
    return value;
}

fn onlyBytes(from: *Reader) []const u8 {
    const value = chain.readBytes(from);
    from.end();
    return value;
}

fn onlyText(from: *Reader) []const u8 {
    const value = chain.readText(from);
    from.end();
    return value;
}

fn array(comptime length: usize, from: *Reader) *const [length]u8 {
    return from.bytes(length)[0..length];
}

fn finishNothing() noreturn {
    argosy.finish(&.{});
}

fn finishBool(value: bool) noreturn {
    argosy.finishInt(u8, @intFromBool(value));
}

fn finishBytes(value: []const u8) noreturn {
    var to = chain.newWriter(value.len + 4);
    to.string(value);
    argosy.finish(chain.written(&to));
}

/// Tried { status, data }
fn finishTried(status: calls.Status, data: []const u8) noreturn {
    var to = chain.newWriter(data.len + 5);
    to.int(u8, @backingInt(status));
    to.string(data);
    argosy.finish(chain.written(&to));
}

fn finishReply(reply: calls.Reply) noreturn {
    finishTried(reply.status, reply.data);
}

/// So many bytes of one value.
fn filled(value: u8, length: usize) []const u8 {
    const bytes = argosy.take(length);
    @memset(bytes, value);
    return bytes;
}

// ---- State ----

fn setNote(text: []const u8) void {
    var to = chain.newWriter(text.len + 4);
    to.string(text);
    argosy.storage.set(&note_key, chain.written(&to));
}

fn note() noreturn {
    var from = argosy.storage.read(&note_key) orelse argosy.revertSdk(.corrupt_storage);
    const text = from.string();
    from.end();
    argosy.finish(text);
}

fn counter() u64 {
    var from = argosy.storage.read(&counter_key) orelse return 0;
    return onlyInt(u64, &from);
}

fn setCounter(value: u64) void {
    argosy.storage.setInt(u64, &counter_key, value);
}

fn count() noreturn {
    const sum, const is_over = @addWithOverflow(counter(), 1);
    if (is_over == 1) @trap();
    setCounter(sum);
    argosy.finishInt(u64, sum);
}

/// Big-endian, so that keys sort like numbers.
fn entryKey(number: u32) [8]u8 {
    const big: [4]u8 = @bitCast(@byteSwap(number));
    return argosy.head("entries") ++ big;
}

fn fill(number: u32, value_bytes: u32) noreturn {
    var to = chain.newWriter(@as(usize, value_bytes) +| 4);
    to.string(filled(9, value_bytes));
    for (0..number) |at| argosy.storage.set(&entryKey(@intCast(at)), chain.written(&to));
    finishNothing();
}

fn clear(number: u32) noreturn {
    var removed: u32 = 0;
    for (0..number) |at| removed += @intFromBool(chain.raw.remove(&entryKey(@intCast(at))));
    argosy.finishInt(u32, removed);
}

fn read(key: []const u8) noreturn {
    const value = chain.raw.get(key) orelse finishBool(false);
    var to = chain.newWriter(value.len + 5);
    to.int(u8, 1);
    to.string(value);
    argosy.finish(chain.written(&to));
}

fn scan(from: *Reader) noreturn {
    const start = entryKey(from.int(u32));
    const end = entryKey(from.int(u32));
    const descending = from.some();
    const limit = onlyInt(u32, from);
    var entries = (chain.Range{ .start = &start, .end = &end, .descending = descending, .limit = limit }).entries();
    var numbers = chain.newWriter(entries.left * 4 + 4);
    numbers.compact(entries.left);
    while (entries.next()) |entry| {
        if (entry.key.len != start.len) argosy.revertSdk(.corrupt_storage);
        numbers.int(u32, std.mem.readInt(u32, entry.key[4..8], .big));
        var value = Reader{ .left = entry.value, .why = .corrupt_storage };
        _ = onlyBytes(&value);
    }
    argosy.finish(chain.written(&numbers));
}

// ---- Ends, memory ----

var steps: u32 = 0;

noinline fn recurse(depth: u32) u32 {
    @as(*volatile u32, &steps).* = depth;
    return if (depth == 0) 0 else recurse(depth - 1) + 1;
}

fn divide(a: u32, b: u32) u32 {
    if (b == 0) @trap();
    return a / b;
}

fn grow(pages: u32) u32 {
    return @bitCast(@as(i32, @intCast(@wasmMemoryGrow(0, pages))));
}

fn growOften(pages: u32, times: u32) u32 {
    var before: u32 = 0;
    for (0..times) |_| before = grow(pages);
    return before;
}

fn overflow(number: u64) noreturn {
    const sum, const is_over = @addWithOverflow(number, 1);
    if (is_over == 1) argosy.revertSdk(.overflow);
    argosy.finishInt(u64, sum);
}

/// Imports with pointers that Zig's types do not allow.
const wild = struct {
    extern "argosy" fn input_read(out: usize, offset: u32, length: u32) void;
    extern "argosy" fn storage_get(key: usize, length: u32, out: usize, capacity: u32) i64;
    extern "argosy" fn storage_set(key: usize, length: u32, value: usize, value_length: u32) void;
    extern "argosy" fn log(text: usize, length: u32) void;
    extern "argosy" fn caller(out: usize) void;
    extern "argosy" fn emit(topics: usize, topic_count: u32, data: usize, length: u32) void;
    extern "argosy" fn call(to: usize, funds: usize, gas: u64, flags: u32, input: usize, length: u32) i32;
};

/// The chain must refuse every one of these.
fn badPointer(what: u8) noreturn {
    const behind: usize = std.math.maxInt(usize) - 15;
    switch (what) {
        0 => wild.input_read(behind, 0, 1),
        1 => _ = wild.storage_get(behind, 64, 0, 0),
        2 => wild.storage_set(0, 4, behind, 64),
        3 => wild.log(0x8000_0000, 1),
        4 => wild.caller(behind),
        5 => wild.log(behind, 32),
        6 => wild.emit(behind, 1, 0, 0),
        else => _ = wild.call(behind, 0, 0, 0, 0, 0),
    }
    finishNothing();
}

// ---- Events, logs ----

/// Noise { #[topic] number, payload }
fn emitNoise(number: u32, payload: []const u8) void {
    const topics = [2]chain.Hash{ comptime argosy.nameHash("Noise"), chain.topicOf(std.mem.asBytes(&number)) };
    var data = chain.newWriter(payload.len + 8);
    data.int(u32, number);
    data.string(payload);
    chain.emit(&topics, chain.written(&data));
}

fn emitMany(number: u32, payload_bytes: u32) noreturn {
    const payload = filled(5, payload_bytes);
    for (0..number) |at| emitNoise(@intCast(at), payload);
    finishNothing();
}

fn log(from: *Reader) noreturn {
    const text = chain.readText(from);
    for (0..onlyInt(u32, from)) |_| chain.log(text);
    finishNothing();
}

// ---- Other contracts ----

fn relay(from: *Reader) noreturn {
    const call_ = calls.Call{
        .to = array(32, from),
        .funds = from.int(u128),
        .gas_max = from.int(u64),
        .allow_reentry = from.some(),
        .read_only = from.some(),
        .input = onlyBytes(from),
    };
    finishReply(call_.invoke());
}

fn relayPlainly(from: *Reader, read_only: bool) calls.Reply {
    const to = array(32, from);
    return (calls.Call{ .to = to, .input = onlyBytes(from), .read_only = read_only }).invoke();
}

fn nest(depth: u32) noreturn {
    if (depth == 0) argosy.finishInt(u32, 0);
    const here = argosy.selfAddress();
    var input = calls.inputOf("nest", 4);
    input.int(u32, depth - 1);
    const reply = (calls.Call{ .to = &here, .input = chain.written(&input), .allow_reentry = true }).invoke();
    if (reply.status != .success or reply.data.len != 4) argosy.finishInt(u32, 1);
    var below = reply.must();
    argosy.finishInt(u32, below.int(u32) +% 1);
}

fn send(from: *Reader) noreturn {
    const to = array(32, from);
    argosy.finishInt(u8, @backingInt(calls.transfer(to, onlyInt(u128, from))));
}

fn spawn(from: *Reader) noreturn {
    var created: argosy.Address = undefined;
    const contract = calls.NewContract{
        .code = array(32, from),
        .salt = array(32, from),
        .admin = if (from.some()) array(32, from) else null,
        .funds = from.int(u128),
        .input = onlyBytes(from),
    };
    const reply = contract.create(&created);
    if (reply.status != .success) finishReply(reply);
    var both = chain.newWriter(reply.data.len + created.len);
    both.bytes(&created);
    both.bytes(reply.data);
    finishTried(reply.status, chain.written(&both));
}

fn becomeCode(from: *Reader) noreturn {
    const code = array(32, from);
    finishReply(calls.upgradeSelf(code, onlyBytes(from)));
}

fn surroundings() noreturn {
    const here = argosy.selfAddress();
    var to = chain.newWriter(4 * 32 + 2 * 16 + 2 * 8);
    to.bytes(&argosy.caller());
    to.bytes(&here);
    to.bytes(&chain.signer());
    to.bytes(&chain.genesis());
    to.int(u128, chain.funds());
    to.int(u128, chain.balanceOf(&here));
    to.int(u64, chain.blockHeight());
    to.int(u64, chain.blockTime());
    argosy.finish(chain.written(&to));
}

// ---- Hashes and signatures ----

fn hashes(data: []const u8) noreturn {
    const all = chain.blake3(data) ++ chain.sha256(data) ++ chain.keccak256(data);
    argosy.finish(&all);
}

fn verifyEd25519(from: *Reader) noreturn {
    const key = array(32, from);
    const signature = array(64, from);
    finishBool(chain.ed25519Verify(key, signature, onlyBytes(from)));
}

fn verifyEcdsa(from: *Reader, is_p256: bool) noreturn {
    const key = array(33, from);
    const signature = array(64, from);
    const hash = array(32, from);
    from.end();
    finishBool(if (is_p256) chain.p256Verify(key, signature, hash) else chain.secp256k1Verify(key, signature, hash));
}

fn recoverSecp256k1(from: *Reader) noreturn {
    const hash = array(32, from);
    const signature = array(64, from);
    const key = chain.secp256k1Recover(hash, signature, onlyInt(u8, from)) orelse finishBool(false);
    argosy.finish(&([1]u8{1} ++ key));
}

// ---- Messages ----

export fn init() void {
    var in = argosy.Message.read();
    const from = &in.arguments;
    switch (in.selector) {
        selector("init") => {
            setNote(onlyText(from));
            finishNothing();
        },
        selector("init_failing") => {
            argosy.refuseFunds();
            const code = onlyInt(u32, from);
            setNote("never seen");
            failDetailed(code, "init");
        },
        else => argosy.revertSdk(.unknown_selector),
    }
}

export fn upgrade() void {
    var in = argosy.Message.read();
    switch (in.selector) {
        selector("upgrade") => {
            setNote(onlyText(&in.arguments));
            finishNothing();
        },
        selector("upgrade_failing") => {
            in.arguments.end();
            setNote("never seen");
            failPlain();
        },
        else => argosy.revertSdk(.unknown_selector),
    }
}

/// What the methods of `call` are named; the first ones take funds.
const Method = enum {
    deposit,
    relay,
    send,
    spawn,
    surroundings_of_call,
    count,
    echo,
    spin,
    trap,
    panic,
    divide,
    recurse,
    fail_with_text,
    fail_with_error,
    fail_with_bytes,
    overflow,
    grow,
    grow_often,
    bad_pointer,
    store,
    store_large,
    erase,
    fill,
    clear,
    emit_many,
    log,
    relay_and_fail,
    nest,
    become_code,

    fn of(number: u32) ?Method {
        inline for (comptime std.enums.values(Method)) |method| {
            if (number == comptime selector(@tagName(method))) return method;
        }
        return null;
    }

    fn isPayable(method: Method) bool {
        return switch (method) {
            .deposit, .relay, .send, .spawn, .surroundings_of_call => true,
            else => false,
        };
    }
};

export fn call() void {
    var in = argosy.Message.read();
    const from = &in.arguments;
    const method = Method.of(in.selector) orelse argosy.revertSdk(.unknown_selector);
    if (!method.isPayable()) argosy.refuseFunds();
    switch (method) {
        .deposit, .surroundings_of_call, .count, .spin, .trap, .panic => {
            from.end();
            callPlainly(method);
        },
        .relay => relay(from),
        .send => send(from),
        .spawn => spawn(from),
        .echo => finishBytes(onlyBytes(from)),
        .divide, .grow_often, .store_large, .fill, .emit_many => {
            const first = from.int(u32);
            callWithTwo(method, first, onlyInt(u32, from));
        },
        .recurse => argosy.finishInt(u32, recurse(onlyInt(u32, from))),
        .fail_with_text => {
            const text = onlyText(from);
            setCounter(0);
            chain.revertText(text);
        },
        .fail_with_error => {
            const code = from.int(u32);
            const text = onlyText(from);
            setCounter(0);
            failDetailed(code, text);
        },
        .fail_with_bytes => {
            const data = onlyBytes(from);
            argosy.host.revert(data.ptr, data.len);
        },
        .overflow => overflow(onlyInt(u64, from)),
        .grow => argosy.finishInt(u32, grow(onlyInt(u32, from))),
        .bad_pointer => badPointer(onlyInt(u8, from)),
        .store => {
            const key = chain.readBytes(from);
            chain.raw.set(key, onlyBytes(from));
            finishNothing();
        },
        .erase => finishBool(chain.raw.remove(onlyBytes(from))),
        .clear => clear(onlyInt(u32, from)),
        .log => log(from),
        .relay_and_fail => failDetailed(@backingInt(relayPlainly(from, false).status), "relayed"),
        .nest => nest(onlyInt(u32, from)),
        .become_code => becomeCode(from),
    }
}

/// The methods without arguments.
fn callPlainly(method: Method) noreturn {
    switch (method) {
        .deposit => argosy.finishInt(u128, chain.funds()),
        .surroundings_of_call => surroundings(),
        .count => count(),
        .spin => while (true) {},
        else => @trap(),
    }
}

/// The methods of two numbers.
fn callWithTwo(method: Method, first: u32, second: u32) noreturn {
    switch (method) {
        .divide => argosy.finishInt(u32, divide(first, second)),
        .grow_often => argosy.finishInt(u32, growOften(first, second)),
        .fill => fill(first, second),
        .emit_many => emitMany(first, second),
        else => {
            chain.raw.set(filled(7, first), filled(8, second));
            finishNothing();
        },
    }
}

export fn query() void {
    var in = argosy.Message.read();
    const from = &in.arguments;
    switch (in.selector) {
        selector("read") => read(onlyBytes(from)),
        selector("scan") => scan(from),
        selector("relay_in_query") => finishReply(relayPlainly(from, true)),
        selector("hashes") => hashes(onlyBytes(from)),
        selector("verify_ed25519") => verifyEd25519(from),
        selector("verify_secp256k1") => verifyEcdsa(from, false),
        selector("recover_secp256k1") => recoverSecp256k1(from),
        selector("verify_p256") => verifyEcdsa(from, true),
        selector("write_in_query") => {
            from.end();
            chain.raw.set("written by a query", "");
        },
        selector("emit_in_query") => {
            from.end();
            emitNoise(0, "");
        },
        selector("counter") => {
            from.end();
            argosy.finishInt(u64, counter());
        },
        selector("note") => {
            from.end();
            note();
        },
        selector("surroundings") => {
            from.end();
            surroundings();
        },
        selector("gas") => {
            from.end();
            argosy.finishInt(u64, chain.gasLeft());
        },
        else => argosy.revertSdk(.unknown_selector),
    }
}
