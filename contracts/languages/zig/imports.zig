//! `call`: every import once, so that the chain compares the signatures in argosy.zig with its own; nothing to be called.
//! `query`: what the bindings have and no sample uses. The first byte of the message says what.

const argosy = @import("argosy.zig");
const chain = @import("chain.zig");
const calls = @import("calls.zig");
const host = argosy.host;

export fn init() void {
    chain.raw.set("a", "1");
    chain.raw.set("b", "");
    chain.raw.set("c", "3");
}

/// A reply, from a status and data, as one would come.
fn replyOf(from: *argosy.Reader) calls.Reply {
    const status = from.int(u8);
    return .{ .status = @enumFromInt(status), .data = from.left };
}

/// Its kind and its bytes.
fn sayReason(of: calls.Reply) noreturn {
    const reason = of.reason() orelse argosy.finish(&.{0});
    const sdk = [1]u8{if (reason == .sdk) @backingInt(reason.sdk) else 0};
    const kind: u8, const bytes: []const u8 = switch (reason) {
        .err => |bytes| .{ 1, bytes },
        .text => |bytes| .{ 2, bytes },
        .sdk => .{ 3, &sdk },
    };
    var to = chain.newWriter(1 + bytes.len);
    to.int(u8, kind);
    to.bytes(bytes);
    argosy.finish(chain.written(&to));
}

/// The answer of a method that returns a u32.
fn sayAnswer(of: calls.Reply) noreturn {
    var from = of.must();
    const answer = from.int(u32);
    from.end();
    argosy.finishInt(u32, answer);
}

/// All keys from one on, the last one first.
fn sayKeys(start: []const u8) noreturn {
    var entries = (chain.Range{ .start = start, .descending = true }).entries();
    var keys = chain.newWriter(16);
    while (entries.next()) |entry| keys.string(entry.key);
    argosy.finish(chain.written(&keys));
}

export fn query() void {
    const input = argosy.take(host.input_len());
    host.input_read(input.ptr, 0, input.len);
    var from = argosy.Reader{ .left = input, .why = .bad_arguments };
    switch (from.int(u8)) {
        0 => sayReason(replyOf(&from)),
        1 => sayAnswer(replyOf(&from)),
        2 => argosy.finish(&chain.topicOf(from.left)),
        3 => argosy.finishInt(u8, @intFromBool(chain.raw.has(from.left))),
        else => sayKeys(from.left),
    }
}

export fn call() void {
    const n = host.input_len();
    const m = host.result_len();
    const p = argosy.take(@max(n, 80)).ptr;
    const b32 = p[0..32];
    const b33 = p[0..33];
    const b64 = p[0..64];
    var amount: u128 = 0;
    var sum: u64 = host.block_height() +% host.block_time() +% host.gas_left();
    host.input_read(p, 0, n);
    host.result_read(p, 0, m);
    sum +%= @bitCast(host.storage_get(p, n, p, n));
    host.storage_set(p, n, p, n);
    sum +%= @as(u32, @bitCast(host.storage_remove(p, n)));
    sum +%= @as(u32, @bitCast(host.storage_range(p, n, p, @intCast(n), 0, m)));
    host.caller(b32);
    host.self_address(b32);
    host.signer(b32);
    host.chain(b32);
    host.funds(&amount);
    host.balance(b32, &amount);
    sum +%= @as(u32, @bitCast(host.transfer(b32, &amount)));
    sum +%= @as(u32, @bitCast(host.call(b32, &amount, sum, 0, p, n)));
    sum +%= @as(u32, @bitCast(host.instantiate(b32, b32, @intFromPtr(p), &amount, sum, p, n, b32)));
    sum +%= @as(u32, @bitCast(host.upgrade_self(b32, p, n)));
    host.emit(&.{b32.*}, 1, p, n);
    host.blake3(p, n, b32);
    host.sha256(p, n, b32);
    host.keccak256(p, n, b32);
    sum +%= @as(u32, @bitCast(host.ed25519_verify(b32, b64, p, n)));
    sum +%= @as(u32, @bitCast(host.secp256k1_verify(b33, b64, b32)));
    sum +%= @as(u32, @bitCast(host.secp256k1_recover(b32, b64, 0, b33)));
    sum +%= @as(u32, @bitCast(host.p256_verify(b33, b64, b32)));
    host.log(p, n);
    if (sum == 0) host.revert(p, n);
    host.finish(p, n);
}
