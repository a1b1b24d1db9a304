;; instrumentation version 1, 186 bytes, blake3 0xb9cc51ab038ccef62eb5a31b58d578c295b47a52f84dea98f68d485576271f7a
(module
  (type (;0;) (func (param i32)))
  (memory (;0;) 1 256)
  (global (;0;) (mut i64) i64.const 0)
  (global (;1;) (mut i32) i32.const 0)
  (export "memory" (memory 0))
  (export "f" (func 0))
  (export "__gas" (global 0))
  (export "__depth" (global 1))
  (func (;0;) (type 0) (param i32)
    (local i32)
    global.get 0
    i64.const 12
    i64.sub
    global.set 0
    global.get 0
    i64.const 0
    i64.lt_s
    if ;; label = @1
      unreachable
    end
    global.get 1
    i32.const 12
    i32.lt_s
    if ;; label = @1
      i32.const -1
      global.set 1
      unreachable
    end
    i32.const 0
    i32.const 1
    local.get 0
    local.set 1
    global.get 0
    local.get 1
    i64.extend_i32_u
    i64.const 63
    i64.add
    i64.const 6
    i64.shr_u
    i64.sub
    global.set 0
    global.get 0
    i64.const 0
    i64.lt_s
    if ;; label = @1
      unreachable
    end
    local.get 1
    memory.fill
    i32.const 0
    i32.const 1
    local.get 0
    local.set 1
    global.get 0
    local.get 1
    i64.extend_i32_u
    i64.const 63
    i64.add
    i64.const 6
    i64.shr_u
    i64.sub
    global.set 0
    global.get 0
    i64.const 0
    i64.lt_s
    if ;; label = @1
      unreachable
    end
    local.get 1
    memory.copy
  )
)
