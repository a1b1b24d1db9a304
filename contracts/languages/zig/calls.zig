//! Other contracts, funds, new instances, new code; each needs the capability of its name in the JSON.
//!
//! Always: a failure is a value. It changed nothing but the gas that is left, and the frame goes on.
//! Before a call, write down what must be true if somebody calls this contract in turn.

const std = @import("std");
const argosy = @import("argosy.zig");
const chain = @import("chain.zig");
const host = argosy.host;
const Address = argosy.Address;
const Reader = argosy.Reader;
const SdkError = argosy.SdkError;

/// How something ended: docs/vm.md, 6.9. Others may come; whatever is not `success` is a failure.
pub const Status = enum(u8) {
    success = 0,
    reverted = 1,
    out_of_gas = 2,
    trapped = 3,
    call_depth = 4,
    reentry = 5,
    insufficient_balance = 6,
    deposit_limit = 7,
    contract_not_found = 8,
    code_not_found = 9,
    code_rejected = 10,
    unauthorized = 11,
    capability_missing = 12,
    read_only = 13,
    limit_exceeded = 14,
    abi_mismatch = 15,
    already_exists = 16,
    entry_missing = 17,
    code_in_use = 18,
    _,

    fn of(number: i32) Status {
        return @enumFromInt(@as(u8, @truncate(@as(u32, @bitCast(number)))));
    }
};

// ---- Calls ----

/// A call of another contract.
pub const Call = struct {
    to: *const Address,
    /// Selector and arguments.
    input: []const u8,
    /// To send along; needs `transfer` too.
    funds: u128 = 0,
    /// 0: all that may be passed on, 63/64 of what is left.
    gas_max: u64 = 0,
    /// The callee may call back into contracts that are already running, such as this one.
    allow_reentry: bool = false,
    /// The callee may only read; its `query` runs instead of its `call`.
    read_only: bool = false,

    pub fn invoke(it: Call) Reply {
        const flags = @as(u32, @intFromBool(it.allow_reentry)) | @as(u32, @intFromBool(it.read_only)) << 1;
        return Reply.of(host.call(it.to, &it.funds, it.gas_max, flags, it.input.ptr, it.input.len));
    }
};

/// The input of a method: its selector, then what is written to it, for which there is so much room.
pub fn inputOf(comptime method: []const u8, room: usize) argosy.Writer {
    var input = chain.newWriter(4 + room);
    input.bytes(&argosy.head(method));
    return input;
}

/// Sends funds of this contract; no code runs.
pub fn transfer(to: *const Address, amount: u128) Status {
    return Status.of(host.transfer(to, &amount));
}

// ---- New contracts, new code ----

/// A contract to be created.
pub const NewContract = struct {
    code: *const chain.Hash,
    /// Tells instances of one code apart.
    salt: *const [32]u8,
    /// Who may replace the code.
    admin: ?*const Address = null,
    /// Selector and arguments of its `init`.
    input: []const u8,
    funds: u128 = 0,
    gas_max: u64 = 0,

    /// Creates it; `out` is its address if that succeeds, else it stays as it is.
    pub fn create(it: NewContract, out: *Address) Reply {
        const admin = if (it.admin) |admin| @intFromPtr(admin) else std.math.maxInt(usize);
        const input = it.input;
        return Reply.of(host.instantiate(it.code, it.salt, admin, &it.funds, it.gas_max, input.ptr, input.len, out));
    }
};

/// Replaces the code of this contract: the new code runs this message of its `upgrade` now, and serves the next frame.
pub fn upgradeSelf(code: *const chain.Hash, input: []const u8) Reply {
    return Reply.of(host.upgrade_self(code, input.ptr, input.len));
}

// ---- Replies ----

/// What a callee that reverted says of it.
pub const Reason = union(enum) {
    /// Its own error, in SCALE.
    err: []const u8,
    /// UTF-8.
    text: []const u8,
    sdk: SdkError,
};

/// How a call ended, and what came back: the answer of a success, the reason of `reverted`, nothing else.
pub const Reply = struct {
    status: Status,
    data: []const u8,

    /// With the result register.
    fn of(status: i32) Reply {
        return .{ .status = Status.of(status), .data = chain.resultBytes() };
    }

    /// A reader of the answer; the frame ends there if the call failed, or, as it is read, if it is another one.
    pub fn must(it: Reply) Reader {
        if (it.status != .success) argosy.revertSdk(.call_failed);
        return .{ .left = it.data, .why = .bad_reply };
    }

    /// Why it reverted; nothing if it did not, or by bytes that no SDK writes.
    pub fn reason(it: Reply) ?Reason {
        if (it.status != .reverted or it.data.len == 0) return null;
        const rest = it.data[1..];
        switch (it.data[0]) {
            0 => return .{ .err = prefixed(rest) orelse return null },
            1 => {
                const text = prefixed(rest) orelse return null;
                return if (argosy.isUtf8(text)) .{ .text = text } else null;
            },
            2 => {
                if (rest.len != 1 or rest[0] > @backingInt(SdkError.overflow)) return null;
                return .{ .sdk = @enumFromInt(rest[0]) };
            },
            else => return null,
        }
    }
};

/// What has its length before it, if it is whole and nothing is behind it; others wrote it, so that a mistake is a value
/// here.
fn prefixed(from: []const u8) ?[]const u8 {
    if (from.len == 0) return null;
    const size: usize, const least: usize = switch (from[0] & 3) {
        0 => .{ 1, 0 },
        1 => .{ 2, 1 << 6 },
        2 => .{ 4, 1 << 14 },
        else => return null,
    };
    if (size > from.len) return null;
    var bytes: [4]u8 = @splat(0);
    @memcpy(bytes[0..size], from[0..size]);
    const length = std.mem.readInt(u32, &bytes, .little) >> 2;
    if (length < least or length != from.len - size) return null;
    return from[size..][0..length];
}
