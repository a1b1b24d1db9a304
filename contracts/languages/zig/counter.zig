//! Counter, as contracts/counter: a number that anyone may raise.

const argosy = @import("argosy.zig");

const value_key = argosy.head("value");

fn load() u64 {
    var from = argosy.storage.read(&value_key) orelse argosy.revertSdk(.corrupt_storage);
    const value = from.int(u64);
    from.end();
    return value;
}

fn store(value: u64) void {
    argosy.storage.setInt(u64, &value_key, value);
}

/// CounterError::TooLarge { value, add }
fn tooLarge(value: u64, by: u64) noreturn {
    var buffer: [17]u8 = undefined;
    var to = argosy.Writer{ .buffer = &buffer };
    to.int(u8, 0);
    to.int(u64, value);
    to.int(u64, by);
    argosy.revertError(&buffer);
}

/// Raised { #[topic] by, value }
fn emitRaised(value: u64) void {
    const by = argosy.caller();
    const topics = [2][32]u8{ comptime argosy.nameHash("Raised"), by };
    var data: [40]u8 = undefined;
    var to = argosy.Writer{ .buffer = &data };
    to.bytes(&by);
    to.int(u64, value);
    argosy.host.emit(&topics, topics.len, &data, data.len);
}

fn add(by: u64) noreturn {
    const value = load();
    const raised, const is_over = @addWithOverflow(value, by);
    if (is_over == 1) tooLarge(value, by);
    store(raised);
    emitRaised(raised);
    argosy.finishInt(u64, raised);
}

export fn init() void {
    var in = argosy.Message.read();
    if (in.selector != argosy.selector("init")) argosy.revertSdk(.unknown_selector);
    argosy.refuseFunds();
    const start = in.arguments.int(u64);
    in.arguments.end();
    store(start);
    argosy.finish(&.{});
}

export fn call() void {
    var in = argosy.Message.read();
    const is_increment = in.selector == argosy.selector("increment");
    if (!is_increment and in.selector != argosy.selector("add")) argosy.revertSdk(.unknown_selector);
    argosy.refuseFunds();
    const by = if (is_increment) 1 else in.arguments.int(u64);
    in.arguments.end();
    add(by);
}

export fn query() void {
    var in = argosy.Message.read();
    if (in.selector != argosy.selector("value")) argosy.revertSdk(.unknown_selector);
    in.arguments.end();
    argosy.finishInt(u64, load());
}
