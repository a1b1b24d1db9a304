;; instrumentation version 3, 191 bytes, blake3 0xb2263ed9b98b54ba118ae403bdbb9edf7b0ed0e82761fde60df72ef54ae5cb4c
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
    (local i64 i32)
    block ;; label = @1
      global.get 0
      i64.const 12
      i64.sub
      local.tee 1
      global.set 0
      local.get 1
      i64.const 0
      i64.lt_s
      br_if 0 (;@1;)
      global.get 1
      i32.const 12
      i32.lt_s
      br_if 0 (;@1;)
      i32.const 0
      i32.const 1
      local.get 0
      local.set 2
      local.get 1
      local.get 2
      i64.extend_i32_u
      i64.const 63
      i64.add
      i64.const 6
      i64.shr_u
      i64.sub
      local.tee 1
      global.set 0
      local.get 1
      i64.const 0
      i64.lt_s
      br_if 0 (;@1;)
      local.get 2
      memory.fill
      i32.const 0
      i32.const 1
      local.get 0
      local.set 2
      local.get 1
      local.get 2
      i64.extend_i32_u
      i64.const 63
      i64.add
      i64.const 6
      i64.shr_u
      i64.sub
      local.tee 1
      global.set 0
      local.get 1
      i64.const 0
      i64.lt_s
      br_if 0 (;@1;)
      local.get 2
      memory.copy
      return
    end
    i32.const -1
    global.set 1
    unreachable
  )
)
