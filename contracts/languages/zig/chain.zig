//! What the chain knows and does beyond argosy.zig, by types: the frame, storage and its ranges, events, the log,
//! hashes and signatures.
//!
//! Always: what the chain answers is taken in a buffer of just that length.
//! Not here: other contracts (calls.zig).

const argosy = @import("argosy.zig");
const host = argosy.host;
const Address = argosy.Address;
const Reader = argosy.Reader;
const Writer = argosy.Writer;
const take = argosy.take;

pub const Hash = [32]u8;
/// Of ed25519.
pub const Key = [32]u8;
/// Of secp256k1 and P-256, compressed.
pub const EcdsaKey = [33]u8;
pub const Signature = [64]u8;

// ---- Bytes with their length before them ----

/// Vec<u8>, Bytes.
pub fn readBytes(from: *Reader) []const u8 {
    return from.bytes(from.compact());
}

/// The text of a String.
pub fn readText(from: *Reader) []const u8 {
    var encoded = Reader{ .left = from.string(), .why = from.why };
    return readBytes(&encoded);
}

/// A writer with so much room.
pub fn newWriter(room: usize) Writer {
    return .{ .buffer = take(room) };
}

/// What was written.
pub fn written(to: *const Writer) []const u8 {
    return to.buffer[0..to.length];
}

/// RevertData::Message(text), of valid UTF-8.
pub fn revertText(text: []const u8) noreturn {
    var to = newWriter(text.len + 5);
    to.int(u8, 1);
    to.string(text);
    host.revert(to.buffer.ptr, to.length);
}

// ---- The frame ----

/// Who signed the transaction. Ask `caller` who may do what.
pub fn signer() Address {
    var out: Address = undefined;
    host.signer(&out);
    return out;
}

/// The chain, by its genesis hash.
pub fn genesis() Hash {
    var out: Hash = undefined;
    host.chain(&out);
    return out;
}

/// What the caller sent along; part of the contract's balance already.
pub fn funds() u128 {
    var out: u128 = undefined;
    host.funds(&out);
    return out;
}

/// What an address owns.
pub fn balanceOf(owner: *const Address) u128 {
    var out: u128 = undefined;
    host.balance(owner, &out);
    return out;
}

pub fn blockHeight() u64 {
    return host.block_height();
}

/// Milliseconds since 1970.
pub fn blockTime() u64 {
    return host.block_time();
}

pub fn gasLeft() u64 {
    return host.gas_left();
}

/// A line for the log of whichever node runs this. No effect on any result.
pub fn log(text: []const u8) void {
    host.log(text.ptr, text.len);
}

// ---- Storage ----

/// All of the result register.
pub fn resultBytes() []const u8 {
    const bytes = take(host.result_len());
    host.result_read(bytes.ptr, 0, bytes.len);
    return bytes;
}

pub const raw = struct {
    /// What a key holds, if it holds something.
    pub fn get(key: []const u8) ?[]const u8 {
        const found = argosy.storage.read(key) orelse return null;
        return found.left;
    }

    /// Cheaper than reading it.
    pub fn has(key: []const u8) bool {
        return host.storage_get(key.ptr, key.len, take(0).ptr, 0) >= 0;
    }

    pub fn set(key: []const u8, value: []const u8) void {
        host.storage_set(key.ptr, key.len, value.ptr, value.len);
    }

    /// Whether the key had a value.
    pub fn remove(key: []const u8) bool {
        return host.storage_remove(key.ptr, key.len) != 0;
    }
};

/// Entries with start <= key < end, in the order of bytes.
pub const Range = struct {
    start: []const u8,
    /// None: no end.
    end: ?[]const u8 = null,
    /// Greatest key first.
    descending: bool = false,
    /// At most. The chain may give fewer at once; only none means that there are no more.
    limit: u32 = @import("std").math.maxInt(i32),

    pub fn entries(range: Range) Entries {
        const end_length: i32 = if (range.end) |end| @intCast(end.len) else -1;
        const end = if (range.end) |end| end.ptr else null;
        // More than the chain gives at once is no mistake.
        const limit = @min(range.limit, @import("std").math.maxInt(i32));
        const flags = @intFromBool(range.descending);
        _ = host.storage_range(range.start.ptr, range.start.len, end, end_length, flags, limit);
        var from = Reader{ .left = resultBytes(), .why = .corrupt_storage };
        const left = from.compact();
        return .{ .left = left, .from = from };
    }
};

pub const Entry = struct { key: []const u8, value: []const u8 };

/// Entries that the chain gave and that were not taken yet.
pub const Entries = struct {
    left: usize,
    from: Reader,

    pub fn next(it: *Entries) ?Entry {
        if (it.left == 0) return null;
        it.left -= 1;
        const key = readBytes(&it.from);
        return .{ .key = key, .value = readBytes(&it.from) };
    }
};

// ---- Events ----

/// The topic of an indexed field, from its SCALE bytes: padded with zeros, or their hash if they are longer.
pub fn topicOf(field: []const u8) Hash {
    if (field.len > @sizeOf(Hash)) return blake3(field);
    var topic: Hash = @splat(0);
    @memcpy(topic[0..field.len], field);
    return topic;
}

/// The first topic is `nameHash` of the event's name; four at most.
pub fn emit(topics: []const Hash, data: []const u8) void {
    host.emit(topics.ptr, topics.len, data.ptr, data.len);
}

// ---- Hashes and signatures ----

pub fn blake3(data: []const u8) Hash {
    var out: Hash = undefined;
    host.blake3(data.ptr, data.len, &out);
    return out;
}

pub fn sha256(data: []const u8) Hash {
    var out: Hash = undefined;
    host.sha256(data.ptr, data.len, &out);
    return out;
}

/// As Ethereum uses it; not SHA3-256.
pub fn keccak256(data: []const u8) Hash {
    var out: Hash = undefined;
    host.keccak256(data.ptr, data.len, &out);
    return out;
}

/// By the strict rule.
pub fn ed25519Verify(key: *const Key, signature: *const Signature, message: []const u8) bool {
    return host.ed25519_verify(key, signature, message.ptr, message.len) != 0;
}

/// Low S only.
pub fn secp256k1Verify(key: *const EcdsaKey, signature: *const Signature, hash: *const Hash) bool {
    return host.secp256k1_verify(key, signature, hash) != 0;
}

/// The key that signed, if there is one.
pub fn secp256k1Recover(hash: *const Hash, signature: *const Signature, recovery_id: u8) ?EcdsaKey {
    var key: EcdsaKey = undefined;
    return if (host.secp256k1_recover(hash, signature, recovery_id, &key) != 0) key else null;
}

/// Low S only.
pub fn p256Verify(key: *const EcdsaKey, signature: *const Signature, hash: *const Hash) bool {
    return host.p256_verify(key, signature, hash) != 0;
}
