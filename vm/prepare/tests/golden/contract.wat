;; instrumentation version 3, 419 bytes, blake3 0x34246b295a00f184fc7f3090a612c45185256955077d023883b52b57069dc224
(module
  (type (;0;) (func (result i64)))
  (type (;1;) (func (param i32 i32)))
  (type (;2;) (func))
  (type (;3;) (func (param i32) (result i32)))
  (import "argosy" "block_height" (func (;0;) (type 0)))
  (import "argosy" "finish" (func (;1;) (type 1)))
  (import "argosy" "__memory_grow" (func (;2;) (type 3)))
  (table (;0;) 2 2 funcref)
  (memory (;0;) 1 256)
  (global (;0;) (mut i32) i32.const 32768)
  (global (;1;) i32 i32.const 33000)
  (global (;2;) (mut i64) i64.const 0)
  (global (;3;) (mut i32) i32.const 0)
  (export "memory" (memory 0))
  (export "init" (func 3))
  (export "call" (func 4))
  (export "__gas" (global 2))
  (export "__depth" (global 3))
  (elem (;0;) (i32.const 1) func 3)
  (func (;3;) (type 2)
    (local i64 i32)
    block ;; label = @1
      global.get 2
      i64.const 10
      i64.sub
      local.tee 0
      global.set 2
      local.get 0
      i64.const 0
      i64.lt_s
      br_if 0 (;@1;)
      global.get 3
      local.tee 1
      i32.const 10
      i32.lt_s
      br_if 0 (;@1;)
      local.get 1
      i32.const 10
      i32.sub
      global.set 3
      block ;; label = @2
        i32.const 0
        call 0
        i64.store
      end
      local.get 1
      global.set 3
      return
    end
    i32.const -1
    global.set 3
    unreachable
  )
  (func (;4;) (type 2)
    (local i32 i64 i32 i32)
    block ;; label = @1
      global.get 2
      i64.const 28
      i64.sub
      local.tee 1
      global.set 2
      local.get 1
      i64.const 0
      i64.lt_s
      br_if 0 (;@1;)
      global.get 3
      local.tee 2
      i32.const 12
      i32.lt_s
      br_if 0 (;@1;)
      local.get 2
      i32.const 12
      i32.sub
      global.set 3
      block ;; label = @2
        block ;; label = @3
          i32.const 0
          i32.load
          i32.eqz
          br_if 0 (;@3;)
          loop ;; label = @4
            local.get 1
            i64.const 11
            i64.sub
            local.tee 1
            global.set 2
            local.get 1
            i64.const 0
            i64.lt_s
            br_if 3 (;@1;)
            local.get 0
            i32.const 1
            i32.add
            local.set 0
            local.get 0
            i32.const 10
            i32.lt_u
            br_if 0 (;@4;)
          end
        end
        i32.const 32
        i32.const 16
        i32.const 5
        local.set 3
        local.get 1
        local.get 3
        i64.extend_i32_u
        i64.const 63
        i64.add
        i64.const 6
        i64.shr_u
        i64.sub
        local.tee 1
        global.set 2
        local.get 1
        i64.const 0
        i64.lt_s
        br_if 1 (;@1;)
        local.get 3
        memory.copy
        i32.const 1
        call 2
        drop
        i32.const 1
        call_indirect (type 2)
      end
      local.get 2
      global.set 3
      return
    end
    i32.const -1
    global.set 3
    unreachable
  )
  (data (;0;) (i32.const 16) "hello")
)
