//! The chain as a contract in Zig sees it: every import, a reader and a writer of SCALE, storage, errors, events.
//!
//! Always: whatever the input, a function here returns a value or ends the frame; nothing is read outside of its
//! bytes. A frame lives for one message, so memory is only ever taken, never given back.
//! Not here: names and types of methods. They stand in the JSON beside the sources (abi.py).

const std = @import("std");

// ---- Imports: docs/vm.md, 2.4 and 6 ----

pub const host = struct {
    /// Length of the input: selector and arguments.
    pub extern "argosy" fn input_len() u32;
    /// Copies a part of the input.
    pub extern "argosy" fn input_read(out: [*]u8, offset: u32, length: u32) void;
    /// Ends the frame with success and this data.
    pub extern "argosy" fn finish(data: [*]const u8, length: u32) noreturn;
    /// Ends the frame, undoing it, with this data.
    pub extern "argosy" fn revert(data: [*]const u8, length: u32) noreturn;
    /// Length of the result register.
    pub extern "argosy" fn result_len() u32;
    /// Copies a part of the result register.
    pub extern "argosy" fn result_read(out: [*]u8, offset: u32, length: u32) void;
    /// The value's length, or -1. The value goes to the result register, and to `out` if it fits whole.
    pub extern "argosy" fn storage_get(key: [*]const u8, key_length: u32, out: [*]u8, capacity: u32) i64;
    /// Gives a key its value.
    pub extern "argosy" fn storage_set(key: [*]const u8, key_length: u32, value: [*]const u8, length: u32) void;
    /// 1 if the key had a value.
    pub extern "argosy" fn storage_remove(key: [*]const u8, key_length: u32) i32;
    /// How many entries with start <= key < end, at most `limit`; they go to the result register as SCALE
    /// Vec<(Vec<u8>, Vec<u8>)>. `end_length` -1: no end. `flags` 1: greatest key first. Fewer than `limit` does
    /// not mean the end; none does.
    pub extern "argosy" fn storage_range(start: [*]const u8, start_length: u32, end: ?[*]const u8, end_length: i32, flags: u32, limit: u32) i32;
    /// Who called this frame.
    pub extern "argosy" fn caller(out: *Address) void;
    /// This contract.
    pub extern "argosy" fn self_address(out: *Address) void;
    /// Who signed the transaction.
    pub extern "argosy" fn signer(out: *Address) void;
    /// The genesis hash.
    pub extern "argosy" fn chain(out: *[32]u8) void;
    /// What the caller sent along.
    pub extern "argosy" fn funds(out: *u128) void;
    /// What an address owns.
    pub extern "argosy" fn balance(address: *const Address, out: *u128) void;
    /// Height of the block.
    pub extern "argosy" fn block_height() u64;
    /// Time of the block in milliseconds.
    pub extern "argosy" fn block_time() u64;
    /// Sends native tokens: a status code. Needs the capability transfer.
    pub extern "argosy" fn transfer(to: *const Address, amount: *const u128) i32;
    /// Calls a contract: a status code; its data goes to the result register. Gas 0: all that may be passed on.
    /// Flags: 1 the callee may call back, 2 it may only read. Needs the capability call.
    pub extern "argosy" fn call(address: *const Address, amount: *const u128, gas: u64, flags: u32, input: [*]const u8, length: u32) i32;
    /// Creates a contract: a status code; its data goes to the result register, its address to `out`. `admin` is a
    /// pointer, or -1 for nobody. Needs the capability instantiate.
    pub extern "argosy" fn instantiate(code: *const [32]u8, salt: *const [32]u8, admin: usize, amount: *const u128, gas: u64, input: [*]const u8, length: u32, out: *Address) i32;
    /// Replaces this contract's code: a status code. Needs the capability upgrade.
    pub extern "argosy" fn upgrade_self(code: *const [32]u8, input: [*]const u8, length: u32) i32;
    /// Announces something: up to 4 topics, end to end, and data.
    pub extern "argosy" fn emit(topics: [*]const [32]u8, count: u32, data: [*]const u8, length: u32) void;
    /// Plain BLAKE3.
    pub extern "argosy" fn blake3(data: [*]const u8, length: u32, out: *[32]u8) void;
    /// SHA-256.
    pub extern "argosy" fn sha256(data: [*]const u8, length: u32, out: *[32]u8) void;
    /// Keccak as Ethereum uses it.
    pub extern "argosy" fn keccak256(data: [*]const u8, length: u32, out: *[32]u8) void;
    /// 1 if valid.
    pub extern "argosy" fn ed25519_verify(key: *const [32]u8, signature: *const [64]u8, message: [*]const u8, length: u32) i32;
    /// 1 if valid.
    pub extern "argosy" fn secp256k1_verify(key: *const [33]u8, signature: *const [64]u8, hash: *const [32]u8) i32;
    /// 1 and a key, or 0.
    pub extern "argosy" fn secp256k1_recover(hash: *const [32]u8, signature: *const [64]u8, recovery_id: u32, out: *[33]u8) i32;
    /// 1 if valid.
    pub extern "argosy" fn p256_verify(key: *const [33]u8, signature: *const [64]u8, hash: *const [32]u8) i32;
    /// Gas that this frame has left.
    pub extern "argosy" fn gas_left() u64;
    /// A line for the log of whichever node runs this. No effect on any result.
    pub extern "argosy" fn log(text: [*]const u8, length: u32) void;
};

// ---- Types and names ----

pub const Address = [32]u8;

/// What the SDK for Rust refuses, too.
pub const SdkError = enum(u8) {
    unknown_selector,
    bad_arguments,
    not_payable,
    corrupt_storage,
    bad_reply,
    call_failed,
    overflow,
};

/// BLAKE3 of a name, while the contract is compiled: the first topic of an event.
pub fn nameHash(comptime name: []const u8) [32]u8 {
    comptime {
        @setEvalBranchQuota(100_000);
        var hash: [32]u8 = undefined;
        std.crypto.hash.Blake3.hash(name, &hash, .{});
        return hash;
    }
}

/// Its head: the selector of a method, and the key of a field.
pub fn head(comptime name: []const u8) [4]u8 {
    return comptime nameHash(name)[0..4].*;
}

/// The same as a number, for `switch`.
pub fn selector(comptime name: []const u8) u32 {
    return comptime std.mem.readInt(u32, &head(name), .little);
}

// ---- The ends of a frame ----

pub fn finish(data: []const u8) noreturn {
    host.finish(data.ptr, data.len);
}

/// RevertData::Sdk(why).
pub fn revertSdk(why: SdkError) noreturn {
    const data = [2]u8{ 2, @backingInt(why) };
    host.revert(&data, data.len);
}

/// RevertData::Error(error): the end of a method that returns an error.
pub fn revertError(bytes: []const u8) noreturn {
    const data = take(bytes.len + 5);
    var to = Writer{ .buffer = data };
    to.int(u8, 0);
    to.string(bytes);
    host.revert(data.ptr, to.length);
}

// ---- Memory ----

const page_bytes = 65_536;
const pages_max = 256;

/// The end of the module's constants; the linker knows it.
extern var __heap_base: u8;
var next: usize = 0;

/// So many bytes, zero at first and aligned to 16; ends the frame if there are none.
pub fn take(length: usize) []u8 {
    if (length > pages_max * page_bytes) @trap();
    const start = if (next == 0) std.mem.alignForward(usize, @intFromPtr(&__heap_base), 16) else next;
    const end = std.mem.alignForward(usize, start + length, 16);
    const size = @wasmMemorySize(0) * page_bytes;
    if (end > size and @wasmMemoryGrow(0, (end - size + page_bytes - 1) / page_bytes) < 0) @trap();
    next = end;
    return @as([*]u8, @ptrFromInt(start))[0..length];
}

// ---- Reading SCALE ----

/// The integer that lies there. Wasm is little-endian, as SCALE is, and loads from any address.
fn place(comptime T: type, bytes: [*]const u8) *align(1) const T {
    return @ptrCast(bytes);
}

/// What is left, and what to say if the bytes are not what they should be.
pub const Reader = struct {
    left: []const u8,
    why: SdkError,

    pub fn bytes(from: *Reader, length: usize) []const u8 {
        if (length > from.left.len) revertSdk(from.why);
        defer from.left = from.left[length..];
        return from.left[0..length];
    }

    pub fn int(from: *Reader, comptime T: type) T {
        return place(T, from.bytes(@sizeOf(T)).ptr).*;
    }

    pub fn address(from: *Reader) Address {
        return from.bytes(32)[0..32].*;
    }

    /// Whether an Option has a value, which is next then; a bool is the same byte.
    pub fn some(from: *Reader) bool {
        return switch (from.int(u8)) {
            0 => false,
            1 => true,
            else => revertSdk(from.why),
        };
    }

    /// A length or a count. Only the shortest form is one; 2^30 and above cannot be: no input is as long.
    pub fn compact(from: *Reader) usize {
        if (from.left.len == 0) revertSdk(from.why);
        const value: usize, const least: usize = switch (from.left[0] & 3) {
            0 => .{ from.int(u8), 0 },
            1 => .{ from.int(u16), 1 << 6 },
            2 => .{ from.int(u32), 1 << 14 },
            else => revertSdk(from.why),
        };
        if (value >> 2 < least) revertSdk(from.why);
        return value >> 2;
    }

    /// A String as it is encoded: its length, then its text.
    pub fn string(from: *Reader) []const u8 {
        const start = from.left;
        const text = from.bytes(from.compact());
        if (!isUtf8(text)) revertSdk(from.why);
        return start[0 .. start.len - from.left.len];
    }

    /// There must be nothing more.
    pub fn end(from: *const Reader) void {
        if (from.left.len != 0) revertSdk(from.why);
    }
};

/// Whether bytes are UTF-8: no overlong forms, no surrogates, nothing above U+10FFFF.
pub fn isUtf8(text: []const u8) bool {
    var here: usize = 0;
    while (here < text.len) {
        if (text.len - here >= 8 and place(u64, text.ptr + here).* & 0x8080808080808080 == 0) {
            here += 8;
            continue;
        }
        const first = text[here];
        here += 1;
        if (first < 0x80) continue;
        const more: usize = if (first < 0xe0) 1 else if (first < 0xf0) 2 else 3;
        if (first < 0xc2 or first > 0xf4 or text.len - here < more) return false;
        const low: u8 = if (first == 0xe0) 0xa0 else if (first == 0xf0) 0x90 else 0x80;
        const high: u8 = if (first == 0xed) 0x9f else if (first == 0xf4) 0x8f else 0xbf;
        if (text[here] < low or text[here] > high) return false;
        for (text[here + 1 .. here + more]) |byte| if (byte & 0xc0 != 0x80) return false;
        here += more;
    }
    return true;
}

// ---- Writing SCALE ----

/// Bytes under construction, in a buffer that must be large enough.
pub const Writer = struct {
    buffer: []u8,
    length: usize = 0,

    pub fn bytes(to: *Writer, from: []const u8) void {
        if (from.len > to.buffer.len - to.length) @trap();
        @memcpy(to.buffer[to.length..][0..from.len], from);
        to.length += from.len;
    }

    pub fn int(to: *Writer, comptime T: type, value: T) void {
        to.bytes(std.mem.asBytes(&value));
    }

    pub fn compact(to: *Writer, value: usize) void {
        if (value < 1 << 6) return to.int(u8, @intCast(value << 2));
        if (value < 1 << 14) return to.int(u16, @intCast(value << 2 | 1));
        if (value >= 1 << 30) @trap();
        to.int(u32, value << 2 | 2);
    }

    /// A String, or anything else with its length before it.
    pub fn string(to: *Writer, text: []const u8) void {
        to.compact(text.len);
        to.bytes(text);
    }
};

// ---- Messages ----

/// A message: which method, and its arguments.
pub const Message = struct {
    selector: u32,
    arguments: Reader,

    /// The input. Too short for a selector: there is no such method.
    pub fn read() Message {
        const input = take(host.input_len());
        host.input_read(input.ptr, 0, input.len);
        var from = Reader{ .left = input, .why = .unknown_selector };
        const found = from.int(u32);
        from.why = .bad_arguments;
        return .{ .selector = found, .arguments = from };
    }
};

/// For methods that take no funds.
pub fn refuseFunds() void {
    var funds: u128 = undefined;
    host.funds(&funds);
    if (funds != 0) revertSdk(.not_payable);
}

pub fn caller() Address {
    var out: Address = undefined;
    host.caller(&out);
    return out;
}

pub fn selfAddress() Address {
    var out: Address = undefined;
    host.self_address(&out);
    return out;
}

// ---- Storage ----

pub const storage = struct {
    /// Room for most values, which saves a second call of the chain.
    const small_value_bytes = 64;

    /// A reader of what a key holds, if it holds something.
    pub fn read(key: []const u8) ?Reader {
        var value = take(small_value_bytes);
        const found = host.storage_get(key.ptr, key.len, value.ptr, value.len);
        if (found < 0) return null;
        const length: usize = @intCast(found);
        if (length > value.len) {
            value = take(length);
            host.result_read(value.ptr, 0, length);
        }
        return .{ .left = value[0..length], .why = .corrupt_storage };
    }

    pub fn set(key: []const u8, value: []const u8) void {
        host.storage_set(key.ptr, key.len, value.ptr, value.len);
    }

    pub fn setInt(comptime T: type, key: []const u8, value: T) void {
        set(key, std.mem.asBytes(&value));
    }

    pub fn remove(key: []const u8) void {
        _ = host.storage_remove(key.ptr, key.len);
    }
};

/// A number as the answer of a method.
pub fn finishInt(comptime T: type, value: T) noreturn {
    finish(std.mem.asBytes(&value));
}
