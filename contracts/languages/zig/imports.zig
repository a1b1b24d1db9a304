//! Every import once, so that the chain compares the signatures in argosy.zig with its own. Nothing to be called.

const argosy = @import("argosy.zig");
const host = argosy.host;

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
